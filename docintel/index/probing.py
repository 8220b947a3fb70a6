"""Whether the vector index can be trusted. It is looked at in a child process: a damaged one can take down its reader.

Nobody else may have the index open meanwhile. A child that is left alone by its owner ends at once.
"""

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from docintel.errors import DocintelError
from docintel.index.metadata import metadata_of
from docintel.library import OutboxEntry, Vector, indexing
from docintel.library.indexing import IndexCollection
from docintel.library.store import Store
from docintel.processes.children import Child
from docintel.processes.outcomes import Crashed, Raised, Returned, TimedOut
from docintel.settings import Settings
from storage import folder_checksums
from storage.errors import Damaged
from storage.vectors import VectorIndex

log = logging.getLogger(__name__)

SAMPLE = 64
AT_A_TIME = 500
MIN_RECALL = 0.95
NEAREST = 10
SAME = 1e-4
MEMORY_BYTES = 1 << 40
"""Address space of the child: what it looks at is ours, and may be large."""
OPEN_S = 120.0
VECTORS_A_SECOND = 1_000
"""Slower than any machine is at building the graph again, which happens at opening."""
FEW_BYTES = 256 * 1024**2
MAX_TIMES_ITS_VECTORS = 40
"""An index that takes this many times the bytes of its vectors grows without bound (Chroma's issue 7510)."""
MAX_KEPT_BYTES = 1024**3


def folder_of(home: Path) -> Path:
    return home / "chroma"


def faults(settings: Settings, *, thorough: bool, should_stop: Callable[[], bool] = lambda: False) -> list[str] | None:
    """What is wrong with DOCINTEL_HOME/chroma, by a sample or (`thorough`) vector by vector; None: it was stopped.

    Raises DocintelError where nothing can be said of it.
    """
    try:
        changed = folder_checksums.faults(folder_of(settings.home))
    except OSError as failure:
        return [f"its files cannot be read ({failure.strerror})"]
    if changed:
        return [f"{changed[0]} is not what it was when the index was closed"]
    child = Child(memory_bytes=MEMORY_BYTES)
    try:
        child.begin(look, settings.home, thorough, timeout_s=_patience_s(settings.home))
        outcome = None
        while outcome is None:
            if should_stop():
                return None
            outcome = child.wait(0.2)
    finally:
        child.kill()
    match outcome:
        case Returned(found):
            return list(found)
        case Raised(error):
            raise error
        case Crashed(how):
            return [f"it crashed the process that looked at it ({how})"]
        case TimedOut(seconds):
            return [f"it could not be looked at within {seconds:.0f} s"]


def _patience_s(home: Path) -> float:
    return OPEN_S + allocated_bytes(folder_of(home)) / 1_000 / VECTORS_A_SECOND


def look(home: Path, thorough: bool) -> list[str]:
    """What `faults` says, in the child."""
    store = Store.open(home)
    try:
        index = VectorIndex.open(folder_of(home))
        counts = {expected.target: expected.num_vectors for expected in indexing.expected_vectors(store) or ()}
        found = [
            f"{target.collection!r}: {fault}"
            for target in indexing.collections(store)
            for fault in _look_at(store, index, target, counts.get(target), thorough)
        ]
        return [*found, *_bloat(home, counts)]
    except Damaged as error:
        return [str(error)]
    finally:
        store.close()


def _look_at(
    store: Store, index: VectorIndex, target: IndexCollection, num_vectors: int | None, thorough: bool
) -> Iterator[str]:
    """`num_vectors`: what it must count, where it has heard of everything."""
    kept = _each(store, target) if thorough else _sample(store, target)
    first = next(kept, None)
    if first is None:
        return
    if target.name not in index.names():
        yield "it is not there"
        return
    index.use(target.name, target.about)
    if num_vectors is not None and index.count(target.name) != num_vectors:
        yield f"it counts {index.count(target.name)} vectors, the database {num_vectors}"
    asked: list[tuple[str, OutboxEntry]] = []
    for batch in (first, *kept):
        there, about = index.vectors(target.name, list(batch)), index.metadatas(target.name, list(batch))
        wrong = [
            each
            for each, entry in batch.items()
            if not _is_same(there.get(each), entry.vector) or about.get(each) != metadata_of(entry)
        ]
        if wrong:
            yield f"{len(wrong)} of {len(batch)} vectors are missing or not what they were, {wrong[0]} first"
            return
        asked += islice(batch.items(), 1 if asked else SAMPLE)
    yield from _poor_recall(index, target, asked)


def _each(store: Store, target: IndexCollection) -> Iterator[dict[str, OutboxEntry]]:
    after = 0
    while True:
        after, batch = indexing.entries_after(store, target, after=after, limit=AT_A_TIME)
        if not batch:
            return
        yield batch


def _sample(store: Store, target: IndexCollection) -> Iterator[dict[str, OutboxEntry]]:
    """One batch, from all over the collection."""
    last, dice = indexing.last_row(store, target), Random(0)
    sample: dict[str, OutboxEntry] = {}
    for after in {0, *(dice.randrange(last + 1) for _ in range(SAMPLE))}:
        sample |= indexing.entries_after(store, target, after=after, limit=1)[1]
    if sample:
        yield sample


def _is_same(found: Vector | None, kept: Vector | None) -> bool:
    if found is None or kept is None or found.shape != kept.shape:
        return False
    return bool(np.allclose(found, kept, rtol=0, atol=1e-6))


def _poor_recall(index: VectorIndex, target: IndexCollection, asked: list[tuple[str, OutboxEntry]]) -> Iterator[str]:
    """A vector is its own nearest, or as near as its equals."""
    found = 0
    for chunk_id, entry in asked:
        hits = index.query(target.name, entry.vector, NEAREST) if entry.vector is not None else []
        found += any(each == chunk_id or similarity > 1 - SAME for each, similarity in hits)
    if found < MIN_RECALL * len(asked):
        yield f"a search finds only {found} of {len(asked)} vectors"


def _bloat(home: Path, counts: Mapping[IndexCollection, int]) -> Iterator[str]:
    own = sum(4 * target.dimension * num_vectors for target, num_vectors in counts.items())
    allocated = allocated_bytes(folder_of(home))
    if own and allocated > FEW_BYTES + MAX_TIMES_ITS_VECTORS * own:
        yield f"it takes {allocated / 1e6:,.0f} MB for {own / 1e6:,.0f} MB of vectors"


def allocated_bytes(folder: Path) -> int:
    """Space that is really taken: Chroma's files can be sparse."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def note_checksums(home: Path) -> None:
    """Of an index that was found sound, and that nothing has open."""
    with suppress(OSError):  # then it is looked through without, next time
        folder_checksums.write(folder_of(home))


def set_aside(home: Path, why: str) -> None:
    """A damaged index is renamed, to be looked into; the one before goes, and so does one that is very large."""
    folder = folder_of(home)
    aside = folder.with_name(f"{folder.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for older in home.glob(f"{folder.name}.damaged-*"):
        shutil.rmtree(older, ignore_errors=True)
    log.error("the vector index is damaged (%s); it is kept as %s and built again", why, aside.name)
    try:
        folder.rename(aside)
    except OSError as error:
        raise DocintelError(f"The damaged vector index {folder} cannot be renamed: {error.strerror}.") from error
    if allocated_bytes(aside) > MAX_KEPT_BYTES:
        shutil.rmtree(aside, ignore_errors=True)
