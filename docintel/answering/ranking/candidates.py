"""What may answer a question: evidence on the pages that search led to."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from docintel.answering.choices import has_signs
from docintel.answering.evidence import CELL_BREAK, Evidence, Source, evidence_on
from docintel.answering.lines import lines_of
from docintel.answering.matching import matches
from docintel.answering.question import Question
from docintel.answering.scoring import Context, score
from docintel.model import BlockLabel, Document, Page
from docintel.text.terms import words

MAX_CANDIDATES, MIN_CANDIDATES = 240, 60
"""Of one document, where it is the only one, and where there are many. One page seldom says more than 240 things."""
MAX_LABEL, MAX_TEXT = 120, 300
"""Characters of a text that its meaning is read from."""
_NAMED = 0.5
"""A word matched so well is said."""
_HEADINGS = {BlockLabel.TITLE, BlockLabel.SECTION_HEADER, BlockLabel.PAGE_HEADER}


@dataclass(frozen=True, eq=False)
class FoundPage:
    """A page of a document; `rank` is its place among those that search found, from 0.

    `lines` are its lines from top to bottom, each with where its middle stands; `blocks` their texts by id.
    """

    document: Document
    page: Page
    rank: int
    context: Context
    lines: tuple[tuple[float, str], ...]
    blocks: dict[str, str]

    @classmethod
    def of(cls, document: Document, page: Page, rank: int) -> "FoundPage":
        headings = " ".join(block.text for block in page.blocks if block.label in _HEADINGS)
        name = document.name.rpartition(".")[0] or document.name
        context = Context(headings=headings, text=page.text, name=name, languages=page.languages)
        lines = tuple((line.y, line.text) for line in lines_of(page))
        return cls(document, page, rank, context, lines, {block.id: block.text for block in page.blocks})


@dataclass(frozen=True, eq=False)
class Candidate:
    """Evidence on a page; `by_words` is how well it answers by the words that both share, 0 … about 1."""

    evidence: Evidence
    found: FoundPage
    by_words: float

    @property
    def document(self) -> Document:
        return self.found.document

    @property
    def page(self) -> Page:
        return self.found.page


@dataclass(frozen=True)
class Texts:
    """What a candidate says and what is around it; empty where there is none."""

    label: str
    value: str
    whole: str
    line: str
    line_above: str
    line_below: str
    block: str


def candidates_on(
    question: Question,
    pages: Sequence[tuple[Document, Page]],
    *,
    led_to: Container[tuple[str, int, str]] = (),
    limit: int = MAX_CANDIDATES,
) -> list[Candidate]:
    """What the pages of a document say that may answer, at most `limit`: first what shares most words with the
    question, then what stands in the blocks (document, page, block) that search `led_to`.

    A value that the question itself names answers nothing, nor does a heading that names what is asked about.
    """
    named = frozenset(words(question.text))
    found = [
        Candidate(evidence, place, score(question, evidence, place.context))
        for rank, (document, page) in enumerate(pages)
        for place in [FoundPage.of(document, page, rank)]
        for evidence in evidence_on(page)
        if _may_answer(question, evidence, named)
    ]

    def order(candidate: Candidate) -> tuple[float, bool, int]:
        blocks = candidate.evidence.block_ids
        places = ((candidate.document.id, candidate.page.number, block) for block in blocks)
        return -candidate.by_words, not any(place in led_to for place in places), candidate.found.rank

    return sorted(found, key=order)[:limit]


def _may_answer(question: Question, evidence: Evidence, named: frozenset[str]) -> bool:
    if not evidence.value or has_signs(evidence.value):
        return True
    is_heading = evidence.source is Source.SENTENCE and evidence.trust < 1
    if is_heading and max(matches(question, evidence.value), default=0.0) > _NAMED:
        return False
    return not named.issuperset(words(evidence.value))


def texts_of(candidate: Candidate) -> Texts:
    evidence = candidate.evidence
    label = _label(evidence)
    is_labelled = label and evidence.source not in (Source.SENTENCE, Source.ROW)
    line, above, below = _lines_at(candidate)
    return Texts(
        label=label[:MAX_LABEL],
        value=evidence.value[:MAX_TEXT],
        whole=(f"{label}: {evidence.value}" if is_labelled else evidence.value)[:MAX_TEXT],
        line=line[:MAX_TEXT],
        line_above=above[:MAX_TEXT],
        line_below=below[:MAX_TEXT],
        block=candidate.found.blocks.get(evidence.block_ids[0], "")[:MAX_TEXT] if evidence.block_ids else "",
    )


def _label(evidence: Evidence) -> str:
    """What a value is said of: its label, a cell's header and row, the heading over a sentence."""
    if evidence.source is Source.SENTENCE:
        return evidence.near
    if evidence.source is Source.ROW:
        return ""
    return f"{evidence.header} {evidence.label.partition(CELL_BREAK)[0]}" if evidence.header else evidence.label


def _lines_at(candidate: Candidate) -> tuple[str, str, str]:
    """The line that it stands on, the one above and the one below."""
    lines = candidate.found.lines
    if not candidate.evidence.boxes or not lines:
        return "", "", ""
    _, y = candidate.evidence.boxes[0].center
    at = min(range(len(lines)), key=lambda number: abs(lines[number][0] - y))
    above = lines[at - 1][1] if at else ""
    below = lines[at + 1][1] if at + 1 < len(lines) else ""
    return lines[at][1], above, below
