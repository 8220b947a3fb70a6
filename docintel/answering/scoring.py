"""How well evidence answers a question, 0 … about 1, from the words that both share.

Each content word of the question should be said: by the evidence itself, by what it stands under, by its page, or by
the document's name, each counting less. A label is better the less it says beyond the question; a value is better
if it is of the kind that was asked for.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from math import log2

from docintel.answering.evidence import CELL_BREAK, Evidence, Source
from docintel.answering.matching import focus, frequencies, matches
from docintel.answering.question import AnswerKind, Question, meanings_in
from docintel.lexicon import number_words
from docintel.text.terms import fold, words

NEAR, HEADINGS, PAGE = 0.8, 0.7, 0.5
MIN_OWN = 0.2
"""Of the question's words, what the evidence itself must say."""
_MISSING_PENALTY = 0.8
"""What remains of a score for each word of the question that nothing says."""
_MIN_SUPPORT = 0.3
_SOURCE_WEIGHTS = {
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
_OTHER_LANGUAGE = 0.9
_DATE = re.compile(
    r"\d{1,4}\s*[./\-年]\s*\d{1,2}|\d{1,2}\.?\s+(?:de\s+|of\s+)?\w{3,}\.?,?\s+(?:de\s+)?\d{2,4}|\w{3,}\.?\s+\d{1,2},?\s+\d{4}"
    r"|[〇零一二三四五六七八九十\d]+\s*[年月日時时点]|\b(?:19|20)\d\d\b|\d{1,2}[:.]\d{2}\b|\d{1,2}\s*[년월일시]"
)
_WHOLE_DATE = re.compile(r"\s*\d{1,4}([./-])\d{1,2}\1\d{2,4}\.?\s*")
_PARENTHESES = re.compile(r"[(（\[][^)）\]]*[)）\]]")
_HAN_NUMBER = re.compile("[〇零一二三四五六七八九十百千万两]")
_BY_KIND = {
    "date": AnswerKind.DATE,
    "time": AnswerKind.DATE,
    "number": AnswerKind.NUMBER,
    "amount": AnswerKind.NUMBER,
    "name": AnswerKind.NAME,
}


@dataclass(frozen=True)
class Context:
    """What surrounds evidence: the page's headings and other text, and the document's name."""

    headings: str
    text: str
    name: str
    languages: tuple[str, ...] = ()


def score(question: Question, evidence: Evidence, context: Context) -> float:
    said = own(question, evidence)
    if not question.words or sum(said) / len(said) < MIN_OWN:
        return 0.0
    near = matches(question, evidence.near)
    support = [
        max(mine, NEAR * close, far, NEAR if _says_kind(meanings, evidence.value) else 0.0)
        for mine, close, far, meanings in zip(said, near, around(question, context), question.meanings, strict=True)
    ]
    weights = weights_of(question, context)
    coverage = sum(w * each for w, each in zip(weights, support, strict=True)) / sum(weights)
    missing = sum(w for w, each in zip(question.weights, support, strict=True) if each < _MIN_SUPPORT)
    fit = 1.0 if not evidence.value or has_kind(evidence.value, question.kind) else _misfit(evidence)
    fit *= 1.0 if shares_language(question, context) else _OTHER_LANGUAGE
    focused = coverage * _focus(question, evidence)
    return focused * fit * _SOURCE_WEIGHTS[evidence.source] * pow(_MISSING_PENALTY, missing) * evidence.trust


def has_kind(value: str, kind: AnswerKind | None) -> bool:
    """Whether a value is of the sort of words asked for, as far as its form shows."""
    if kind is AnswerKind.DATE:
        return bool(_DATE.search(value))
    if kind is AnswerKind.NUMBER:
        if _WHOLE_DATE.fullmatch(value):
            return False
        return any(c.isdecimal() for c in value) or bool(_HAN_NUMBER.search(value)) or _is_number_written_out(value)
    if kind is AnswerKind.NAME:
        return sum(c.isalpha() for c in value) > sum(c.isdecimal() for c in value)
    return True


def shares_language(question: Question, context: Context) -> bool:
    language = question.language
    return not language or language.startswith("und") or not context.languages or language in context.languages


def own(question: Question, evidence: Evidence) -> list[float]:
    """How well the evidence itself says each word; a cell says its row, its header and itself."""
    said = [matches(question, text) for text in (evidence.label, evidence.header) if text]
    if evidence.source is Source.SENTENCE:
        said.append(matches(question, evidence.value))
    return [max(each) for each in zip(*said, strict=True)] if said else [0.0] * len(question.words)


@lru_cache(maxsize=4096)
def around(question: Question, context: Context) -> tuple[float, ...]:
    """What the page and the document's name say of each word, as much as it counts."""
    titled = (matches(question, context.headings), matches(question, context.name))
    said = matches(question, context.text)
    return tuple(
        max(HEADINGS * max(high), PAGE * low) for high, low in zip(zip(*titled, strict=True), said, strict=True)
    )


@lru_cache(maxsize=4096)
def weights_of(question: Question, context: Context) -> tuple[float, ...]:
    """A word that the page says often tells less about where to look."""
    often = frequencies(question, context.text)
    return tuple(weight / log2(2 + max(n, 1)) for weight, n in zip(question.weights, often, strict=True))


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
        parts = max(focus(question, part) for part in label.split(CELL_BREAK))
        header = max(_header(question, evidence), 0.6 * parts * _plainness(evidence.value))
        return (0.7 + 0.3 * header) * (1.0 if asked else _ROW_UNASKED)
    return 0.45 + 0.55 * focus(question, label)


def _header(question: Question, evidence: Evidence) -> float:
    """How much a cell's header is what is asked for; how many of something stands under a quantity."""
    if not question.counts:
        return focus(question, evidence.header)
    return float("quantity" in meanings_in(fold(evidence.header), frozenset(words(evidence.header))))


def _plainness(value: str) -> float:
    """Where a question names no column, numbers are likelier meant than units and codes."""
    return 1.0 if value[:1].isdecimal() else 0.7


def _misfit(evidence: Evidence) -> float:
    return _WRONG_KIND_OF_SENTENCE if evidence.source is Source.SENTENCE else _WRONG_KIND


def _is_number_written_out(value: str) -> bool:
    listed = number_words()
    return any(word[:length] in listed for word in words(value) for length in {len(word), *range(4, len(word))})
