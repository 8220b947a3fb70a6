"""A document's chunks come into another collection, or leave the vector index and return: texts and vectors stay."""

from docintel.errors import UsageError
from docintel.library.chunks.rows import Embedding, bind, touch
from docintel.library.chunks.terms import terms_of
from docintel.model import Chunk
from storage.database import Transaction


def leave_index(tx: Transaction, document_id: str, collection: str) -> None:
    """The vector index forgets the document; searches in the database leave it out by the bin."""
    _tell_index(tx, document_id, collection, "delete")


def enter_index(tx: Transaction, document_id: str, collection: str) -> None:
    _tell_index(tx, document_id, collection, "add")


def _tell_index(tx: Transaction, document_id: str, collection: str, operation: str) -> None:
    tx.run(
        "INSERT INTO outbox (collection, chunk_id, operation) SELECT :collection, c.id, :operation "
        "FROM chunks c JOIN vectors v ON v.rowid = c.rowid WHERE c.document_id = :id ORDER BY c.rowid",
        id=document_id,
        collection=collection,
        operation=operation,
    )
    touch(tx, collection)


def move(tx: Transaction, document_id: str, origin: str, target: str) -> None:
    """Into a collection that is there. Raises UsageError where its vectors are another model's."""
    embedding = _embedding(tx, document_id)
    if embedding is not None and not bind(tx, target, embedding):
        raise UsageError(
            "The two collections were embedded with different models. Run `docintel reindex`, then move it."
        )
    leave_index(tx, document_id, origin)
    tx.run("UPDATE chunks SET collection = :target WHERE document_id = :id", target=target, id=document_id)
    enter_index(tx, document_id, target)


def _embedding(tx: Transaction, document_id: str) -> Embedding | None:
    """Of the document's vectors, if it has some."""
    return tx.one(
        Embedding,
        "SELECT v.model AS model, length(v.vector) / 4 AS dimension FROM chunks c JOIN vectors v ON v.rowid = c.rowid "
        "WHERE c.document_id = :id LIMIT 1",
        id=document_id,
    )


def renew_terms(tx: Transaction, document_id: str, name: str) -> None:
    """By what the document is found, now that it has this name."""
    rows = tx.rows("SELECT rowid AS rowid, body FROM chunks WHERE document_id = :id", id=document_id)
    for row in rows:
        set_terms(tx, row["rowid"], *terms_of(Chunk.model_validate_json(row["body"]), name))


def set_terms(tx: Transaction, rowid: int, terms: str, headings: str) -> None:
    tx.run(
        "UPDATE chunk_terms SET terms = :terms, headings = :headings WHERE rowid = :rowid",
        terms=terms,
        headings=headings,
        rowid=rowid,
    )
