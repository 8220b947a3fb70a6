"""What the vector index is told: changes in order, and everything again when it is built anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from docintel.library.chunks import rows as chunks
from docintel.library.chunks.placing import set_terms
from docintel.library.chunks.rows import Embedding, OutboxEntry, Vector
from docintel.library.chunks.terms import terms_of
from docintel.library.people import access
from docintel.library.store import Store
from docintel.model import Chunk, User
from storage.database import Transaction

INDEXED = (
    "chunks c JOIN vectors v ON v.rowid = c.rowid WHERE c.collection = :name AND v.model = :model "
    f"AND {access.not_binned('c.document_id')}"
)
"""SQL: the vectors of one `IndexCollection`."""


@dataclass(frozen=True)
class IndexCollection:
    """Where the vectors of a collection belong in the index: which build of it, of whose vectors."""

    collection: str
    generation: int
    model: str
    dimension: int

    @property
    def name(self) -> str:
        """What the index calls it: its names are narrower than ours."""
        return f"c-{sha256(self.collection.encode()).hexdigest()[:32]}-{self.generation}"

    @property
    def about(self) -> dict[str, str | int]:
        """What the index keeps with it, so that vectors of two models never meet."""
        return {"model": self.model, "dimension": self.dimension}


@dataclass(frozen=True)
class ExpectedVectors:
    """What an index collection must hold once the index has heard of everything."""

    target: IndexCollection
    num_vectors: int
    tombstones: int
    """Deletions that this generation has taken so far."""


def changes(store: Store, limit: int) -> tuple[list[OutboxEntry], dict[str, IndexCollection]]:
    """The oldest changes that the index has not confirmed, and where they go, by collection, as of one moment."""
    with store.read() as tx:
        return chunks.outbox(tx, limit), {target.collection: target for target in _collections(tx)}


def collections(store: Store, user: User | None = None) -> list[IndexCollection]:
    """One for each collection that is embedded and that `user` sees."""
    with store.read() as tx:
        return _collections(tx, user)


def models(store: Store) -> set[str]:
    """What collections that hold documents are embedded with."""
    with store.read() as tx:
        rows = tx.rows(
            "SELECT DISTINCT embedding_model AS model FROM collections k WHERE embedding_model IS NOT NULL "
            "AND EXISTS (SELECT 1 FROM documents d WHERE d.collection = k.name)"
        )
    return {str(row["model"]) for row in rows}


def _collections(tx: Transaction, user: User | None = None) -> list[IndexCollection]:
    seen, parameters = access.visible(user, "name")
    return tx.all(
        IndexCollection,
        "SELECT name AS collection, generation, embedding_model AS model, dimension FROM collections "
        f"WHERE embedding_model IS NOT NULL AND {seen} ORDER BY name",
        **parameters,
    )


def expected_vectors(store: Store) -> list[ExpectedVectors] | None:
    """What every index collection must hold; None while the index has changes to make."""
    with store.read() as tx:
        if tx.value("SELECT 1 FROM outbox LIMIT 1"):
            return None
        return [
            ExpectedVectors(
                target,
                tx.value(f"SELECT count(*) FROM {INDEXED}", name=target.collection, model=target.model),
                tx.value("SELECT tombstones FROM collections WHERE name = :name", name=target.collection),
            )
            for target in _collections(tx)
        ]


def entries_after(
    store: Store, target: IndexCollection, *, after: int, limit: int
) -> tuple[int, dict[str, OutboxEntry]]:
    """What the index must hold next, by chunk: that of which it has heard, after row `after`; the last row.

    The last row is `after` at the end.
    """
    with store.read() as tx:
        rows = tx.rows(
            "SELECT c.rowid AS rowid, 0 AS seq, c.collection AS collection, c.id AS chunk_id, 'add' AS operation, "
            "v.vector AS vector, c.document_id AS document_id, c.language AS language, c.first_page AS first_page, "
            f"c.last_page AS last_page FROM {INDEXED} AND c.rowid > :after "
            "AND c.id NOT IN (SELECT chunk_id FROM outbox) ORDER BY c.rowid LIMIT :limit",
            name=target.collection,
            model=target.model,
            after=after,
            limit=limit,
        )
    return rows[-1]["rowid"] if rows else after, {row["chunk_id"]: chunks.entry_of(dict(row)) for row in rows}


def last_row(store: Store, target: IndexCollection) -> int:
    with store.read() as tx:
        return int(tx.value("SELECT max(rowid) FROM chunks WHERE collection = :name", name=target.collection) or 0)


def forget(store: Store, last: int) -> None:
    """The index has made every change up to the one numbered `last`."""
    with store.write() as tx:
        tx.run(
            "UPDATE collections SET tombstones = tombstones + (SELECT count(*) FROM outbox o "
            "WHERE o.collection = collections.name AND o.operation = 'delete' AND o.seq <= :last) "
            "WHERE name IN (SELECT collection FROM outbox WHERE operation = 'delete' AND seq <= :last)",
            last=last,
        )
        tx.run("DELETE FROM outbox WHERE seq <= :last", last=last)


def backlog(store: Store) -> int:
    """How many changes the index has not heard of."""
    with store.read() as tx:
        return int(tx.value("SELECT count(*) FROM outbox"))


def refill(store: Store, collection: str | None = None) -> None:
    """A collection, or every one, gets a new, empty generation, and all its vectors are in the outbox once."""
    with store.write() as tx:
        for target in _collections(tx):
            if collection in {None, target.collection}:
                _refill(tx, target)


def refill_in(tx: Transaction, collection: str) -> None:
    """Like `refill`, of one collection, in the caller's transaction."""
    for target in _collections(tx):
        if target.collection == collection:
            _refill(tx, target)


def _refill(tx: Transaction, target: IndexCollection) -> None:
    tx.run("DELETE FROM outbox WHERE collection = :name", name=target.collection)
    tx.run(
        "UPDATE collections SET generation = generation + 1, version = version + 1, tombstones = 0 WHERE name = :name",
        name=target.collection,
    )
    tx.run(
        "INSERT INTO outbox (collection, chunk_id, operation) "
        f"SELECT c.collection, c.id, 'add' FROM {INDEXED} ORDER BY c.rowid",
        name=target.collection,
        model=target.model,
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


def renew_terms(store: Store, collection: str, *, after: int, limit: int) -> int:
    """Makes the terms of the next chunks after row `after` anew, where they would be others now; the last row, or
    `after` at the end."""
    with store.write() as tx:
        rows = tx.rows(
            "SELECT c.rowid AS rowid, c.body AS body, d.name AS name, t.terms AS terms, t.headings AS headings "
            "FROM chunks c JOIN documents d ON d.id = c.document_id JOIN chunk_terms t ON t.rowid = c.rowid "
            "WHERE c.collection = :name AND c.rowid > :after ORDER BY c.rowid LIMIT :limit",
            name=collection,
            after=after,
            limit=limit,
        )
        for row in rows:
            terms, headings = terms_of(Chunk.model_validate_json(row["body"]), row["name"])
            if (terms, headings) != (row["terms"], row["headings"]):
                set_terms(tx, row["rowid"], terms, headings)
    return rows[-1]["rowid"] if rows else after


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
