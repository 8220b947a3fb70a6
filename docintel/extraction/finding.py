"""A schema's fields asked of one document, without a model that writes: by the facts that a scorer knows, else by the
rankers that answer questions, of what has the form of the field's type."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel.answering.evidence import Source
from docintel.answering.facts import Fact, StatedFact, asked_fact, says_more, stated_fact
from docintel.answering.question import Question
from docintel.answering.ranking import Candidate, can_rank, candidates_on, rank, scan
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable
from docintel.extraction.normalising import Normal, currency_on, normalised
from docintel.extraction.rows import rows_on
from docintel.extraction.schema import SURE, Extraction, Field, FieldType, Place, Schema, Value
from docintel.model import Document, Page
from docintel.text.struck import in_force

MAX_PAGES = 16
"""Of a longer document the first ones are asked."""
MIN_PROBABILITY = 0.4
"""Below this nothing is said to be a field's value."""
MIN_OF_LIST = 0.2
"""The same of each further entry of a list: all share a probability of 1."""
WORDED, RIGHT_IF_WORDED = 0.8, 0.6
"""Where no ranker can be asked: what shares the words of the field so well, and how likely that is right."""
IN_SENTENCES = 0.8
"""A whole sentence is a field's text only where it is so likely."""
_FACTS = {
    FieldType.TEXT: {Fact.ISSUER, Fact.NUMBER},
    FieldType.CODE: {Fact.NUMBER},
    FieldType.DATE: {Fact.DATE},
    FieldType.AMOUNT: {Fact.GROSS, Fact.NET, Fact.TAX},
}
_ENTRIES = re.compile(r"\s*[;,、،•·\n]\s*")


@dataclass(frozen=True)
class _Asked:
    """A document's pages, and what ranks what they say."""

    document: Document
    pages: Sequence[Page]
    embedder: Embedder | None

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)


def extract(schema: Schema, document: Document, pages: Sequence[Page], embedder: Embedder | None) -> Extraction:
    """What `pages` of the document say of each field; with another embedder than the rankers know, by words alone."""
    asked = _Asked(document, [in_force(page) for page in pages[:MAX_PAGES]], embedder)
    groups = [field for field in schema.fields if field.fields]
    single = [field for field in schema.fields if not field.fields]
    values = {field.name: tuple(_values(field, asked)) for field in single}
    rows = {field.name: tuple(rows_on(field, asked.pages, embedder)) for field in groups}
    return Extraction(
        values={name: found for name, found in values.items() if found},
        rows={name: found for name, found in rows.items() if found},
    )


def _values(field: Field, asked: _Asked) -> Iterator[Value]:
    question = Question.of(field.question)
    if not question.words:
        return
    fact = _fact(field, question, asked)
    stated = stated_fact(fact, asked.pages) if fact else None
    if stated and (normal := normalised(field.type, stated.value)):
        yield _of_fact(field, normal, stated)
        return
    found = _likely(field, question, asked)
    if field.type is FieldType.LIST:
        yield from _entries(found)
    elif found and found[0].probability >= (SURE if fact else MIN_PROBABILITY):
        yield found[0]


def _fact(field: Field, question: Question, asked: _Asked) -> Fact | None:
    fact = asked_fact(question, asked.embedder)
    if fact not in _FACTS.get(field.type, set()) or says_more(question, fact, asked.text):
        return None
    return fact


def _of_fact(field: Field, normal: Normal, stated: StatedFact) -> Value:
    unit = normal.unit
    if field.type is FieldType.AMOUNT:
        unit = unit or currency_on(stated.quote) or currency_on(stated.page.text)
    return Value(
        text=normal.text,
        value=normal.value,
        unit=unit,
        probability=min(stated.probability, 1.0),
        place=Place(page_number=stated.page.number, boxes=stated.boxes, quote=stated.quote, block_ids=stated.block_ids),
    )


def _likely(field: Field, question: Question, asked: _Asked) -> list[Value]:
    """The likeliest first."""
    of_pages = [(asked.document, page) for page in asked.pages]
    candidates = [each for each in candidates_on(question, of_pages) if normalised(field.type, each.evidence.value)]
    if not candidates:
        return []
    if asked.embedder is not None and can_rank(asked.embedder):
        try:
            answers = rank(question, scan(question, candidates, asked.embedder)).answers
            return list(_stated(field, [(each.candidate, each.likelihood) for each in answers]))
        except EngineUnavailable:
            pass
    worded = [each for each in candidates if each.by_words >= WORDED]
    return list(_stated(field, [(each, RIGHT_IF_WORDED) for each in sorted(worded, key=lambda each: -each.by_words)]))


def _stated(field: Field, ranked: Sequence[tuple[Candidate, float]]) -> Iterator[Value]:
    """Those whose words and boxes are there to be shown."""
    for candidate, probability in ranked:
        evidence = candidate.evidence
        normal = normalised(field.type, evidence.value)
        is_sentence = evidence.source is Source.SENTENCE and field.type in (FieldType.TEXT, FieldType.LIST)
        if normal is None or not evidence.boxes or (is_sentence and probability < IN_SENTENCES):
            continue
        is_amount = field.type is FieldType.AMOUNT
        yield Value(
            text=normal.text,
            value=normal.value,
            unit=normal.unit or (currency_on(candidate.page.text) if is_amount else ""),
            probability=min(probability, 1.0),
            place=Place(
                page_number=candidate.page.number,
                boxes=evidence.boxes,
                quote=evidence.quote,
                block_ids=evidence.block_ids,
            ),
        )


def _entries(found: Sequence[Value]) -> Iterator[Value]:
    """The entries of a list where any is likely, cut at commas and the like; each once."""
    if not found or found[0].probability < MIN_PROBABILITY:
        return
    seen: set[str] = set()
    for value in found:
        if value.probability < MIN_OF_LIST:
            continue
        for text in filter(None, _ENTRIES.split(value.text)):
            if text.casefold() not in seen:
                seen.add(text.casefold())
                yield value.model_copy(update={"text": text, "value": text})
