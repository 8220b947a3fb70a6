"""What owners change about their documents and collections, a transaction for each."""

from collections.abc import Sequence

from docintel.engines import OPENERS
from docintel.errors import UsageError
from docintel.library import documents
from docintel.library.chunks import placing
from docintel.library.documents import DocumentRow
from docintel.library.filing import collections
from docintel.library.jobs import control
from docintel.library.people import access, audit, quotas
from docintel.library.store import Store
from docintel.model import User
from docintel.settings import Settings
from storage.database import Transaction

MAX_TAG_LENGTH = 60


class Filing:
    """Of one user; every method raises NotFound and OwnerOnly, and then nothing has changed."""

    def __init__(self, store: Store, settings: Settings, user: User | None) -> None:
        self._store = store
        self._settings = settings
        self._user = user

    # documents

    def rename(self, document: str, name: str) -> None:
        """It is found by its new name from now on. Raises UsageError."""
        if not name.strip():
            raise UsageError("A document needs a name.")
        new = documents.clean_name(name)
        with self._store.write() as tx:
            row = documents.find_own(tx, document, self._user)
            if new == row.name:
                return
            tx.run(
                "UPDATE documents SET name = :name, name_folded = :folded WHERE id = :id",
                name=new,
                folded=documents.folded(new),
                id=row.id,
            )
            placing.renew_terms(tx, row.id, new)
            renamed = documents.find(tx, row.id, self._user)
            audit.of_document(tx, renamed, user=self._user, action="renamed", detail=f"was {row.name}")

    def move(self, names: Sequence[str], collection: str) -> str:
        """Into one of the user's own collections, there or new; its name. Ids stay.

        Raises UsageError where it holds one of the files already, QuotaExceeded.
        """
        with self._store.write() as tx:
            target = access.place_for(tx, collections.clean_title(collection), self._user)
            rows = [documents.find_own(tx, name, self._user) for name in names]
            documents.open_collection(tx, target)
            access.must_own(tx, target, self._user)
            for row in rows:
                if row.collection != target:
                    self._move(tx, row, target)
        return target

    def _move(self, tx: Transaction, row: DocumentRow, target: str) -> None:
        owner, before = (
            tx.value("SELECT owner FROM collections WHERE name = :name", name=name) for name in (target, row.collection)
        )
        if owner != before:
            quotas.require(tx, self._settings, target, row.size)
        if tx.value(
            "SELECT 1 FROM documents WHERE collection = :target AND content = :content",
            target=target,
            content=row.content,
        ):
            raise UsageError(
                f"The file of {row.name!r} is in {access.title_of(target)!r} already, or in the bin from there. "
                "Delete one of the two."
            )
        tx.run(
            "INSERT INTO origins (document_id, collection) VALUES (:id, :origin) ON CONFLICT DO NOTHING",
            id=row.id,
            origin=row.collection,
        )
        tx.run("UPDATE documents SET collection = :target WHERE id = :id", target=target, id=row.id)
        tx.run('UPDATE jobs SET "user" = :owner WHERE document_id = :id', owner=owner, id=row.id)
        placing.move(tx, row.id, row.collection, target)
        audit.of_document(tx, row, user=self._user, action="moved", detail=f"to {access.title_of(target)}")
        moved = documents.find(tx, row.id)
        audit.of_document(tx, moved, user=self._user, action="moved", detail=f"from {access.title_of(row.collection)}")

    def tag(self, names: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Raises UsageError."""
        new, old = [clean_tag(tag) for tag in add], [clean_tag(tag) for tag in remove]
        with self._store.write() as tx:
            for row in [documents.find_own(tx, name, self._user) for name in names]:
                before = documents.document_of(row).tags
                added = [tag for tag in dict.fromkeys(new) if tag not in before]
                removed = [tag for tag in dict.fromkeys(old) if tag in before]
                tx.insert("tags", [{"document_id": row.id, "tag": tag} for tag in added])
                tx.run("DELETE FROM tags WHERE document_id = :id AND tag IN :tags", id=row.id, tags=removed or [""])
                changes = [*(f"+{tag}" for tag in added), *(f"-{tag}" for tag in removed)]
                if changes:
                    audit.of_document(tx, row, user=self._user, action="tagged", detail=", ".join(changes))

    def tags(self) -> list[str]:
        """All that documents bear that the user sees."""
        seen, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            return [
                row["tag"] for row in tx.rows(f"SELECT DISTINCT tag FROM tags WHERE {seen} ORDER BY tag", **parameters)
            ]

    def read_again(self, names: Sequence[str], *, engine: str = "", languages: Sequence[str] = ()) -> int:
        """All their pages are queued, to be read so; what was read of a page stays until it is read anew. How many
        documents; those that are being read are left out."""
        if engine and engine not in OPENERS:
            raise UsageError(f"There is no engine {engine!r}. `docintel engines` lists them.")
        with self._store.write() as tx:
            rows = [documents.find_own(tx, name, self._user) for name in names]
            again = [row for row in rows if control.read_again(tx, row.id, engine=engine, languages=languages)]
            detail = " ".join(part for part in (engine, *languages) if part)
            for row in again:
                audit.of_document(tx, row, user=self._user, action="read again", detail=detail)
            return len(again)

    # collections

    def make_collection(self, title: str) -> str:
        with self._store.write() as tx:
            return collections.make(tx, title, self._user)

    def rename_collection(self, name: str, title: str) -> str:
        with self._store.write() as tx:
            return collections.rename(tx, name, title, self._user)

    def delete_collection(self, name: str) -> list[str]:
        """Ids of its documents, which are in the bin now."""
        with self._store.write() as tx:
            return collections.delete(tx, name, self._user)


def clean_tag(tag: str) -> str:
    """One line without spaces at its ends. Raises UsageError."""
    found = " ".join(documents.clean_name(tag).split()) if tag.strip() else ""
    if not found or "," in found or len(found) > MAX_TAG_LENGTH:
        raise UsageError(f"A tag is a word or a few, without commas, of at most {MAX_TAG_LENGTH} characters.")
    return found
