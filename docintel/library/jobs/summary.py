"""A document's row as its job and its pages have it: state, counts, languages, the first error."""

import json
from dataclasses import dataclass

from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import PageCounts, PageState, document_state
from storage.database import SqlValue, Transaction


@dataclass(frozen=True)
class _Sums:
    cached: int
    seconds: float


def refresh(tx: Transaction, document_id: str) -> None:
    """Brings a document's row in line with its pages and its job; called by whoever changed those."""
    values = derived(tx, document_id)
    if values:
        changes = ", ".join(f"{column} = :{column}" for column in values)
        tx.run(f"UPDATE documents SET {changes} WHERE id = :id", id=document_id, **values)


def derived(tx: Transaction, document_id: str) -> dict[str, SqlValue]:
    """The columns of a document's row that follow from its pages and its job."""
    job = Jobs(tx).of(document_id)
    if job is None:
        return {}
    counts = Pages(tx).counts(document_id)
    sums = tx.one(
        _Sums,
        "SELECT coalesce(sum(is_cached), 0) AS cached, coalesce(sum(seconds), 0.0) AS seconds FROM pages "
        "WHERE document_id = :id",
        id=document_id,
    ) or _Sums(0, 0.0)
    languages = tx.rows(
        "SELECT language FROM page_languages WHERE document_id = :id GROUP BY language "
        "ORDER BY sum(num_characters) DESC, language",
        id=document_id,
    )
    return {
        "state": document_state(job.status, counts).value,
        "num_pages": counts.all,
        "pages_read": counts.done,
        "pages_failed": counts.failed,
        "pages_cached": sums.cached,
        "seconds": sums.seconds,
        "languages": json.dumps([row["language"] for row in languages]),
        "error": job.error or _error(tx, document_id, counts),
    }


def _error(tx: Transaction, document_id: str, counts: PageCounts) -> str | None:
    if not counts.failed:
        return None if counts.open else _damage(tx, document_id)
    first = tx.row(
        "SELECT number, error FROM pages WHERE document_id = :id AND state = :failed ORDER BY number LIMIT 1",
        id=document_id,
        failed=PageState.FAILED,
    )
    if first is None:
        return None
    if counts.all == 1:
        return str(first["error"])
    return f"{counts.failed} of {counts.all} pages failed; page {first['number']}: {first['error']}"


def _damage(tx: Transaction, document_id: str) -> str | None:
    """What the first page that was read of a damaged file says of it."""
    first = tx.row(
        "SELECT error FROM pages WHERE document_id = :id AND state = :done AND error IS NOT NULL "
        "ORDER BY number LIMIT 1",
        id=document_id,
        done=PageState.DONE,
    )
    return str(first["error"]) if first else None
