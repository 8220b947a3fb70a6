"""Room on the disk: how much may still be used, and how much reading a document will take."""

import shutil
from collections.abc import Iterable, Iterator

from docintel.errors import DiskFull, StoreUnavailable
from docintel.library.jobs.repository import Jobs, Pages, WaitingForDisk
from docintel.library.jobs.states import JobEvent
from docintel.library.jobs.summary import refresh
from docintel.library.store import Store
from docintel.settings import Settings
from storage.database import Transaction

MAX_ADMITTED = 1_000
"""Documents let in at once."""
PAGE_BYTES = 1_500_000
"""What a page takes at most, as a rule: its picture (a dense scan of A4 at 200 dpi), its thumbnail, what the engine
said of it, its rows, terms and vectors."""


def available(settings: Settings) -> int:
    """Bytes that may still be taken where DOCINTEL_HOME lies; negative where less is free than shall stay free."""
    try:
        return shutil.disk_usage(settings.home).free - settings.min_free_bytes
    except OSError as error:
        raise StoreUnavailable from error


def needed(*, size: int, num_pages: int) -> int:
    """Bytes that reading a file of `size` bytes and `num_pages` pages will take, beside the file itself."""
    return max(size, num_pages * PAGE_BYTES)


def unpromised(tx: Transaction, settings: Settings) -> int:
    """Bytes that none of the documents which have been begun will need."""
    return available(settings) - Pages(tx).num_promised() * PAGE_BYTES


def admit_waiting(store: Store, settings: Settings) -> int:
    """Queues the documents that waited for room and have it now, the most urgent first. How many."""
    with store.read() as tx:
        if not Jobs(tx).waiting_for_disk(1):
            return 0
    with store.write() as tx:
        fitting = list(_fitting(Jobs(tx).waiting_for_disk(MAX_ADMITTED), unpromised(tx, settings)))
        for document_id in fitting:
            Jobs(tx).change_if_possible(document_id, JobEvent.ROOM_FOUND)
            refresh(tx, document_id)
        return len(fitting)


def _fitting(waiting: Iterable[WaitingForDisk], bytes_left: int) -> Iterator[str]:
    """Ids of the documents that `bytes_left` are enough for, taken together."""
    for document in waiting:
        wanted = needed(size=document.size, num_pages=document.num_pages)
        if wanted <= bytes_left:
            bytes_left -= wanted
            yield document.document_id


def require(settings: Settings, size: int, name: str) -> None:
    """Raises DiskFull, which says how much is missing, where a file of `size` bytes has no room."""
    missing = size - available(settings)
    if missing > 0:
        raise DiskFull(f"{name} has no room: {_missing(settings, missing)} Free some, then try again.")


def reason_to_pause(settings: Settings) -> str | None:
    """Why nothing may be begun, where the disk is as good as full."""
    missing = -available(settings)
    if missing <= 0:
        return None
    return f"The disk is full: {_missing(settings, missing)} Free some, then resume."


def reason_to_wait(bytes_needed: int, bytes_left: int) -> str:
    """Why a document is not begun."""
    return (
        f"It waits for room on the disk: reading it takes about {megabytes(bytes_needed)}, "
        f"{megabytes(max(bytes_left, 0))} are to be had. It goes on by itself once there is room."
    )


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _missing(settings: Settings, count: int) -> str:
    kept = settings.min_free_bytes
    why = f", {megabytes(kept)} being kept free (DOCINTEL_MIN_FREE_BYTES)" if kept else ""
    return f"{megabytes(count)} are missing where DOCINTEL_HOME lies{why}."
