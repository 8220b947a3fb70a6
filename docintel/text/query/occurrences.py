"""Where a query's words and phrases stand in a text."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from docintel.text import UNSPACED
from docintel.text.compounds import CompoundParts
from docintel.text.query.expression import word_terms
from docintel.text.query.language import SearchQuery
from docintel.text.terms import content_words, fold, index_terms, query_terms, umlaut_terms, words

Span = tuple[int, int]
"""Start, and end past the last character."""

_TOKEN = re.compile(r"\S*\w\S*")
_EDGES = ".,;:!?()[]“”„\"'«»"


class WordPattern:
    """One thing that is looked for: a word in all its forms (`loosely`: with other endings, too), or a phrase."""

    def __init__(self, word: str = "", *, phrase: str = "", loosely: bool = False) -> None:
        self.unspaced = fold(word or phrase).replace(" ", "") if UNSPACED.search(word or phrase) else ""
        self.phrase = words(phrase)
        terms = (query_terms(word) + word_terms(word) if loosely else word_terms(word)) if word else []
        plain = [term.strip('" *') for term in terms if not term.endswith("*")]
        self._exact = frozenset([*plain, *umlaut_terms(word)])
        self._beginnings = tuple(term.strip('" *') for term in terms if term.endswith("*"))

    def fits(self, terms: Collection[str]) -> bool:
        """Whether a word with these index terms is meant."""
        return not self._exact.isdisjoint(terms) or any(term.startswith(self._beginnings) for term in terms)


@dataclass(frozen=True)
class Occurrence:
    span: Span
    pattern: int
    """Which of the patterns, by its place."""


def patterns_of(query: SearchQuery, stop_words: Collection[str], *, loosely: bool = False) -> list[WordPattern]:
    """What is looked for, word by word and phrase by phrase."""
    found = [WordPattern(word, loosely=loosely) for word in content_words(query.words, stop_words)]
    return [*found, *(WordPattern(phrase=phrase) for phrase in query.phrases)]


def occurrences(text: str, patterns: Sequence[WordPattern], parts: CompoundParts | None = None) -> list[Occurrence]:
    """In the order of the text; `parts` as in `index_terms`."""
    tokens = [(match.start(), match.end()) for match in _TOKEN.finditer(text)]
    found = [
        Occurrence(span, number)
        for number, pattern in enumerate(patterns)
        for span in _spans(text, tokens, pattern, parts)
    ]
    return sorted(found, key=lambda each: (each.span, each.pattern))


def folded_spans(text: str, needle: str) -> list[Span]:
    """Where `needle` stands in `text`, whatever case, accents and widths; white space is as good as any other."""
    wanted = " ".join(fold(needle).split())
    if not wanted:
        return []
    letters, owners = _folded(text)
    return [(owners[at.start()], owners[at.end() - 1] + 1) for at in re.finditer(re.escape(wanted), letters)]


def _spans(text: str, tokens: Sequence[Span], pattern: WordPattern, parts: CompoundParts | None) -> Iterator[Span]:
    if pattern.unspaced:
        yield from folded_spans(text, pattern.unspaced)
    elif pattern.phrase:
        yield from _phrase_spans(text, tokens, pattern.phrase)
    else:
        for start, end in tokens:
            written = text[start:end]
            if pattern.fits(_terms(written.strip(_EDGES), parts)):
                left = len(written) - len(written.lstrip(_EDGES))
                yield start + left, start + left + len(written.strip(_EDGES))


def _phrase_spans(text: str, tokens: Sequence[Span], phrase: list[str]) -> Iterator[Span]:
    said = [(word, token) for token in tokens for word in words(text[slice(*token)])]
    written = [word for word, _ in said]
    for start in range(len(said) - len(phrase) + 1):
        if written[start : start + len(phrase)] == phrase:
            yield said[start][1][0], said[start + len(phrase) - 1][1][1]


@lru_cache(maxsize=65_536)
def _terms(word: str, parts: CompoundParts | None) -> frozenset[str]:
    return frozenset(index_terms(word, parts).split())


def _folded(text: str) -> tuple[str, list[int]]:
    """The letters of `text` folded one by one, white space as single spaces, and where each comes from."""
    letters: list[str] = []
    owners: list[int] = []
    for place, character in enumerate(text):
        for letter in _fold_letter(character):
            if letter == " " and (not letters or letters[-1] == " "):
                continue
            letters.append(letter)
            owners.append(place)
    return "".join(letters), owners


@lru_cache(maxsize=8192)
def _fold_letter(character: str) -> str:
    return " " if character.isspace() else fold(character)
