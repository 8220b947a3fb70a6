"""How the reading goes, from the database alone: what is done, how fast, how long it takes yet, what failed and why."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from docintel.jobs.live_output import LiveOutput
from docintel.library import Transaction
from docintel.library.jobs.reports import Failure, Recent, Reports
from docintel.library.people import access
from docintel.model import Model, User

WINDOW_S = 300.0
"""How far back the rate looks."""
MAX_REASONS = 20
PAGE_NUMBER = re.compile(r"\b(?P<page>[Pp]age) \d+\b")


class Progress(Model):
    pages_done: int
    pages_failed: int
    pages_open: int
    """Waiting or being read, of the documents that have been opened."""
    documents_unopened: int
    """Those that wait and whose pages nobody has counted yet."""
    pages_per_minute: float
    """Of the last minutes; failed pages count, they took their time too."""
    seconds_left: float | None
    """For all that waits, an unopened document being like the others; None: there is no telling."""
    failures: tuple[tuple[str, int], ...]
    """Reasons (without page numbers) and how many pages or files each has, the most frequent first."""


class BeingRead(Model):
    """A page that some worker reads now."""

    document_id: str
    name: str
    number: int
    num_pages: int
    started_at: datetime
    live_output: LiveOutput | None = None
    """What a model says of it, where one writes it down."""


def progress(tx: Transaction, user: User | None) -> Progress:
    """Of the documents that the user sees. One look through them, else only at what is open, failed or recent."""
    reports = Reports(tx)
    seen, parameters = access.listed(user)
    documents = reports.totals(seen, **parameters)
    seen, parameters = access.of_documents(user)
    pages_open = reports.num_open_pages(seen, **parameters)
    now = time.time()
    per_second = _per_second(reports.recent(now - WINDOW_S, seen, **parameters), now)
    expected = pages_open + documents.unopened * (documents.pages / max(documents.opened, 1) or 1)
    return Progress(
        pages_done=documents.done,
        pages_failed=documents.failed,
        pages_open=pages_open,
        documents_unopened=documents.unopened,
        pages_per_minute=round(60 * per_second, 2),
        seconds_left=0.0 if not expected else round(expected / per_second, 1) if per_second else None,
        failures=_reasons(reports.failures(seen, **parameters)),
    )


def _per_second(recent: Recent, now: float) -> float:
    """Since the first of the window's pages was begun: a bulk that has just started is not measured by the hours
    before it."""
    if not recent.count:
        return 0.0
    began = max(recent.began or 0.0, now - WINDOW_S)
    return recent.count / max(now - began, 1.0)


def _reasons(failures: Sequence[Failure]) -> tuple[tuple[str, int], ...]:
    reasons: Counter[str] = Counter()
    for failure in failures:
        reasons[reason_of(failure.error)] += failure.count
    return tuple(reasons.most_common(MAX_REASONS))


def reason_of(error: str | None) -> str:
    """An error without page numbers, so that what failed alike counts as one."""
    return PAGE_NUMBER.sub(r"\g<page> …", error or "")


def being_read(tx: Transaction, user: User | None) -> list[BeingRead]:
    """The pages that are being read now, those begun first before others."""
    seen, parameters = access.listed(user, "d.collection", "d.id")
    return [
        BeingRead(
            document_id=page.document_id,
            name=page.name,
            number=page.number,
            num_pages=page.num_pages,
            started_at=datetime.fromtimestamp(page.started_at or 0.0, UTC),
        )
        for page in Reports(tx).being_read(seen, **parameters)
    ]
