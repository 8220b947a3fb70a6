"""A document's chunks, terms and vectors: compared with what its pages give, and made again from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from docintel.checking.findings import Part, Problem
from docintel.chunking import chunk_pages
from docintel.embedding import Embedder
from docintel.errors import DocintelError, EngineUnavailable
from docintel.home import Home
from docintel.library import PreparedChunk
from docintel.library.chunks.rows import remove, replace, row_of, vector_of
from docintel.library.chunks.terms import first_terms_of
from docintel.model import Document
from docintel.workers.preparing import Preparer
from storage.database import Transaction

NOT_UNIT = 1e-3


@dataclass(frozen=True)
class StoredChunk:
    """A chunk's row, with those of its terms and its vector if they are there."""

    rowid: int
    id: str
    document_id: str
    collection: str
    first_page: int
    last_page: int
    language: str | None
    body: str
    text_hash: str
    terms: str | None
    headings: str | None
    model: str | None
    vector: bytes | None
    checksum: int | None


@dataclass(frozen=True)
class CollectionRow:
    """By which model a collection is embedded, if it is."""

    embedding_model: str | None
    dimension: int | None


def problems(home: Home, document: Document) -> Iterator[Problem]:
    with home.library.store.read() as tx:
        rows = tx.all(StoredChunk, STORED, id=document.id)
        collection = _collection(tx, document)
    right = {each.chunk.id: each for each in _prepared(home, document, Preparer(home.library, None))}
    wrong = {row.id: row.rowid for row in rows if not _is_right(row, right.get(row.id), document)}
    num_missing = len(right.keys() - {row.id for row in rows})
    if wrong or num_missing:
        text = f"{len(wrong)} of its passages are not what its pages say, {num_missing} are missing."
        yield _problem(home, document, collection, "chunks", text, wrong)
        return
    embedder = _embedder(home, collection)
    unsound = {row.id: row.rowid for row in rows if _has_fault(row, collection, embedder)}
    if unsound:
        text = f"{len(unsound)} of its passages have a damaged vector, or none: they are found by words only."
        yield _problem(home, document, collection, "vectors", text, unsound)


def _problem(
    home: Home, document: Document, collection: CollectionRow | None, part: Part, text: str, wrong: dict[str, int]
) -> Problem:
    """Without the model that embedded the collection, what is made again would have no vectors."""
    model = collection.embedding_model if collection else None
    if model and _embedder(home, collection) is None:
        advice = f"Set DOCINTEL_EMBEDDING_MODEL back to {model}, or run `docintel reindex`; then repair."
        return Problem(part, document.name, text, advice=advice)
    return Problem(part, document.name, text, lambda: _made_again(home, document, wrong))


STORED = (
    "SELECT c.rowid AS rowid, c.id, c.document_id, c.collection, c.first_page, c.last_page, c.language, c.body, "
    "c.text_hash, t.terms, t.headings, v.model, v.vector, v.checksum FROM chunks c "
    "LEFT JOIN chunk_terms t ON t.rowid = c.rowid LEFT JOIN vectors v ON v.rowid = c.rowid "
    "WHERE c.document_id = :id ORDER BY c.rowid"
)


def _collection(tx: Transaction, document: Document) -> CollectionRow | None:
    sql = "SELECT embedding_model, dimension FROM collections WHERE name = :name"
    return tx.one(CollectionRow, sql, name=document.collection)


def _is_right(row: StoredChunk, prepared: PreparedChunk | None, document: Document) -> bool:
    if prepared is None:
        return False
    right = row_of(document.collection, prepared)
    found_by = ((prepared.terms, prepared.heading_terms), first_terms_of(prepared.chunk))
    return (row.terms, row.headings) in found_by and all(getattr(row, name) == value for name, value in right.items())


def _has_fault(row: StoredChunk, collection: CollectionRow | None, embedder: Embedder | None) -> bool:
    """A vector that is not what was written, or none where the collection's model knows the language."""
    if row.vector is None:
        return embedder is not None and embedder.knows(row.language)
    if crc32(row.vector) != row.checksum or collection is None:
        return True
    vector = vector_of(row.vector)
    is_unit = len(vector) == collection.dimension and abs(float(np.linalg.norm(vector)) - 1) < NOT_UNIT
    return not is_unit or row.model != collection.embedding_model


def _embedder(home: Home, collection: CollectionRow | None) -> Embedder | None:
    """The model that embedded the collection, if it is the one of the settings."""
    try:
        embedder = home.embedder
    except EngineUnavailable:
        return None
    return embedder if collection and collection.embedding_model == embedder.model else None


def _prepared(home: Home, document: Document, preparer: Preparer) -> list[PreparedChunk]:
    return preparer.prepared(chunk_pages(document.id, home.library.each_page(document.id)))


def _made_again(home: Home, document: Document, wrong: dict[str, int]) -> str:
    """Passages (id → row) are removed and made anew from the pages, with those that are missing."""
    with home.library.store.read() as tx:
        collection = _collection(tx, document)
    preparer = Preparer(home.library, _embedder(home, collection))
    prepared = _prepared(home, document, preparer)
    with home.library.store.write() as tx:
        if tx.value("SELECT state FROM documents WHERE id = :id", id=document.id) != document.state:
            raise DocintelError("The document changed meanwhile. Check again.")
        remove(tx, document.collection, wrong)
        replace(tx, document.id, document.collection, prepared, preparer.embedding)
    return "they were made again from its pages"
