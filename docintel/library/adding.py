"""A file becomes a document: copied in and hashed on the way, then entered with its job, or known already."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from docintel.errors import FileError
from docintel.library import deleting, documents
from docintel.library.documents import COLUMNS, DocumentRow
from docintel.library.filing import bin
from docintel.library.jobs import control
from docintel.library.people import access, audit, quotas
from docintel.library.store import Store
from docintel.model import Document, DocumentState, Model, User
from docintel.settings import Settings
from storage.database import Transaction

PIECE = 1 << 20


class Added(Model):
    document: Document
    duplicate: bool
    """The same bytes were in the collection already; `document` is the one that was there."""


@dataclass(frozen=True)
class Job:
    """How a document shall be read."""

    engine: str
    languages: tuple[str, ...]
    priority: int


@dataclass(frozen=True)
class StagedFile:
    """A file on the library's disk that has no place in it yet: whoever staged it removes it if it gets none."""

    path: Path
    content: str
    """SHA-256 of its bytes."""
    size: int


def stage(store: Store, pieces: Iterable[bytes]) -> StagedFile:
    """Written and synced, hashed on the way."""
    digest, size = sha256(), 0

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece

    path = store.files.stage(hashed())
    return StagedFile(path, digest.hexdigest(), size)


def copy(store: Store, path: Path) -> StagedFile:
    """Somebody else's file, which stays as it is. Raises FileError."""
    try:
        with path.open("rb") as file:
            return stage(store, iter(lambda: file.read(PIECE), b""))
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror}.") from error


def take_over(store: Store, path: Path) -> StagedFile:
    """A temporary file of docintel's own: hashed and synced, then moved, not copied."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        size = os.fstat(file.fileno()).st_size
        os.fsync(file.fileno())
    return StagedFile(store.files.adopt(path), digest, size)


def entered(
    store: Store, settings: Settings, document: Document, staged: Path, job: Job, user: User | None
) -> tuple[DocumentRow, bool]:
    """The document's row, and whether it was there already; else `staged` has become its file.

    Raises OwnerOnly, QuotaExceeded.
    """
    with store.write() as tx:
        if there := tx.one(
            DocumentRow,
            f"SELECT {COLUMNS} FROM documents WHERE collection = :collection AND content = :content",
            collection=document.collection,
            content=document.content,
        ):
            return _wanted_again(tx, there, user), True
        quotas.require(tx, settings, document.collection, document.size)
        document = documents.insert(tx, document, engine=job.engine, languages=job.languages, priority=job.priority)
        access.must_own(tx, document.collection, user)
        key = deleting.original_key(document.content)
        if not store.files.exists(key):
            store.files.move_in(staged, key)
        audit.record(
            tx, user=user, action="added", collection=document.collection, document_id=document.id, name=document.name
        )
        return documents.find(tx, document.id), False


def _wanted_again(tx: Transaction, row: DocumentRow, user: User | None) -> DocumentRow:
    """Whoever adds a document that is in the bin, or was cancelled, wants it after all."""
    is_binned = bool(tx.value("SELECT 1 FROM bin WHERE document_id = :id", id=row.id))
    if row.state != DocumentState.CANCELLED and not is_binned:
        return row
    access.must_own(tx, row.collection, user)
    bin.restore(tx, row, user)
    if control.retry(tx, row.id):
        audit.of_document(tx, row, user=user, action="retried")
    return tx.one(DocumentRow, f"SELECT {COLUMNS} FROM documents WHERE id = :id", id=row.id) or row
