"""What a question about several documents wants computed, as far as word lists tell (`lexicon/aggregates.toml`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from docintel.answering.facts import Fact
from docintel.answering.question import AnswerKind, Question
from docintel.lexicon import aggregate_words
from docintel.text import UNSPACED
from docintel.text.terms import fold

KINDS = {"invoice": "an_invoice", "receipt": "a_receipt", "document": "a_document"}
"""Kinds of documents, and the table of what one calls itself; that of several is `invoices` …."""
_WITHOUT_PLURAL = frozenset({"zh", "ja", "ko"})
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LONG = 6
"""Letters of a word that is looked for inside others, too."""
_TAKEN = frozenset("total amount pay price net tax date invoice quantity".split())
"""Meanings of words that say what is computed, or of what."""


class Operation(StrEnum):
    """In the order in which they are looked for."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    LATEST = "latest"
    EARLIEST = "earliest"
    COUNT = "count"
    SUM = "sum"


@dataclass(frozen=True)
class Aggregate:
    """`fact` of every document of a kind; of those that state something of the `year`, and say the words of `limit`."""

    operation: Operation
    fact: Fact
    kind: str
    limit: Question
    year: str = ""


def asked_aggregate(question: Question) -> Aggregate | None:
    """None: it asks for something else."""
    folded = fold(question.text)
    kind, rest = _kind(question, folded)
    if not kind:
        return None
    operation = next((each for each in Operation if _asks(each, question, rest)), None)
    if operation is None:
        return None
    year = _YEAR.search(rest)
    return Aggregate(
        operation=operation,
        fact=_fact(operation, question),
        kind=kind,
        limit=_limit(operation, question, _YEAR.sub(" ", rest)),
        year=year.group() if year else "",
    )


def says_kind(kind: str, text: str) -> bool:
    """Whether a text calls itself so, in any language."""
    return bool(_calling(kind).search(fold(text)))


def _kind(question: Question, folded: str) -> tuple[str, str]:
    """The kind of documents that it is about, and the question without these words; empty where it is about none."""
    language = question.language
    every = _pattern("all", language)
    which = _pattern("which", language)
    for kind, one in KINDS.items():
        named = _pattern(f"{kind}s", language)
        if named.search(folded) and (language not in _WITHOUT_PLURAL or every.search(folded)):
            return kind, which.sub(" ", every.sub(" ", named.sub(" ", folded)))
        single = _pattern(one, language)
        if which.search(folded) and single.search(folded):
            return kind, which.sub(" ", single.sub(" ", folded))
    return "", folded


def _asks(operation: Operation, question: Question, rest: str) -> bool:
    if operation is Operation.COUNT:
        return question.counts and not _pattern("sum", question.language).search(rest)
    is_of_money = question.kind is AnswerKind.NUMBER and bool(_pattern("worth", question.language).search(rest))
    return bool(_pattern(operation, question.language).search(rest)) or (operation is Operation.SUM and is_of_money)


def _fact(operation: Operation, question: Question) -> Fact:
    if operation in (Operation.LATEST, Operation.EARLIEST):
        return Fact.DATE
    meanings = frozenset[str]().union(*question.meanings)
    return next((fact for name, fact in (("net", Fact.NET), ("tax", Fact.TAX)) if name in meanings), Fact.GROSS)


def _limit(operation: Operation, question: Question, rest: str) -> Question:
    """The words that say of which documents."""
    for table in ("sum", "worth", *([operation] if operation is not Operation.COUNT else [])):
        rest = _pattern(table, question.language).sub(" ", rest)
    left = Question.of(rest)
    named = [word for word, meanings in zip(left.words, left.meanings, strict=True) if not meanings & _TAKEN]
    return Question.of(" ".join(word for word in named if word in question.words))


@cache
def _pattern(table: str, language: str | None) -> re.Pattern[str]:
    """The words of a language; where it is not one of those, of all."""
    entries = aggregate_words(table)
    listed = [entries[language]] if language in entries else entries.values()
    return _any_of([fold(phrase) for phrases in listed for phrase in phrases])


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(dict.fromkeys(phrases), key=lambda phrase: (-len(phrase), phrase))
    return re.compile(
        "|".join(re.escape(each) if UNSPACED.search(each) else rf"(?<!\w){re.escape(each)}(?!\w)" for each in ordered)
    )


@cache
def _calling(kind: str) -> re.Pattern[str]:
    """Long words also in compounds: Stromrechnung, Rechnungsnummer."""
    listed = [fold(word) for words in aggregate_words(KINDS[kind]).values() for word in words]
    long = [word for word in listed if len(word) >= _LONG]
    return re.compile("|".join([*map(re.escape, long), _any_of([w for w in listed if w not in long]).pattern]))
