"""Rows ↔ pages: what was read, in which state each page is, which pictures it has."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from docintel.errors import DamagedPage, DamagedStore, NotFound
from docintel.library.jobs.states import PageState
from docintel.library.store import Store
from docintel.model import SCHEMA_VERSION, Model, Page
from docintel.pipeline import Twin
from storage.database import SqlValue, Transaction

PAGES_AT_A_TIME = 50
IS_CORRECTED = (
    "EXISTS (SELECT 1 FROM page_readings r JOIN page_bodies b ON b.document_id = r.document_id AND b.number = r.number "
    "WHERE r.document_id = pages.document_id AND r.number = pages.number AND r.body <> b.body)"
)
"""SQL over `pages`: the page says something else than was read."""
PREVIEWS, LIVE_OUTPUTS = "work/preview-", "work/saying-"


@dataclass(frozen=True)
class PageBody:
    number: int
    schema_version: int
    body: bytes
    """zlib of the Page's JSON."""


class PageStatus(Model):
    """How far one page is. `attempts` counts readings begun, `seconds` is the time of the one that succeeded."""

    number: int
    state: PageState
    error: str | None = None
    """Why it could not be read; of a page that is done, that its file is damaged."""
    cached: bool = False
    seconds: float = 0.0
    attempts: int = 0
    corrected: bool = False
    """It says something else than was read."""


def statuses(
    tx: Transaction, document_id: str, state: PageState | None = None, limit: int | None = None
) -> list[PageStatus]:
    """In order; all pages, or the first in one state."""
    rows = tx.rows(
        f"SELECT *, {IS_CORRECTED} AS is_corrected FROM pages WHERE document_id = :id "
        "AND (:state IS NULL OR state = :state) ORDER BY number LIMIT :limit",
        id=document_id,
        state=state,
        limit=-1 if limit is None else limit,
    )
    return [
        PageStatus(
            number=row["number"],
            state=PageState(row["state"]),
            error=row["error"],
            cached=bool(row["is_cached"]),
            seconds=row["seconds"],
            attempts=row["attempts"],
            corrected=bool(row["is_corrected"]),
        )
        for row in rows
    ]


def without_traces(found: list[PageStatus]) -> list[PageStatus]:
    """As users see them: see `documents.without_traces`."""
    return [status.model_copy(update={"cached": False, "seconds": 0.0}) for status in found]


def page(tx: Transaction, document_id: str, number: int) -> Page:
    row = tx.one(
        PageBody,
        "SELECT number, schema_version, body FROM page_bodies WHERE document_id = :id AND number = :number",
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
    rows = tx.all(
        PageBody,
        "SELECT number, schema_version, body FROM page_bodies WHERE document_id = :id AND number > :after "
        "ORDER BY number LIMIT :limit",
        id=document_id,
        after=after,
        limit=PAGES_AT_A_TIME,
    )
    return [page_of(row, document_id) for row in rows]


def twin(tx: Transaction, source_key: str, engine: str) -> Twin | None:
    """A page that an engine of this fingerprint has read under this key, whosever it is; without corrections."""
    row = tx.row(
        "SELECT p.document_id, p.image_hash, b.number, coalesce(r.schema_version, b.schema_version) AS schema_version, "
        "coalesce(r.body, b.body) AS body FROM pages p "
        "JOIN page_bodies b ON b.document_id = p.document_id AND b.number = p.number "
        "LEFT JOIN page_readings r ON r.document_id = p.document_id AND r.number = p.number "
        "WHERE p.source_key = :key AND p.state = :done AND p.engine = :engine LIMIT 1",
        key=source_key,
        engine=engine,
        done=PageState.DONE,
    )
    if row is None:
        return None
    try:
        page = page_of(PageBody(row["number"], row["schema_version"], row["body"]), row["document_id"])
    except (DamagedPage, DamagedStore):
        return None
    return Twin(page, row["image_hash"])


def page_of(row: PageBody, document_id: str) -> Page:
    """Raises DamagedPage where it is not what was written, DamagedStore where a newer release wrote it."""
    if row.schema_version > SCHEMA_VERSION:
        raise DamagedStore("The page was written by a newer docintel. Upgrade docintel to open it.")
    try:
        return Page.model_validate_json(zlib.decompress(row.body))
    except (zlib.error, ValidationError) as error:
        message = f"Page {row.number} of document {document_id} is damaged. `docintel retry` reads it again."
        raise DamagedPage(message, row.number) from error


def body_row(document_id: str, page: Page) -> dict[str, SqlValue]:
    return {
        "document_id": document_id,
        "number": page.number,
        "schema_version": SCHEMA_VERSION,
        "body": zlib.compress(page.model_dump_json().encode()),
    }


def language_rows(document_id: str, page: Page) -> Iterator[dict[str, SqlValue]]:
    for language in page.languages:
        written = sum(len(block.text) for block in page.blocks if block.language == language)
        yield {"document_id": document_id, "number": page.number, "language": language, "num_characters": written}


def replace(tx: Transaction, document_id: str, page: Page) -> None:
    """What is kept of one page is this."""
    for table in ("page_bodies", "page_languages"):
        tx.run(f"DELETE FROM {table} WHERE document_id = :id AND number = :n", id=document_id, n=page.number)
    tx.insert("page_bodies", [body_row(document_id, page)])
    tx.insert("page_languages", language_rows(document_id, page))


def preview_key(document_id: str, number: int) -> str:
    """Where a small picture of a page lies while it is being read."""
    return f"{PREVIEWS}{document_id}-{number}.jpg"


def live_output_key(document_id: str, number: int) -> str:
    """Where it is noted what a model says of a page while it is being read."""
    return f"{LIVE_OUTPUTS}{document_id}-{number}.json"


def drop_previews(store: Store, document_id: str, number: int) -> None:
    """Removes what there is only while a page is being read."""
    for key in (preview_key(document_id, number), live_output_key(document_id, number)):
        store.files.delete(key)


def sweep_previews(store: Store) -> None:
    """Removes those that killed workers left."""
    keys = {key for prefix in (PREVIEWS, LIVE_OUTPUTS) for key in store.files.keys(prefix)}
    if not keys:
        return
    with store.read() as tx:
        rows = tx.rows("SELECT document_id, number FROM pages WHERE state = :reading", reading=PageState.READING)
    for row in rows:
        keys -= {preview_key(row["document_id"], row["number"]), live_output_key(row["document_id"], row["number"])}
    for key in keys:
        store.files.delete(key)


def picture_key(tx: Transaction, document_id: str, number: int, column: Literal["image_key", "thumbnail_key"]) -> str:
    key = tx.value(
        f"SELECT {column} FROM pages WHERE document_id = :id AND number = :number", id=document_id, number=number
    )
    if key is None:
        raise NotFound(_not_read(tx, document_id, number))
    return str(key)
