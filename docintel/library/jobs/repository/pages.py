"""The columns of the pages table that say how far each page is, and who reads it."""

import time
from dataclasses import dataclass

from docintel.library.jobs.repository.leases import LEASE_S
from docintel.library.jobs.states import (
    ACTIVE,
    OPEN_PAGES,
    JobStep,
    PageCounts,
    PageEvent,
    PageState,
    page_change,
)
from storage.database import Parameter, Transaction


@dataclass(frozen=True)
class PageRow:
    document_id: str
    number: int
    attempts: int
    crashes: int
    error: str | None


class Pages:
    """The pages' states of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, document_id: str, num_pages: int) -> None:
        state = PageState.QUEUED
        rows = [{"document_id": document_id, "number": n, "state": state} for n in range(1, num_pages + 1)]
        self._tx.insert("pages", rows)

    def has_any(self, document_id: str) -> bool:
        return bool(self._tx.value("SELECT 1 FROM pages WHERE document_id = :id LIMIT 1", id=document_id))

    def counts(self, document_id: str) -> PageCounts:
        rows = self._tx.rows(
            "SELECT state, count(*) AS n FROM pages WHERE document_id = :id GROUP BY state", id=document_id
        )
        return PageCounts(**{row["state"]: row["n"] for row in rows})

    def take(self, document_id: str, limit: int, owner: str) -> list[int]:
        """Numbers of the next pages, now `owner`'s; the attempt counts before the work."""
        rows = self._tx.rows(
            "SELECT number FROM pages WHERE document_id = :id AND state = :queued ORDER BY number LIMIT :limit",
            id=document_id,
            queued=PageState.QUEUED,
            limit=limit,
        )
        numbers = [int(row["number"]) for row in rows]
        if numbers:
            _, reading = page_change(PageEvent.BEGUN)
            self._tx.run(
                "UPDATE pages SET state = :reading, attempts = attempts + 1, owner = :owner, expires_at = :expires, "
                "started_at = :now WHERE document_id = :id AND number IN :numbers",
                id=document_id,
                numbers=numbers,
                reading=reading,
                owner=owner,
                expires=time.time() + LEASE_S,
                now=time.time(),
            )
        return numbers

    def held(self, document_id: str, number: int, owner: str) -> PageRow | None:
        """The page, if `owner` holds it."""
        return self._tx.one(
            PageRow,
            "SELECT document_id, number, attempts, crashes, error FROM pages "
            "WHERE document_id = :id AND number = :number AND state = :reading AND owner = :owner",
            id=document_id,
            number=number,
            reading=PageState.READING,
            owner=owner,
        )

    def held_by(self, owner: str) -> list[PageRow]:
        return self._tx.all(
            PageRow,
            "SELECT document_id, number, attempts, crashes, error FROM pages WHERE state = :reading AND owner = :owner",
            reading=PageState.READING,
            owner=owner,
        )

    def failed(self, where: str, **parameters: Parameter) -> list[PageRow]:
        """`where` is a condition on the documents table, `d`."""
        return self._tx.all(
            PageRow,
            "SELECT p.document_id, p.number, p.attempts, p.crashes, p.error FROM pages p "
            f"JOIN documents d ON d.id = p.document_id WHERE p.state = :failed AND {where}",
            failed=PageState.FAILED,
            **parameters,
        )

    def put_back(self, document_id: str, number: int, *, counts: bool = True) -> None:
        """`counts`: the attempt that it had counts."""
        self._change(PageEvent.PUT_BACK, document_id, number)
        if not counts:
            self._set(document_id, number, "attempts = max(attempts - 1, 0)")

    def count_crash(self, page: PageRow) -> int:
        """How many there have been."""
        self._set(page.document_id, page.number, "crashes = crashes + 1")
        return page.crashes + 1

    def fail(self, document_id: str, number: int, error: str, *, event: PageEvent = PageEvent.FAILED) -> bool:
        """Whether it could: `event` leads there from the state that the page is in."""
        changed = self._change(event, document_id, number)
        if changed:
            self._set(document_id, number, "error = :error, read_at = :now", error=error, now=time.time())
        return changed > 0

    def cancel(self, document_id: str) -> int:
        return self._change(PageEvent.CANCELLED, document_id)

    def retry(self, document_id: str, number: int | None = None, *, event: PageEvent = PageEvent.RETRIED) -> int:
        """Failed and cancelled pages wait again, all or one: how many. What went wrong before counts no more.

        `event`: READ_AGAIN for those that have been read, too.
        """
        sources, queued = page_change(event)
        one = "" if number is None else " AND number = :number"
        return self._tx.run(
            "UPDATE pages SET state = :queued, error = NULL, attempts = 0, crashes = 0, read_at = NULL "
            f"WHERE document_id = :id AND state IN :sources{one}",
            id=document_id,
            queued=queued,
            sources=sorted(sources),
            **({} if number is None else {"number": number}),
        )

    def num_promised(self) -> int:
        """Pages that wait or are being read, of documents that have been begun."""
        found = self._tx.value(
            "SELECT count(*) FROM jobs j JOIN pages p ON p.document_id = j.document_id "
            "WHERE j.state IN :active AND j.step = :pages AND p.state IN :open",
            active=sorted(ACTIVE),
            pages=JobStep.PAGES,
            open=sorted(OPEN_PAGES),
        )
        return int(found)

    def _change(self, event: PageEvent, document_id: str, number: int | None = None) -> int:
        sources, state = page_change(event)
        one = "" if number is None else " AND number = :number"
        return self._tx.run(
            "UPDATE pages SET state = :state, owner = NULL, expires_at = NULL "
            f"WHERE document_id = :id AND state IN :sources{one}",
            id=document_id,
            state=state,
            sources=sorted(sources),
            **({} if number is None else {"number": number}),
        )

    def _set(self, document_id: str, number: int, changes: str, **parameters: Parameter) -> None:
        self._tx.run(
            f"UPDATE pages SET {changes} WHERE document_id = :id AND number = :number",
            id=document_id,
            number=number,
            **parameters,
        )
