"""What a question asks for: its content words, what they may be called elsewhere, and the kind of its answer."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from docintel.language import language_of
from docintel.lexicon import meanings, question_phrases, stop_words
from docintel.text import UNSPACED
from docintel.text.terms import content_words, fold


class AnswerKind(StrEnum):
    """What sort of words would answer."""

    DATE = "date"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class Question:
    text: str
    language: str | None
    words: tuple[str, ...]
    """Folded content words, pairs of neighbours in unspaced scripts."""
    meanings: tuple[frozenset[str], ...]
    """For each of `words`."""
    weights: tuple[float, ...]
    """How much each of `words` tells."""
    kind: AnswerKind | None
    counts: bool = False
    """Whether it asks how many there are of something."""

    @classmethod
    def of(cls, text: str) -> "Question":
        language = language_of(text)
        folded = fold(text)
        every = content_words(_question_phrases().sub(" ", folded) or text, stop_words(language))
        words = tuple(word for word in every if word in folded or any(c.isdigit() for c in word))
        phrases = _phrases_in(folded)
        return cls(
            text=text,
            language=language,
            words=words,
            meanings=tuple(meanings_of_word(word) | _of_phrases(word, phrases) for word in words),
            weights=tuple(_weight(word, text, language) for word in words),
            kind=kind_of(text),
            counts=bool(_asks_for_count().search(folded)),
        )


_FIRST = (AnswerKind.NAME, AnswerKind.DATE, AnswerKind.NUMBER)
_MIN_STEM_LENGTH = 5
_MAX_ENDING_LENGTH = 3


def _weight(word: str, text: str, language: str | None) -> float:
    """German nouns are written with a capital; what else a German question says tells half as much."""
    if language != "de":
        return 1.0
    written = [each for each in re.findall(r"\w+", text) if fold(each) == word]
    return 0.5 if written and written[0].islower() else 1.0


def kind_of(question: str) -> AnswerKind | None:
    folded = fold(question)
    return next((kind for kind in _FIRST if _asks(kind).search(folded)), None)


@cache
def _question_phrases() -> re.Pattern[str]:
    """“How long” asks for a number, not about something long."""
    listed = question_phrases()
    phrases = {phrase for kind in AnswerKind for phrase in map(fold, listed[kind]) if " " in phrase}
    every = sorted(phrases.union(map(fold, listed["cut"])), key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, every))})(?!\w)")


@cache
def _asks(kind: AnswerKind) -> re.Pattern[str]:
    phrases = sorted(map(fold, question_phrases()[kind]), key=len, reverse=True)
    unspaced = [re.escape(phrase) for phrase in phrases if UNSPACED.search(phrase)]
    spaced = [re.escape(phrase) for phrase in phrases if not UNSPACED.search(phrase)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)|{'|'.join(unspaced)}")


@cache
def _asks_for_count() -> re.Pattern[str]:
    return re.compile("|".join(question_phrases()["count"]))


@cache
def _meanings_by_word() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for meaning, listed in meanings().items():
        for word in listed:
            table[fold(word)] = table.get(fold(word), frozenset()) | {meaning}
    return table


@cache
def meanings_of_word(word: str) -> frozenset[str]:
    """Meanings of a folded word: its own, else those of the longest listed word that it ends with or inflects.

    A compound of two (Steuernummer) means both at once: `tax+number`.
    """
    table = _meanings_by_word()
    if word in table or len(word) < _MIN_STEM_LENGTH or UNSPACED.search(word):
        return table.get(word, frozenset())
    lengths = range(len(word) - 1, _MIN_STEM_LENGTH - 1, -1)
    begins = next((table[word[:length]] for length in lengths if word[:length] in table), frozenset())
    ends = next((table[word[-length:]] for length in lengths if word[-length:] in table), frozenset())
    if begins and ends and not begins & ends:
        return frozenset(f"{first}+{second}" for first in begins for second in ends)
    inflected = next(
        (table[word[:n]] for n in lengths if n >= len(word) - _MAX_ENDING_LENGTH and word[:n] in table), None
    )
    return ends or inflected or _meanings_of_inflected(word)


def _meanings_of_inflected(word: str) -> frozenset[str]:
    """Meanings of the listed words that differ from `word` in their endings only."""
    stem = word[: max(_MIN_STEM_LENGTH, len(word) - _MAX_ENDING_LENGTH)]
    near = (each for each in _words_beginning(word[:_MIN_STEM_LENGTH]) if each.startswith(stem))
    close = [each for each in near if len(each) <= len(stem) + _MAX_ENDING_LENGTH]
    return frozenset().union(*(_meanings_by_word()[each] for each in close))


@cache
def _words_beginning(start: str) -> tuple[str, ...]:
    return tuple(word for word in _meanings_by_word() if word.startswith(start))


def meanings_in(folded: str, words: frozenset[str]) -> frozenset[str]:
    """Meanings of a folded text that consists of `words`."""
    found = frozenset[str]().union(*map(meanings_of_word, words), *(meanings for _, meanings in _phrases_in(folded)))
    return found.union(*(meaning.split("+") for meaning in found))


def synonyms(question: str) -> list[str]:
    """What other documents and languages call the things that `question` asks about."""
    asked = Question.of(question)
    parts = dict.fromkeys(part for meaning in sorted(frozenset().union(*asked.meanings)) for part in meaning.split("+"))
    return [word for part in parts for word in meanings()[part]]


@cache
def _phrase_pattern() -> re.Pattern[str]:
    phrases = sorted((word for word in _meanings_by_word() if UNSPACED.search(word)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


def _phrases_in(folded: str) -> list[tuple[str, frozenset[str]]]:
    """Listed words of unspaced scripts in a text, the longest at each place."""
    if not UNSPACED.search(folded):
        return []
    return [(found.group(), _meanings_by_word()[found.group()]) for found in _phrase_pattern().finditer(folded)]


def _of_phrases(word: str, phrases: list[tuple[str, frozenset[str]]]) -> frozenset[str]:
    return frozenset().union(*(meanings for phrase, meanings in phrases if word in phrase))
