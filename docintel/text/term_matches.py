"""Which words of a query stand in a text, and how they are written there: as the full-text index finds them."""

import re
from collections.abc import Collection

from docintel.text import UNSPACED
from docintel.text.compounds import CompoundParts
from docintel.text.terms import content_words, fold, index_terms, query_terms

MAX_WRITTEN = 4
_WORD = re.compile(r"\S*\w\S*")


def term_matches(
    query: str, stop_words: Collection[str], text: str, parts: CompoundParts | None = None
) -> list[tuple[str, tuple[str, ...]]]:
    """The content words of `query` found in `text`, folded, each with the forms that are written there.

    `parts` as in `index_terms`. Of a word in a script without spaces the form is the word.
    """
    terms = {word.strip(".,;:!?()[]“”\"'«»"): index_terms(word, parts).split() for word in _WORD.findall(text)}
    whole = index_terms(text, parts).split()
    found = []
    for word in content_words(query, stop_words):
        patterns = [_pattern(term) for term in query_terms(word)]
        written = _written(word, patterns, terms)
        if written or any(pattern.fullmatch(term) for pattern in patterns for term in whole):
            found.append((word, written or (word,)))
    return found


def _written(word: str, patterns: list[re.Pattern[str]], terms: dict[str, list[str]]) -> tuple[str, ...]:
    if UNSPACED.search(word):
        return (word,) if any(fold(word) in fold(written) for written in terms) else ()
    fitting = (written for written, made in terms.items() if any(p.fullmatch(term) for p in patterns for term in made))
    return tuple(dict.fromkeys(fitting))[:MAX_WRITTEN]


def _pattern(term: str) -> re.Pattern[str]:
    """A quoted term of an FTS5 expression as a pattern for one of the index."""
    beginning = ".*" if term.endswith("*") else ""
    return re.compile(re.escape(term.strip('" *')) + beginning)
