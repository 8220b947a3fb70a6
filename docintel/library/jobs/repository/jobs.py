"""The jobs table."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from docintel.library.jobs.repository.leases import LEASE_S
from docintel.library.jobs.states import (
    ACTIVE,
    ENDED,
    FIRST,
    OPEN,
    SET_ASIDE,
    JobEvent,
    JobState,
    JobStatus,
    JobStep,
    PageState,
    after,
    is_possible,
)
from storage.database import Parameter, Transaction

_JOB = (
    "j.id, j.document_id, j.state, j.step, j.priority, j.engine, j.languages, j.attempts, j.crashes, j.owner, j.error, "
    'j."user"'
)

_HIGHEST = "SELECT max(priority) FROM jobs WHERE state = :queued"
WAITING = f"""
WITH RECURSIVE waiting(person) AS (
    SELECT min("user") FROM jobs WHERE state = :queued AND priority = :priority
    UNION ALL
    SELECT (SELECT min(k."user") FROM jobs k WHERE k.state = :queued AND k.priority = :priority AND k."user" > person)
    FROM waiting WHERE person IS NOT NULL
)
SELECT {_JOB} FROM waiting JOIN jobs j ON j.id IN (
    SELECT k.id FROM jobs k WHERE k.state = :queued AND k.priority = :priority AND k."user" = person
    ORDER BY k.id LIMIT :limit
)
"""
"""The first jobs of each user who has some waiting: a look into an index for each, however many wait."""


@dataclass(frozen=True)
class JobRow:
    id: int
    document_id: str
    state: str
    step: str
    priority: int
    engine: str
    languages: str
    """JSON of a list of codes."""
    attempts: int
    crashes: int
    owner: str | None
    error: str | None
    user: str
    """Whose turn it takes; nothing: nobody's in particular."""

    @property
    def status(self) -> JobStatus:
        return JobStatus(JobState(self.state), JobStep(self.step))


@dataclass(frozen=True)
class WaitingForDisk:
    document_id: str
    size: int
    num_pages: int


class Jobs:
    """The jobs of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, document_id: str, *, engine: str, languages: Sequence[str], priority: int, user: str = "") -> None:
        job = {"document_id": document_id, "state": FIRST.state, "step": FIRST.step, "priority": priority, "user": user}
        made = {"engine": engine, "languages": json.dumps(list(languages)), "created_at": time.time()}
        self._tx.insert("jobs", [job | made])

    def of(self, document_id: str) -> JobRow | None:
        return self._tx.one(
            JobRow, f"SELECT {_JOB} FROM jobs j WHERE document_id = :id ORDER BY id DESC LIMIT 1", id=document_id
        )

    def held(self, document_id: str, owner: str) -> JobRow | None:
        """The document's job, if `owner` holds it."""
        return self._tx.one(
            JobRow, f"SELECT {_JOB} FROM jobs j WHERE document_id = :id AND owner = :owner", id=document_id, owner=owner
        )

    def held_by(self, owner: str) -> list[JobRow]:
        return self._tx.all(
            JobRow,
            f"SELECT {_JOB} FROM jobs j WHERE state = :reading AND owner = :owner",
            reading=JobState.READING,
            owner=owner,
        )

    def take(self, job: JobRow, owner: str) -> None:
        """Its step is begun, by one worker alone; the attempt counts before the work."""
        status = after(job.status, JobEvent.BEGUN)
        self._tx.run(
            "UPDATE jobs SET state = :state, attempts = attempts + 1, owner = :owner, expires_at = :expires, "
            "started_at = coalesce(started_at, :now) WHERE id = :id",
            id=job.id,
            state=status.state,
            owner=owner,
            expires=time.time() + LEASE_S,
            now=time.time(),
        )

    def begin_pages(self, job: JobRow) -> bool:
        """The first of its pages is being read. False: others of them were before."""
        status = after(job.status, JobEvent.BEGUN)
        if status == job.status:
            return False
        self._tx.run(
            "UPDATE jobs SET state = :state, started_at = coalesce(started_at, :now) WHERE id = :id",
            id=job.id,
            state=status.state,
            now=time.time(),
        )
        return True

    def change(self, job: JobRow, event: JobEvent, *, error: str | None = None) -> None:
        """Nobody holds it any more. Raises InvalidChange."""
        status = after(job.status, event)
        has_stopped = status.state in ENDED | {JobState.NEEDS_PASSWORD}
        self._tx.run(
            "UPDATE jobs SET state = :state, step = :step, error = :error, owner = NULL, expires_at = NULL, "
            "finished_at = :finished WHERE id = :id",
            id=job.id,
            state=status.state,
            step=status.step,
            error=error,
            finished=time.time() if has_stopped else None,
        )

    def change_if_possible(self, document_id: str, event: JobEvent) -> bool:
        job = self.of(document_id)
        if job is None or not is_possible(job.status, event):
            return False
        self.change(job, event)
        return True

    def start_over(self, job: JobRow, event: JobEvent) -> None:
        """As `change`, by whoever wants it read again: what went wrong before counts no more."""
        self.change(job, event)
        self._tx.run("UPDATE jobs SET attempts = 0, crashes = 0 WHERE id = :id", id=job.id)

    def read_as(self, job: JobRow, *, engine: str, languages: Sequence[str]) -> None:
        """How it is read from now on."""
        self._tx.run(
            "UPDATE jobs SET engine = :engine, languages = :languages WHERE id = :id",
            engine=engine,
            languages=json.dumps(list(languages)),
            id=job.id,
        )

    def count_crash(self, job: JobRow) -> int:
        """How many there have been."""
        self._tx.run("UPDATE jobs SET crashes = crashes + 1 WHERE id = :id", id=job.id)
        return job.crashes + 1

    def candidates(self, limit: int) -> list[JobRow]:
        """Jobs that may have something to do, the most urgent first: those begun (few), and each user's first.

        There are `limit` of them at least, if so many wait.
        """
        return sorted([*self._begun(), *self._waiting(limit)], key=lambda job: (-job.priority, job.id))

    def has_candidates(self) -> bool:
        return self._tx.value(_HIGHEST, queued=JobState.QUEUED) is not None or bool(self._begun())

    def _begun(self) -> list[JobRow]:
        return self._tx.all(
            JobRow,
            f"SELECT {_JOB} FROM jobs j WHERE j.state = :reading AND j.owner IS NULL AND (j.step <> :pages OR EXISTS "
            "(SELECT 1 FROM pages p WHERE p.document_id = j.document_id AND p.state = :queued))",
            reading=JobState.READING,
            pages=JobStep.PAGES,
            queued=PageState.QUEUED,
        )

    def _waiting(self, limit: int) -> list[JobRow]:
        """Each user's first `limit` queued jobs, priority by priority until there are so many in all."""
        found: list[JobRow] = []
        priority = self._tx.value(_HIGHEST, queued=JobState.QUEUED)
        while priority is not None and len(found) < limit:
            found += self._tx.all(JobRow, WAITING, queued=JobState.QUEUED, priority=priority, limit=limit)
            priority = self._tx.value(f"{_HIGHEST} AND priority < :priority", queued=JobState.QUEUED, priority=priority)
        return found

    def is_any_active(self, where: str = "1", **parameters: Parameter) -> bool:
        """`where` is a further condition on the table."""
        found = self._tx.value(
            f"SELECT 1 FROM jobs WHERE state IN :active AND {where} LIMIT 1", active=sorted(ACTIVE), **parameters
        )
        return bool(found)

    def open_documents(self, where: str, limit: int, **parameters: Parameter) -> list[str]:
        """Ids of documents whose jobs have not come to an end; `where` is a condition on the documents table, `d`."""
        rows = self._tx.rows(
            "SELECT d.id FROM jobs j JOIN documents d ON d.id = j.document_id WHERE j.state IN :open "
            f"AND {where} ORDER BY j.id LIMIT :limit",
            open=sorted(OPEN),
            limit=limit,
            **parameters,
        )
        return [str(row["id"]) for row in rows]

    def failed_documents(self, where: str, **parameters: Parameter) -> list[str]:
        """Ids of documents that failed, or pages of which did; `where` is a condition on the documents table."""
        rows = self._tx.rows(
            "SELECT id FROM documents WHERE id IN (SELECT document_id FROM jobs WHERE state IN :aside "
            f"UNION SELECT document_id FROM pages WHERE state = :failed) AND {where}",
            aside=sorted(SET_ASIDE),
            failed=PageState.FAILED,
            **parameters,
        )
        return [str(row["id"]) for row in rows]

    def set_aside(self, where: str, **parameters: Parameter) -> list[JobRow]:
        """Those that failed as a whole; `where` is a condition on the documents table, `d`."""
        return self._tx.all(
            JobRow,
            f"SELECT {_JOB} FROM jobs j JOIN documents d ON d.id = j.document_id WHERE j.state IN :aside AND {where}",
            aside=sorted(SET_ASIDE),
            **parameters,
        )

    def waiting_for_disk(self, limit: int) -> list[WaitingForDisk]:
        """The most urgent first."""
        return self._tx.all(
            WaitingForDisk,
            "SELECT d.id AS document_id, d.size, d.num_pages FROM jobs j JOIN documents d ON d.id = j.document_id "
            "WHERE j.state = :waiting ORDER BY j.priority DESC, j.id LIMIT :limit",
            waiting=JobState.NO_ROOM,
            limit=limit,
        )
