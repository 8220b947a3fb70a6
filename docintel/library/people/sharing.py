"""Collections: which there are, whose they are, who may read them."""

from collections.abc import Sequence

from docintel.errors import NotFound
from docintel.library.people import access, audit
from docintel.model import Model, User
from storage.database import Transaction


class Collection(Model):
    """`name` is what documents and filters say; `title` is what people read."""

    name: str
    embedding_model: str | None
    """None: searched by words only."""
    dimension: int | None
    num_documents: int
    version: int
    """Counts changes of its chunks."""
    generation: int
    """Of its vector index; a rebuild takes the next."""
    owner: str = ""
    """A user's id; empty: the local user's."""
    readers: tuple[str, ...] = ()
    """Users' ids, as far as whoever asks may change them."""

    @property
    def title(self) -> str:
        return access.title_of(self.name)


def collections(tx: Transaction, user: User | None, *, with_empty: bool = False) -> list[Collection]:
    """Those that hold documents, or are there to hold some, and that the user sees, by name."""
    kind = "LEFT JOIN" if with_empty else "JOIN"
    seen, parameters = access.visible(user, "k.name")
    rows = tx.rows(
        "SELECT k.name, k.embedding_model, k.dimension, k.version, k.generation, k.owner, count(d.id) AS num_documents "
        f"FROM collections k {kind} documents d ON d.collection = k.name AND {access.not_binned('d.id')} "
        f"WHERE {seen} AND k.is_deleted = 0 GROUP BY k.name ORDER BY k.name",
        **parameters,
    )
    readers = _readers(tx, user)
    return [Collection(**row, readers=readers.get(row["name"], ())) for row in rows]


def changeable(tx: Transaction, user: User | None) -> set[str]:
    own, parameters = access.owned(user, "name")
    return {row["name"] for row in tx.rows(f"SELECT name FROM collections WHERE {own}", **parameters)}


def others(tx: Transaction, user: User | None) -> dict[str, str]:
    seen, parameters = access.visible(user, "name")
    own = user.id if user else ""
    rows = tx.rows(f"SELECT name, owner FROM collections WHERE {seen}", **parameters)
    return {row["name"]: row["owner"] for row in rows if row["owner"] not in {"", own}}


def has_owners(tx: Transaction) -> bool:
    """Whether any collection is somebody's: then the app must know who is there."""
    return bool(tx.value("SELECT 1 FROM collections WHERE owner > '' LIMIT 1"))


def _readers(tx: Transaction, user: User | None) -> dict[str, tuple[str, ...]]:
    """Collection → who may read it, of those that the user owns."""
    own, parameters = access.owned(user)
    found: dict[str, tuple[str, ...]] = {}
    for row in tx.rows(f'SELECT collection, "user" FROM readers WHERE {own} ORDER BY collection, "user"', **parameters):
        found[row["collection"]] = (*found.get(row["collection"], ()), row["user"])
    return found


def share(
    tx: Transaction,
    name: str,
    *,
    user: User | None,
    readers: Sequence[str] = (),
    remove: Sequence[str] = (),
    owner: str | None = None,
) -> None:
    """Lets `readers` read a collection and `remove` no longer; then gives it to `owner` where one is named.

    People are named by e-mail address. Raises NotFound, OwnerOnly, UsageError.
    """
    if not access.is_visible(tx, name, user):
        raise NotFound(f"There is no collection {name!r}. `docintel collections` lists them.")
    access.must_own(tx, name, user)
    for reader in map(access.user_id, readers):
        if not tx.value(
            'SELECT 1 FROM readers WHERE collection = :name AND "user" = :reader', name=name, reader=reader
        ):
            tx.insert("readers", [{"collection": name, "user": reader}])
            audit.record(tx, user=user, action="shared", collection=name, detail=f"with {reader}")
    for reader in map(access.user_id, remove):
        if tx.run('DELETE FROM readers WHERE collection = :name AND "user" = :reader', name=name, reader=reader):
            audit.record(tx, user=user, action="shared", collection=name, detail=f"no longer with {reader}")
    if owner is not None:
        to = access.user_id(owner)
        tx.run("UPDATE collections SET owner = :owner WHERE name = :name", name=name, owner=to)
        tx.run('DELETE FROM readers WHERE collection = :name AND "user" = :owner', name=name, owner=to)
        tx.run(
            'UPDATE jobs SET "user" = :owner WHERE document_id IN (SELECT id FROM documents WHERE collection = :name)',
            name=name,
            owner=to,
        )
        audit.record(tx, user=user, action="shared", collection=name, detail=f"given to {to}")
