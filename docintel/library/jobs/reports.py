"""What is said of the queue: jobs in the order in which they matter, how far, how fast, what failed. Reads only."""

from dataclasses import dataclass

from docintel.library.jobs.states import OPEN_PAGES, SET_ASIDE, JobState, PageState
from storage.database import Parameter, Transaction

_JOB = (
    "SELECT j.id, j.document_id, d.name, d.collection, j.state, d.num_pages, d.pages_read AS pages_done, "
    "d.pages_failed, coalesce(j.error, d.error) AS error, j.priority, "
    "(SELECT min(number) FROM pages p WHERE p.document_id = j.document_id AND p.state = :reading) AS reading_page "
    "FROM jobs j JOIN documents d ON d.id = j.document_id"
)
_IN_ORDER = (
    "ORDER BY CASE j.state WHEN :reading THEN 0 WHEN :queued THEN 1 WHEN :no_room THEN 2 ELSE 3 END, "
    "CASE j.state WHEN :queued THEN -j.priority ELSE 0 END, "
    "CASE j.state WHEN :queued THEN j.id ELSE -coalesce(j.finished_at, j.created_at) END"
)


@dataclass(frozen=True)
class ListedJob:
    id: int
    document_id: str
    name: str
    collection: str
    state: str
    num_pages: int
    pages_done: int
    pages_failed: int
    error: str | None
    priority: int
    reading_page: int | None


@dataclass(frozen=True)
class Totals:
    """Over documents. `opened`: those whose pages have been counted."""

    opened: int
    pages: int
    done: int
    failed: int
    unopened: int


@dataclass(frozen=True)
class Recent:
    """Pages that ended since some moment, and when the first of them was begun."""

    count: int
    began: float | None


@dataclass(frozen=True)
class Failure:
    error: str | None
    count: int


@dataclass(frozen=True)
class PageBeingRead:
    document_id: str
    name: str
    number: int
    num_pages: int
    started_at: float | None


@dataclass(frozen=True)
class EndedMinute:
    """`ago`: how many minutes."""

    ago: int
    failed: int
    count: int


@dataclass(frozen=True)
class EndedPage:
    state: str
    is_cached: int
    seconds: float
    read_at: float


class Reports:
    """Of one transaction. `where` is always a condition on what the asking user sees, with its `parameters`."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def jobs(self, where: str, limit: int, **parameters: Parameter) -> list[ListedJob]:
        """Those that are being read first, then those that wait, then the newest; `where` is on the jobs table, `j`."""
        first = f"SELECT j.id FROM jobs j WHERE {where} {_IN_ORDER} LIMIT :limit"
        return self._tx.all(
            ListedJob,
            f"{_JOB} WHERE j.id IN ({first}) {_IN_ORDER}",  # only of these is the rest looked up
            limit=limit,
            reading=JobState.READING,
            queued=JobState.QUEUED,
            no_room=JobState.NO_ROOM,
            **parameters,
        )

    def counts(self, where: str, **parameters: Parameter) -> dict[JobState, int]:
        """Jobs by state; states without jobs are left out. `where` is on the jobs table."""
        rows = self._tx.rows(f"SELECT state, count(*) AS n FROM jobs WHERE {where} GROUP BY state", **parameters)
        return {JobState(row["state"]): row["n"] for row in rows}

    def totals(self, where: str, **parameters: Parameter) -> Totals:
        """`where` is on the documents table."""
        [found] = self._tx.all(
            Totals,
            "SELECT coalesce(sum(num_pages > 0), 0) AS opened, coalesce(sum(num_pages), 0) AS pages, "
            "coalesce(sum(pages_read), 0) AS done, coalesce(sum(pages_failed), 0) AS failed, "
            "coalesce(sum(num_pages = 0 AND state IN ('queued', 'reading')), 0) AS unopened "
            f"FROM documents WHERE {where}",
            **parameters,
        )
        return found

    def num_open_pages(self, where: str, **parameters: Parameter) -> int:
        """`where` is on the pages table."""
        query = f"SELECT count(*) FROM pages WHERE state IN :open AND {where}"
        return int(self._tx.value(query, open=sorted(OPEN_PAGES), **parameters))

    def recent(self, since: float, where: str, **parameters: Parameter) -> Recent:
        """`where` is on the pages table."""
        [found] = self._tx.all(
            Recent,
            f"SELECT count(*) AS count, min(started_at) AS began FROM pages WHERE read_at >= :since AND {where}",
            since=since,
            **parameters,
        )
        return found

    def failures(self, where: str, **parameters: Parameter) -> list[Failure]:
        """Of pages and of whole documents; `where` is on a table with a `document_id`."""
        return self._tx.all(
            Failure,
            f"SELECT error, count(*) AS count FROM pages WHERE state = :failed AND {where} GROUP BY error UNION ALL "
            f"SELECT error, count(*) AS count FROM jobs WHERE state IN :aside AND {where} GROUP BY error",
            failed=PageState.FAILED,
            aside=sorted(SET_ASIDE),
            **parameters,
        )

    def being_read(self, where: str, **parameters: Parameter) -> list[PageBeingRead]:
        """Those begun first before others; `where` is on the documents table, `d`."""
        return self._tx.all(
            PageBeingRead,
            "SELECT p.document_id, p.number, p.started_at, d.name, d.num_pages FROM pages p "
            f"JOIN documents d ON d.id = p.document_id WHERE p.state = :reading AND {where} "
            "ORDER BY p.started_at, p.document_id, p.number",
            reading=PageState.READING,
            **parameters,
        )

    def minutes(self, now: float, since: float, where: str, **parameters: Parameter) -> list[EndedMinute]:
        """Pages that ended between, by minutes before `now`; `where` is on the pages table."""
        return self._tx.all(
            EndedMinute,
            "SELECT CAST((:now - read_at) / 60 AS INTEGER) AS ago, sum(state = :failed) AS failed, count(*) AS count "
            f"FROM pages WHERE read_at > :since AND read_at <= :now AND {where} GROUP BY 1",
            now=now,
            since=since,
            failed=PageState.FAILED,
            **parameters,
        )

    def ended(self, since: float) -> list[EndedPage]:
        """Pages that were read or failed, of all documents, in that order."""
        return self._tx.all(
            EndedPage,
            "SELECT state, is_cached, seconds, read_at FROM pages WHERE read_at > :since AND state IN :ended "
            "ORDER BY read_at",
            since=since,
            ended=[PageState.DONE, PageState.FAILED],
        )
