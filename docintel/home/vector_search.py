"""The nearest chunks, by the vector index where it can answer, else exactly."""

import logging
from typing import TYPE_CHECKING

from docintel.errors import DamagedStore
from docintel.index import Index
from docintel.library import Library, Vector
from docintel.model import Filters
from storage.errors import StorageError

if TYPE_CHECKING:
    from docintel.embedding import Embedder

log = logging.getLogger(__name__)


class VectorSearch:
    """Nearest chunks for the retriever: approximate where the index is ours and has heard of everything, else exact."""

    def __init__(self, library: Library, index: Index | None, embedder: "Embedder") -> None:
        from docintel.retrieval import ExactIndex

        self._library = library
        self._index = index
        self._embedder = embedder
        self._exact = ExactIndex(library.chunks)

    def query(self, vector: Vector, limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first. Raises EmbeddingMismatch."""
        for collection in self._library.collections():
            if collection.embedding_model is not None and filters.collection in {None, collection.name}:
                self._library.chunks.check_embedding(collection.name, self._embedder.model)
        filters = self._without_needless(filters)
        if filters.is_of_documents:  # the index knows nothing of these
            return self._exact.query(vector, limit, filters)
        if self._index is not None and self._index.is_current:
            try:
                return self._index.query(vector, limit, filters, self._library.user)
            except (StorageError, DamagedStore) as error:
                log.error("searching without the vector index: %s", error)
        return self._exact.query(vector, limit, filters)

    def _without_needless(self, filters: Filters) -> Filters:
        """Only chunks in languages that the model knows have vectors: to ask for all of them is no filter, but slow."""
        known = self._embedder.languages
        is_needless = known is not None and known <= set(filters.languages)
        return filters.model_copy(update={"languages": ()}) if is_needless else filters
