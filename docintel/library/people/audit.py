"""The audit trail: who did what to which document or collection, and when; never what stands in a document.

An entry is written in the transaction of the deed, so neither is there without the other. It outlives its document.
Each carries the hash of the one before, see docintel.library.people.chain.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from docintel.library.documents import DocumentRow
from docintel.library.people import access, chain
from docintel.model import Model, User
from storage.database import Parameter, SqlValue, Transaction

Action = Literal[
    "added",
    "corrected",
    "retried",
    "cancelled",
    "unlocked",
    "deleted",
    "binned",
    "restored",
    "renamed",
    "moved",
    "tagged",
    "read again",
    "made a collection",
    "renamed a collection",
    "deleted a collection",
    "exported",
    "shared",
    "changed a schema",
    "removed a schema",
    "paused",
    "resumed",
    "watched",
    "unwatched",
    "changed settings",
    "reindexed",
    "signed in",
    "failed to sign in",
    "signed out",
    "added a user",
    "changed a password",
    "removed a user",
    "exported a conversation",
    "deleted a conversation",
    "removed old conversations",
    "chained",
    "removed old entries",
    "acknowledged a break",
    "acknowledged damage",
]
"""The last four are about the trail itself and what was damaged: see `CHAINED`, docintel.library.people.retention and
docintel.library.people.acknowledging."""
CHAINED: Action = "chained"
"""What migration 0004 wrote after the entries of before the chain."""


class Entry(Model):
    """`user` is an id, or empty for the machine itself: the command line, or the app without sign-in."""

    at: datetime
    user: str
    action: str
    collection: str = ""
    document_id: str = ""
    name: str = ""
    detail: str = ""
    seq: int = 0
    """Its number; 0 for who does not see all."""
    hash: str = ""
    """SHA-256 of it and of the hash of the entry before: kept elsewhere, it vouches for all entries up to this one."""


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
    row: dict[str, SqlValue] = {
        "at": time.time(),
        "user": user.id if user else "",
        "action": action,
        "collection": collection,
        "document_id": document_id,
        "name": name,
        "detail": detail,
    }
    chain.append(tx, row)


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


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for; what is empty is not asked after."""

    collection: str | None = None
    document_id: str | None = None
    """Or a beginning of it, whether or not the document is still there."""
    user: str | None = None
    """An id; nothing: the machine itself."""
    action: str | None = None

    def condition(self) -> tuple[str, dict[str, Parameter]]:
        wanted: dict[str, Parameter] = {
            name: value
            for name, value in (("collection", self.collection), ("user", self.user), ("action", self.action))
            if value is not None
        }
        parts = [f'"{name}" = :{name}' for name in wanted]
        if self.document_id is not None:
            parts.append("document_id >= :low AND document_id < :high")
            wanted |= {"low": self.document_id, "high": f"{self.document_id}~"}
        return " AND ".join(["1 = 1", *parts]), wanted


def entries(tx: Transaction, *, user: User | None, wanted: Filter, limit: int) -> list[Entry]:
    """The newest first, of the collections that the user owns; entries of no collection are for administrators."""
    seen, own = access.owned(user)
    is_whole = access.sees_all(user)
    condition, parameters = wanted.condition()
    sql = f"SELECT {chain.COLUMNS} FROM audit WHERE {seen} AND {condition} ORDER BY seq DESC LIMIT :limit"
    return [_entry(link, is_whole=is_whole) for link in tx.all(chain.Link, sql, limit=limit, **own, **parameters)]


def _entry(link: chain.Link, *, is_whole: bool) -> Entry:
    """Not `is_whole`: without what tells of entries that the user does not see."""
    return Entry(
        at=datetime.fromtimestamp(link.at, UTC),
        user=link.user,
        action=link.action,
        collection=link.collection,
        document_id=link.document_id,
        name=link.name,
        detail=link.detail,
        seq=link.seq if is_whole else 0,
        hash=link.hash if is_whole else "",
    )
