"""Full-text search as people type: passages that have all of the words.

Where no passage has them all, those that have some. What ranks them is BM25.
"""

from docintel.language import language_of
from docintel.lexicon import stop_words
from docintel.model import Filters, Hit
from docintel.retrieval import LEXICAL, Found, SearchableChunks
from docintel.text.query import SearchQuery, all_words, conditions
from docintel.text.terms import match_query

NOT_ALL = "No passage has all of these words; these have some of them."
_WIDER = (1, 10, 100)
"""How many times the limit is looked through for phrases, until enough are found."""


def find(chunks: SearchableChunks, query: SearchQuery, *, limit: int, filters: Filters) -> Found:
    """At most `limit` hits, best first."""
    stops = stop_words(language_of(query.text))
    if hits := _matching(chunks, query, all_words(query, stops), limit, filters):
        return Found(hits=hits)
    some = conditions(query, match_query(query.words, stops))
    hits = _matching(chunks, query, some, limit, filters) if some else ()
    return Found(hits=hits, notes=(NOT_ALL,) if hits else (), is_loose=bool(hits))


def _matching(
    chunks: SearchableChunks, query: SearchQuery, match: str, limit: int, filters: Filters
) -> tuple[Hit, ...]:
    hits: list[Hit] = []
    for times in _WIDER if not query.is_plain else _WIDER[:1]:
        ranked = dict(chunks.lexical(match, filters, times * limit)) if match else {}
        found = [chunk for chunk in chunks.get(list(ranked)) if query.admits(chunk.text)]
        hits = [Hit(chunk=chunk, score=ranked[chunk.id], retrievers=(LEXICAL,)) for chunk in found[:limit]]
        if len(hits) == limit or len(ranked) < times * limit:
            break
    return tuple(hits)
