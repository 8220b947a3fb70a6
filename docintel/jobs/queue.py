"""The user's side of the queue: what is being read, what failed and why; retry, cancel, pause."""

import time
from typing import Any, Literal

from docintel.errors import OwnerOnly
from docintel.jobs.live_output import read_output
from docintel.jobs.progress import BeingRead, Progress, being_read, progress, reason_of
from docintel.library import Library, Transaction, pausing
from docintel.library.commits import drop_working_copy
from docintel.library.documents import find_own, refresh
from docintel.library.pages import live_output_key
from docintel.library.people import access, audit
from docintel.model import Model

JobState = Literal["queued", "reading", "done", "failed", "cancelled", "needs_password", "quarantined", "no_room"]

OPEN = "('queued', 'reading', 'needs_password', 'no_room')"
"""Jobs that have not come to an end, in SQL."""
CANCELLED_AT_A_TIME = 100

JOB = (
    "SELECT j.*, d.name, d.collection, d.num_pages, d.pages_read, d.pages_failed, d.error AS document_error, "
    "(SELECT min(number) FROM pages p WHERE p.document_id = j.document_id AND p.state = 'reading') AS reading_page "
    "FROM jobs j JOIN documents d ON d.id = j.document_id"
)

IN_ORDER = (
    "ORDER BY CASE j.state WHEN 'reading' THEN 0 WHEN 'queued' THEN 1 WHEN 'no_room' THEN 2 ELSE 3 END, "
    "CASE j.state WHEN 'queued' THEN -j.priority ELSE 0 END, "
    "CASE j.state WHEN 'queued' THEN j.id ELSE -coalesce(j.finished_at, j.created_at) END"
)

AT_A_TIME = 100


class Job(Model):
    """The reading of one document. `done` says that it came to its end; pages may have failed. `no_room`: it waits
    for room on the disk, and goes on by itself."""

    id: int
    document_id: str
    name: str
    collection: str
    state: JobState
    num_pages: int
    pages_done: int
    pages_failed: int
    error: str | None
    priority: int
    reading_page: int | None
    """The first of the pages that are being read."""


class Queue:
    """Of a library's documents, as its user sees them; only owners change anything."""

    def __init__(self, library: Library) -> None:
        self._store = library.store
        self._user = library.user

    def jobs(self, *, limit: int = 100) -> list[Job]:
        """Those that are being read first, then those that wait, then the newest."""
        seen, parameters = access.of_documents(self._user, "j.document_id")
        wanted = f"SELECT j.id FROM jobs j WHERE {seen} {IN_ORDER} LIMIT :limit"
        with self._store.read() as tx:
            rows = tx.rows(
                f"{JOB} WHERE j.id IN ({wanted}) {IN_ORDER}",  # only of these is the rest looked up
                limit=limit,
                **parameters,
            )
        return [_job(row) for row in rows]

    def counts(self) -> dict[JobState, int]:
        """Jobs by state; states without jobs are left out."""
        where, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            rows = tx.rows(f"SELECT state, count(*) AS n FROM jobs WHERE {where} GROUP BY state", **parameters)
        return {row["state"]: row["n"] for row in rows}

    def progress(self) -> Progress:
        """How far the reading has come, how fast it is, and what failed."""
        with self._store.read() as tx:
            return progress(tx, self._user)

    def being_read(self) -> list[BeingRead]:
        """The pages that are being read now, those begun first before others."""
        with self._store.read() as tx:
            pages = being_read(tx, self._user)
        files = self._store.files
        notes = [read_output(files.path(live_output_key(page.document_id, page.number))) for page in pages]
        return [page.model_copy(update={"live_output": output}) for page, output in zip(pages, notes, strict=True)]

    def asks_for(self, engine: str) -> bool:
        """Whether a document that waits or is being read asks for this engine."""
        with self._store.read() as tx:
            found = tx.value(
                "SELECT 1 FROM jobs WHERE state IN ('queued', 'reading') AND engine = :engine LIMIT 1", engine=engine
            )
        return bool(found)

    def retry(self, document_id: str, page: int | None = None) -> int:
        """Queues a document's failed and cancelled pages again, or one of them, or its opening. How many.

        Raises NotFound, OwnerOnly.
        """
        with self._store.write() as tx:
            return self._retry(tx, find_own(tx, document_id, self._user), page)

    def retry_failed(self) -> int:
        """Queues all that failed again: pages and whole documents. How many."""
        own, parameters = access.owned(self._user)
        with self._store.read() as tx:
            rows = tx.rows(
                "SELECT * FROM documents WHERE id IN (SELECT document_id FROM jobs WHERE state IN ('failed', "
                f"'quarantined') UNION SELECT document_id FROM pages WHERE state = 'failed') AND {own}",
                **parameters,
            )
        count = 0
        for start in range(0, len(rows), AT_A_TIME):  # workers need not wait until thousands are queued
            with self._store.write() as tx:
                count += sum(self._retry(tx, row, None) for row in rows[start : start + AT_A_TIME])
        return count

    def retry_reason(self, reason: str) -> int:
        """Queues again what failed for one of `progress().failures`. How many."""
        own, parameters = access.owned(self._user, "d.collection")
        with self._store.write() as tx:
            rows = tx.rows(
                "SELECT d.*, p.number AS page, p.error AS reason FROM pages p JOIN documents d ON d.id = p.document_id "
                f"WHERE p.state = 'failed' AND {own} UNION ALL "
                "SELECT d.*, NULL, j.error FROM jobs j JOIN documents d ON d.id = j.document_id "
                f"WHERE j.state IN ('failed', 'quarantined') AND {own}",
                **parameters,
            )
            return sum(self._retry(tx, row, row["page"]) for row in rows if reason_of(row["reason"]) == reason)

    def _retry(self, tx: Transaction, document: Any, page: int | None) -> int:
        count = _retry(tx, document["id"], page)
        if count:
            detail = "" if page is None else f"page {page}"
            audit.of_document(tx, document, user=self._user, action="retried", detail=detail)
        return count

    def cancel(self, document_id: str) -> None:
        """Reads no more of a document; what has been read stays. Nothing happens to one that is done."""
        with self._store.write() as tx:
            self._cancel(tx, find_own(tx, document_id, self._user))

    def cancel_all(self) -> int:
        """Reads no more of all that the user owns. How many documents were stopped."""
        own, parameters = access.owned(self._user, "d.collection")
        count = 0
        while True:
            with self._store.write() as tx:  # some at a time: workers have pages to hand in
                some = tx.rows(
                    f"SELECT d.* FROM jobs j JOIN documents d ON d.id = j.document_id WHERE j.state IN {OPEN} "
                    f"AND {own} ORDER BY j.id LIMIT :limit",
                    limit=CANCELLED_AT_A_TIME,
                    **parameters,
                )
                for document in some:
                    self._cancel(tx, document)
            count += len(some)
            if not some:
                return count

    def _cancel(self, tx: Transaction, document: Any) -> None:
        found = document["id"]
        num_jobs = tx.run(
            "UPDATE jobs SET state = 'cancelled', owner = NULL, expires_at = NULL, finished_at = :now "
            f"WHERE document_id = :id AND state IN {OPEN}",
            id=found,
            now=time.time(),
        )
        if num_jobs:
            audit.of_document(tx, document, user=self._user, action="cancelled")
            tx.run(
                "UPDATE pages SET state = 'cancelled', owner = NULL, expires_at = NULL "
                "WHERE document_id = :id AND state IN ('queued', 'reading')",
                id=found,
            )
            drop_working_copy(tx, found)
            refresh(tx, found)

    def pause(self, reason: str = "by the user") -> None:
        """Nothing more is begun, by any worker; what is being read is read to its end."""
        self._must_see_all()
        with self._store.write() as tx:
            pausing.pause(tx, reason)
            audit.record(tx, user=self._user, action="paused", detail=reason)

    def resume(self) -> None:
        """Raises OwnerOnly, like `pause`."""
        self._must_see_all()
        with self._store.write() as tx:
            if pausing.resume(tx):
                audit.record(tx, user=self._user, action="resumed")

    @property
    def may_pause(self) -> bool:
        """Only who sees all documents may, since it stops them all."""
        return access.sees_all(self._user)

    def _must_see_all(self) -> None:
        if not self.may_pause:
            raise OwnerOnly("Everybody's documents are read by the same workers: only an administrator may pause them.")

    @property
    def paused(self) -> bool:
        return self.pause_reason is not None

    @property
    def pause_reason(self) -> str | None:
        with self._store.read() as tx:
            return pausing.reason(tx)

    def is_idle(self) -> bool:
        """Nothing waits and nothing is being read."""
        where, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            return not tx.value(
                f"SELECT 1 FROM jobs WHERE state IN ('queued', 'reading') AND {where} LIMIT 1", **parameters
            )


def _retry(tx: Transaction, document_id: str, page: int | None) -> int:
    only = "" if page is None else " AND number = :page"
    parameters: dict[str, Any] = {} if page is None else {"page": page}
    num_pages = tx.run(
        "UPDATE pages SET state = 'queued', error = NULL, attempts = 0, crashes = 0, read_at = NULL "
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
        collection=row["collection"],
        state=row["state"],
        num_pages=row["num_pages"],
        pages_done=row["pages_read"],
        pages_failed=row["pages_failed"],
        error=row["error"] or row["document_error"],
        priority=row["priority"],
        reading_page=row["reading_page"],
    )
