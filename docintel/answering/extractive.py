"""The extractive answerer: the words of the documents themselves that answer best, and where they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docintel.answering.by_words import CLEAR, MIN_SCORE, ranked_by_words, related
from docintel.answering.facts import Fact, asked_fact, not_stated
from docintel.answering.matching import matches
from docintel.answering.question import Question
from docintel.answering.ranking import (
    MAX_CANDIDATES,
    MAX_READ,
    MIN_CANDIDATES,
    Candidate,
    Ranked,
    Ranking,
    can_rank,
    candidates_on,
    rank,
    scan,
)
from docintel.answering.scoring import shares_language
from docintel.answering.stated import answer_from_facts, is_about_one_document
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable, NotFound
from docintel.model import Answer, Citation, Document, Page
from docintel.retrieval import Found
from docintel.text.struck import in_force
from docintel.text.terms import words

if TYPE_CHECKING:
    from docintel.answering import DocumentSource, TextCallback

NAME = "extractive"
MAX_PAGES = 16
FIRST_PAGES = 3
"""Of a document that is asked alone so many pages are looked at even where search finds nothing on them."""
MAX_CITATIONS = 5
MIN_PROBABILITY = 0.4
"""Below this nothing is said to answer."""
CERTAIN = 0.8
"""What is less likely is said with doubt, and with what else it may be."""
_WORDED, _RIGHT_IF_WORDED = 0.8, 0.6
"""What shares the question's words so well is given with doubt where the ranker sees nothing: of 15 such answers on the
looked-at half of the documents in docs/answers.md 10 were right."""
_NEARLY = 0.8
"""Other documents' answers are given too where they are this much as likely as the best one."""
_AS_GOOD = 0.9
"""The same where rules score them."""
_OTHER_LANGUAGE = 0.6
"""How much an answer in another language than the question's counts beside others."""
MAX_READ_IN_ALL = 25
"""Candidates of all documents together."""
_LOOKED_AT = 8
"""Of a document's answers: the others are hardly likely."""
_AS_LIKELY = 0.5
"""Another answer is given beside one in doubt if it is this much as likely."""
_NUM_NEAREST, _LEAST_NEAR = 3, 0.02
"""So many are shown as what comes nearest where nothing answers, if they are so likely."""


@dataclass(frozen=True)
class _Chosen:
    """What answers, best first; where nothing does, what comes nearest."""

    answers: list[Ranked]
    nearest: list[Ranked]


class ExtractiveAnswerer:
    """Answers with words that stand in the documents, or says that none of them answer.

    With the embedder that the learned ranker knows, that ranks; with another, or none, rules about shared words do.
    What `docintel.answering.facts` knows of a document is answered from there, unless `answers_facts` is False: without
    a label that says it, too.
    """

    def __init__(self, embedder: Embedder | None = None, *, answers_facts: bool = True) -> None:
        self._embedder = embedder
        self._answers_facts = answers_facts

    def answer(
        self, question: str, found: Found, library: "DocumentSource", _on_progress: "TextCallback | None" = None
    ) -> Answer:
        asked = Question.of(question)
        if not asked.words:
            return Answer(text="Ask a question, or give a few words to look for.", answerer=NAME, notes=found.notes)
        fact = asked_fact(asked, self._embedder) if self._answers_facts else None
        if not fact:
            return self._by_labels(asked, found, library)
        if is_about_one_document(asked, fact, found, library):
            stated = answer_from_facts(asked, fact, found, library, answerer=NAME)
            return stated or self._by_labels(asked, found, library, unstated=fact)
        answer = self._by_labels(asked, found, library)
        return answer if answer.citations else answer_from_facts(asked, fact, found, library, answerer=NAME) or answer

    def _by_labels(
        self, asked: Question, found: Found, library: "DocumentSource", *, unstated: Fact | None = None
    ) -> Answer:
        """From what documents say. Where the one document in question does not state the fact `unstated`, so far as is
        known, only what is clear counts."""
        pages = list(_pages(found, library))
        candidates = _candidates(asked, pages, found)
        chosen = self._chosen(asked, candidates, is_clear=unstated is not None)
        if chosen.answers:
            return _answer(chosen.answers, found)
        if blank := _blank(candidates):
            return Answer(text=_left_blank(blank), answerer=NAME, notes=found.notes)
        text = not_stated(unstated, pages[0][0].name) if unstated and pages else _nothing(asked, pages)
        nearest = tuple(_citation(each.candidate) for each in chosen.nearest)
        return Answer(text=text, answerer=NAME, notes=found.notes, nearest=nearest)

    def _chosen(self, asked: Question, candidates: Sequence[Candidate], *, is_clear: bool) -> _Chosen:
        """One answer of each document, and of one alone in doubt what else it may be."""
        nearest: list[Ranked] = []
        if self._embedder is not None and can_rank(self._embedder):
            try:
                ranked = _ranked(asked, candidates, self._embedder)
            except EngineUnavailable:
                ranked = []
            likely, nearest = _likely(asked, ranked, least=CERTAIN if is_clear else MIN_PROBABILITY), _nearest(ranked)
            if likely or not is_clear:
                return _Chosen(likely, nearest)
        worded = ranked_by_words(asked, candidates, self._embedder)
        return _Chosen(_best(worded, least=CLEAR if is_clear else MIN_SCORE), nearest)


def _candidates(asked: Question, pages: Sequence[tuple[Document, Page]], found: Found) -> list[Candidate]:
    """Of each document as many: those that share words with the question, then those that search led to."""
    by_document: dict[str, list[tuple[Document, Page]]] = {}
    for document, page in pages:
        by_document.setdefault(document.id, []).append((document, page))
    limit = max(MIN_CANDIDATES, MAX_CANDIDATES // max(len(by_document), 1))
    led_to = frozenset(
        (source.document_id, source.page_number, source.block_id) for hit in found.hits for source in hit.chunk.sources
    )
    return [each for mine in by_document.values() for each in candidates_on(asked, mine, led_to=led_to, limit=limit)]


def _ranked(asked: Question, candidates: Sequence[Candidate], embedder: Embedder) -> list[list[Ranked]]:
    """The answers of each document that has any, ranked alone as the rankers learned it, the best document first.

    Of many documents, the candidates of the likeliest are read.
    """
    by_document: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_document.setdefault(candidate.document.id, []).append(candidate)
    scanned = [scan(asked, mine, embedder) for mine in by_document.values()]
    scanned = sorted(scanned, key=lambda each: -each.likelihood)[:MAX_CITATIONS]
    most = min(MAX_READ, MAX_READ_IN_ALL // max(len(scanned), 1))
    ranked = [_answers(rank(asked, each, most=most), each.candidates) for each in scanned]
    return sorted((each for each in ranked if each), key=lambda each: -_preference(asked, each[0]))


def _likely(asked: Question, ranked: Sequence[Sequence[Ranked]], *, least: float) -> list[Ranked]:
    """Several documents may answer. One in another language than the question is thought of where none in its own is
    nearly as likely to."""
    if not ranked or ranked[0][0].likelihood < least:
        return []
    first = ranked[0][0]
    enough = _NEARLY * _preference(asked, first)
    chosen = [each for each in ranked if each[0].likelihood >= least and _preference(asked, each[0]) >= enough]
    if len(chosen) > 1 or first.likelihood >= CERTAIN:
        return [each[0] for each in chosen][:MAX_CITATIONS]
    return [each for each in ranked[0] if each.likelihood >= _AS_LIKELY * first.likelihood][:MAX_CITATIONS]


def _nearest(ranked: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    every = sorted((each for document in ranked for each in document), key=lambda each: -each.likelihood)
    return [each for each in every if each.likelihood >= _LEAST_NEAR][:_NUM_NEAREST]


def _preference(asked: Question, choice: Ranked) -> float:
    """How likely it is, less where its document is in another language than the question."""
    is_own = shares_language(asked, choice.candidate.found.context)
    return choice.likelihood * (1.0 if is_own else _OTHER_LANGUAGE)


def _answers(ranking: Ranking, candidates: Sequence[Candidate]) -> list[Ranked]:
    """Of one document, the likeliest first; the words to be quoted do stand there, and are not a blank's label.

    Where none is likely, what shares the question's words well enough comes first.
    """
    found = [each for each in ranking.answers[:_LOOKED_AT] if _is_quotable(each.candidate)]
    if found and found[0].likelihood >= MIN_PROBABILITY:
        return found
    ordered = sorted(candidates, key=lambda each: -each.by_words)
    worded = next((each for each in ordered if each.by_words >= _WORDED and _is_quotable(each)), None)
    return [Ranked(worded, _RIGHT_IF_WORDED), *found] if worded else found


def _is_quotable(candidate: Candidate) -> bool:
    return bool(candidate.evidence.value) and _is_cited(candidate)


def _best(ranked: Sequence[Candidate], *, least: float) -> list[Ranked]:
    """The best candidate of each document that is nearly as good as the best of all."""
    if not ranked or ranked[0].by_words < least:
        return []
    enough = max(least, _AS_GOOD * ranked[0].by_words)
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.by_words >= enough and _is_quotable(candidate):
            best.setdefault(candidate.document.id, candidate)
    return [Ranked(candidate) for candidate in best.values()][:MAX_CITATIONS]


def _blank(candidates: Sequence[Candidate]) -> Candidate | None:
    """A label with nothing beside it that says what is asked, where no other candidate says it as well."""
    best = max(related(candidates), key=lambda each: each.by_words, default=None)
    return best if best and best.by_words >= MIN_SCORE and not best.evidence.value else None


def _pages(found: Found, library: "DocumentSource") -> Iterator[tuple[Document, Page]]:
    """The pages that hits stand on, best first, each once, then the first ones of a document that is asked alone; what
    has been deleted meanwhile, or not read yet, is left out."""
    hit = [(source.document_id, source.page_number) for hit in found.hits for source in hit.chunk.sources]
    places = list(dict.fromkeys(hit))[:MAX_PAGES]
    if len(found.documents) == 1:
        first = [(found.documents[0], number) for number in range(1, FIRST_PAGES + 1)]
        places = list(dict.fromkeys([*places, *first]))
    for document_id, number in places:
        try:
            yield library.document(document_id), in_force(library.page(document_id, number))
        except NotFound:
            continue


def _is_cited(candidate: Candidate) -> bool:
    """Whether the words to be quoted do stand on the page."""
    written = " ".join([*_block_texts(candidate.page), *_word_texts(candidate.page)])
    there = {word for piece in written.split() for word in words(piece)}
    quoted = candidate.evidence.quote
    return _bare(quoted) in _bare(written) or all(set(words(piece)) <= there for piece in quoted.split())


def _block_texts(page: Page) -> list[str]:
    cells = [cell.text for block in page.blocks if block.table for cell in block.table.cells]
    return [*(block.text for block in page.blocks), *cells]


def _word_texts(page: Page) -> list[str]:
    return [word.text for word in page.words]


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def _answer(chosen: Sequence[Ranked], found: Found) -> Answer:
    several = len({choice.candidate.document.id for choice in chosen}) > 1
    lines = [_with_reference(choice, n, several=several) for n, choice in enumerate(chosen, start=1)]
    probability = chosen[0].probability
    doubt = [] if probability is None or probability >= CERTAIN else [_doubt(probability, len(chosen))]
    return Answer(
        text="\n".join(lines),
        citations=tuple(_citation(choice.candidate) for choice in chosen),
        answerer=NAME,
        notes=(*found.notes, *doubt),
        probability=probability,
    )


def _doubt(probability: float, count: int) -> str:
    others = " The likeliest comes first." if count > 1 else ""
    return f"Not sure: about {probability:.0%} of such answers are right.{others}"


def _with_reference(choice: Ranked, number: int, *, several: bool) -> str:
    """A cell is given with its row."""
    value = choice.candidate.evidence.value
    text = f"{choice.cell.value} ({value}) [{number}]" if choice.cell else f"{value} [{number}]"
    return f"{choice.candidate.document.name}: {text}" if several else text


def _citation(candidate: Candidate) -> Citation:
    return Citation(
        document_id=candidate.document.id,
        name=candidate.document.name,
        page_number=candidate.page.number,
        boxes=candidate.evidence.boxes,
        text=candidate.evidence.quote,
        block_ids=candidate.evidence.block_ids,
    )


def _left_blank(candidate: Candidate) -> str:
    place = f"“{candidate.evidence.quote}”, page {candidate.page.number}"
    return f"“{candidate.document.name}” has a place for it ({place}), but nothing can be read there."


def _nothing(asked: Question, pages: Sequence[tuple[Document, Page]]) -> str:
    """What could not be answered, and which words of the question no page says that search led to."""
    best = [max(each) for each in zip(*(matches(asked, page.text) for _, page in pages), strict=True)]
    unsaid = {word for word, match in zip(asked.words, best or [0.0] * len(asked.words), strict=True) if match < 0.5}
    missing = [word for word in re.findall(r"\w+", asked.text) if unsaid & set(words(word))]
    reason = f"They don't mention: {', '.join(dict.fromkeys(missing))}. " if missing else ""
    return f"Nothing found in the documents answers this. {reason}Try the words that the documents themselves use."
