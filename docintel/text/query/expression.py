"""A query as a MATCH expression of SQLite's FTS5 over index terms (see docintel.text.terms).

A phrase cannot be asked for as such, since a word's other forms stand between it and the next one: the expression asks
for its words near each other, and `SearchQuery.admits` decides.
"""

from collections.abc import Collection

from docintel.text.query.language import SearchQuery
from docintel.text.terms import content_words, fold, query_terms, umlaut_terms, words

MIN_BEGINNING = 3
"""Letters of a word that others are found by which begin with it."""
MAX_WORDS = 64
_FORMS_BETWEEN = 8
"""Of a word in a phrase, at most."""


def all_words(query: SearchQuery, stop_words: Collection[str]) -> str:
    """For texts with every content word of the query, or a word that begins with it, that meet its conditions.

    "" where it asks for nothing.
    """
    asked = content_words(query.words, stop_words)[:MAX_WORDS]
    umlauts = {fold(word): umlaut_terms(word) for word in query.words.split()}
    needed = [_any([*word_terms(word), *(f'"{term}"' for term in umlauts.get(word, ()))]) for word in asked]
    return conditions(query, " AND ".join(needed))


def conditions(query: SearchQuery, match: str) -> str:
    """`match` narrowed to texts that have the query's phrases, or what comes near, and no excluded word."""
    needed = [f"({match})"] if match else []
    needed += [_near(words(phrase)) for phrase in query.phrases]
    excluded = [_any(_exact(words(each)[0])) for each in query.excluded if len(words(each)) == 1]
    if not needed:
        return ""
    kept = " AND ".join(needed)
    return f"terms : (({kept}) NOT ({' OR '.join(excluded)}))" if excluded else f"terms : ({kept})"


def word_terms(word: str) -> list[str]:
    """What a content word is found by: itself, what begins with it, and compounds that end in it."""
    exact = [term for term in query_terms(word) if not term.endswith("*")]
    return [*exact, f"{exact[0]} *"] if len(word) >= MIN_BEGINNING else exact


def _exact(word: str) -> list[str]:
    return query_terms(word)[:1]


def _near(phrase: list[str]) -> str:
    quoted = " ".join(_exact(word)[0] for word in phrase[:MAX_WORDS])
    return f"NEAR({quoted}, {_FORMS_BETWEEN * len(phrase)})" if len(phrase) > 1 else quoted


def _any(terms: list[str]) -> str:
    return f"({' OR '.join(dict.fromkeys(terms))})"
