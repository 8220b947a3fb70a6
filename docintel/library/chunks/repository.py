"""The chunks of a library as one user sees them: their texts, and the searches over words and vectors."""

from collections.abc import Sequence

from docintel.errors import EmbeddingMismatch, UsageError
from docintel.library import documents
from docintel.library.chunks import rows
from docintel.library.chunks.rows import Vector
from docintel.library.chunks.vector_cache import VectorCache
from docintel.library.people import access
from docintel.library.store import Store
from docintel.model import Chunk, Filters, User
from storage.errors import BadMatch

EVERYTHING = Filters()


class Chunks:
    """What is in collections that the user does not see is not there."""

    def __init__(self, store: Store, user: User | None, vectors: VectorCache) -> None:
        self._store = store
        self._user = user
        self._vectors = vectors

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """In that order; those that have been deleted are left out."""
        with self._store.read() as tx:
            return rows.by_id(tx, chunk_ids, self._user)

    def of(self, document_id: str) -> list[Chunk]:
        """In reading order. Raises NotFound."""
        with self._store.read() as tx:
            return rows.of_document(tx, documents.find(tx, document_id, self._user).id)

    def count(self, filters: Filters = EVERYTHING) -> int:
        where, parameters = rows.condition(filters, self._user)
        with self._store.read() as tx:
            return int(tx.value(f"SELECT count(*) FROM chunks c WHERE {where}", **parameters))

    def lexical(self, match: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Chunk ids and BM25 scores, higher is better; `match` is FTS5's query syntax, over index terms."""
        if not match.strip():
            return []
        try:
            with self._store.read() as tx:
                return rows.lexical(tx, match, filters, limit, self._user)
        except BadMatch as error:
            raise UsageError("The search expression cannot be read. Use plain words.") from error

    def vectors(self, filters: Filters) -> tuple[list[str], Vector]:
        """Chunk ids and their vectors, (n, dimension) float32, normalised; not to be written to.

        The last answers stay in memory until a collection changes, for all users who see the same.
        """
        seen, parameters = access.visible(self._user, "name")
        with self._store.read() as tx:  # one view of the database: what is kept under a key is what the key says
            found = tx.rows(f"SELECT name, version FROM collections WHERE {seen} ORDER BY name", **parameters)
            key = (filters, tuple((row["name"], row["version"]) for row in found))
            return self._vectors.get(key, lambda: rows.vectors(tx, filters, self._user))

    def known_vectors(self, text_hashes: Sequence[str], model: str) -> dict[str, Vector]:
        """Vectors that `model` has made of the same texts before, whosever they are, by text hash: for workers."""
        with self._store.read() as tx:
            return rows.known_vectors(tx, text_hashes, model)

    def same(self, document_id: str, made: Sequence[Chunk]) -> set[str]:
        """Ids of those of `made` that are the document's already, as they are: for workers."""
        with self._store.read() as tx:
            return rows.same(tx, document_id, made)

    def check_embedding(self, collection: str, model: str) -> None:
        """Raises EmbeddingMismatch where the collection's vectors were made by another model."""
        with self._store.read() as tx:
            there = tx.value("SELECT embedding_model FROM collections WHERE name = :name", name=collection)
        if there is not None and there != model:
            raise EmbeddingMismatch(
                f"The collection {collection!r} was embedded with {there}, the model is now {model}. Run "
                "`docintel reindex`, or set DOCINTEL_EMBEDDING_MODEL back."
            )
