"""The extractive answerer: the words of the documents themselves that answer best, and where they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docintel.answering.evidence import CELL_BREAK, Evidence, Source, evidence_on
from docintel.answering.facts import Fact, asked_fact, not_stated
from docintel.answering.matching import matches
from docintel.answering.question import Question
from docintel.answering.scoring import Context, score
from docintel.answering.stated import answer_from_facts, is_about_one_document
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable, NotFound
from docintel.language import possible_languages
from docintel.model import Answer, BlockLabel, Citation, Document, Hit, Page
from docintel.retrieval import Found
from docintel.text.struck import in_force
from docintel.text.terms import words

if TYPE_CHECKING:
    from docintel.answering import DocumentSource, TextCallback

NAME = "extractive"
MAX_PAGES = 16
MAX_CITATIONS = 5
MIN_SCORE = 0.5
"""Below this an answer would be a guess."""
_AS_GOOD = 0.9
"""Other documents' answers are given too where they score this much of the best one."""
_CLEAR = 0.85
"""So good by its words that its meaning need not be looked at; and that it is believed where the scorer of facts sees
none."""
_RERANKED = 12
_HEADINGS = {BlockLabel.TITLE, BlockLabel.SECTION_HEADER, BlockLabel.PAGE_HEADER}


@dataclass(frozen=True)
class Candidate:
    """Evidence on a page of a document, and how well it answers."""

    evidence: Evidence
    document: Document
    page: Page
    score: float


class ExtractiveAnswerer:
    """Answers with words that stand in the documents, or says that none of them answer.

    With an embedder, evidence in a language that it knows is also judged by meaning. What `docintel.answering.facts`
    knows of a document is answered from there, unless `answers_facts` is False: without a label that says it, too.
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
        """From what documents say in the question's words. Where the one document in question does not state the fact
        `unstated`, so far as is known, only what is clear counts."""
        pages = list(_pages(found.hits, library))
        ranked = self._by_meaning(asked, _ranked(asked, pages))
        best = _best(ranked, least=_CLEAR if unstated else MIN_SCORE)
        chosen = [candidate for candidate in best if candidate.evidence.value]
        if not chosen and best:
            return Answer(text=_left_blank(best[0]), answerer=NAME, notes=found.notes)
        if not chosen:
            text = not_stated(unstated, pages[0][0].name) if unstated and pages else _nothing(asked, pages)
            return Answer(text=text, answerer=NAME, notes=found.notes)
        several = len({candidate.document.id for candidate in chosen}) > 1
        text = "\n".join(_with_reference(candidate, n, several=several) for n, candidate in enumerate(chosen, start=1))
        return Answer(text=text, citations=tuple(map(_citation, chosen)), answerer=NAME, notes=found.notes)

    def _by_meaning(self, asked: Question, ranked: list[Candidate]) -> list[Candidate]:
        """The best candidates again, raised by the similarity of their meaning to the question's."""
        embedder = self._embedder
        if embedder is None or not ranked or ranked[0].score >= _CLEAR or not _knows(embedder, asked.language):
            return ranked
        best = [c for c in ranked if any(map(embedder.knows, c.page.languages))][:_RERANKED]
        try:
            texts = list(dict.fromkeys(text for candidate in best for text in _as_texts(candidate.evidence)))
            similarities = dict(zip(texts, embedder.passages(texts) @ embedder.query(asked.text), strict=True))
        except EngineUnavailable:
            return ranked
        nearest = {id(c): max(float(similarities[text]) for text in _as_texts(c.evidence)) for c in best}
        scores = {id(c): _with_meaning(c, embedder.scale.likeness(nearest[id(c)])) for c in best}
        raised = [replace(candidate, score=scores.get(id(candidate), candidate.score)) for candidate in ranked]
        return sorted(raised, key=lambda candidate: -candidate.score)


def _knows(embedder: Embedder, language: str | None) -> bool:
    """A few letters may be in a language that it knows: whether meaning helps shows in the similarities."""
    return any(map(embedder.knows, possible_languages(language)))


def _pages(hits: Sequence[Hit], library: "DocumentSource") -> Iterator[tuple[Document, Page]]:
    """The pages that hits stand on, best first, each once; what has been deleted meanwhile is left out."""
    seen = dict.fromkeys((source.document_id, source.page_number) for hit in hits for source in hit.chunk.sources)
    for document_id, number in list(seen)[:MAX_PAGES]:
        try:
            yield library.document(document_id), in_force(library.page(document_id, number))
        except NotFound:
            continue


def _ranked(asked: Question, pages: Sequence[tuple[Document, Page]]) -> list[Candidate]:
    """Evidence that has anything to do with the question, best first; earlier pages first among equals."""
    candidates = []
    for document, page in pages:
        context = _context(document, page)
        for evidence in evidence_on(page):
            value = score(asked, evidence, context)
            if value > 0:
                candidates.append(Candidate(evidence, document, page, value))
    filled = {_place(candidate) for candidate in candidates if candidate.evidence.value}
    open_or_filled = [c for c in candidates if c.evidence.value or _place(c) not in filled]
    return sorted(open_or_filled, key=lambda candidate: -candidate.score)


def _place(candidate: Candidate) -> tuple[str, tuple[str, ...]]:
    """What a document writes something beside: a label that stands in it twice, once blank, is not blank."""
    return candidate.document.id, tuple(words(candidate.evidence.label))


def _context(document: Document, page: Page) -> Context:
    headings = " ".join(block.text for block in page.blocks if block.label in _HEADINGS)
    name = document.name.rpartition(".")[0] or document.name
    return Context(headings=headings, text=page.text, name=name, languages=page.languages)


def _best(ranked: Sequence[Candidate], *, least: float = MIN_SCORE) -> list[Candidate]:
    """The best candidate of each document that is nearly as good as the best of all; a blank may be one."""
    if not ranked or ranked[0].score < least:
        return []
    enough = max(least, _AS_GOOD * ranked[0].score)
    best: dict[str, Candidate] = {}
    for candidate in ranked:
        if candidate.score >= enough and _is_cited(candidate):
            best.setdefault(candidate.document.id, candidate)
    return list(best.values())[:MAX_CITATIONS]


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


def _as_texts(evidence: Evidence) -> tuple[str, ...]:
    """What its meaning is read from. A heading can be what a sentence is about, or lead away from what it says."""
    if evidence.source in (Source.SENTENCE, Source.ROW):
        return (f"{evidence.near}: {evidence.value}", evidence.value) if evidence.near else (evidence.value,)
    return (f"{evidence.header} {evidence.label.partition(CELL_BREAK)[0]}".strip(),)


def _with_meaning(candidate: Candidate, likeness: float) -> float:
    """A sentence that means the same may use other words; of a value the label is compared, and counts a little.

    A blank is not raised above what is filled in.
    """
    if not candidate.evidence.value:
        return candidate.score
    if candidate.evidence.source is Source.SENTENCE:
        return max(candidate.score, 0.65 * candidate.score + 0.5 * likeness)
    return candidate.score * (1.0 + 0.2 * likeness)


def _with_reference(candidate: Candidate, number: int, *, several: bool) -> str:
    text = f"{candidate.evidence.value} [{number}]"
    return f"{candidate.document.name}: {text}" if several else text


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
