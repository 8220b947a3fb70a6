"""A document's id follows from its collection and content: where the three contradict each other, one has changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from docintel.checking.findings import Problem
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.library.documents import document_id
from storage import row_damage
from storage.database import Transaction
from storage.files import Files

KNOWN_BY = ("jobs", "pages", "page_bodies", "chunks", "audit")
"""Tables that name a document by its id."""


@dataclass(frozen=True)
class Identity:
    """The row's number, and the three; `origin` is the collection that its id was made from (see `origins`)."""

    rowid: int
    id: str
    collection: str
    content: str
    origin: str | None

    @property
    def is_right(self) -> bool:
        return document_id(self.origin or self.collection, self.content) == self.id


def problems(home: Home) -> Iterator[Problem]:
    store = home.library.store
    with store.read() as tx:
        wrong = [each for each in _all(tx) if not each.is_right]
    for each in wrong:
        text = "Its id does not follow from its collection and content: bytes have changed on the disk."
        yield Problem("document", each.id, text, lambda each=each: _mended(home, each))  # type: ignore[misc]


def _all(tx: Transaction) -> list[Identity]:
    return tx.all(
        Identity,
        "SELECT d.rowid AS rowid, d.id, d.collection, d.content, o.collection AS origin "
        "FROM documents d LEFT JOIN origins o ON o.document_id = d.id",
    )


def _mended(home: Home, wrong: Identity) -> str:
    store = home.library.store
    with store.write() as tx:
        tx.run("PRAGMA defer_foreign_keys=ON")
        if not _restore(tx, store.files, wrong):
            raise DocintelError(
                "Nothing tells which of them it is. `docintel restore` a backup, or delete the document."
            )
    return "it is what it was"


def restore(tx: Transaction, files: Files) -> None:
    """Mends all that can be; a row of which nothing tells what it was is removed."""
    for each in _all(tx):
        if not each.is_right and not _restore(tx, files, each):
            tx.run("DELETE FROM documents WHERE rowid = :rowid", rowid=each.rowid)


def _restore(tx: Transaction, files: Files, wrong: Identity) -> bool:
    for column, value in _candidates(tx, files, wrong):
        right = Identity(**{**vars(wrong), column: value})
        if right.is_right:
            tx.run(f"UPDATE documents SET {column} = :value WHERE rowid = :rowid", value=value, rowid=wrong.rowid)
            row_damage.renew_checksums(tx, "documents", "rowid = :rowid", rowid=wrong.rowid)
            return True
    return False


def _candidates(tx: Transaction, files: Files, wrong: Identity) -> Iterator[tuple[str, str]]:
    """What each column may have been: an id that others know, a file that is there, a collection that is known."""
    id = document_id(wrong.origin or wrong.collection, wrong.content)
    if any(tx.value(f"SELECT 1 FROM {table} WHERE document_id = :id LIMIT 1", id=id) for table in KNOWN_BY):
        yield "id", id
    for key in files.keys("originals/"):
        yield "content", key.rpartition("/")[2]
    for row in tx.rows("SELECT name FROM collections UNION SELECT DISTINCT collection FROM audit"):
        yield "collection", row["name"]
