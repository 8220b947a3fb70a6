"""Rows ↔ corrections. A page's body is what it says now; of a corrected page, what was read is kept beside it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from docintel.corrections import Correction, Entry, replay
from docintel.errors import DamagedStore
from docintel.library import pages
from docintel.library.pages import PageBody
from docintel.model import Page
from storage.database import Transaction


def entries(tx: Transaction, document_id: str, number: int | None = None) -> list[Entry]:
    """Of a document, or one of its pages, in order. Raises DamagedStore."""
    rows = tx.rows(
        'SELECT seq, number, at, "user", body, reverses FROM corrections WHERE document_id = :id '
        "AND (:number IS NULL OR number = :number) ORDER BY seq",
        id=document_id,
        number=number,
    )
    return [_entry(dict(row)) for row in rows]


def _entry(row: Mapping[str, Any]) -> Entry:
    try:
        return Entry(
            seq=row["seq"],
            page=row["number"],
            at=datetime.fromtimestamp(row["at"], UTC),
            user=row["user"],
            correction=Correction.model_validate_json(row["body"]),
            reverses=row["reverses"],
        )
    except ValidationError as error:
        raise DamagedStore(f"Correction {row['seq']} is not what was written. `docintel check` says more.") from error


def add(tx: Transaction, document_id: str, entry: Entry) -> int:
    """A new row, whatever number `entry` has; the number that it gets."""
    return tx.insert_one(
        "corrections",
        document_id=document_id,
        number=entry.page,
        at=entry.at.timestamp(),
        user=entry.user,
        kind=entry.correction.kind.value,
        body=entry.correction.model_dump_json(),
        reverses=entry.reverses,
    )


def reading(tx: Transaction, document_id: str, number: int) -> Page | None:
    """A page that has corrections, as it was read. Raises DamagedPage."""
    row = tx.one(
        PageBody,
        "SELECT number, schema_version, body FROM page_readings WHERE document_id = :id AND number = :number",
        id=document_id,
        number=number,
    )
    return pages.page_of(row, document_id) if row else None


def keep_reading(tx: Transaction, document_id: str, page: Page) -> None:
    """What is kept of the page as it was read is this."""
    tx.run("DELETE FROM page_readings WHERE document_id = :id AND number = :n", id=document_id, n=page.number)
    tx.insert("page_readings", [pages.body_row(document_id, page)])


def laid_over(tx: Transaction, document_id: str, page: Page) -> Page:
    """A page that has just been read, with its corrections as far as they fit."""
    return replay(page, entries(tx, document_id, page.number)).page


def replace_reading(tx: Transaction, document_id: str, page: Page) -> Page:
    """The page was read anew: what was read before is forgotten, its corrections stay. What it says now."""
    if not tx.value("SELECT 1 FROM corrections WHERE document_id = :id AND number = :n", id=document_id, n=page.number):
        return page
    keep_reading(tx, document_id, page)
    return laid_over(tx, document_id, page)
