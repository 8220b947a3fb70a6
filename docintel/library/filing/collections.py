"""Collections are made, renamed and deleted; what was in a deleted one is in the bin."""

from docintel.errors import NotFound, UsageError
from docintel.library import documents, indexing
from docintel.library.filing import bin
from docintel.library.people import access, audit
from docintel.model import User
from storage.database import Transaction

OF_A_COLLECTION = ("documents", "readers", "chunks", "watches", "schemas")
"""Tables whose rows name a collection; the audit trail keeps the name that it had."""


def make(tx: Transaction, title: str, user: User | None) -> str:
    """An empty one of the user's own; its name. Nothing happens where it is there. Raises OwnerOnly, UsageError."""
    name = access.place_for(tx, clean_title(title), user)
    if documents.open_collection(tx, name):
        audit.record(tx, user=user, action="made a collection", collection=name)
    return name


def clean_title(title: str) -> str:
    if not title.strip():
        raise UsageError("A collection needs a name.")
    return documents.clean_name(title)


def rename(tx: Transaction, name: str, title: str, user: User | None) -> str:
    """Its new name. The bin's documents, readers, watched folders and the index go with it.

    Raises NotFound, OwnerOnly, UsageError.
    """
    owner = _own(tx, name, user)
    new = f"{owner}/{clean_title(title)}" if owner else clean_title(title)
    if new == name:
        return name
    if not access.is_unused(tx, new, user):
        raise UsageError(f"There is, or was, a collection called {title!r}. Choose another name.")
    tx.run("PRAGMA defer_foreign_keys=ON")
    tx.run(
        "INSERT INTO origins (document_id, collection) SELECT id, :name FROM documents WHERE collection = :name "
        "AND id NOT IN (SELECT document_id FROM origins)",
        name=name,
    )
    tx.run("DELETE FROM outbox WHERE collection = :name", name=name)
    tx.run("UPDATE collections SET name = :new WHERE name = :name", new=new, name=name)
    for table in OF_A_COLLECTION:
        tx.run(f"UPDATE {table} SET collection = :new WHERE collection = :name", new=new, name=name)
    indexing.refill_in(tx, new)
    audit.record(tx, user=user, action="renamed a collection", collection=name, detail=f"to {access.title_of(new)}")
    audit.record(tx, user=user, action="renamed a collection", collection=new, detail=f"was {access.title_of(name)}")
    return new


def delete(tx: Transaction, name: str, user: User | None) -> list[str]:
    """Ids of its documents, which are in the bin now. Raises NotFound, OwnerOnly."""
    _own(tx, name, user)
    where, parameters = documents.where({"collection": name}, user)
    rows = tx.all(documents.DocumentRow, f"SELECT {documents.COLUMNS} FROM documents WHERE {where}", **parameters)
    ids = [bin.put(tx, row, user) for row in rows]
    tx.run("UPDATE collections SET is_deleted = 1 WHERE name = :name", name=name)
    audit.record(tx, user=user, action="deleted a collection", collection=name)
    documents.drop_deleted_collections(tx)
    return ids


def _own(tx: Transaction, name: str, user: User | None) -> str:
    """The owner of a collection that the user may change. Raises NotFound, OwnerOnly."""
    if not access.is_visible(tx, name, user):
        raise NotFound(f"There is no collection {name!r}. `docintel collections` lists them.")
    access.must_own(tx, name, user)
    return str(tx.value("SELECT owner FROM collections WHERE name = :name", name=name))
