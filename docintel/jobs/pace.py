"""How many pages came to an end, minute by minute, and which ones since a moment: for whoever shows or counts them."""

import time
from typing import Literal

from docintel.library import Library
from docintel.library.people import access
from docintel.model import Model

MINUTES = 60


class Minute(Model):
    read: int = 0
    failed: int = 0


class EndedPage(Model):
    state: Literal["done", "failed"]
    cached: bool
    seconds: float
    """What reading it took, from the cache or by the engine."""
    at: float


def pace(library: Library, *, now: float | None = None) -> tuple[Minute, ...]:
    """The last hour's pages as the library's user sees them, the minute that runs last."""
    now = time.time() if now is None else now
    seen, parameters = access.of_documents(library.user)
    with library.store.read() as tx:
        rows = tx.rows(
            "SELECT CAST((:now - read_at) / 60 AS INTEGER) AS ago, sum(state = 'failed') AS failed, count(*) AS n "
            f"FROM pages WHERE read_at > :since AND read_at <= :now AND {seen} GROUP BY 1",
            now=now,
            since=now - 60 * MINUTES,
            **parameters,
        )
    counted = {row["ago"]: Minute(read=row["n"] - row["failed"], failed=row["failed"]) for row in rows}
    return tuple(counted.get(ago, Minute()) for ago in reversed(range(MINUTES)))


def ended(library: Library, *, since: float) -> list[EndedPage]:
    """Pages that were read or failed after `since` (seconds since the epoch), in that order."""
    with library.store.read() as tx:
        rows = tx.rows(
            "SELECT state, is_cached, seconds, read_at FROM pages "
            "WHERE read_at > :since AND state IN ('done', 'failed') ORDER BY read_at",
            since=since,
        )
    return [
        EndedPage(state=row["state"], cached=bool(row["is_cached"]), seconds=row["seconds"], at=row["read_at"])
        for row in rows
    ]


def num_cached(library: Library) -> int:
    """Pages of the library's documents that were found in the cache."""
    seen, parameters = access.visible(library.user)
    with library.store.read() as tx:
        return int(tx.value(f"SELECT coalesce(sum(pages_cached), 0) FROM documents WHERE {seen}", **parameters))
