"""The worker's side of the queue: what to do next, held for a while by one worker.

Steps of a job: `open` (how many pages?), `pages` (each a task of its own), `finish` (chunks over the whole document).
An attempt is counted before the work. A lease that runs out, or whose process is gone, goes back to the queue.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docintel.jobs.process_id import is_gone
from docintel.library import Library, Transaction, disk_space, pausing
from docintel.library.commits import drop_working_copy, end_failed, settle
from docintel.library.deleting import original_key
from docintel.library.documents import refresh

LEASE_S = 60.0
MAX_ATTEMPTS = 10
MAX_CRASHES = 2


@dataclass(frozen=True)
class OpenTask:
    document_id: str
    path: Path


@dataclass(frozen=True)
class PageTask:
    document_id: str
    number: int
    path: Path
    engine: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class FinishTask:
    document_id: str


Task = OpenTask | PageTask | FinishTask


def place_of(task: Task) -> tuple[str, int]:
    """Document and page, or page 0 for what is about the document as a whole."""
    return (task.document_id, task.number if isinstance(task, PageTask) else 0)


class Leases:
    """What one worker, `owner`, holds."""

    def __init__(self, library: Library, owner: str) -> None:
        self._store = library.store
        self._settings = library.settings
        self.owner = owner

    def take(self, limit: int) -> list[Task]:
        """The next tasks by priority and age, at most `limit`, leased; none while the queue is paused.

        Pauses it itself where the disk is as good as full, or too much has failed in a row.
        """
        with self._store.read() as tx:
            if limit <= 0 or pausing.reason(tx) is not None or not next(_candidates(tx, limit), None):
                return []
            reason = disk_space.reason_to_pause(self._settings) or self._too_many_failures(tx)
        with self._store.write() as tx:
            tasks: list[Task] = []
            if reason is not None:
                pausing.pause(tx, reason)
                return tasks
            for job in _candidates(tx, limit):
                tasks += self._take_of(tx, job, limit - len(tasks))
                if len(tasks) >= limit:
                    break
            return tasks

    def _too_many_failures(self, tx: Transaction) -> str | None:
        most, found = self._settings.stop_after_failures, pausing.failures(tx)
        if not most or found < most:
            return None
        return (
            f"{found} documents failed in a row (DOCINTEL_STOP_AFTER_FAILURES is the limit). See why they failed, then "
            "resume."
        )

    def _take_of(self, tx: Transaction, job: Any, limit: int) -> list[Task]:
        if job["step"] != "finish" and self._is_locked(tx, job["document_id"]):
            self._wait_for_password(tx, job)
            return []
        if job["step"] == "pages":
            return list(self._take_pages(tx, job, limit))
        tx.run(
            "UPDATE jobs SET state = 'reading', attempts = attempts + 1, owner = :owner, expires_at = :expires, "
            "started_at = coalesce(started_at, :now) WHERE id = :id",
            id=job["id"],
            owner=self.owner,
            expires=time.time() + LEASE_S,
            now=time.time(),
        )
        refresh(tx, job["document_id"])
        if job["step"] == "finish":
            return [FinishTask(job["document_id"])]
        return [OpenTask(job["document_id"], self._path(tx, job["document_id"]))]

    def _take_pages(self, tx: Transaction, job: Any, limit: int) -> Iterator[PageTask]:
        rows = tx.rows(
            "SELECT number FROM pages WHERE document_id = :id AND state = 'queued' ORDER BY number LIMIT :limit",
            id=job["document_id"],
            limit=limit,
        )
        numbers = [row["number"] for row in rows]
        if not numbers:
            return
        tx.run(
            "UPDATE pages SET state = 'reading', attempts = attempts + 1, owner = :owner, expires_at = :expires, "
            "started_at = :now WHERE document_id = :id AND number IN :numbers",
            id=job["document_id"],
            numbers=numbers,
            owner=self.owner,
            expires=time.time() + LEASE_S,
            now=time.time(),
        )
        if job["state"] != "reading":
            tx.run(
                "UPDATE jobs SET state = 'reading', started_at = coalesce(started_at, :now) WHERE id = :id",
                id=job["id"],
                now=time.time(),
            )
            refresh(tx, job["document_id"])
        path = self._path(tx, job["document_id"])
        for number in numbers:
            yield PageTask(job["document_id"], number, path, job["engine"], tuple(json.loads(job["languages"])))

    def _is_locked(self, tx: Transaction, document_id: str) -> bool:
        """An encrypted document whose working copy is gone, or was never made."""
        return bool(
            tx.value(
                "SELECT 1 FROM documents WHERE id = :id AND is_encrypted = 1 AND unlocked_key IS NULL", id=document_id
            )
        )

    def _wait_for_password(self, tx: Transaction, job: Any) -> None:
        tx.run(
            "UPDATE jobs SET state = 'needs_password', error = :error WHERE id = :id",
            id=job["id"],
            error="The file is encrypted. Give its password to read it.",
        )
        refresh(tx, job["document_id"])

    def _path(self, tx: Transaction, document_id: str) -> Path:
        [row] = tx.rows("SELECT content, unlocked_key FROM documents WHERE id = :id", id=document_id)
        return self._store.files.path(row["unlocked_key"] or original_key(row["content"]))

    def beat(self) -> None:
        """Renews every lease of this worker."""
        with self._store.write() as tx:
            for table in ("pages", "jobs"):
                tx.run(
                    f"UPDATE {table} SET expires_at = :expires WHERE state = 'reading' AND owner = :owner",
                    owner=self.owner,
                    expires=time.time() + LEASE_S,
                )

    def held(self) -> set[tuple[str, int]]:
        """Where this worker's tasks are (see `place_of`)."""
        with self._store.read() as tx:
            rows = tx.rows(
                "SELECT document_id, number FROM pages WHERE state = 'reading' AND owner = :owner "
                "UNION ALL SELECT document_id, 0 FROM jobs WHERE state = 'reading' AND owner = :owner",
                owner=self.owner,
            )
        return {(row["document_id"], row["number"]) for row in rows}

    def reclaim(self) -> int:
        """Puts back what is held by workers that are gone or silent. How many tasks that were."""
        with self._store.read() as tx:
            held = tx.rows(
                "SELECT owner, min(expires_at) AS expires_at FROM ("
                "SELECT owner, expires_at FROM pages WHERE state = 'reading' UNION ALL "
                "SELECT owner, expires_at FROM jobs WHERE state = 'reading' AND owner IS NOT NULL) GROUP BY owner"
            )
        now = time.time()
        lost = [row["owner"] for row in held if row["owner"] != self.owner]
        lost = [
            owner for row in held if (owner := row["owner"]) in lost and (row["expires_at"] < now or is_gone(owner))
        ]
        return sum(self._release(owner) for owner in lost)

    def release(self) -> int:
        """Puts back all that this worker holds."""
        return self._release(self.owner)

    def _release(self, owner: str) -> int:
        with self._store.write() as tx:
            rows = tx.rows(
                "SELECT document_id, number, attempts FROM pages WHERE state = 'reading' AND owner = :owner",
                owner=owner,
            )
            for row in rows:
                _put_back(tx, row)
            jobs = tx.rows("SELECT * FROM jobs WHERE state = 'reading' AND owner = :owner", owner=owner)
            for job in jobs:
                _put_back_job(tx, job)
            return len(rows) + len(jobs)

    def put_back(self, task: Task) -> None:
        """The task goes back to the queue: nothing was wrong with it."""
        with self._store.write() as tx:
            self._put_back(tx, task)

    def pause(self, reason: str, tasks: Sequence[Task]) -> None:
        """Pauses the queue and puts `tasks` back."""
        with self._store.write() as tx:
            pausing.pause(tx, reason)
            for task in tasks:
                self._put_back(tx, task)

    def _put_back(self, tx: Transaction, task: Task) -> None:
        match task:
            case OpenTask(document_id):
                self._end_job(tx, document_id, state="queued", step="open", error=None)
            case FinishTask(document_id):
                self._end_job(tx, document_id, state="reading", step="finish", error=None)
            case PageTask(document_id, number):
                tx.run(
                    "UPDATE pages SET state = 'queued', owner = NULL, expires_at = NULL, "
                    "attempts = max(attempts - 1, 0) WHERE document_id = :id AND number = :number AND owner = :owner",
                    id=document_id,
                    number=number,
                    owner=self.owner,
                )

    def opened(self, task: OpenTask, num_pages: int, media_type: str) -> None:
        """The document has that many pages, all queued; none is begun before there is room for them on the disk."""
        with self._store.write() as tx:
            if not self._holds_job(tx, task.document_id):
                return
            size = tx.value("SELECT size FROM documents WHERE id = :id", id=task.document_id)
            needed, left = disk_space.needed(size=size, num_pages=num_pages), disk_space.unpromised(tx, self._settings)
            rows = [{"document_id": task.document_id, "number": n, "state": "queued"} for n in range(1, num_pages + 1)]
            tx.insert("pages", rows)
            tx.run("UPDATE documents SET media_type = :type WHERE id = :id", id=task.document_id, type=media_type)
            if needed > left:
                error = disk_space.reason_to_wait(needed, left)
                self._end_job(tx, task.document_id, state="no_room", step="pages", error=error)
            else:
                self._end_job(tx, task.document_id, state="reading", step="pages", error=None)

    def not_opened(self, task: OpenTask, error: str) -> None:
        with self._store.write() as tx:
            if self._holds_job(tx, task.document_id):
                self._end_job(tx, task.document_id, state="failed", step="open", error=error)
                pausing.count_failure(tx, task.document_id)

    def needs_password(self, task: OpenTask, error: str) -> None:
        """Waits for a password; goes on at once where one has been given meanwhile."""
        with self._store.write() as tx:
            if not self._holds_job(tx, task.document_id):
                return
            key = tx.value("SELECT unlocked_key FROM documents WHERE id = :id", id=task.document_id)
            tx.run("UPDATE documents SET is_encrypted = 1 WHERE id = :id", id=task.document_id)
            given_meanwhile = key is not None and self._store.files.path(key) != task.path
            state = "queued" if given_meanwhile else "needs_password"
            self._end_job(tx, task.document_id, state=state, step="open", error=None if given_meanwhile else error)

    def crashed(self, task: OpenTask | PageTask, error: str) -> bool:
        """Counts a crash of the process that held the task; the second one sets it aside. Whether it did."""
        with self._store.write() as tx:
            if isinstance(task, PageTask):
                return self._page_crashed(tx, task, error)
            if not self._holds_job(tx, task.document_id):
                return False
            crashes = 1 + tx.value(
                "SELECT crashes FROM jobs WHERE owner = :o AND document_id = :id", o=self.owner, id=task.document_id
            )
            tx.run("UPDATE jobs SET crashes = :n WHERE document_id = :id", n=crashes, id=task.document_id)
            is_over = bool(crashes >= MAX_CRASHES)
            state = "quarantined" if is_over else "queued"
            self._end_job(tx, task.document_id, state=state, step="open", error=error if is_over else None)
            if is_over:
                pausing.count_failure(tx, task.document_id)
            return is_over

    def _page_crashed(self, tx: Transaction, task: PageTask, error: str) -> bool:
        row = tx.row(
            "SELECT crashes FROM pages WHERE document_id = :id AND number = :number AND owner = :owner",
            id=task.document_id,
            number=task.number,
            owner=self.owner,
        )
        if row is None:
            return False
        tx.run(
            "UPDATE pages SET crashes = crashes + 1, state = 'queued', owner = NULL, expires_at = NULL "
            "WHERE document_id = :id AND number = :number",
            id=task.document_id,
            number=task.number,
        )
        if row["crashes"] + 1 < MAX_CRASHES:
            settle(tx, task.document_id)
            return False
        end_failed(tx, task.document_id, task.number, error)
        return True

    def _holds_job(self, tx: Transaction, document_id: str) -> bool:
        found = tx.value(
            "SELECT 1 FROM jobs WHERE document_id = :id AND owner = :owner", id=document_id, owner=self.owner
        )
        return bool(found)

    def _end_job(self, tx: Transaction, document_id: str, *, state: str, step: str, error: str | None) -> None:
        is_over = state not in {"queued", "reading", "no_room"}
        tx.run(
            "UPDATE jobs SET state = :state, step = :step, error = :error, owner = NULL, expires_at = NULL, "
            "finished_at = :finished WHERE document_id = :id AND owner = :owner",
            id=document_id,
            owner=self.owner,
            state=state,
            step=step,
            error=error,
            finished=time.time() if is_over else None,
        )
        if is_over:
            drop_working_copy(tx, document_id)
        refresh(tx, document_id)


def _candidates(tx: Transaction, limit: int) -> Iterator[Any]:
    """Jobs that may have something to do, the most urgent first: those begun (few), and the first that wait."""
    begun = tx.rows(
        "SELECT j.* FROM jobs j WHERE j.state = 'reading' AND j.owner IS NULL AND (j.step <> 'pages' OR EXISTS "
        "(SELECT 1 FROM pages p WHERE p.document_id = j.document_id AND p.state = 'queued'))"
    )
    return iter(sorted([*begun, *_waiting(tx, limit)], key=lambda job: (-job["priority"], job["id"])))


def _waiting(tx: Transaction, limit: int) -> list[Any]:
    """The first `limit` queued jobs, priority by priority: each step is a look into an index, however many wait."""
    found: list[Any] = []
    priority = tx.value("SELECT max(priority) FROM jobs WHERE state = 'queued'")
    while priority is not None and len(found) < limit:
        found += tx.rows(
            "SELECT * FROM jobs WHERE state = 'queued' AND priority = :priority ORDER BY id LIMIT :limit",
            priority=priority,
            limit=limit - len(found),
        )
        priority = tx.value(
            "SELECT max(priority) FROM jobs WHERE state = 'queued' AND priority < :priority", priority=priority
        )
    return found


def _put_back(tx: Transaction, row: Any) -> None:
    if row["attempts"] >= MAX_ATTEMPTS:
        error = f"The worker was lost {MAX_ATTEMPTS} times while it read this page. `docintel retry` tries again."
        end_failed(tx, row["document_id"], row["number"], error)
        return
    tx.run(
        "UPDATE pages SET state = 'queued', owner = NULL, expires_at = NULL "
        "WHERE document_id = :id AND number = :number",
        id=row["document_id"],
        number=row["number"],
    )
    settle(tx, row["document_id"])


def _put_back_job(tx: Transaction, job: Any) -> None:
    is_over = job["step"] == "open" and job["attempts"] >= MAX_ATTEMPTS
    error = f"The worker was lost {MAX_ATTEMPTS} times while it opened this file. `docintel retry` tries again."
    tx.run(
        "UPDATE jobs SET owner = NULL, expires_at = NULL, state = :state, error = :error WHERE id = :id",
        id=job["id"],
        state="quarantined" if is_over else "queued" if job["step"] == "open" else "reading",
        error=error if is_over else None,
    )
    refresh(tx, job["document_id"])
