"""How the reading goes, from the database alone: what is done, how fast, how long it takes yet, what failed and why."""

import re
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from docintel.jobs.live_output import LiveOutput
from docintel.library import Transaction
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
    seen, parameters = access.visible(user)
    documents = tx.rows(
        "SELECT coalesce(sum(num_pages > 0), 0) AS opened, coalesce(sum(num_pages), 0) AS pages, "
        "coalesce(sum(pages_read), 0) AS done, coalesce(sum(pages_failed), 0) AS failed, "
        "coalesce(sum(num_pages = 0 AND state IN ('queued', 'reading')), 0) AS unopened "
        f"FROM documents WHERE {seen}",
        **parameters,
    )[0]
    seen, parameters = access.of_documents(user)
    pages_open = tx.value(f"SELECT count(*) FROM pages WHERE state IN ('queued', 'reading') AND {seen}", **parameters)
    per_second = _per_second(tx, seen, parameters)
    expected = pages_open + documents["unopened"] * (documents["pages"] / max(documents["opened"], 1) or 1)
    return Progress(
        pages_done=documents["done"],
        pages_failed=documents["failed"],
        pages_open=pages_open,
        documents_unopened=documents["unopened"],
        pages_per_minute=round(60 * per_second, 2),
        seconds_left=0.0 if not expected else round(expected / per_second, 1) if per_second else None,
        failures=_failures(tx, seen, parameters),
    )


def _per_second(tx: Transaction, seen: str, parameters: dict[str, Any]) -> float:
    """Since the first of the window's pages was begun: a bulk that has just started is not measured by the hours
    before it."""
    now = time.time()
    row = tx.rows(
        f"SELECT count(*) AS n, min(started_at) AS began FROM pages WHERE read_at >= :since AND {seen}",
        since=now - WINDOW_S,
        **parameters,
    )[0]
    if not row["n"]:
        return 0.0
    began = max(row["began"] or 0.0, now - WINDOW_S)
    return float(row["n"] / max(now - began, 1.0))


def _failures(tx: Transaction, seen: str, parameters: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    rows = tx.rows(
        f"SELECT error, count(*) AS n FROM pages WHERE state = 'failed' AND {seen} GROUP BY error UNION ALL "
        f"SELECT error, count(*) AS n FROM jobs WHERE state IN ('failed', 'quarantined') AND {seen} GROUP BY error",
        **parameters,
    )
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons[reason_of(row["error"])] += row["n"]
    return tuple(reasons.most_common(MAX_REASONS))


def reason_of(error: str | None) -> str:
    """An error without page numbers, so that what failed alike counts as one."""
    return PAGE_NUMBER.sub(r"\g<page> …", error or "")


def being_read(tx: Transaction, user: User | None) -> list[BeingRead]:
    """The pages that are being read now, those begun first before others."""
    seen, parameters = access.visible(user, "d.collection")
    rows = tx.rows(
        "SELECT p.document_id, p.number, p.started_at, d.name, d.num_pages FROM pages p "
        f"JOIN documents d ON d.id = p.document_id WHERE p.state = 'reading' AND {seen} "
        "ORDER BY p.started_at, p.document_id, p.number",
        **parameters,
    )
    return [
        BeingRead(
            document_id=row["document_id"],
            name=row["name"],
            number=row["number"],
            num_pages=row["num_pages"],
            started_at=datetime.fromtimestamp(row["started_at"] or 0.0, UTC),
        )
        for row in rows
    ]
