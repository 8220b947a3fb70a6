"""Rows ↔ documents: adding, listing, and the state that follows from a document's pages."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from docintel.errors import NotFound, UsageError
from docintel.library.jobs.repository import Jobs
from docintel.library.people import access
from docintel.model import Document, DocumentState, Filters, User
from storage.database import Parameter, Transaction

MAX_NAME_LENGTH = 255

COLUMNS = (
    "id, collection, content, name, media_type, size, added_at, state, num_pages, pages_read, pages_failed, "
    "pages_cached, languages, seconds, error"
)


@dataclass(frozen=True)
class DocumentRow:
    """`COLUMNS` of the documents table."""

    id: str
    collection: str
    content: str
    name: str
    media_type: str
    size: int
    added_at: float
    """Seconds since the epoch."""
    state: str
    num_pages: int
    pages_read: int
    pages_failed: int
    pages_cached: int
    languages: str
    """JSON of a list of codes."""
    seconds: float
    error: str | None


class DocumentOrder(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    MOST_PAGES = "most pages"
    STATE = "state"


ORDER_BY = {
    DocumentOrder.NEWEST: "added_at DESC, id",
    DocumentOrder.OLDEST: "added_at, id",
    DocumentOrder.NAME: "name_folded, id",
    DocumentOrder.MOST_PAGES: "num_pages DESC, added_at DESC, id",
    DocumentOrder.STATE: "state, name_folded, id",
}


def document_id(collection: str, content: str) -> str:
    """A document is its content in a collection, so its id follows from both."""
    return sha256(f"{collection}\n{content}".encode()).hexdigest()[:32]


def clean_name(name: str) -> str:
    """A file's name as data: no control characters, nothing that cannot be encoded, not endless."""
    shown = "".join(c if c.isprintable() else "�" for c in name.encode("utf-8", "replace").decode())
    return shown[:MAX_NAME_LENGTH].strip() or "unnamed"


def folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def document_of(row: DocumentRow) -> Document:
    return Document(
        id=row.id,
        collection=row.collection,
        content=row.content,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        added_at=datetime.fromtimestamp(row.added_at, UTC),
        state=DocumentState(row.state),
        num_pages=row.num_pages,
        pages_read=row.pages_read,
        pages_failed=row.pages_failed,
        pages_cached=row.pages_cached,
        languages=tuple(json.loads(row.languages)),
        seconds=row.seconds,
        error=row.error,
    )


def without_traces(document: Document) -> Document:
    """As users see it: how fast its pages were read would tell whether somebody else holds the same ones."""
    return document.model_copy(update={"pages_cached": 0, "seconds": 0.0})


def find(tx: Transaction, name: str, user: User | None = None) -> DocumentRow:
    """The row of a document by its id or a beginning of it that no other has, among those that the user sees.

    Raises NotFound, UsageError.
    """
    seen, parameters = access.visible(user)
    exact = tx.one(DocumentRow, f"SELECT {COLUMNS} FROM documents WHERE id = :id AND {seen}", id=name, **parameters)
    if exact:
        return exact
    rows = tx.all(
        DocumentRow,
        f"SELECT {COLUMNS} FROM documents WHERE id >= :low AND id < :high AND {seen} LIMIT 2",
        low=name,
        high=f"{name}~",
        **parameters,
    )
    if not rows or not name:
        raise NotFound(f"There is no document {name!r}. `docintel documents` lists them.")
    if len(rows) > 1:
        raise UsageError(f"More than one document begins with {name!r}. Give more of the id.")
    return rows[0]


def find_own(tx: Transaction, name: str, user: User | None = None) -> DocumentRow:
    """Like `find`, for what changes the document. Raises OwnerOnly too."""
    row = find(tx, name, user)
    access.must_own(tx, row.collection, user)
    return row


def insert(tx: Transaction, document: Document, *, engine: str, languages: Sequence[str], priority: int) -> None:
    """A new document, queued, with the job of reading it."""
    if not tx.value("SELECT 1 FROM collections WHERE name = :name", name=document.collection):
        tx.insert("collections", [{"name": document.collection, "owner": access.owner_in(document.collection)}])
    tx.insert(
        "documents",
        [
            {
                "id": document.id,
                "collection": document.collection,
                "content": document.content,
                "name": document.name,
                "name_folded": folded(document.name),
                "media_type": document.media_type,
                "size": document.size,
                "added_at": document.added_at.timestamp(),
                "state": document.state.value,
            }
        ],
    )
    owner = str(tx.value("SELECT owner FROM collections WHERE name = :name", name=document.collection))
    Jobs(tx).add(document.id, engine=engine, languages=languages, priority=priority, user=owner)


def matching(filters: Filters) -> tuple[str, dict[str, Parameter]]:
    """The condition on documents that a search's filters make, and its parameters."""
    conditions = []
    parameters: dict[str, Parameter] = {}
    if filters.states:
        conditions.append("state IN :states")
        parameters["states"] = [state.value for state in filters.states]
    if filters.name:
        conditions.append("instr(name_folded, :name) > 0")
        parameters["name"] = folded(filters.name)
    if filters.added_from:
        conditions.append("added_at >= :added_from")
        parameters["added_from"] = filters.added_from.timestamp()
    if filters.added_before:
        conditions.append("added_at < :added_before")
        parameters["added_before"] = filters.added_before.timestamp()
    return " AND ".join(conditions) or "1 = 1", parameters


def languages(tx: Transaction, user: User | None = None) -> list[str]:
    """Codes of the languages of all that the user sees."""
    seen, parameters = access.of_documents(user)
    rows = tx.rows(
        f"SELECT DISTINCT language FROM page_languages WHERE {seen} AND language NOT LIKE 'und%' ORDER BY language",
        **parameters,
    )
    return [row["language"] for row in rows]


def where(
    collection: str | None,
    name_contains: str,
    ids: Sequence[str] | None,
    states: Sequence[str] | None,
    user: User | None = None,
) -> tuple[str, dict[str, Parameter]]:
    """The condition of a listing, and its parameters."""
    seen, parameters = access.visible(user)
    conditions = [seen]
    if collection is not None:
        conditions.append("collection = :collection")
        parameters["collection"] = collection
    if name_contains:
        conditions.append("instr(name_folded, :name) > 0")
        parameters["name"] = folded(name_contains)
    if ids is not None:
        conditions.append("id IN :ids")
        parameters["ids"] = list(ids)
    if states is not None:
        conditions.append("state IN :states")
        parameters["states"] = list(states)
    return " AND ".join(conditions), parameters
