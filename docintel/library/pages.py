"""Rows ↔ pages: what was read, in which state each page is, which pictures it has."""

import zlib
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import ValidationError

from docintel.errors import DamagedStore, NotFound
from docintel.model import SCHEMA_VERSION, Model, Page
from storage.database import Transaction

PageState = Literal["queued", "reading", "done", "failed", "cancelled"]
PAGES_AT_A_TIME = 50


class PageStatus(Model):
    """How far one page is. `attempts` counts readings begun, `seconds` is the time of the one that succeeded."""

    number: int
    state: PageState
    error: str | None = None
    cached: bool = False
    seconds: float = 0.0
    attempts: int = 0


def statuses(tx: Transaction, document_id: str) -> list[PageStatus]:
    rows = tx.rows("SELECT * FROM pages WHERE document_id = :id ORDER BY number", id=document_id)
    return [
        PageStatus(
            number=row["number"],
            state=row["state"],
            error=row["error"],
            cached=bool(row["is_cached"]),
            seconds=row["seconds"],
            attempts=row["attempts"],
        )
        for row in rows
    ]


def page(tx: Transaction, document_id: str, number: int) -> Page:
    row = tx.row(
        "SELECT schema_version, body FROM page_bodies WHERE document_id = :id AND number = :number",
        id=document_id,
        number=number,
    )
    if row is None:
        raise NotFound(_not_read(tx, document_id, number))
    return page_of(row, document_id)


def _not_read(tx: Transaction, document_id: str, number: int) -> str:
    row = tx.row(
        "SELECT state, error FROM pages WHERE document_id = :id AND number = :number", id=document_id, number=number
    )
    if row is None:
        return f"The document has no page {number}."
    if row["error"]:
        return f"Page {number} could not be read: {row['error']}"
    return f"Page {number} has not been read yet (it is {row['state']})."


def some(tx: Transaction, document_id: str, *, after: int) -> list[Page]:
    """The next pages that have been read, in order, after page `after`; empty at the end."""
    rows = tx.rows(
        "SELECT schema_version, body FROM page_bodies WHERE document_id = :id AND number > :after "
        "ORDER BY number LIMIT :limit",
        id=document_id,
        after=after,
        limit=PAGES_AT_A_TIME,
    )
    return [page_of(row, document_id) for row in rows]


def page_of(row: Any, document_id: str) -> Page:
    """Raises DamagedStore for a page that a newer release wrote, or that is not what was written."""
    if row["schema_version"] > SCHEMA_VERSION:
        raise DamagedStore("The page was written by a newer docintel. Upgrade docintel to open it.")
    try:
        return Page.model_validate_json(zlib.decompress(row["body"]))
    except (zlib.error, ValidationError) as error:
        raise DamagedStore(f"A page of document {document_id} is damaged. `docintel retry` reads it again.") from error


def body_row(document_id: str, page: Page) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "number": page.number,
        "schema_version": SCHEMA_VERSION,
        "body": zlib.compress(page.model_dump_json().encode()),
    }


def language_rows(document_id: str, page: Page) -> Iterator[dict[str, Any]]:
    for language in page.languages:
        written = sum(len(block.text) for block in page.blocks if block.language == language)
        yield {"document_id": document_id, "number": page.number, "language": language, "num_characters": written}


def picture_key(tx: Transaction, document_id: str, number: int, column: Literal["image_key", "thumbnail_key"]) -> str:
    key = tx.value(
        f"SELECT {column} FROM pages WHERE document_id = :id AND number = :number", id=document_id, number=number
    )
    if key is None:
        raise NotFound(_not_read(tx, document_id, number))
    return str(key)
