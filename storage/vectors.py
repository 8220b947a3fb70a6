"""Vectors in Chroma, embedded. One process owns the folder; what is here can always be built again from the database.

The settings are those that survived kills (no break in 28): the graph is never written by Chroma itself but rebuilt
at open from its log. `space` is cosine, so a similarity is 1 - distance.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from storage import folder_checksums
from storage.errors import Damaged, Full

MAX_BATCH = 5_461
HNSW = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 300,
    "max_neighbors": 32,
    "sync_threshold": 10_000_000,
}

Metadata = Mapping[str, str | int | float | bool]


class VectorIndex:
    """Approximate nearest neighbours by collection. Collection names are 3–512 of [a-zA-Z0-9._-]."""

    def __init__(self, client: Any, path: Path) -> None:
        self._client = client
        self._path = path
        self._collections: dict[str, Any] = {}
        self._about: dict[str, Metadata] = {}
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens or creates the folder; the caller holds the lock on it. Raises Damaged.

        Until it is closed its files have no checksums: Chroma changes some even at opening.
        """
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

        path.mkdir(parents=True, exist_ok=True)
        folder_checksums.remove(path)
        try:
            with _translate_errors():
                client = chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False))
                client.list_collections()
        except Damaged:
            SharedSystemClient.clear_system_cache()  # else Chroma gives the broken one again, for the same path
            raise
        return cls(client, path)

    def use(self, collection: str, about: Metadata) -> None:
        """Creates a collection that is `about` this, or makes sure that it is. Raises Damaged where it isn't."""
        with self._lock:
            if self._about.get(collection) == about:
                return
            with _translate_errors():
                found = self._made(collection, about)
            if found.metadata != about:
                raise Damaged(f"the vector index holds {found.metadata} where {about} was expected")
            self._collections[collection], self._about[collection] = found, about

    def add(
        self, collection: str, ids: Sequence[str], vectors: NDArray[np.float32], metadatas: Sequence[Metadata]
    ) -> None:
        """Adds; an id that is there already stays as it is. `vectors` is (n, dimension) float32."""
        with self._lock, _translate_errors():
            for start in range(0, len(ids), MAX_BATCH):
                part = slice(start, start + MAX_BATCH)
                self._open(collection).add(
                    ids=list(ids[part]), embeddings=vectors[part], metadatas=[dict(each) for each in metadatas[part]]
                )

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Ids that aren't there are no error."""
        with self._lock, _translate_errors():
            for start in range(0, len(ids), MAX_BATCH):
                self._open(collection).delete(ids=list(ids[start : start + MAX_BATCH]))

    def query(
        self, collection: str, vector: NDArray[np.float32], limit: int, filters: Mapping[str, Any] | None = None
    ) -> list[tuple[str, float]]:
        """The nearest ids and their cosine similarities, best first; `filters` is Chroma's `where`."""
        where = dict(filters) if filters else None
        with _translate_errors():
            found = self._open(collection).query(
                query_embeddings=[vector], n_results=limit, where=where, include=["distances"]
            )
        return [(each, 1.0 - float(d)) for each, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def count(self, collection: str) -> int:
        return int(self._open(collection).count())

    def ids(self, collection: str) -> set[str]:
        return set(self._open(collection).get(include=[])["ids"])

    def vectors(self, collection: str, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Those of `ids` that are there, with their vectors."""
        with _translate_errors():
            found = self._open(collection).get(ids=list(ids), include=["embeddings"])
        return dict(zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True))

    def metadatas(self, collection: str, ids: Sequence[str]) -> dict[str, Metadata]:
        """Of those of `ids` that are there."""
        with _translate_errors():
            found = self._open(collection).get(ids=list(ids), include=["metadatas"])
        return dict(zip(found["ids"], found["metadatas"], strict=True))

    def names(self) -> list[str]:
        with _translate_errors():
            return sorted(each.name for each in self._client.list_collections())

    def drop(self, collection: str) -> None:
        with self._lock, _translate_errors():
            self._collections.pop(collection, None)
            self._about.pop(collection, None)
            if collection in self.names():
                self._client.delete_collection(collection)

    def close(self) -> None:
        self._collections.clear()
        self._about.clear()
        with _translate_errors():
            self._client.close()
        with suppress(OSError):  # then they are looked through without
            folder_checksums.write(self._path)

    def _open(self, collection: str) -> Any:
        with self._lock:
            if collection not in self._collections:
                self._collections[collection] = self._made(collection, None)
            return self._collections[collection]

    def _made(self, collection: str, about: Metadata | None) -> Any:
        return self._client.get_or_create_collection(
            collection, configuration={"hnsw": HNSW}, embedding_function=None, metadata=dict(about) if about else None
        )


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Chroma's own, Rust's and SQLite's errors all mean the same here, but for a full disk: build the index again."""
    try:
        yield
    except Exception as error:
        if "disk is full" in str(error) or "No space left" in str(error):
            raise Full(str(error)) from error
        raise Damaged(f"the vector index cannot be used: {error}") from error
