"""What each user has stored and waiting, and how much of it the settings allow. What is nobody's has no limit."""

from docintel.display import file_size
from docintel.errors import QuotaExceeded, QuotaExceededForNow
from docintel.library.jobs.states import ACTIVE, JobState
from docintel.library.people import access
from docintel.model import Model
from docintel.settings import Settings
from storage.database import Transaction

WAITING = sorted(ACTIVE | {JobState.NO_ROOM})

_STORED = (
    "SELECT count(d.size) AS documents, coalesce(sum(d.size), 0) AS bytes "
    "FROM collections k JOIN documents d ON d.collection = k.name WHERE k.owner = :user"
)
_QUEUED = (
    "SELECT coalesce(sum(max(d.num_pages - d.pages_read - d.pages_failed, 1)), 0) "
    'FROM jobs j JOIN documents d ON d.id = j.document_id WHERE j."user" = :user AND j.state IN :waiting'
)


class Usage(Model):
    user: str
    documents: int
    bytes: int
    """Of the files as they were added."""
    pages_queued: int
    """Waiting or being read; a document whose pages nobody has counted yet is one."""


def usage(tx: Transaction, user: str) -> Usage:
    [stored] = tx.rows(_STORED, user=user)
    return Usage(user=user, documents=stored["documents"], bytes=stored["bytes"], pages_queued=_queued(tx, user))


def usage_of_all(tx: Transaction) -> list[Usage]:
    """Of everybody whose collections there are."""
    rows = tx.rows("SELECT DISTINCT owner FROM collections WHERE owner > '' ORDER BY owner")
    return [usage(tx, row["owner"]) for row in rows]


def require(tx: Transaction, settings: Settings, collection: str, size: int) -> None:
    """Raises QuotaExceeded where a file of `size` bytes is too much for whose collection it is."""
    if not (settings.user_bytes or settings.user_pages_queued):
        return
    owner = tx.value("SELECT owner FROM collections WHERE name = :name", name=collection)
    user = access.owner_in(collection) if owner is None else str(owner)
    if not user:
        return
    if settings.user_bytes:
        _require_bytes(tx, settings.user_bytes, user, size)
    if settings.user_pages_queued:
        _require_pages(tx, settings.user_pages_queued, user)


def _require_bytes(tx: Transaction, limit: int, user: str, size: int) -> None:
    [stored] = tx.rows(_STORED, user=user)
    if stored["bytes"] + size > limit:
        raise QuotaExceeded(
            f"{user} has {file_size(stored['bytes'])} stored and may have {file_size(limit)}; this file has "
            f"{file_size(size)}. Delete documents, or have DOCINTEL_USER_BYTES raised."
        )


def _require_pages(tx: Transaction, limit: int, user: str) -> None:
    waiting = _queued(tx, user)
    if waiting >= limit:
        raise QuotaExceededForNow(
            f"{user} has {waiting:,} pages waiting and may have {limit:,}. Wait until some are read, cancel some, or "
            "have DOCINTEL_USER_PAGES_QUEUED raised."
        )


def _queued(tx: Transaction, user: str) -> int:
    return int(tx.value(_QUEUED, user=user, waiting=WAITING))
