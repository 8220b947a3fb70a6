"""The worker's side of the queue: what to do next, held for a while by one worker.

An attempt is counted before the work. What a process held that has ended goes back to the queue at once; so does what
nobody renewed for LEASE_S, by the watch of whoever looks: it compares what it sees with what it saw before, never with
the time of day, so that setting the clock takes nothing from a worker that is alive.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docintel.jobs.process_id import is_gone
from docintel.jobs.turns import Turns
from docintel.library import Library, Transaction
from docintel.library.deleting import original_key
from docintel.library.jobs import control, disk_space, pausing
from docintel.library.jobs.commits import end_failed, settle
from docintel.library.jobs.repository import LEASE_S, JobRow, Jobs, LeaseTable, PageRow, Pages
from docintel.library.jobs.states import JobEvent, JobStep
from docintel.library.jobs.summary import refresh

MAX_ATTEMPTS = 10
MAX_CRASHES = 2
LOCKED = "The file is encrypted. Give its password to read it."


@dataclass(frozen=True)
class OpenTask:
    document_id: str
    path: Path


@dataclass(frozen=True)
class PageTask:
    document_id: str
    number: int
    path: Path
    content: str
    """SHA-256 of the file as it was added."""
    engine: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class FinishTask:
    document_id: str


Task = OpenTask | PageTask | FinishTask


def location(task: Task) -> tuple[str, int]:
    """Document and page, or page 0 for what is about the document as a whole."""
    return (task.document_id, task.number if isinstance(task, PageTask) else 0)


class Leases:
    """What one worker, `owner`, holds."""

    def __init__(self, library: Library, owner: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = library.store
        self._settings = library.settings
        self._silence = _Silence(clock)
        self._turns = Turns()
        self.owner = owner

    def take(self, limit: int) -> list[Task]:
        """The next tasks by priority, in turns between users, at most `limit`, leased; none while the queue is paused.

        Pauses it itself where the disk is as good as full, or too much has failed in a row.
        """
        with self._store.read() as tx:
            if limit <= 0 or pausing.reason(tx) is not None or not Jobs(tx).has_candidates():
                return []
            reason = disk_space.reason_to_pause(self._settings) or self._too_many_failures(tx)
        with self._store.write() as tx:
            if reason is not None:
                pausing.pause(tx, reason)
                return []
            return self._take_in_turns(tx, Jobs(tx).candidates(limit), limit)

    def _take_in_turns(self, tx: Transaction, jobs: Sequence[JobRow], limit: int) -> list[Task]:
        """One task a turn where several users wait; who waits alone gets all that is to be had."""
        tasks: list[Task] = []
        for waiting in self._turns.queues(jobs):
            while waiting and len(tasks) < limit:
                first = waiting.popleft()
                if taken := self._take_first(tx, first.jobs, 1 if waiting else limit - len(tasks)):
                    tasks += taken
                    self._turns.served(first.user)
                    waiting.append(first)
        return tasks

    def _take_first(self, tx: Transaction, jobs: deque[JobRow], limit: int) -> list[Task]:
        """Of the first of `jobs` that has something to do; those that have nothing more leave them."""
        while jobs:
            job = jobs[0]
            tasks = self._take_of(tx, job, limit)
            if not tasks or job.step != JobStep.PAGES:
                jobs.popleft()
            if tasks:
                return tasks
        return []

    def _too_many_failures(self, tx: Transaction) -> str | None:
        limit, found = self._settings.stop_after_failures, pausing.failures(tx)
        if not limit or found < limit:
            return None
        return (
            f"{found} documents failed in a row (DOCINTEL_STOP_AFTER_FAILURES is the limit). See why they failed, then "
            "resume."
        )

    def _take_of(self, tx: Transaction, job: JobRow, limit: int) -> list[Task]:
        if job.step != JobStep.FINISH and self._is_locked(tx, job.document_id):
            control.lock(tx, job.document_id, LOCKED)
            return []
        if job.step == JobStep.PAGES:
            return list(self._take_pages(tx, job, limit))
        Jobs(tx).take(job, self.owner)
        refresh(tx, job.document_id)
        if job.step == JobStep.FINISH:
            return [FinishTask(job.document_id)]
        return [OpenTask(job.document_id, self._file(tx, job.document_id)[0])]

    def _take_pages(self, tx: Transaction, job: JobRow, limit: int) -> Iterator[PageTask]:
        numbers = Pages(tx).take(job.document_id, limit, self.owner)
        if not numbers:
            return
        if Jobs(tx).begin_pages(job):
            refresh(tx, job.document_id)
        path, content = self._file(tx, job.document_id)
        for number in numbers:
            yield PageTask(job.document_id, number, path, content, job.engine, tuple(json.loads(job.languages)))

    def _is_locked(self, tx: Transaction, document_id: str) -> bool:
        """An encrypted document whose working copy is gone, or was never made."""
        return bool(
            tx.value(
                "SELECT 1 FROM documents WHERE id = :id AND is_encrypted = 1 AND unlocked_key IS NULL", id=document_id
            )
        )

    def _file(self, tx: Transaction, document_id: str) -> tuple[Path, str]:
        """What is to be read, and the hash of what was added."""
        [row] = tx.rows("SELECT content, unlocked_key FROM documents WHERE id = :id", id=document_id)
        return self._store.files.path(row["unlocked_key"] or original_key(row["content"])), row["content"]

    def renew(self) -> None:
        """All that this worker holds."""
        with self._store.write() as tx:
            LeaseTable(tx).renew(self.owner)

    def held(self) -> set[tuple[str, int]]:
        """Where this worker's tasks are (see `location`)."""
        with self._store.read() as tx:
            return LeaseTable(tx).tasks_of(self.owner)

    def reclaim(self) -> int:
        """Puts back what is held by workers that are gone or silent. How many tasks that were."""
        with self._store.read() as tx:
            others = {each.owner: each.expires_at for each in LeaseTable(tx).holders() if each.owner != self.owner}
        silent = self._silence.of(others)
        return sum(self._release(owner) for owner in others if owner in silent or is_gone(owner))

    def reclaim_all(self) -> int:
        """Puts back what anybody holds: for a home that no worker has open yet, such as one from a backup."""
        with self._store.read() as tx:
            owners = [each.owner for each in LeaseTable(tx).holders()]
        return sum(map(self._release, owners))

    def release(self) -> int:
        """Puts back all that this worker holds."""
        return self._release(self.owner)

    def _release(self, owner: str) -> int:
        with self._store.write() as tx:
            pages, jobs = Pages(tx).held_by(owner), Jobs(tx).held_by(owner)
            for page in pages:
                _put_page_back(tx, page)
            for job in jobs:
                _put_job_back(tx, job)
            return len(pages) + len(jobs)

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
        if isinstance(task, PageTask):
            if Pages(tx).held(task.document_id, task.number, self.owner):
                Pages(tx).put_back(task.document_id, task.number, counts=False)
        elif job := Jobs(tx).held(task.document_id, self.owner):
            self._change(tx, job, JobEvent.PUT_BACK)

    def opened(self, task: OpenTask, num_pages: int, media_type: str) -> None:
        """The document has that many pages, all queued; none is begun before there is room for them on the disk."""
        with self._store.write() as tx:
            job = Jobs(tx).held(task.document_id, self.owner)
            if job is None:
                return
            size = int(tx.value("SELECT size FROM documents WHERE id = :id", id=task.document_id))
            needed, left = disk_space.needed(size=size, num_pages=num_pages), disk_space.unpromised(tx, self._settings)
            Pages(tx).add(task.document_id, num_pages)
            tx.run("UPDATE documents SET media_type = :type WHERE id = :id", id=task.document_id, type=media_type)
            if needed > left:
                error = disk_space.reason_to_wait(needed, left)
                self._change(tx, job, JobEvent.OPENED_WITHOUT_ROOM, error=error)
            else:
                self._change(tx, job, JobEvent.OPENED)

    def not_opened(self, task: OpenTask, error: str) -> None:
        with self._store.write() as tx:
            if job := Jobs(tx).held(task.document_id, self.owner):
                self._change(tx, job, JobEvent.FAILED, error=error)
                pausing.count_failure(tx, task.document_id)

    def needs_password(self, task: OpenTask, error: str) -> None:
        """Waits for a password; goes on at once where one has been given meanwhile."""
        with self._store.write() as tx:
            job = Jobs(tx).held(task.document_id, self.owner)
            if job is None:
                return
            key = tx.value("SELECT unlocked_key FROM documents WHERE id = :id", id=task.document_id)
            tx.run("UPDATE documents SET is_encrypted = 1 WHERE id = :id", id=task.document_id)
            if key is not None and self._store.files.path(key) != task.path:
                self._change(tx, job, JobEvent.PUT_BACK)
            else:
                self._change(tx, job, JobEvent.LOCKED, error=error)

    def crashed(self, task: Task, error: str) -> bool:
        """Counts a crash, or an unexpected error, of whoever worked on the task; the second one sets it aside: a page
        fails, a document is quarantined. Whether it did."""
        with self._store.write() as tx:
            if isinstance(task, PageTask):
                return self._page_crashed(tx, task, error)
            job = Jobs(tx).held(task.document_id, self.owner)
            if job is None:
                return False
            if Jobs(tx).count_crash(job) < MAX_CRASHES:
                self._change(tx, job, JobEvent.PUT_BACK)
                return False
            self._change(tx, job, JobEvent.QUARANTINED, error=error)
            pausing.count_failure(tx, task.document_id)
            return True

    def _page_crashed(self, tx: Transaction, task: PageTask, error: str) -> bool:
        page = Pages(tx).held(task.document_id, task.number, self.owner)
        if page is None:
            return False
        if Pages(tx).count_crash(page) < MAX_CRASHES:
            Pages(tx).put_back(task.document_id, task.number)
            settle(tx, task.document_id)
            return False
        end_failed(tx, task.document_id, task.number, error)
        return True

    def _change(self, tx: Transaction, job: JobRow, event: JobEvent, *, error: str | None = None) -> None:
        Jobs(tx).change(job, event, error=error)
        if event in {JobEvent.FAILED, JobEvent.QUARANTINED, JobEvent.LOCKED}:
            control.drop_working_copy(tx, job.document_id)
        refresh(tx, job.document_id)


class _Silence:
    """Which leases nobody has renewed for LEASE_S, as seen by one process's own clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[float, float]] = {}

    def of(self, renewed: dict[str, float]) -> set[str]:
        """`renewed`: owner → something that changes with every renewal. Those whose has not, for too long."""
        now = self._clock()
        before, self._seen = self._seen, {}
        for owner, mark in renewed.items():
            old = before.get(owner)
            self._seen[owner] = old if old and old[0] == mark else (mark, now)
        return {owner for owner, (_, since) in self._seen.items() if now - since > LEASE_S}


def _put_page_back(tx: Transaction, page: PageRow) -> None:
    if page.attempts >= MAX_ATTEMPTS:
        error = f"The worker was lost {MAX_ATTEMPTS} times while it read this page. `docintel retry` tries again."
        end_failed(tx, page.document_id, page.number, error)
        return
    Pages(tx).put_back(page.document_id, page.number)
    settle(tx, page.document_id)


def _put_job_back(tx: Transaction, job: JobRow) -> None:
    if job.attempts >= MAX_ATTEMPTS:
        error = (
            f"The worker was lost {MAX_ATTEMPTS} times while it worked on this document. `docintel retry` tries again."
        )
        Jobs(tx).change(job, JobEvent.QUARANTINED, error=error)
    else:
        Jobs(tx).change(job, JobEvent.PUT_BACK)
    refresh(tx, job.document_id)
