"""What the vector index is told: changes in order, and everything again when it is built anew."""

from collections.abc import Sequence

from docintel.library import chunks
from docintel.library.chunks import Embedding, OutboxEntry, Vector
from docintel.library.store import Store
from docintel.model import Chunk


def outbox(store: Store, limit: int) -> list[OutboxEntry]:
    """The oldest changes that the index has not confirmed."""
    with store.read() as tx:
        return chunks.outbox(tx, limit)


def forget(store: Store, last: int) -> None:
    """The index has made every change up to the one numbered `last`."""
    with store.write() as tx:
        tx.run("DELETE FROM outbox WHERE seq <= :last", last=last)


def backlog(store: Store) -> int:
    """How many changes the index has not heard of."""
    with store.read() as tx:
        return int(tx.value("SELECT count(*) FROM outbox"))


def generations(store: Store) -> dict[str, int]:
    """Collection → which build of its index is the current one."""
    with store.read() as tx:
        return {row["name"]: row["generation"] for row in tx.rows("SELECT name, generation FROM collections")}


def refill(store: Store) -> None:
    """Every collection gets a new, empty generation, and all its vectors are in the outbox once."""
    with store.write() as tx:
        tx.run("DELETE FROM outbox")
        tx.run("UPDATE collections SET generation = generation + 1, version = version + 1")
        tx.run(
            "INSERT INTO outbox (collection, chunk_id, operation) SELECT c.collection, c.id, 'add' FROM chunks c "
            "JOIN vectors v ON v.rowid = c.rowid JOIN collections k ON k.name = c.collection "
            "WHERE v.model = k.embedding_model ORDER BY c.rowid"
        )


def rebind(store: Store, collection: str, embedding: Embedding) -> None:
    """The collection belongs to this model from now on; vectors of another are forgotten."""
    with store.write() as tx:
        tx.run(
            "DELETE FROM vectors WHERE model <> :model "
            "AND rowid IN (SELECT rowid FROM chunks WHERE collection = :name)",
            name=collection,
            model=embedding.model,
        )
        chunks.set_embedding(tx, collection, embedding)
        chunks.touch(tx, collection)


def without_vector(store: Store, collection: str, *, after: int, limit: int) -> list[tuple[int, Chunk]]:
    """The next chunks (rowid and chunk) after row `after` that have no vector."""
    with store.read() as tx:
        rows = tx.rows(
            "SELECT c.rowid AS rowid, c.body AS body FROM chunks c LEFT JOIN vectors v ON v.rowid = c.rowid "
            "WHERE c.collection = :name AND c.rowid > :after AND v.rowid IS NULL ORDER BY c.rowid LIMIT :limit",
            name=collection,
            after=after,
            limit=limit,
        )
    return [(row["rowid"], Chunk.model_validate_json(row["body"])) for row in rows]


def add_vectors(
    store: Store, collection: str, embedding: Embedding, vectors: Sequence[tuple[int, str, Vector]]
) -> None:
    """Vectors (chunk's rowid, its id, vector) of chunks that had none; chunks that have gone meanwhile are skipped."""
    with store.write() as tx:
        rowids = [rowid for rowid, _, _ in vectors]
        rows = tx.rows(
            "SELECT c.rowid AS rowid FROM chunks c LEFT JOIN vectors v ON v.rowid = c.rowid "
            "WHERE c.rowid IN :rowids AND v.rowid IS NULL",
            rowids=rowids,
        )
        there = {row["rowid"] for row in rows}
        chunks.add_vectors(tx, collection, embedding.model, [each for each in vectors if each[0] in there])
        chunks.touch(tx, collection)
