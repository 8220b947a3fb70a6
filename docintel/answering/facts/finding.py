"""A fact on the pages of a document: the likeliest candidate, or none where none is likely enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from docintel.answering.facts.candidates import Candidate, Sheet, sheet_of
from docintel.answering.facts.scorer import Fact, Scored, learned_scorer
from docintel.answering.lines import Segment, blocks_at
from docintel.model import BBox, Page, Word
from docintel.text.spans import line_boxes

MIN_PROBABILITY = {
    Fact.ISSUER: 0.4,
    Fact.DATE: 0.4,
    Fact.NUMBER: 0.4,
    Fact.GROSS: 0.4,
    Fact.NET: 0.5,
    Fact.TAX: 0.5,
}
"""Below this a fact is said not to be there. Chosen on sampled pages and on real ones that are not in the figures."""
_LATER_PAGES = 0.8
"""A document says on its first page what it is."""
_MAX_QUOTE = 80
_SAYS = {
    Fact.ISSUER: "who issued it",
    Fact.DATE: "its date",
    Fact.NUMBER: "its number",
    Fact.GROSS: "its total",
    Fact.NET: "its net amount",
    Fact.TAX: "the amount of tax",
}


@dataclass(frozen=True)
class StatedFact:
    """A fact as a page states it: `value` as written, `quote` its line, `boxes` of the quoted words."""

    page: Page
    value: str
    quote: str
    boxes: tuple[BBox, ...]
    block_ids: tuple[str, ...]
    probability: float


def stated_fact(fact: Fact, pages: Sequence[Page]) -> StatedFact | None:
    """The likeliest on the pages of one document."""
    found: list[tuple[float, Page, Scored]] = []
    for page in pages:
        _, by_fact = _scored(page)
        trust = 1.0 if page.number == 1 or fact in (Fact.GROSS, Fact.NET, Fact.TAX) else _LATER_PAGES
        found += [(trust * each.probability, page, each) for each in by_fact[fact][:1]]
    if not found:
        return None
    probability, page, best = max(found, key=lambda each: each[0])
    if probability < MIN_PROBABILITY[fact]:
        return None
    return _stated(page, best.candidate, probability)


def not_stated(fact: Fact, name: str) -> str:
    return f"“{name}” does not say {_SAYS[fact]}, as far as can be told: nothing on its pages looks like it."


@lru_cache(maxsize=64)
def _scored(page: Page) -> tuple[Sheet, dict[Fact, list[Scored]]]:
    """Shared by the questions: many ask the same page."""
    sheet = sheet_of(page)
    return sheet, learned_scorer().scored(sheet)


def _stated(page: Page, candidate: Candidate, probability: float) -> StatedFact:
    quoted = _quoted(_scored(page)[0], candidate)
    return StatedFact(
        page=page,
        value=candidate.text,
        quote=" ".join(word.text for word in quoted),
        boxes=line_boxes(quoted),
        block_ids=blocks_at(page, [Segment(candidate.words)]),
        probability=probability,
    )


def _quoted(sheet: Sheet, candidate: Candidate) -> tuple[Word, ...]:
    """The candidate's line, with its label; of a long line, or of a name over two, the candidate alone."""
    line = sheet.lines[candidate.line]
    is_on_line = all(word in line.words for word in candidate.words)
    return line.words if is_on_line and len(line.text) <= _MAX_QUOTE else candidate.words
