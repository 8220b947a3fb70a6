"""The index itself: a thread that drains the outbox into Chroma, and searches over what is in it."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby

import numpy as np

from docintel.errors import DocintelError, EmbeddingMismatch
from docintel.index import probing
from docintel.index.metadata import metadata_of, where
from docintel.library import Library, OutboxEntry, Vector, indexing
from docintel.library.indexing import IndexCollection
from docintel.model import Filters, User
from storage.errors import Damaged, StorageError
from storage.vectors import VectorIndex

log = logging.getLogger(__name__)

POLL_S = 0.5
RESTS, MAX_REST_S = 9.0, 60.0
"""After a change the thread rests so many times as long as that took: Chroma takes the longer for it the more vectors
it has (a second of a core at 30,000, be the change ever so small), and workers need the cores meanwhile."""
WAIT_AFTER_ERROR_S = 10.0
AT_A_TIME = 2_000
MAX_FAILURES = 3
"""In a row, after which an index that looks sound is built again all the same."""
FEW_TOMBSTONES = 2_000
"""Deletions of which Chroma's graph makes nothing; beyond, as many as there are vectors."""
TEND_S = 1_800.0
"""Between two counts of everything, which take longer the more there is."""
LOOK_AGAIN_S = 60.0
"""For so long after a look, a failing search is the search's own fault."""


class Index:
    """Chroma's nearest neighbours over the library's vectors. Only the process that holds the home's lock has one."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._opened: VectorIndex | None = None
        self._opening = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._is_tended = False
        self._tended_at = -TEND_S
        self._is_suspect = False
        self._looked_at = 0.0
        self._rest_s = 0.0
        self._num_failures = 0
        self._miscounted: set[str] = set()

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
        """Whether the index is open, sound as far as is known, and has heard of every change."""
        is_sound = self._opened is not None and not self._is_suspect and not self._miscounted
        return is_sound and indexing.backlog(self._library.store) == 0

    def opened(self) -> VectorIndex:
        """DOCINTEL_HOME/chroma; a damaged one is set aside and filled again from the database."""
        with self._opening:
            if self._opened is None:
                self._opened = self._trusted()
            return self._opened

    def _trusted(self) -> VectorIndex:
        settings = self._library.settings
        if not probing.folder_of(settings.home).exists():
            return self._anew()
        self._looked_at = time.monotonic()
        found = self._faults()
        if found is None:
            raise DocintelError("The vector index was closed before it was open.")
        if not found:
            return VectorIndex.open(probing.folder_of(settings.home))
        probing.set_aside(settings.home, found[0])
        return self._anew()

    def _faults(self) -> list[str] | None:
        if self._num_failures >= MAX_FAILURES:
            return ["it fails time and again"]
        return probing.faults(self._library.settings, thorough=False, should_stop=self._stopped.is_set)

    def _anew(self) -> VectorIndex:
        indexing.refill(self._library.store)
        return VectorIndex.open(probing.folder_of(self._library.settings.home))

    def query(self, vector: Vector, limit: int, filters: Filters, user: User | None = None) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first, of what `user` sees. Raises EmbeddingMismatch."""
        found: list[tuple[str, float]] = []
        for target in indexing.collections(self._library.store, user):
            if filters.collection not in {None, target.collection}:
                continue
            if target.dimension != len(vector):
                raise EmbeddingMismatch(
                    f"The collection {target.collection!r} has vectors of {target.dimension} dimensions, the model "
                    f"makes {len(vector)}. Run `docintel reindex`."
                )
            found += self._nearest(target, vector, limit, filters)
        return sorted(found, key=lambda each: (-each[1], each[0]))[:limit]

    def _nearest(
        self, target: IndexCollection, vector: Vector, limit: int, filters: Filters
    ) -> list[tuple[str, float]]:
        try:
            self.opened().use(target.name, target.about)
            return self.opened().query(target.name, vector, limit, where(filters))
        except Damaged:
            self._is_suspect = time.monotonic() - self._looked_at > LOOK_AGAIN_S  # then the thread looks at it again
            raise

    def drain(self) -> int:
        """Makes the oldest changes in Chroma, then forgets them; the same again after a crash does no harm."""
        entries, targets = indexing.changes(self._library.store, AT_A_TIME)
        self._rest_s = 0.0
        if not entries:
            return 0
        self.opened()
        began = time.monotonic()
        for collection, group in groupby(sorted(entries, key=_order), key=lambda entry: entry.collection):
            if collection in targets:
                self._apply(targets[collection], list(group))
        indexing.forget(self._library.store, entries[-1].seq)
        self._rest_s = min(RESTS * (time.monotonic() - began), MAX_REST_S)
        return len(entries)

    def _apply(self, target: IndexCollection, entries: Sequence[OutboxEntry]) -> None:
        index = self.opened()
        index.use(target.name, target.about)
        gone = list(dict.fromkeys(entry.chunk_id for entry in entries if entry.operation == "delete"))
        if gone:
            index.delete(target.name, gone)
        last = {entry.chunk_id: entry for entry in entries}
        new = [entry for entry in last.values() if entry.operation == "add" and entry.vector is not None]
        if new:
            vectors = np.stack([entry.vector for entry in new if entry.vector is not None])
            index.add(target.name, [entry.chunk_id for entry in new], vectors, [metadata_of(entry) for entry in new])

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if not self._turn():
                    self._stopped.wait(max(POLL_S, self._rest_s))
                self._num_failures = 0
            except Damaged as error:
                log.warning("the vector index is looked at again: %s", error)
                self._mistrust()
                self._stopped.wait(WAIT_AFTER_ERROR_S)
            except (DocintelError, StorageError, OSError) as error:
                if not self._stopped.is_set():
                    log.warning("the vector index waits: %s", error)
                self._stopped.wait(WAIT_AFTER_ERROR_S)

    def _turn(self) -> bool:
        """One step of the thread; whether more waits than was done."""
        if self._is_suspect:
            raise Damaged("a search in it failed")
        if count := self.drain():
            self._is_tended = False
            return count == AT_A_TIME
        is_due = not self._is_tended and time.monotonic() - self._tended_at >= TEND_S
        if is_due and indexing.collections(self._library.store):
            self._is_tended = self.tend()
        return False

    def _mistrust(self) -> None:
        """Closes the index, so that it is probed before it is used again."""
        with self._opening:
            broken, self._opened = self._opened, None
            self._num_failures += 1
            self._is_suspect = False
            if broken is not None:
                with suppress(Damaged):
                    broken.close()

    def tend(self) -> bool:
        """Drops old generations, and has built again what miscounts or is mostly tombstones; False: not yet drained."""
        index, all_expected = self.opened(), indexing.expected_vectors(self._library.store)
        if all_expected is None:
            return False
        self._tended_at = time.monotonic()
        for name in set(index.names()) - {each.target.name for each in all_expected}:
            index.drop(name)
        for each in all_expected:
            index.use(each.target.name, each.target.about)
            if index.count(each.target.name) != each.num_vectors:
                self._miscount(each.target.collection)
            else:
                self._miscounted.discard(each.target.collection)
                if each.tombstones > max(FEW_TOMBSTONES, each.num_vectors):
                    self._refill(each.target.collection)
        return True

    def _refill(self, collection: str) -> None:
        """A new generation; the old one is dropped, and the new one counted, once it is full."""
        self._tended_at = -TEND_S
        indexing.refill(self._library.store, collection)

    def _miscount(self, collection: str) -> None:
        """Built again, but once: what goes on miscounting is searched exactly, until the next start."""
        if collection in self._miscounted:
            log.error("the vector index of %r miscounts again; it is searched without", collection)
            return
        log.warning("the vector index of %r does not hold what the database does; it is built again", collection)
        self._miscounted.add(collection)
        self._refill(collection)

    def rebuild(self) -> None:
        """A new generation of every collection, filled from the database; the old ones are dropped."""
        self.opened()
        indexing.refill(self._library.store)
        while self.drain():
            continue
        self.tend()


def _order(entry: OutboxEntry) -> tuple[str, int]:
    return entry.collection, entry.seq
