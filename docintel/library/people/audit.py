"""The audit trail: who did what to which document or collection, and when; never what stands in a document.

An entry is written in the transaction of the deed, so neither is there without the other. It outlives its document.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from docintel.library.documents import DocumentRow
from docintel.library.people import access
from docintel.model import Model, User
from storage.database import Transaction

Action = Literal[
    "added",
    "retried",
    "cancelled",
    "unlocked",
    "deleted",
    "exported",
    "shared",
    "paused",
    "resumed",
    "watched",
    "unwatched",
    "changed settings",
    "reindexed",
    "signed in",
]


class Entry(Model):
    """`user` is an id, or empty for the machine itself: the command line, or the app without sign-in."""

    at: datetime
    user: str
    action: str
    collection: str = ""
    document_id: str = ""
    name: str = ""
    detail: str = ""


COLUMNS = 'at, "user", action, collection, document_id, name, detail'


@dataclass(frozen=True)
class AuditRow:
    """`COLUMNS` of the audit table; `at` in seconds since the epoch."""

    at: float
    user: str
    action: str
    collection: str
    document_id: str
    name: str
    detail: str


def of_document(tx: Transaction, row: DocumentRow, *, user: User | None, action: Action, detail: str = "") -> None:
    """Records a deed on a document, given its row."""
    record(
        tx,
        user=user,
        action=action,
        collection=row.collection,
        document_id=row.id,
        name=row.name,
        detail=detail,
    )


def record(
    tx: Transaction,
    *,
    user: User | None,
    action: Action,
    collection: str = "",
    document_id: str = "",
    name: str = "",
    detail: str = "",
) -> None:
    """Of a document: its collection, id and name. `detail` says more in a few words: a page, a format, a reader."""
    row = {
        "at": time.time(),
        "user": user.id if user else "",
        "action": action,
        "collection": collection,
        "document_id": document_id,
        "name": name,
        "detail": detail,
    }
    tx.insert("audit", [row])


def record_sign_in(tx: Transaction, user: User) -> None:
    record(tx, user=user, action="signed in", detail=_until(user))


def has_sign_in(tx: Transaction, user: User) -> bool:
    """Whether this very sign-in is recorded; it is used for many sessions and reloads."""
    found = tx.value(
        """SELECT 1 FROM audit WHERE "user" = :id AND action = 'signed in' AND detail = :detail""",
        id=user.id,
        detail=_until(user),
    )
    return bool(found)


def _until(user: User) -> str:
    return f"until {user.until:%Y-%m-%d %H:%M:%S} UTC" if user.until else ""


def entries(
    tx: Transaction, *, user: User | None, collection: str | None, document_id: str | None, limit: int
) -> list[Entry]:
    """The newest first, of the collections that the user owns; entries of no collection are for administrators.

    A document is named by its id or a beginning of it, whether or not it is still there.
    """
    condition, parameters = access.owned(user)
    if collection is not None:
        condition, parameters = f"{condition} AND collection = :name", {**parameters, "name": collection}
    if document_id is not None:
        condition = f"{condition} AND document_id >= :low AND document_id < :high"
        parameters = {**parameters, "low": document_id, "high": f"{document_id}~"}
    sql = f"SELECT {COLUMNS} FROM audit WHERE {condition} ORDER BY seq DESC LIMIT :limit"
    rows = tx.all(AuditRow, sql, limit=limit, **parameters)
    return [_entry(row) for row in rows]


def _entry(row: AuditRow) -> Entry:
    return Entry(
        at=datetime.fromtimestamp(row.at, UTC),
        user=row.user,
        action=row.action,
        collection=row.collection,
        document_id=row.document_id,
        name=row.name,
        detail=row.detail,
    )
