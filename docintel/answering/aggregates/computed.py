"""Sums, counts and comparisons over documents, with what each of them gives; nothing is left out silently."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import prod
from typing import TYPE_CHECKING

from docintel.answering.aggregates.asked import Aggregate, Operation, says_kind
from docintel.answering.aggregates.stating import Stated, stated
from docintel.answering.facts import Fact, stated_fact
from docintel.answering.facts.forms import dates_in
from docintel.answering.matching import matches
from docintel.answering.stated import citation_of, telling_pages
from docintel.model import Answer, Citation, Document, Page

if TYPE_CHECKING:
    from docintel.answering import DocumentSource, TextCallback

NAME = "computed"
MAX_DOCUMENTS = 200
"""More are not read while somebody waits."""
_SAID = 0.7
"""A word of the question matched so well by a document's stands there."""
_SURE = 0.8
_MAX_NAMED = 20
_AN = {"invoice": "an invoice", "receipt": "a receipt"}
_WORDS = {Fact.GROSS: "totals", Fact.NET: "net amounts", Fact.TAX: "taxes", Fact.DATE: "dates"}
_WORD = {Fact.GROSS: "total", Fact.NET: "net amount", Fact.TAX: "tax", Fact.DATE: "date"}


@dataclass
class _Sorted:
    """Documents that count, with their first pages, and names of those that don't, by why."""

    counted: list[tuple[Document, list[Page]]] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def answer_over_documents(
    asked: Aggregate,
    documents: Sequence[Document],
    library: "DocumentSource",
    on_text: "TextCallback | None" = None,
) -> Answer | None:
    """None where the question is about something that none of the documents says."""
    found = _sorted(asked, documents[:MAX_DOCUMENTS], library, on_text)
    if not found.counted:
        return None
    notes = [
        f"Only the first {MAX_DOCUMENTS:,} of {len(documents):,} documents were read: choose a collection, or some."
    ]
    notes = notes if len(documents) > MAX_DOCUMENTS else []
    if asked.operation is Operation.COUNT:
        return _counted(asked, found, notes)
    values = []
    for document, pages in found.counted:
        fact = stated_fact(asked.fact, pages)
        if fact and (value := stated(document, asked.fact, fact)):
            values.append(value)
        else:
            found.left_out[f"without a {_WORD[asked.fact]} that can be told"].append(document.name)
    return _computed(asked, values, [*notes, *_left_out(found)]) if values else None


def _sorted(
    asked: Aggregate, documents: Sequence[Document], library: "DocumentSource", on_text: "TextCallback | None"
) -> _Sorted:
    read = list(_read(documents, library, on_text))
    texts = {document.id: " ".join(page.text for page in pages) for document, pages in read}
    has_kind = asked.kind != "document" and any(says_kind(asked.kind, text) for text in texts.values())
    result = _Sorted()
    for document, pages in read:
        text = texts[document.id]
        if not pages:
            result.left_out["not read"].append(document.name)
        elif has_kind and not says_kind(asked.kind, text):
            result.left_out[f"which don't call themselves {_AN[asked.kind]}"].append(document.name)
        elif any(match < _SAID for match in matches(asked.limit, text)) or not _is_of(asked.year, pages):
            result.left_out["about something else"].append(document.name)
        else:
            result.counted.append((document, pages))
    return result


def _read(
    documents: Sequence[Document], library: "DocumentSource", on_text: "TextCallback | None"
) -> Iterator[tuple[Document, list[Page]]]:
    """Each with its first pages and its last; with none from when nobody waits any more."""
    is_awaited = True
    for number, document in enumerate(documents, start=1):
        if on_text and is_awaited:
            is_awaited = on_text(f"{number:,} of {len(documents):,} documents")
        yield document, telling_pages(document, library) if is_awaited else []


def _is_of(year: str, pages: Sequence[Page]) -> bool:
    date = stated_fact(Fact.DATE, pages) if year else None
    return not year or bool(date and any(each.value.startswith(year) for each in dates_in(date.value)))


def _computed(asked: Aggregate, values: Sequence[Stated], notes: Sequence[str]) -> Answer:
    if asked.operation is Operation.SUM:
        values, head = sorted(values, key=lambda each: each.document.name), _sum(asked, values)
    else:
        values = sorted(values, key=_order(asked.operation), reverse=asked.operation in _DESCENDING)
        head = _first(asked, values)
    lines = [f"{each.document.name}: {each.fact.value} [{number}]" for number, each in enumerate(values, start=1)]
    certainty = [each.fact.probability for each in values]
    probability = prod(certainty) if asked.operation is Operation.SUM else min(certainty[:2])
    unsure = [each for each in values if each.fact.probability < _SURE]
    doubt = f"Told by place and form, not surely: {_listed([each.document.name for each in unsure])}." if unsure else ""
    return Answer(
        text="\n".join([head, *lines]),
        citations=tuple(citation_of(each.document, each.fact) for each in values),
        answerer=NAME,
        notes=tuple(filter(None, [doubt, *notes])),
        probability=probability,
    )


_DESCENDING = (Operation.HIGHEST, Operation.LATEST)


def _order(operation: Operation) -> Callable[[Stated], tuple[str, Decimal | str]]:
    """Amounts of one currency are compared with each other only."""
    if operation in (Operation.LATEST, Operation.EARLIEST):
        return lambda each: ("", each.date)
    return lambda each: (each.currency, each.amount)


def _sum(asked: Aggregate, values: Sequence[Stated]) -> str:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in values:
        sums[each.currency] += each.amount
    amounts = " + ".join(_amount(amount, currency) for currency, amount in sorted(sums.items()))
    return f"{amounts}: the {_WORDS[asked.fact]} of {len(values):,} {'documents' if len(values) > 1 else 'document'}"


def _first(asked: Aggregate, values: Sequence[Stated]) -> str:
    """The first of each currency: these can't be compared."""
    firsts = {each.currency: (number, each) for number, each in reversed(list(enumerate(values, start=1)))}
    said = [f"{each.fact.value} ({each.document.name}) [{number}]" for number, each in sorted(firsts.values(), key=_at)]
    return f"The {asked.operation} {_WORD[asked.fact]}: {'; '.join(said)}"


def _at(place: tuple[int, Stated]) -> int:
    return place[0]


def _amount(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}".strip()


def _counted(asked: Aggregate, found: _Sorted, notes: Sequence[str]) -> Answer:
    said = [_called(asked.kind, document, pages[0]) for document, pages in found.counted]
    count = len(said)
    head = f"{count:,} {asked.kind}{'s' if count != 1 else ''}"
    lines = [f"{each.name} [{number}]" for number, each in enumerate(said, start=1)]
    return Answer(
        text="\n".join([head, *lines]),
        citations=tuple(said),
        answerer=NAME,
        notes=(*notes, *_left_out(found)),
    )


def _called(kind: str, document: Document, page: Page) -> Citation:
    """Where a document's first page calls itself so, else how it begins."""
    blocks = [block for block in page.blocks if block.text.strip()]
    begins = next((each for each in blocks if says_kind(kind, each.text)), blocks[0] if blocks else None)
    return Citation(
        document_id=document.id,
        name=document.name,
        page_number=page.number,
        boxes=(begins.bbox,) if begins else (),
        text=begins.text if begins else "",
        block_ids=(begins.id,) if begins else (),
    )


def _left_out(found: _Sorted) -> list[str]:
    return [f"Not counted, {why}: {_listed(names)}." for why, names in found.left_out.items()]


def _listed(names: Sequence[str]) -> str:
    others = f" and {len(names) - _MAX_NAMED:,} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + others
