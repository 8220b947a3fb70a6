"""The bin: documents in it are in no list, no search and no answer, until they are restored or deleted for good."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from docintel.library import deleting, documents
from docintel.library.chunks import placing
from docintel.library.jobs import control
from docintel.library.jobs.repository import Jobs
from docintel.library.jobs.states import OPEN, JobState
from docintel.library.people import access, audit
from docintel.library.store import Store
from docintel.model import Document, Model, User
from storage.database import Transaction

DAY_S = 86_400.0


class BinnedDocument(Model):
    document: Document
    binned_at: datetime
    user: str
    """Who put it there; empty: this machine."""


class Bin:
    """A library's bin, as its user sees it; only owners change anything.

    What is in it still counts as stored: quotas, backups and `docintel check` know it like any other document.
    """

    def __init__(self, store: Store, user: User | None, *, derived: Sequence[Path] = ()) -> None:
        self._store = store
        self._user = user
        self._derived = derived

    def put(self, names: Sequence[str]) -> list[str]:
        """Documents leave all lists and searches, and stop being read. Ids. Raises NotFound, OwnerOnly: then none."""
        with self._store.write() as tx:
            return [put(tx, documents.find_own(tx, name, self._user), self._user) for name in names]

    def restore(self, names: Sequence[str]) -> list[str]:
        """As they were before; reading that was stopped goes on. Ids. Raises NotFound, OwnerOnly: then none."""
        with self._store.write() as tx:
            rows = [documents.find_own(tx, name, self._user, with_bin=True) for name in names]
            return [row.id for row in rows if restore(tx, row, self._user)]

    def documents(self, limit: int | None = None) -> list[BinnedDocument]:
        """The last that came first."""
        seen, parameters = access.visible(self._user)
        with self._store.read() as tx:
            entries = tx.rows(
                'SELECT b.document_id, b.binned_at, b."user" AS "user" FROM bin b '
                f"JOIN documents ON documents.id = b.document_id WHERE {seen} "
                "ORDER BY b.binned_at DESC, b.document_id LIMIT :limit",
                limit=-1 if limit is None else limit,
                **parameters,
            )
            return [
                BinnedDocument(
                    document=documents.document_of(documents.find(tx, row["document_id"], self._user, with_bin=True)),
                    binned_at=datetime.fromtimestamp(row["binned_at"], UTC),
                    user=row["user"],
                )
                for row in entries
            ]

    def count(self) -> int:
        seen, parameters = access.visible(self._user)
        with self._store.read() as tx:
            in_bin = f"NOT {access.not_binned()}"
            return int(tx.value(f"SELECT count(*) FROM documents WHERE {seen} AND {in_bin}", **parameters))

    def empty(self, *, older_than_days: float = 0.0) -> int:
        """Deletes for good what the user owns and put there so long ago. How many."""
        own, parameters = access.owned(self._user)
        with self._store.read() as tx:
            rows = tx.rows(
                "SELECT b.document_id FROM bin b JOIN documents d ON d.id = b.document_id "
                f"WHERE b.binned_at <= :before AND {own}",
                before=time.time() - older_than_days * DAY_S,
                **parameters,
            )
        for row in rows:
            deleting.delete(self._store, row["document_id"], self._user, derived=self._derived)
        return len(rows)


def put(tx: Transaction, row: documents.DocumentRow, user: User | None) -> str:
    """The id of what is in the bin now."""
    job = Jobs(tx).of(row.id)
    was_open = job is not None and JobState(job.state) in OPEN
    if was_open:
        control.cancel(tx, row.id)
    entry = {"document_id": row.id, "binned_at": time.time(), "user": user.id if user else ""}
    tx.insert("bin", [entry | {"was_open": int(was_open)}])
    placing.leave_index(tx, row.id, row.collection)
    audit.of_document(tx, row, user=user, action="binned")
    return row.id


def restore(tx: Transaction, row: documents.DocumentRow, user: User | None) -> bool:
    """False: it is not in the bin."""
    was_open = tx.value("SELECT was_open FROM bin WHERE document_id = :id", id=row.id)
    if was_open is None:
        return False
    tx.run("DELETE FROM bin WHERE document_id = :id", id=row.id)
    documents.open_collection(tx, row.collection)
    placing.enter_index(tx, row.id, row.collection)
    if was_open:
        control.retry(tx, row.id)
    audit.of_document(tx, row, user=user, action="restored")
    return True
