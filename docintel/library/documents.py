"""Rows ↔ documents: adding, listing, and the state that follows from a document's pages."""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import count
from typing import TypedDict

from docintel.errors import NotFound, UsageError
from docintel.library.jobs.repository import Jobs
from docintel.library.people import access
from docintel.model import Document, DocumentState, Filters, User
from storage.database import Parameter, Transaction

MAX_NAME_LENGTH = 255

COLUMNS = (
    "id, collection, content, name, media_type, size, added_at, state, num_pages, pages_read, pages_failed, "
    "pages_cached, languages, seconds, error, "
    "(SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE document_id = documents.id ORDER BY tag)) AS tags"
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
    tags: str
    """JSON of a list."""


class DocumentFilter(TypedDict, total=False):
    """Which documents are asked for; what is left out, or None, is not asked after."""

    collection: str | None
    name_contains: str
    ids: Sequence[str] | None
    states: Sequence[str] | None
    languages: Sequence[str] | None
    """One of them is enough."""
    tags: Sequence[str] | None
    """All of them."""
    added_from: datetime | None
    added_before: datetime | None


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
    """A document is its content in a collection, so its id follows from both when it is added."""
    return sha256(f"{collection}\n{content}".encode()).hexdigest()[:32]


def unused_id(tx: Transaction, collection: str, content: str) -> tuple[str, str]:
    """For a new document, and what it follows from: a document that was moved away keeps the id that it had."""
    for origin in _origins(collection):
        id = document_id(origin, content)
        if not tx.value("SELECT 1 FROM documents WHERE id = :id", id=id):
            return id, origin
    raise AssertionError("there is always another number")


def _origins(collection: str) -> Iterator[str]:
    yield collection
    yield from (f"{collection}\n{number}" for number in count(2))


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
        tags=tuple(json.loads(row.tags)),
    )


def without_traces(document: Document) -> Document:
    """As users see it: how fast its pages were read would tell whether somebody else holds the same ones."""
    return document.model_copy(update={"pages_cached": 0, "seconds": 0.0})


def find(tx: Transaction, name: str, user: User | None = None, *, with_bin: bool = False) -> DocumentRow:
    """The row of a document by its id or a beginning of it that no other has, among those that the user sees.

    Raises NotFound, UsageError.
    """
    rows = _found(tx, name, access.visible(user) if with_bin else access.listed(user))
    if not rows or not name:
        raise NotFound(_not_there(tx, name, user))
    if len(rows) > 1:
        raise UsageError(f"More than one document begins with {name!r}. Give more of the id.")
    return rows[0]


def _found(tx: Transaction, name: str, condition: tuple[str, dict[str, Parameter]]) -> list[DocumentRow]:
    seen, parameters = condition
    exact = tx.one(DocumentRow, f"SELECT {COLUMNS} FROM documents WHERE id = :id AND {seen}", id=name, **parameters)
    if exact:
        return [exact]
    return tx.all(
        DocumentRow,
        f"SELECT {COLUMNS} FROM documents WHERE id >= :low AND id < :high AND {seen} LIMIT 2",
        low=name,
        high=f"{name}~",
        **parameters,
    )


def _not_there(tx: Transaction, name: str, user: User | None) -> str:
    if name and _found(tx, name, access.visible(user)):
        return f"The document {name!r} is in the bin. Restore it from there first: `docintel bin restore {name}`."
    return f"There is no document {name!r}. `docintel documents` lists them."


def find_own(tx: Transaction, name: str, user: User | None = None, *, with_bin: bool = False) -> DocumentRow:
    """Like `find`, for what changes the document. Raises OwnerOnly too."""
    row = find(tx, name, user, with_bin=with_bin)
    access.must_own(tx, row.collection, user)
    return row


def insert(tx: Transaction, document: Document, *, engine: str, languages: Sequence[str], priority: int) -> Document:
    """A new document, queued, with the job of reading it; as it is there now, its id not given to any other."""
    id, origin = unused_id(tx, document.collection, document.content)
    document = document.model_copy(update={"id": id})
    open_collection(tx, document.collection)
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
    if origin != document.collection:
        tx.insert("origins", [{"document_id": id, "collection": origin}])
    return document


def open_collection(tx: Transaction, name: str) -> bool:
    """The collection is there from now on, if it was not. Whether it is new, or was deleted."""
    is_deleted = tx.value("SELECT is_deleted FROM collections WHERE name = :name", name=name)
    if is_deleted is None:
        tx.insert("collections", [{"name": name, "owner": access.owner_in(name)}])
    elif is_deleted:
        tx.run("UPDATE collections SET is_deleted = 0 WHERE name = :name", name=name)
    return bool(is_deleted != 0)


def drop_deleted_collections(tx: Transaction) -> None:
    """Those of which the bin holds nothing any more."""
    tx.run("DELETE FROM collections WHERE is_deleted = 1 AND name NOT IN (SELECT collection FROM documents)")


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


def where(
    wanted: DocumentFilter, user: User | None = None, *, with_bin: bool = False
) -> tuple[str, dict[str, Parameter]]:
    """The condition of a listing, and its parameters."""
    seen, parameters = access.visible(user) if with_bin else access.listed(user)
    conditions = [seen]
    for name, condition in _CONDITIONS.items():
        value = wanted.get(name)
        if value is not None and value != "":
            conditions.append(condition)
            parameters[name] = _parameter(name, value)
    if tags := wanted.get("tags"):
        conditions += [f"id IN (SELECT document_id FROM tags WHERE tag = :tag{n})" for n in range(len(tags))]
        parameters |= {f"tag{n}": tag for n, tag in enumerate(tags)}
    return " AND ".join(conditions), parameters


_CONDITIONS = {
    "collection": "collection = :collection",
    "name_contains": "instr(name_folded, :name_contains) > 0",
    "ids": "id IN :ids",
    "states": "state IN :states",
    "languages": "id IN (SELECT document_id FROM page_languages WHERE language IN :languages)",
    "added_from": "added_at >= :added_from",
    "added_before": "added_at < :added_before",
}
"""By what is asked for."""


def _parameter(name: str, value: object) -> Parameter:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        return folded(value) if name == "name_contains" else value
    return list(value)  # type: ignore[call-overload, no-any-return] # the others are sequences
