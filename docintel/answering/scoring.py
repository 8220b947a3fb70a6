"""How well evidence answers a question, 0 … about 1, from the words that both share.

Each content word of the question should be said: by the evidence itself, by what it stands under, by its page, or by
the document's name, each counting less. A label is better the less it says beyond the question; a value is better
if it is of the kind that was asked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from docintel.answering.evidence import Evidence, Source
from docintel.answering.matching import focus, matches
from docintel.answering.question import Kind, Question
from docintel.terms import fold, words
from docintel.vocabulary import NUMBER_WORDS

NEAR, PAGE = 0.8, 0.5
MIN_OWN = 0.2
"""Of the question's words, what the evidence itself must say."""
_UNSAID = 0.8
"""What remains of a score for each word of the question that nothing says."""
_SAID = 0.3
_OF_SOURCE = {
    Source.INLINE: 1.0,
    Source.BESIDE: 0.98,
    Source.CELL: 0.97,
    Source.BELOW: 0.9,
    Source.ROW: 0.8,
    Source.SENTENCE: 0.9,
}
_WRONG_KIND = 0.55
_WRONG_KIND_OF_SENTENCE = 0.75
_ROW_UNASKED = 0.5
_DATE = re.compile(
    r"\d{1,4}\s*[./\-年]\s*\d{1,2}|\d{1,2}\.?\s+(?:de\s+|of\s+)?\w{3,}\.?,?\s+(?:de\s+)?\d{2,4}|\w{3,}\.?\s+\d{1,2},?\s+\d{4}"
    r"|[〇零一二三四五六七八九十\d]+\s*[年月日時时点]|\b(?:19|20)\d\d\b|\d{1,2}[:.]\d{2}\b|\d{1,2}\s*[년월일시]"
)
_PARENTHESES = re.compile(r"[(（\[][^)）\]]*[)）\]]")
_HAN_NUMBER = re.compile("[〇零一二三四五六七八九十百千万两]")
_BY_KIND = {
    "date": Kind.DATE,
    "due": Kind.DATE,
    "begin": Kind.DATE,
    "end": Kind.DATE,
    "birth": Kind.DATE,
    "time": Kind.DATE,
    "number": Kind.NUMBER,
    "amount": Kind.NUMBER,
    "total": Kind.NUMBER,
    "price": Kind.NUMBER,
    "name": Kind.NAME,
}


@dataclass(frozen=True)
class Context:
    """What surrounds evidence: the page's headings and other text, and the document's name."""

    headings: str
    text: str
    name: str


def score(question: Question, evidence: Evidence, context: Context) -> float:
    own = _own(question, evidence)
    if not question.words or sum(own) / len(own) < MIN_OWN:
        return 0.0
    near = matches(question, evidence.near)
    around = [max(each) for each in zip(*(matches(question, text) for text in _texts(context)), strict=True)]
    support = [
        max(mine, NEAR * close, PAGE * far, NEAR if _says_kind(meanings, evidence.value) else 0.0)
        for mine, close, far, meanings in zip(own, near, around, question.meanings, strict=True)
    ]
    coverage = sum(w * each for w, each in zip(question.weights, support, strict=True)) / sum(question.weights)
    unsaid = sum(w for w, each in zip(question.weights, support, strict=True) if each < _SAID)
    fit = 1.0 if has_kind(evidence.value, question.kind) else _misfit(evidence)
    focused = coverage * _focus(question, evidence)
    return focused * fit * _OF_SOURCE[evidence.source] * pow(_UNSAID, unsaid) * evidence.trust


def has_kind(value: str, kind: Kind | None) -> bool:
    """Whether a value is of the sort of words asked for, as far as its form shows."""
    if kind is Kind.DATE:
        return bool(_DATE.search(value))
    if kind is Kind.NUMBER:
        return any(c.isdigit() for c in value) or bool(_HAN_NUMBER.search(value)) or _is_number_written_out(value)
    if kind is Kind.NAME:
        return sum(c.isalpha() for c in value) > sum(c.isdigit() for c in value)
    return True


def _own(question: Question, evidence: Evidence) -> list[float]:
    """How well the evidence itself says each word; a cell says its row, its header and itself."""
    said = [matches(question, text) for text in (evidence.label, evidence.header) if text]
    if evidence.source in (Source.SENTENCE, Source.ROW):
        said.append(matches(question, evidence.value))
    return [max(each) for each in zip(*said, strict=True)] if said else [0.0] * len(question.words)


def _texts(context: Context) -> Sequence[str]:
    return context.headings, context.text, context.name


def _says_kind(meanings: frozenset[str], value: str) -> bool:
    """Whether a word like “date” or “amount” is said by the value's being one."""
    kinds = {_BY_KIND[meaning] for meaning in meanings if meaning in _BY_KIND}
    return any(has_kind(value, kind) for kind in kinds)


def _focus(question: Question, evidence: Evidence) -> float:
    """1 where the label says nothing but what is asked; sentences are judged by their length alone."""
    if evidence.source is Source.SENTENCE:
        return 1.0 if len(evidence.value) <= 300 else 0.85
    if evidence.source is Source.ROW:
        return 0.9
    label = _PARENTHESES.sub("", evidence.label) or evidence.label
    if evidence.source is Source.CELL:
        asked = max(matches(question, label)) > 0.5
        header = max(focus(question, evidence.header), 0.6 * focus(question, label) * _plainness(evidence.value))
        return (0.7 + 0.3 * header) * (1.0 if asked else _ROW_UNASKED)
    return 0.45 + 0.55 * focus(question, label)


def _plainness(value: str) -> float:
    """Where a question names no column, numbers are likelier meant than units and codes."""
    return 1.0 if value[:1].isdigit() else 0.7


def _misfit(evidence: Evidence) -> float:
    return _WRONG_KIND_OF_SENTENCE if evidence.source is Source.SENTENCE else _WRONG_KIND


def _is_number_written_out(value: str) -> bool:
    listed = _number_words()
    return any(word[:length] in listed for word in words(value) for length in {len(word), *range(4, len(word))})


@cache
def _number_words() -> frozenset[str]:
    return frozenset(fold(word) for word in NUMBER_WORDS.split())
