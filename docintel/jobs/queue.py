"""The user's side of the queue: what is being read, what failed and why; retry, cancel, pause."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from docintel.errors import NotFound
from docintel.library import Library, Transaction
from docintel.library.commits import drop_working_copy
from docintel.library.documents import find, refresh
from docintel.model import Model

JobState = Literal["queued", "reading", "done", "failed", "cancelled", "needs_password", "quarantined"]

JOB = (
    "SELECT j.*, d.name, d.num_pages, d.pages_read, d.pages_failed, d.error AS document_error, "
    "(SELECT min(number) FROM pages p WHERE p.document_id = j.document_id AND p.state = 'reading') AS reading_page "
    "FROM jobs j JOIN documents d ON d.id = j.document_id"
)


class Job(Model):
    """The reading of one document. `done` says that it came to its end; pages may have failed."""

    id: int
    document_id: str
    name: str
    state: JobState
    num_pages: int
    pages_done: int
    pages_failed: int
    error: str | None
    priority: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    reading_page: int | None
    """The first of the pages that are being read."""


class Queue:
    def __init__(self, library: Library) -> None:
        self._store = library.store

    def jobs(self, *, limit: int = 100, offset: int = 0, document_ids: Sequence[str] | None = None) -> list[Job]:
        """Those that are being read first, then those that wait, then the newest; of all documents, or of some."""
        only = "" if document_ids is None else " WHERE j.document_id IN :ids"
        parameters: dict[str, Any] = {} if document_ids is None else {"ids": list(document_ids)}
        order = "CASE j.state WHEN 'reading' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END"
        with self._store.read() as tx:
            rows = tx.rows(
                f"{JOB}{only} ORDER BY {order}, CASE j.state WHEN 'queued' THEN -j.priority ELSE 0 END, "
                "CASE j.state WHEN 'queued' THEN j.id ELSE -coalesce(j.finished_at, j.created_at) END "
                "LIMIT :limit OFFSET :offset",
                limit=limit,
                offset=offset,
                **parameters,
            )
        return [_job(row) for row in rows]

    def job(self, document_id: str) -> Job:
        """A document's newest job. Raises NotFound."""
        with self._store.read() as tx:
            found = find(tx, document_id)["id"]
            row = tx.row(f"{JOB} WHERE j.document_id = :id ORDER BY j.id DESC LIMIT 1", id=found)
        if row is None:
            raise NotFound("The document has no job.")
        return _job(row)

    def counts(self) -> dict[JobState, int]:
        """Jobs by state; states without jobs are left out."""
        with self._store.read() as tx:
            rows = tx.rows("SELECT state, count(*) AS n FROM jobs GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def open_documents(self) -> list[str]:
        """Ids of the documents that wait or are being read, the next one first."""
        with self._store.read() as tx:
            rows = tx.rows(
                "SELECT document_id FROM jobs WHERE state IN ('queued', 'reading', 'needs_password') "
                "ORDER BY priority DESC, id"
            )
        return [row["document_id"] for row in rows]

    def retry(self, document_id: str, page: int | None = None) -> int:
        """Queues a document's failed and cancelled pages again, or one of them, or its opening. How many.

        Raises NotFound.
        """
        with self._store.write() as tx:
            return _retry(tx, find(tx, document_id)["id"], page)

    def retry_failed(self) -> int:
        """Queues all that failed again: pages and whole documents. How many."""
        with self._store.write() as tx:
            rows = tx.rows(
                "SELECT document_id FROM jobs WHERE state IN ('failed', 'quarantined') "
                "UNION SELECT document_id FROM pages WHERE state = 'failed'"
            )
            return sum(_retry(tx, row["document_id"], None) for row in rows)

    def cancel(self, document_id: str) -> None:
        """Reads no more of a document; what has been read stays. Nothing happens to one that is done."""
        with self._store.write() as tx:
            found = find(tx, document_id)["id"]
            num_jobs = tx.run(
                "UPDATE jobs SET state = 'cancelled', owner = NULL, expires_at = NULL, finished_at = :now "
                "WHERE document_id = :id AND state IN ('queued', 'reading', 'needs_password')",
                id=found,
                now=time.time(),
            )
            if num_jobs:
                tx.run(
                    "UPDATE pages SET state = 'cancelled', owner = NULL, expires_at = NULL "
                    "WHERE document_id = :id AND state IN ('queued', 'reading')",
                    id=found,
                )
                drop_working_copy(tx, found)
                refresh(tx, found)

    def pause(self, reason: str = "by the user") -> None:
        """Nothing more is begun, by any worker; what is being read is read to its end."""
        with self._store.write() as tx:
            tx.run("DELETE FROM facts WHERE name = 'paused'")
            tx.insert("facts", [{"name": "paused", "value": reason}])

    def resume(self) -> None:
        with self._store.write() as tx:
            tx.run("DELETE FROM facts WHERE name = 'paused'")

    @property
    def paused(self) -> bool:
        return self.pause_reason is not None

    @property
    def pause_reason(self) -> str | None:
        with self._store.read() as tx:
            value = tx.value("SELECT value FROM facts WHERE name = 'paused'")
        return None if value is None else str(value)

    def is_idle(self) -> bool:
        """Nothing waits and nothing is being read."""
        with self._store.read() as tx:
            return not tx.value("SELECT 1 FROM jobs WHERE state IN ('queued', 'reading') LIMIT 1")


def _retry(tx: Transaction, document_id: str, page: int | None) -> int:
    only = "" if page is None else " AND number = :page"
    parameters: dict[str, Any] = {} if page is None else {"page": page}
    num_pages = tx.run(
        "UPDATE pages SET state = 'queued', error = NULL, attempts = 0, crashes = 0 "
        f"WHERE document_id = :id AND state IN ('failed', 'cancelled'){only}",
        id=document_id,
        **parameters,
    )
    was_opened = tx.value("SELECT 1 FROM pages WHERE document_id = :id LIMIT 1", id=document_id)
    if was_opened and not num_pages:
        return 0
    changed = tx.run(
        "UPDATE jobs SET state = 'queued', step = :step, error = NULL, finished_at = NULL, attempts = 0, crashes = 0 "
        "WHERE document_id = :id AND state NOT IN ('queued', 'reading', 'needs_password')",
        id=document_id,
        step="pages" if was_opened else "open",
    )
    tx.run(
        "UPDATE jobs SET step = 'pages', owner = NULL, expires_at = NULL "
        "WHERE document_id = :id AND step = 'finish' AND :pages > 0",
        id=document_id,
        pages=num_pages,
    )
    refresh(tx, document_id)
    return num_pages or changed


def _job(row: Any) -> Job:
    return Job(
        id=row["id"],
        document_id=row["document_id"],
        name=row["name"],
        state=row["state"],
        num_pages=row["num_pages"],
        pages_done=row["pages_read"],
        pages_failed=row["pages_failed"],
        error=row["error"] or row["document_error"],
        priority=row["priority"],
        created_at=datetime.fromtimestamp(row["created_at"], UTC),
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
        reading_page=row["reading_page"],
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
