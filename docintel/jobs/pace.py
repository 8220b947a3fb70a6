"""How many pages came to an end, minute by minute, and which ones since a moment: for whoever shows or counts them."""

import time
from typing import Literal

from docintel.library import Library
from docintel.library.jobs.reports import Reports
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
        found = Reports(tx).minutes(now, now - 60 * MINUTES, seen, **parameters)
    counted = {minute.ago: Minute(read=minute.count - minute.failed, failed=minute.failed) for minute in found}
    return tuple(counted.get(ago, Minute()) for ago in reversed(range(MINUTES)))


def ended(library: Library, *, since: float) -> list[EndedPage]:
    """Pages that were read or failed after `since` (seconds since the epoch), in that order."""
    with library.store.read() as tx:
        found = Reports(tx).ended(since)
    return [
        EndedPage.model_validate(
            {"state": page.state, "cached": bool(page.is_cached), "seconds": page.seconds, "at": page.read_at}
        )
        for page in found
    ]


def num_cached(library: Library) -> int:
    """Pages of the library's documents that were found in the cache."""
    seen, parameters = access.listed(library.user)
    with library.store.read() as tx:
        return int(tx.value(f"SELECT coalesce(sum(pages_cached), 0) FROM documents WHERE {seen}", **parameters))
