"""How well words of a page match words of a question: 1 the same, 0 nothing in common."""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from docintel.answering.question import Question, meanings_in
from docintel.lexicon import stop_words
from docintel.text.terms import fold, without_article, words

SAME_MEANING = 0.75
_ABOUT_THE_SAME = 0.9
_INFLECTED = 0.88
_PART_OF_COMPOUND = 0.72
_MISREAD = 0.8
_SAME_HEAD = 0.55
_INFLECTING = frozenset({"ru", "uk", "bg", "sr", "hr", "sl", "mk", "pl", "cs", "sk", "lt", "lv"})
_PARTICIPLES = frozenset({"de", "nl"})
_PARTICIPLE = re.compile(
    r"^(ab|an|auf|aus|bei|ein|fest|her|hin|mit|nach|vor|weg|zu|zuruck|um|unter|uber|af|uit|in|op|over|toe|)ge(?=\w{4}.*[tn]$)"
)
_COMPOUNDING = frozenset({"de", "nl", "da", "sv", "no", "fi", "hu", "is"})


@dataclass(frozen=True)
class MatchedText:
    """A text to be matched: a label, a sentence, a heading."""

    text: str

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.text))

    @cached_property
    def content(self) -> frozenset[str]:
        """Words that a label is about; numbers and rates in it (VAT 20 %) say nothing beyond it."""
        return frozenset(w for w in self.words - stop_words("en") if any(c.isalpha() for c in w)) or self.words

    @cached_property
    def meanings(self) -> frozenset[str]:
        return meanings_in(fold(self.text), self.words)


@lru_cache(maxsize=20_000)
def _matched_text(text: str) -> MatchedText:
    """Shared by the questions: many ask the same pages."""
    return MatchedText(text)


def matches(question: Question, text: str) -> tuple[float, ...]:
    """For each of the question's words how well `text` says it."""
    return _matches(question, text) if text else (0.0,) * len(question.words)


@lru_cache(maxsize=20_000)
def _matches(question: Question, text: str) -> tuple[float, ...]:
    matched = _matched_text(text)
    return tuple(
        max(
            max((similarity(word, other, question.language) for other in matched.words), default=0.0),
            SAME_MEANING if meanings & matched.meanings else 0.0,
        )
        for word, meanings in zip(question.words, question.meanings, strict=True)
    )


@lru_cache(maxsize=20_000)
def focus(question: Question, label: str) -> float:
    """How much of `label` is about what is asked: 1 where nothing in it goes beyond the question."""
    matched = _matched_text(label)
    asked = frozenset().union(*question.meanings)
    every = [
        max(
            max((similarity(word, other, question.language) for word in question.words), default=0.0),
            _ABOUT_THE_SAME if asked & meanings_in(other, frozenset({other})) else 0.0,
        )
        for other in matched.content
    ]
    return sum(every) / len(every) if every else 0.0


@lru_cache(maxsize=20_000)
def frequencies(question: Question, text: str) -> tuple[int, ...]:
    """How often `text` says each of the question's words, inflected or not."""
    every = Counter(words(text))
    return tuple(
        sum(n for other, n in every.items() if similarity(word, other, question.language) >= _INFLECTED)
        for word in question.words
    )


@lru_cache(maxsize=200_000)
def similarity(asked: str, other: str, language: str | None = None) -> float:
    """Of two folded words; `language` is the question's."""
    if asked == other:
        return 1.0
    if any(c.isdigit() for c in asked + other) or min(len(asked), len(other)) < 3:
        return 0.0
    if (without_article(asked) or asked) == (without_article(other) or other):
        return 0.95
    shared, longer = _common_prefix(asked, other), max(len(asked), len(other))
    if (shared >= 4 and shared >= 0.7 * longer) or (shared >= 6 and shared >= 0.63 * longer):
        return _INFLECTED
    if language in _INFLECTING and shared >= 3 and shared >= longer - (4 if shared >= 6 else 2):
        return _INFLECTED
    if min(len(asked), len(other)) >= 5 and (asked in other or other in asked):
        return _PART_OF_COMPOUND
    if language in _PARTICIPLES and _stem(asked) != asked and similarity(_stem(asked), other) >= _INFLECTED:
        return _INFLECTED
    if language in _COMPOUNDING and _common_prefix(asked[::-1], other[::-1]) >= 5:
        return _SAME_HEAD
    return _MISREAD if longer >= 6 and abs(len(asked) - len(other)) <= 2 and _ratio(asked, other) >= 0.84 else 0.0


def _stem(word: str) -> str:
    """A German or Dutch participle without its ge: ausgetauscht → austauscht."""
    return _PARTICIPLE.sub(r"\1", word)


def _common_prefix(one: str, two: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _ratio(one: str, two: str) -> float:
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= 0.84 else 0.0
