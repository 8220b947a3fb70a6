"""Finding chunks: a dense and a lexical retriever, fused by reciprocal rank.

Reciprocal rank fusion is Cormack, Clarke, Büttcher, SIGIR 2009: a chunk's score is the sum over retrievers of 1 / (60 +
rank). The dense one votes only where the embedding model knows the question's language, and only for chunks in
languages that it knows; the notes say where it had no vote.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from docintel.chunking import searchable_text
from docintel.display import language_name
from docintel.embedding import Embedder
from docintel.errors import EmbeddingMismatch, EngineUnavailable
from docintel.language import language_of, possible_languages
from docintel.lexicon import compound_parts, stop_words
from docintel.model import Chunk, Explanation, Filters, Hit, Model, Ranking, TermMatch
from docintel.text.query import SearchQuery, conditions
from docintel.text.term_matches import term_matches
from docintel.text.terms import match_query

RANK_CONSTANT = 60
MIN_CANDIDATES = 50
_UNCLEAR_VOTE = 0.5
"""What the dense vote counts for a question too short to tell its language, in a script that the model knows."""

_FOREIGN_VOTE = 0.1
"""What the lexical vote counts for a passage in another language than the question's, where the model knows both: what
they share are names and numbers, which many passages have."""

ANYTHING = SearchQuery()
DENSE, LEXICAL = "dense", "lexical"
BY_WORDS = "Found by words alone, not by meaning"

Rankings = dict[str, dict[str, Ranking]]
"""Retriever → chunk id, best first → what it made of it."""


class Found(Model):
    """Hits, best first, and what the reader should know about how they were found."""

    hits: tuple[Hit, ...] = ()
    notes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Ids of the documents that were searched, each as a whole; empty: whatever else the search was limited to."""
    is_loose: bool = False
    """Hits need not have all of the words."""


class SearchableChunks(Protocol):
    """What retrieval needs of a library's chunks."""

    def lexical(self, match: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Ids and scores of chunks that an FTS5 expression matches, best first."""

    def vectors(self, filters: Filters) -> tuple[list[str], NDArray[np.float32]]:
        """Ids and vectors (n, dimension) of chunks."""

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """In that order, those that are there."""


class VectorIndex(Protocol):
    """Nearest chunks: ids and cosine similarities, best first. Raises EmbeddingMismatch."""

    def query(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[tuple[str, float]]: ...


class ExactIndex:
    """Every stored vector compared: what searches where the approximate index is not ours, or being built."""

    def __init__(self, chunks: SearchableChunks) -> None:
        self._chunks = chunks

    def query(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[tuple[str, float]]:
        ids, vectors = self._chunks.vectors(filters)
        if not ids:
            return []
        if vectors.shape[1] != len(vector):
            raise EmbeddingMismatch(
                f"These documents were indexed with another search model ({vectors.shape[1]} dimensions, not "
                f"{len(vector)}). Set DOCINTEL_EMBEDDING_MODEL back, or run `docintel reindex`."
            )
        similarities = vectors @ vector
        return [(ids[row], float(similarities[row])) for row in _best(similarities, limit)]


class Retriever:
    """Searches chunks. Holds no state of its own, so threads may share one."""

    def __init__(
        self, chunks: SearchableChunks, embedder: Embedder, index: VectorIndex | None = None, *, advice: str = ""
    ) -> None:
        """`advice` says what to do where the embedder does not know a question's language."""
        self._chunks = chunks
        self._advice = advice
        self._embedder = embedder
        self._index = index or ExactIndex(chunks)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        filters: Filters | None = None,
        explain: bool = False,
        needs: SearchQuery = ANYTHING,
    ) -> Found:
        """The chunks that have most to do with `query`, at most `limit`; the same search gives the same order.

        With `explain` each hit says why it was found. Hits have all phrases of `needs`, and nothing that it excludes.
        """
        filters = filters or Filters()
        language = language_of(query)
        num_candidates = max(MIN_CANDIDATES, 4 * limit)
        lexical = self._lexical(query, language, num_candidates, filters, needs)
        dense, note = self._dense(query, language, num_candidates, filters)
        chunks = {chunk.id: chunk for chunk in self._chunks.get(list(dict.fromkeys([*lexical, *dense])))}
        rankings = self._rankings(language, lexical, dense, chunks)
        hits = [
            Hit(chunk=chunks[id], score=score, retrievers=retrievers)
            for id, (score, retrievers) in _fused(rankings).items()
            if id in chunks and needs.admits(chunks[id].text)
        ][:limit]
        if explain:
            hits = [_explained(hit, rank, query, language, rankings) for rank, hit in enumerate(hits, start=1)]
        notes = (note,) if note and query.strip() else ()
        documents = filters.documents if filters == Filters(documents=filters.documents) else ()
        return Found(hits=tuple(hits), notes=notes, documents=documents)

    def _rankings(
        self,
        language: str | None,
        lexical: Mapping[str, float],
        dense: Mapping[str, float],
        chunks: Mapping[str, Chunk],
    ) -> Rankings:
        """What each retriever found, with the weight of its vote."""
        weight = 1.0 if self._embedder.knows(language) else _UNCLEAR_VOTE
        foreign = {id for id, chunk in chunks.items() if self._judges(language, chunk.language)} if dense else set()
        lexical_weights = {id: _FOREIGN_VOTE if id in foreign else 1.0 for id in lexical}
        return {
            LEXICAL: _ranked(lexical, lexical_weights),
            DENSE: _ranked(dense, dict.fromkeys(dense, weight)),
        }

    def _lexical(
        self, query: str, language: str | None, limit: int, filters: Filters, needs: SearchQuery
    ) -> dict[str, float]:
        """Ids by BM25, best first."""
        match = match_query(query, stop_words(language))
        match = match if needs.is_plain else conditions(needs, match)
        return dict(self._chunks.lexical(match, filters, limit)) if match else {}

    def _dense(self, query: str, language: str | None, limit: int, filters: Filters) -> tuple[dict[str, float], str]:
        """Ids by similarity, best first, and why there are none where this retriever has no vote."""
        if not self._may_know(language):
            return {}, self._why_not(language)
        known = self._known_only(filters)
        if known is None:
            return {}, f"{BY_WORDS}: the search model does not know the languages that were asked for."
        try:
            nearest = self._index.query(self._embedder.query(query), limit, known)
        except (EmbeddingMismatch, EngineUnavailable) as error:
            return {}, f"{BY_WORDS}: {error}"
        return {id: similarity for id, similarity in nearest if similarity >= self._embedder.scale.floor}, ""

    def _may_know(self, language: str | None) -> bool:
        """Whether the question is, or in the case of a few letters may be, in a language of the model's."""
        return any(map(self._embedder.knows, possible_languages(language)))

    def _judges(self, asked: str | None, written: str | None) -> bool:
        """Whether the model compares a question with a passage of another language: words can't."""
        return asked != written and self._embedder.knows(asked) and self._embedder.knows(written)

    def _why_not(self, language: str | None) -> str:
        if language is None:
            return f"{BY_WORDS}: the language of the question cannot be told."
        known = sorted(language_name(each) for each in self._embedder.languages or ())
        why = f"the search model knows {', '.join(known)}; the question is in {language_name(language)}."
        return f"{BY_WORDS}: {why} {self._advice}".strip()

    def _known_only(self, filters: Filters) -> Filters | None:
        """`filters` narrowed to languages that the model knows; None where none is left."""
        if self._embedder.languages is None:
            return filters
        asked = self._embedder.languages & set(filters.languages) if filters.languages else self._embedder.languages
        return filters.model_copy(update={"languages": tuple(sorted(asked))}) if asked else None


def _best(similarities: NDArray[np.float32], limit: int) -> list[int]:
    """Rows of the highest similarities, best first, ties in the order of rows."""
    rows = np.arange(len(similarities))
    if len(rows) > limit:
        rows = np.sort(np.argpartition(-similarities, limit - 1)[:limit])
    return [int(row) for row in rows[np.argsort(-similarities[rows], kind="stable")]]


def _ranked(scores: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, Ranking]:
    return {
        id: Ranking(rank=rank, score=score, weight=weights[id])
        for rank, (id, score) in enumerate(scores.items(), start=1)
    }


def _fused(rankings: Rankings) -> dict[str, tuple[float, tuple[str, ...]]]:
    """To id → (score, retrievers that found it), best first, ties by id."""
    scores: dict[str, float] = {}
    found_by: dict[str, tuple[str, ...]] = {}
    for retriever, ranked in rankings.items():
        for id, ranking in ranked.items():
            scores[id] = scores.get(id, 0.0) + ranking.weight / (RANK_CONSTANT + ranking.rank)
            found_by[id] = (*found_by.get(id, ()), retriever)
    return {id: (scores[id], found_by[id]) for id in sorted(scores, key=lambda id: (-scores[id], id))}


def _explained(hit: Hit, rank: int, query: str, language: str | None, rankings: Rankings) -> Hit:
    chunk = hit.chunk
    found = term_matches(query, stop_words(language), searchable_text(chunk), compound_parts(chunk.language))
    explanation = Explanation(
        rank=rank,
        lexical=rankings[LEXICAL].get(chunk.id),
        dense=rankings[DENSE].get(chunk.id),
        terms=tuple(TermMatch(term=term, written=written) for term, written in found),
    )
    return hit.model_copy(update={"explanation": explanation})
