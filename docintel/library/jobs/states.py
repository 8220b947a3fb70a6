"""The states of a job and of its pages, and which changes of them there are. Pure: the one place that says so.

A job reads one document in three steps: `open` (how many pages has it?), `pages` (each a task of its own), `finish`
(chunks over the whole document). A page is read by one worker at a time.
"""

from dataclasses import dataclass
from enum import StrEnum

from docintel.model import DocumentState


class JobState(StrEnum):
    QUEUED = "queued"
    READING = "reading"
    NEEDS_PASSWORD = "needs_password"
    NO_ROOM = "no_room"
    """It waits for room on the disk, and goes on by itself."""
    DONE = "done"
    """It came to its end; pages may have failed."""
    FAILED = "failed"
    QUARANTINED = "quarantined"
    """It crashed whoever read it, twice: set aside until it is retried."""
    CANCELLED = "cancelled"


class JobStep(StrEnum):
    OPEN = "open"
    PAGES = "pages"
    FINISH = "finish"


class PageState(StrEnum):
    QUEUED = "queued"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobEvent(StrEnum):
    BEGUN = "begun"
    """A worker has taken the step, or the first of its pages."""
    OPENED = "opened"
    OPENED_WITHOUT_ROOM = "opened without room"
    ROOM_FOUND = "room found"
    LOCKED = "locked"
    """It is encrypted, and there is no password."""
    UNLOCKED = "unlocked"
    PUT_BACK = "put back"
    """The step is done again: nothing was wrong with it, or its worker was lost."""
    PAGES_ENDED = "pages ended"
    FINISHED = "finished"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"
    PAGES_RETRIED = "pages retried"
    """Some of its pages wait again."""
    RETRIED = "retried"
    """The step that it stands at is to be done again."""
    READ_AGAIN = "read again"
    """All of its pages wait again, read or not."""


class PageEvent(StrEnum):
    BEGUN = "begun"
    READ = "read"
    FAILED = "failed"
    PUT_BACK = "put back"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    FOUND_DAMAGED = "found damaged"
    """What was read of it is not what was written."""
    READ_AGAIN = "read again"


@dataclass(frozen=True)
class JobStatus:
    state: JobState
    step: JobStep


class InvalidChange(Exception):
    """A mistake in docintel: nothing leads from this state by this event."""


ACTIVE = frozenset({JobState.QUEUED, JobState.READING})
"""There is something to do, now or soon."""
OPEN = ACTIVE | {JobState.NEEDS_PASSWORD, JobState.NO_ROOM}
"""Jobs that have not come to an end."""
SET_ASIDE = frozenset({JobState.FAILED, JobState.QUARANTINED})
ENDED = frozenset(JobState) - OPEN
OPEN_PAGES = frozenset({PageState.QUEUED, PageState.READING})

FIRST = JobStatus(JobState.QUEUED, JobStep.OPEN)

_ANY_STEP = frozenset(JobStep)
_WITH_PAGES = frozenset({JobStep.PAGES, JobStep.FINISH})

_JOB_CHANGES: dict[JobEvent, list[tuple[frozenset[JobState], frozenset[JobStep], JobState | None, JobStep | None]]] = {
    JobEvent.BEGUN: [(ACTIVE, _ANY_STEP, JobState.READING, None)],
    JobEvent.OPENED: [(frozenset({JobState.READING}), frozenset({JobStep.OPEN}), None, JobStep.PAGES)],
    JobEvent.OPENED_WITHOUT_ROOM: [
        (frozenset({JobState.READING}), frozenset({JobStep.OPEN}), JobState.NO_ROOM, JobStep.PAGES)
    ],
    JobEvent.ROOM_FOUND: [(frozenset({JobState.NO_ROOM}), frozenset({JobStep.PAGES}), JobState.QUEUED, None)],
    JobEvent.LOCKED: [(ACTIVE, frozenset({JobStep.OPEN, JobStep.PAGES}), JobState.NEEDS_PASSWORD, None)],
    JobEvent.UNLOCKED: [(frozenset({JobState.NEEDS_PASSWORD}), _ANY_STEP, JobState.QUEUED, None)],
    JobEvent.PUT_BACK: [
        (frozenset({JobState.READING}), frozenset({JobStep.OPEN}), JobState.QUEUED, None),
        (frozenset({JobState.READING}), frozenset({JobStep.FINISH}), None, None),
    ],
    JobEvent.PAGES_ENDED: [(ACTIVE, frozenset({JobStep.PAGES}), None, JobStep.FINISH)],
    JobEvent.FINISHED: [(frozenset({JobState.READING}), frozenset({JobStep.FINISH}), JobState.DONE, None)],
    JobEvent.FAILED: [(frozenset({JobState.READING}), _ANY_STEP, JobState.FAILED, None)],
    JobEvent.QUARANTINED: [(frozenset({JobState.READING}), _ANY_STEP, JobState.QUARANTINED, None)],
    JobEvent.CANCELLED: [(OPEN, _ANY_STEP, JobState.CANCELLED, None)],
    JobEvent.PAGES_RETRIED: [
        (ACTIVE | {JobState.NEEDS_PASSWORD}, _WITH_PAGES, None, JobStep.PAGES),
        (ENDED | {JobState.NO_ROOM}, _WITH_PAGES, JobState.QUEUED, JobStep.PAGES),
    ],
    JobEvent.RETRIED: [(ENDED - {JobState.DONE} | {JobState.NO_ROOM}, _ANY_STEP, JobState.QUEUED, None)],
    JobEvent.READ_AGAIN: [
        (ENDED, _WITH_PAGES, JobState.QUEUED, JobStep.PAGES),
        (ENDED, frozenset({JobStep.OPEN}), JobState.QUEUED, None),
    ],
}
"""By event: from which states and steps, to which; None: it stays."""

_PAGE_CHANGES: dict[PageEvent, tuple[frozenset[PageState], PageState]] = {
    PageEvent.BEGUN: (frozenset({PageState.QUEUED}), PageState.READING),
    PageEvent.READ: (frozenset({PageState.READING}), PageState.DONE),
    PageEvent.FAILED: (frozenset({PageState.READING}), PageState.FAILED),
    PageEvent.PUT_BACK: (frozenset({PageState.READING}), PageState.QUEUED),
    PageEvent.CANCELLED: (OPEN_PAGES, PageState.CANCELLED),
    PageEvent.RETRIED: (frozenset({PageState.FAILED, PageState.CANCELLED}), PageState.QUEUED),
    PageEvent.FOUND_DAMAGED: (frozenset({PageState.DONE}), PageState.FAILED),
    PageEvent.READ_AGAIN: (frozenset(PageState) - OPEN_PAGES, PageState.QUEUED),
}


def after(status: JobStatus, event: JobEvent) -> JobStatus:
    """Raises InvalidChange."""
    for states, steps, state, step in _JOB_CHANGES[event]:
        if status.state in states and status.step in steps:
            return JobStatus(state or status.state, step or status.step)
    raise InvalidChange(f"a job that is {status.state} ({status.step}) cannot be {event}")


def is_possible(status: JobStatus, event: JobEvent) -> bool:
    return any(status.state in states and status.step in steps for states, steps, _, _ in _JOB_CHANGES[event])


def page_change(event: PageEvent) -> tuple[frozenset[PageState], PageState]:
    """From which states the event leads, and to which."""
    return _PAGE_CHANGES[event]


@dataclass(frozen=True)
class PageCounts:
    """How many pages of a document are in which state."""

    queued: int = 0
    reading: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        return self.queued + self.reading

    @property
    def all(self) -> int:
        return self.open + self.done + self.failed + self.cancelled


def document_state(job: JobStatus, counts: PageCounts) -> DocumentState:
    """What a document's state is, given its job's and its pages' states."""
    if job.state in SET_ASIDE | {JobState.NEEDS_PASSWORD, JobState.CANCELLED}:
        return DocumentState(job.state)
    if job.state is not JobState.DONE:
        has_begun = job.step is not JobStep.OPEN and counts.all > counts.queued
        return DocumentState.READING if has_begun or job.state is JobState.READING else DocumentState.QUEUED
    if not counts.failed and not counts.cancelled:
        return DocumentState.READY
    return DocumentState.PARTIAL if counts.done else DocumentState.FAILED
