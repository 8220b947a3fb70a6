"""Rows ↔ chunks: their text, terms and vectors, the searches over them, and what the vector index has yet to hear."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from docintel.library import documents
from docintel.library.people import access
from docintel.model import Chunk, Filters, User
from storage.database import Parameter, SqlValue, Transaction

Vector = NDArray[np.float32]
HEADING_WEIGHT = 0.5
AT_A_TIME = 500


@dataclass(frozen=True)
class PreparedChunk:
    """A chunk with all that makes it found: index terms, and a vector where the embedding model knows its language."""

    chunk: Chunk
    terms: str
    heading_terms: str
    text_hash: str
    """Of what was, or would be, embedded."""
    vector: Vector | None
    """(dimension,) float32, normalised."""


@dataclass(frozen=True)
class Embedding:
    """Which model made the vectors of a collection; vectors of two models are never compared."""

    model: str
    dimension: int


@dataclass(frozen=True)
class OutboxEntry:
    """A change that the vector index has yet to make; `vector` is None for a deletion."""

    seq: int
    collection: str
    chunk_id: str
    operation: Literal["add", "delete"]
    vector: Vector | None
    document_id: str = ""
    language: str = ""
    first_page: int = 0
    last_page: int = 0


def vector_of(blob: bytes) -> Vector:
    return np.frombuffer(blob, dtype="<f4")


def hash_of(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def replace(
    tx: Transaction,
    document_id: str,
    collection: str,
    prepared: Sequence[PreparedChunk],
    embedding: Embedding | None,
    *,
    page_number: int | None = None,
    kept: Collection[str] = (),
) -> None:
    """Makes `prepared`, and those with ids in `kept` (see `same`), the document's chunks (or those that begin on one
    page); what is there already stays."""
    there = _there(tx, document_id, page_number)
    wanted = {each.chunk.id: each for each in prepared}
    stay = _equal(there, [each.chunk for each in prepared]) | set(kept)
    remove(tx, collection, {chunk_id: rowid for chunk_id, (rowid, _) in there.items() if chunk_id not in stay})
    new = [each for chunk_id, each in wanted.items() if chunk_id not in stay]
    is_bound = embedding is not None and bind(tx, collection, embedding)
    _insert(tx, collection, new, embedding if is_bound else None)
    if new or not there.keys() <= stay:
        touch(tx, collection)


def same(tx: Transaction, document_id: str, chunks: Sequence[Chunk]) -> set[str]:
    """Ids of those that are there already, as they are."""
    return _equal(_there(tx, document_id), chunks)


def _equal(there: Mapping[str, tuple[int, str]], chunks: Sequence[Chunk]) -> set[str]:
    return {each.id for each in chunks if each.id in there and there[each.id][1] == each.model_dump_json()}


def _there(tx: Transaction, document_id: str, page_number: int | None = None) -> dict[str, tuple[int, str]]:
    """Id → rowid and JSON."""
    condition = "" if page_number is None else " AND first_page = :number"
    parameters: dict[str, Parameter] = {} if page_number is None else {"number": page_number}
    rows = tx.rows(
        f"SELECT rowid, id, body FROM chunks WHERE document_id = :id{condition}", id=document_id, **parameters
    )
    return {row["id"]: (row["rowid"], row["body"]) for row in rows}


def row_of(collection: str, prepared: PreparedChunk) -> dict[str, SqlValue]:
    """A chunk's columns."""
    chunk = prepared.chunk
    numbers = [source.page_number for source in chunk.sources]
    return {
        "id": chunk.id,
        "document_id": chunk.document_id,
        "collection": collection,
        "first_page": min(numbers),
        "last_page": max(numbers),
        "language": chunk.language,
        "body": chunk.model_dump_json(),
        "text_hash": prepared.text_hash,
    }


def _insert(tx: Transaction, collection: str, prepared: Sequence[PreparedChunk], embedding: Embedding | None) -> None:
    tx.insert("chunks", [row_of(collection, each) for each in prepared])
    rowids = _rowids(tx, [each.chunk.id for each in prepared])
    tx.run_many(
        "INSERT INTO chunk_terms (rowid, terms, headings) VALUES (:rowid, :terms, :headings)",
        [{"rowid": rowids[each.chunk.id], "terms": each.terms, "headings": each.heading_terms} for each in prepared],
    )
    if embedding is not None:
        known = [(rowids[each.chunk.id], each.chunk.id, each.vector) for each in prepared if each.vector is not None]
        add_vectors(tx, collection, embedding.model, known)


def _rowids(tx: Transaction, ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(ids), AT_A_TIME):
        rows = tx.rows("SELECT id, rowid FROM chunks WHERE id IN :ids", ids=ids[start : start + AT_A_TIME])
        found |= {row["id"]: row["rowid"] for row in rows}
    return found


def add_vectors(tx: Transaction, collection: str, model: str, vectors: Iterable[tuple[int, str, Vector]]) -> None:
    """Vectors for chunks (rowid, id, vector), here and in the outbox."""
    rows, outbox = [], []
    for rowid, chunk_id, vector in vectors:
        blob = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        rows.append({"rowid": rowid, "model": model, "vector": blob, "checksum": crc32(blob)})
        outbox.append({"collection": collection, "chunk_id": chunk_id, "operation": "add"})
    tx.insert("vectors", rows)
    tx.insert("outbox", outbox)


def remove(tx: Transaction, collection: str, chunks: dict[str, int]) -> None:
    """Removes chunks (id → rowid) with their terms and vectors; the vector index is told by a tombstone."""
    ids = list(chunks)
    for start in range(0, len(ids), AT_A_TIME):
        part = ids[start : start + AT_A_TIME]
        rowids = [chunks[chunk_id] for chunk_id in part]
        indexed = tx.rows(
            "SELECT c.id AS id FROM chunks c JOIN vectors v ON v.rowid = c.rowid WHERE c.rowid IN :rowids",
            rowids=rowids,
        )
        tombstones = [{"collection": collection, "chunk_id": row["id"], "operation": "delete"} for row in indexed]
        tx.insert("outbox", tombstones)
        tx.run("DELETE FROM chunk_terms WHERE rowid IN :rowids", rowids=rowids)
        tx.run("DELETE FROM chunks WHERE rowid IN :rowids", rowids=rowids)


def throw_away(tx: Transaction, document_id: str, collection: str) -> None:
    """Removes all of a document's chunks; the words by which they were found follow (docintel.library.deleting)."""
    tx.run(
        "INSERT INTO outbox (collection, chunk_id, operation) SELECT :collection, c.id, 'delete' "
        "FROM chunks c JOIN vectors v ON v.rowid = c.rowid WHERE c.document_id = :id",
        id=document_id,
        collection=collection,
    )
    tx.run("INSERT INTO trash (room, key) SELECT 'words', rowid FROM chunks WHERE document_id = :id", id=document_id)
    tx.run("DELETE FROM chunks WHERE document_id = :id", id=document_id)
    touch(tx, collection)


def remove_words(tx: Transaction, rowids: Sequence[int]) -> None:
    """What the full-text index knows of chunks that are no more."""
    if rowids:
        tx.run("DELETE FROM chunk_terms WHERE rowid IN :rowids", rowids=rowids)


def touch(tx: Transaction, collection: str) -> None:
    """Counts a change, so that whoever keeps a collection's vectors in memory sees that they are old."""
    tx.run("UPDATE collections SET version = version + 1 WHERE name = :name", name=collection)


def bind(tx: Transaction, collection: str, embedding: Embedding) -> bool:
    """Whether the collection's vectors are this model's; one without vectors becomes so."""
    row = tx.row("SELECT embedding_model, dimension FROM collections WHERE name = :name", name=collection)
    if row is None:
        return False
    if row["embedding_model"] == embedding.model:
        return True
    if row["embedding_model"] is not None and _has_vectors(tx, collection):
        return False
    set_embedding(tx, collection, embedding)
    return True


def set_embedding(tx: Transaction, collection: str, embedding: Embedding) -> None:
    """The collection is embedded by this model from now on; another model's vectors go into an index of their own."""
    tx.run(
        "UPDATE collections SET generation = generation + (embedding_model IS NOT :model), embedding_model = :model, "
        "dimension = :dimension WHERE name = :name",
        name=collection,
        model=embedding.model,
        dimension=embedding.dimension,
    )


def _has_vectors(tx: Transaction, collection: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM chunks c JOIN vectors v ON v.rowid = c.rowid WHERE c.collection = :name LIMIT 1",
            name=collection,
        )
    )


def by_id(tx: Transaction, ids: Sequence[str], user: User | None = None) -> list[Chunk]:
    """Chunks in the order of `ids`; those that are no longer there are left out."""
    seen, parameters = access.listed(user, document="document_id")
    found: dict[str, Chunk] = {}
    for start in range(0, len(ids), AT_A_TIME):
        part = list(ids[start : start + AT_A_TIME])
        rows = tx.rows(f"SELECT id, body FROM chunks WHERE id IN :ids AND {seen}", ids=part, **parameters)
        found |= {row["id"]: Chunk.model_validate_json(row["body"]) for row in rows}
    return [found[chunk_id] for chunk_id in ids if chunk_id in found]


def of_document(tx: Transaction, document_id: str) -> list[Chunk]:
    rows = tx.rows("SELECT body FROM chunks WHERE document_id = :id ORDER BY first_page, rowid", id=document_id)
    return [Chunk.model_validate_json(row["body"]) for row in rows]


def condition(filters: Filters, user: User | None = None) -> tuple[str, dict[str, Parameter]]:
    """SQL over `chunks c` for filters and for what the user sees, and its parameters."""
    seen, parameters = access.listed(user, "c.collection", "c.document_id")
    conditions = [seen]
    if filters.documents:
        conditions.append("c.document_id IN :documents")
        parameters["documents"] = list(filters.documents)
    if filters.collection is not None:
        conditions.append("c.collection = :collection")
        parameters["collection"] = filters.collection
    if filters.languages:
        conditions.append("c.language IN :languages")
        parameters["languages"] = list(filters.languages)
    if filters.pages:
        ranges = [f"(c.first_page <= :page{n} AND c.last_page >= :page{n})" for n in range(len(filters.pages))]
        conditions.append(f"({' OR '.join(ranges)})")
        parameters |= {f"page{n}": number for n, number in enumerate(filters.pages)}
    if filters.is_of_documents:
        of_documents, more = documents.matching(filters)
        conditions.append(f"c.document_id IN (SELECT id FROM documents WHERE {of_documents})")
        parameters |= more
    return " AND ".join(conditions), parameters


def lexical(
    tx: Transaction, match: str, filters: Filters, limit: int, user: User | None = None
) -> list[tuple[str, float]]:
    """Chunk ids and BM25 scores, the higher the better; equal scores in the order of chunks."""
    where, parameters = condition(filters, user)
    rows = tx.rows(
        # by FTS5's own rank and in its own order (CROSS JOIN keeps it the outer loop): only the best are looked up
        "SELECT c.id AS id, chunk_terms.rank AS rank FROM chunk_terms "
        "CROSS JOIN chunks c ON c.rowid = chunk_terms.rowid "
        f"WHERE chunk_terms MATCH :match AND rank MATCH 'bm25(1.0, {HEADING_WEIGHT})' AND {where} "
        "ORDER BY rank LIMIT :limit",
        match=match,
        limit=limit,
        **parameters,
    )
    return [(row["id"], -row["rank"]) for row in rows]


def vectors(tx: Transaction, filters: Filters, user: User | None = None) -> tuple[list[str], Vector]:
    """Chunk ids and their vectors, (n, dimension) float32; only those of their collection's own model."""
    where, parameters = condition(filters, user)
    rows = tx.rows(
        "SELECT c.id AS id, v.vector AS vector FROM chunks c JOIN vectors v ON v.rowid = c.rowid "
        "JOIN collections k ON k.name = c.collection AND k.embedding_model = v.model "
        f"WHERE {where} ORDER BY c.rowid",
        **parameters,
    )
    if not rows:
        return [], np.zeros((0, 0), dtype=np.float32)
    dimension = len(rows[0]["vector"]) // 4
    joined = b"".join(row["vector"] for row in rows)
    return [row["id"] for row in rows], np.frombuffer(joined, dtype="<f4").reshape(len(rows), dimension)


def known_vectors(tx: Transaction, text_hashes: Sequence[str], model: str) -> dict[str, Vector]:
    """Vectors that `model` has made of the same texts before, by text hash."""
    found: dict[str, Vector] = {}
    for text_hash in set(text_hashes):
        row = tx.row(
            "SELECT v.vector, v.checksum FROM chunks c JOIN vectors v ON v.rowid = c.rowid "
            "WHERE c.text_hash = :text_hash AND v.model = :model LIMIT 1",
            text_hash=text_hash,
            model=model,
        )
        if row is not None and crc32(row["vector"]) == row["checksum"]:
            found[text_hash] = vector_of(row["vector"])
    return found


def outbox(tx: Transaction, limit: int) -> list[OutboxEntry]:
    """The oldest changes; an addition whose chunk has gone since, or is in the bin, is left without a vector."""
    rows = tx.rows(
        "SELECT o.seq, o.collection, o.chunk_id, o.operation, v.vector, c.document_id, c.language, c.first_page, "
        "c.last_page FROM outbox o LEFT JOIN chunks c ON c.id = o.chunk_id "
        f"AND {access.not_binned('c.document_id')} LEFT JOIN vectors v ON v.rowid = c.rowid "
        "ORDER BY o.seq LIMIT :limit",
        limit=limit,
    )
    return [entry_of(dict(row)) for row in rows]


def entry_of(row: Mapping[str, Any]) -> OutboxEntry:
    return OutboxEntry(
        seq=row["seq"],
        collection=row["collection"],
        chunk_id=row["chunk_id"],
        operation=row["operation"],
        vector=None if row["vector"] is None else vector_of(row["vector"]),
        document_id=row["document_id"] or "",
        language=row["language"] or "",
        first_page=row["first_page"] or 0,
        last_page=row["last_page"] or 0,
    )
