"""The owner's vector index: a thread that drains the outbox into Chroma, and searches over what is in it.

The database is the truth. What cannot be opened is set aside and filled again.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from docintel.chunking import searchable_text
from docintel.embedding import Embedder
from docintel.errors import DocintelError, EmbeddingMismatch
from docintel.library import Collection, Embedding, Library, OutboxEntry, Vector, indexing
from docintel.model import Filters
from storage.errors import Damaged, StorageError
from storage.vectors import VectorIndex

log = logging.getLogger(__name__)

POLL_S = 0.5
WAIT_AFTER_ERROR_S = 10.0
AT_A_TIME = 2_000
EMBEDDED_AT_A_TIME = 128


class Index:
    """Chroma's nearest neighbours over the library's vectors. Only the process that holds the home's lock has one."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._opened: VectorIndex | None = None
        self._opening = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)

    def start(self) -> None:
        """Opens the index and drains the outbox, in a thread, from now on; once is enough."""
        if self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._opened is not None:
            self._opened.close()

    @property
    def is_current(self) -> bool:
        """Whether the index is open and has heard of every change."""
        return self._opened is not None and indexing.backlog(self._library.store) == 0

    def opened(self) -> VectorIndex:
        """DOCINTEL_HOME/chroma; a damaged one is set aside and filled again from the database."""
        with self._opening:
            if self._opened is None:
                folder = self._library.settings.home / "chroma"
                is_new = not folder.exists()
                try:
                    self._opened = VectorIndex.open(folder)
                except Damaged as error:
                    self._opened, is_new = _set_aside(folder, error), True
                if is_new:
                    indexing.refill(self._library.store)
            return self._opened

    def query(self, vector: Vector, limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first. Raises EmbeddingMismatch."""
        found: list[tuple[str, float]] = []
        for collection in self._library.collections():
            if filters.collection not in {None, collection.name} or collection.dimension is None:
                continue
            if collection.dimension != len(vector):
                raise EmbeddingMismatch(
                    f"The collection {collection.name!r} has vectors of {collection.dimension} dimensions, the model "
                    f"makes {len(vector)}. Run `docintel reindex`."
                )
            found += self.opened().query(_name(collection.name, collection.generation), vector, limit, _where(filters))
        return sorted(found, key=lambda each: (-each[1], each[0]))[:limit]

    def drain(self) -> int:
        """Makes the oldest changes in Chroma, then forgets them; the same again after a crash does no harm."""
        entries = indexing.outbox(self._library.store, AT_A_TIME)
        if not entries:
            return 0
        generations = indexing.generations(self._library.store)
        for collection, group in groupby(sorted(entries, key=_place), key=lambda entry: entry.collection):
            self._apply(_name(collection, generations.get(collection, 0)), list(group))
        indexing.forget(self._library.store, entries[-1].seq)
        return len(entries)

    def _apply(self, name: str, entries: Sequence[OutboxEntry]) -> None:
        gone = list(dict.fromkeys(entry.chunk_id for entry in entries if entry.operation == "delete"))
        if gone:
            self.opened().delete(name, gone)
        last = {entry.chunk_id: entry for entry in entries}
        new = [entry for entry in last.values() if entry.operation == "add" and entry.vector is not None]
        if new:
            vectors = np.stack([entry.vector for entry in new if entry.vector is not None])
            self.opened().add(name, [entry.chunk_id for entry in new], vectors, [_metadata(entry) for entry in new])

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if self.drain():
                    continue
                self._stopped.wait(POLL_S)
            except (DocintelError, StorageError) as error:
                log.warning("the vector index waits: %s", error)
                self._stopped.wait(WAIT_AFTER_ERROR_S)

    def rebuild(self) -> None:
        """A new generation of every collection, filled from the database; the old ones are dropped."""
        old = set(self.opened().names())
        indexing.refill(self._library.store)
        while self.drain():
            continue
        current = {_name(name, number) for name, number in indexing.generations(self._library.store).items()}
        for name in old - current:
            self.opened().drop(name)


def reindex(library: Library, index: Index, embedder: Embedder | None) -> int:
    """Embeds again what another model (or none) embedded, and builds the index anew. How many chunks were embedded."""
    count = 0
    if embedder is not None:
        for collection in library.collections():
            count += sum(_embedded(library, collection, embedder))
    index.rebuild()
    return count


def _embedded(library: Library, collection: Collection, embedder: Embedder) -> Iterator[int]:
    embedding = Embedding(model=embedder.model, dimension=embedder.dimension)
    indexing.rebind(library.store, collection.name, embedding)
    after = 0
    while True:
        rows = indexing.without_vector(library.store, collection.name, after=after, limit=EMBEDDED_AT_A_TIME)
        if not rows:
            return
        after = rows[-1][0]
        known = [(rowid, chunk) for rowid, chunk in rows if embedder.knows(chunk.language)]
        vectors = embedder.passages([searchable_text(chunk) for _, chunk in known])
        made = [(rowid, chunk.id, vector) for (rowid, chunk), vector in zip(known, vectors, strict=True)]
        indexing.add_vectors(library.store, collection.name, embedding, made)
        yield len(made)


def _set_aside(folder: Path, error: Damaged) -> VectorIndex:
    aside = folder.with_name(f"chroma.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    log.error("%s; it is kept as %s and built again", error, aside.name)
    folder.rename(aside)
    return VectorIndex.open(folder)


def _place(entry: OutboxEntry) -> tuple[str, int]:
    return entry.collection, entry.seq


def _name(collection: str, generation: int) -> str:
    """Chroma's names are narrower than ours."""
    return f"c-{sha256(collection.encode()).hexdigest()[:32]}-{generation}"


def _metadata(entry: OutboxEntry) -> dict[str, str | int]:
    return {
        "document": entry.document_id,
        "language": entry.language,
        "first_page": entry.first_page,
        "last_page": entry.last_page,
    }


def _where(filters: Filters) -> dict[str, Any] | None:
    conditions: list[dict[str, Any]] = []
    if filters.documents:
        conditions.append({"document": {"$in": list(filters.documents)}})
    if filters.languages:
        conditions.append({"language": {"$in": list(filters.languages)}})
    if filters.pages:
        conditions.append(_any([_on_page(number) for number in filters.pages]))
    return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None


def _on_page(number: int) -> dict[str, Any]:
    return {"$and": [{"first_page": {"$lte": number}}, {"last_page": {"$gte": number}}]}


def _any(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$or": conditions} if len(conditions) > 1 else conditions[0]
