"""Candidates ranked by the words that they share with a question, and by rules: where the embedder is not the one that
the learned ranker knows. Its meaning raises what is in a language of the embedder's.
"""

from collections.abc import Sequence
from dataclasses import replace

from docintel.answering.evidence import CELL_BREAK, Evidence, Source
from docintel.answering.question import Question
from docintel.answering.ranking import Candidate
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable
from docintel.language import possible_languages
from docintel.text.terms import words

MIN_SCORE = 0.5
"""Below this an answer would be a guess."""
CLEAR = 0.85
"""So good by its words that its meaning need not be looked at."""
_RERANKED = 12


def ranked_by_words(asked: Question, candidates: Sequence[Candidate], embedder: Embedder | None) -> list[Candidate]:
    """Those that have anything to do with the question, best first; earlier pages first among equals."""
    return _by_meaning(asked, sorted(related(candidates), key=lambda each: -each.by_words), embedder)


def related(candidates: Sequence[Candidate]) -> list[Candidate]:
    """What has anything to do with the question, without the blanks that are filled in elsewhere."""
    found = [candidate for candidate in candidates if candidate.by_words > 0]
    filled = {_place(candidate) for candidate in found if candidate.evidence.value}
    return [each for each in found if each.evidence.value or _place(each) not in filled]


def _place(candidate: Candidate) -> tuple[str, tuple[str, ...]]:
    """What a document writes something beside: a label that stands in it twice, once blank, is not blank."""
    return candidate.document.id, tuple(words(candidate.evidence.label))


def _by_meaning(asked: Question, ranked: list[Candidate], embedder: Embedder | None) -> list[Candidate]:
    """The best candidates again, raised by the similarity of their meaning to the question's."""
    if embedder is None or not ranked or ranked[0].by_words >= CLEAR or not _knows(embedder, asked.language):
        return ranked
    best = [each for each in ranked if any(map(embedder.knows, each.page.languages))][:_RERANKED]
    try:
        texts = list(dict.fromkeys(text for candidate in best for text in _as_texts(candidate.evidence)))
        similarities = dict(zip(texts, embedder.passages(texts) @ embedder.query(asked.text), strict=True))
    except EngineUnavailable:
        return ranked
    nearest = {id(each): max(float(similarities[text]) for text in _as_texts(each.evidence)) for each in best}
    scores = {id(each): _with_meaning(each, embedder.scale.likeness(nearest[id(each)])) for each in best}
    raised = [replace(each, by_words=scores.get(id(each), each.by_words)) for each in ranked]
    return sorted(raised, key=lambda candidate: -candidate.by_words)


def _knows(embedder: Embedder, language: str | None) -> bool:
    """A few letters may be in a language that it knows: whether meaning helps shows in the similarities."""
    return any(map(embedder.knows, possible_languages(language)))


def _as_texts(evidence: Evidence) -> tuple[str, ...]:
    """What its meaning is read from. A heading can be what a sentence is about, or lead away from what it says."""
    if evidence.source in (Source.SENTENCE, Source.ROW):
        return (f"{evidence.near}: {evidence.value}", evidence.value) if evidence.near else (evidence.value,)
    return (f"{evidence.header} {evidence.label.partition(CELL_BREAK)[0]}".strip(),)


def _with_meaning(candidate: Candidate, likeness: float) -> float:
    """A sentence that means the same may use other words; of a value the label is compared, and counts a little.

    A blank is not raised above what is filled in.
    """
    score = candidate.by_words
    if not candidate.evidence.value:
        return score
    if candidate.evidence.source is Source.SENTENCE:
        return max(score, 0.65 * score + 0.5 * likeness)
    return score * (1.0 + 0.2 * likeness)
