"""The library: documents, their pages and their chunks. The one translator between the model and storage."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from docintel import intake
from docintel.errors import NotFound, UsageError
from docintel.export import export
from docintel.intake import staging
from docintel.library import adding, deleting, documents, indexing, pages
from docintel.library.adding import Added, StagedFile
from docintel.library.chunks.repository import Chunks
from docintel.library.chunks.rows import Embedding, OutboxEntry, PreparedChunk, Vector
from docintel.library.chunks.vector_cache import VectorCache
from docintel.library.conversations import Conversation, Conversations, KeptExchange
from docintel.library.corrections.repository import Corrections, HistoryEntry
from docintel.library.documents import DocumentFilter, DocumentOrder, DocumentRow
from docintel.library.filing.bin import Bin, BinnedDocument
from docintel.library.filing.repository import Filing
from docintel.library.jobs import control, disk_space
from docintel.library.jobs.commits import Commits
from docintel.library.jobs.states import PageState
from docintel.library.pages import PageStatus
from docintel.library.people import access, audit, quotas, sharing
from docintel.library.people.audit import Entry
from docintel.library.people.repository import People
from docintel.library.people.sharing import Collection
from docintel.library.schemas import Schemas
from docintel.library.store import Store, translate_errors
from docintel.model import Document, DocumentState, Page, User
from docintel.processes import children
from docintel.settings import Settings
from storage.database import Transaction
from storage.errors import Missing

if TYPE_CHECKING:
    from docintel.pipeline import Twin

__all__ = [
    "Added",
    "BinnedDocument",
    "Collection",
    "Conversation",
    "DocumentFilter",
    "DocumentOrder",
    "Embedding",
    "Entry",
    "HistoryEntry",
    "KeptExchange",
    "Library",
    "OutboxEntry",
    "PageStatus",
    "PreparedChunk",
    "StagedFile",
    "Store",
    "Transaction",
    "Vector",
]


class Library:
    """One DOCINTEL_HOME's documents. Safe to use from several threads, and open in several processes at once.

    A library is `user`'s view of them: what is in collections that the user does not see is not there.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        user: User | None = None,
        vectors: VectorCache | None = None,
        *,
        with_bin: bool = False,
    ) -> None:
        self.store = store
        self.settings = settings
        self.user = user
        self.people = People(store, user)
        self.schemas = Schemas(store, user)
        self._vectors = vectors or VectorCache()
        self.chunks = Chunks(store, user, self._vectors)
        self.corrections = Corrections(store, user)
        self.commits = Commits(store)
        self.conversations = Conversations(store, user)
        self.bin = Bin(store, user, derived=[settings.vision_folder])
        self.filing = Filing(store, settings, user)
        self._with_bin = with_bin

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Creates the database or brings it up to date; takes no lock. Raises DamagedStore."""
        return cls(Store.open(settings.home), settings)

    def for_user(self, user: User | None) -> Self:
        """The same library as that user may see it. Only the first one is closed."""
        return type(self)(self.store, self.settings, user, self._vectors)

    def including_bin(self) -> Self:
        """The same view, in which documents in the bin are listed and read like others; no search finds them."""
        return type(self)(self.store, self.settings, self.user, self._vectors, with_bin=True)

    def close(self) -> None:
        self.store.close()

    # documents

    def stage(self, pieces: Iterable[bytes]) -> StagedFile:
        """Bytes on the library's disk, to be added; see docintel.library.adding. Raises DiskFull."""
        with translate_errors():
            return adding.stage(self.store, pieces)

    def take_over(self, path: Path) -> StagedFile:
        """A temporary file of docintel's own, moved rather than copied. Raises FileError where it cannot be added."""
        intake.media_type(path)
        with translate_errors():
            return adding.take_over(self.store, path)

    def add(
        self,
        source: Path | StagedFile,
        *,
        name: str,
        collection: str = "default",
        languages: tuple[str, ...] = (),
        engine: str = "",
        priority: int = 0,
    ) -> Added:
        """Takes a file in and queues it; higher priorities are read first. A path is copied, a staged file moved.

        The same bytes in the same collection are the document that is there. A user adds to own collections. Raises
        EmptyFile, UnsupportedFile, OwnerOnly, QuotaExceeded, DiskFull.
        """
        staged = source if isinstance(source, StagedFile) else self._copied(source, name, collection)
        try:
            return self._added(staged, name, collection, adding.Job(engine, languages, priority))
        finally:
            staged.path.unlink(missing_ok=True)

    def _copied(self, path: Path, name: str, collection: str) -> StagedFile:
        """What would be refused anyway is not copied first."""
        self.require_quota(collection, path.stat().st_size)
        intake.media_type(path)
        disk_space.require(self.settings, path.stat().st_size, documents.clean_name(name))
        with translate_errors():
            return adding.copy(self.store, path)

    def require_quota(self, collection: str, size: int) -> None:
        """Raises QuotaExceeded where a file of `size` bytes would be too much for whose collection it is."""
        place = self._place_for(collection)
        with self.store.read() as tx:
            quotas.require(tx, self.settings, place, size)

    def _added(self, staged: StagedFile, name: str, collection: str, job: adding.Job) -> Added:
        place = self._place_for(collection)
        document = Document(
            id=documents.document_id(place, staged.content),
            collection=place,
            content=staged.content,
            name=documents.clean_name(name),
            media_type=intake.media_type(staged.path),
            size=staged.size,
            added_at=datetime.now(UTC),
            state=DocumentState.QUEUED,
        )
        row, is_duplicate = adding.entered(self.store, self.settings, document, staged.path, job, self.user)
        return Added(document=self._document(row), duplicate=is_duplicate)

    def _place_for(self, collection: str) -> str:
        if not collection.strip():
            raise UsageError("A collection needs a name.")
        with self.store.read() as tx:
            return access.place_for(tx, documents.clean_name(collection), self.user)

    def documents(
        self,
        *,
        order: DocumentOrder = DocumentOrder.NEWEST,
        limit: int | None = None,
        offset: int = 0,
        **wanted: Unpack[DocumentFilter],
    ) -> list[Document]:
        where, parameters = documents.where(wanted, self.user, with_bin=self._with_bin)
        with self.store.read() as tx:
            rows = tx.all(
                DocumentRow,
                f"SELECT {documents.COLUMNS} FROM documents WHERE {where} "
                f"ORDER BY {documents.ORDER_BY[order]} LIMIT :limit OFFSET :offset",
                limit=-1 if limit is None else limit,
                offset=offset,
                **parameters,
            )
        return [self._document(row) for row in rows]

    def names(self, *, limit: int | None = None, **wanted: Unpack[DocumentFilter]) -> dict[str, str]:
        """Id → name of each document, the newest first."""
        where, parameters = documents.where(wanted, self.user, with_bin=self._with_bin)
        with self.store.read() as tx:
            rows = tx.rows(
                f"SELECT id, name FROM documents WHERE {where} ORDER BY {documents.ORDER_BY[DocumentOrder.NEWEST]} "
                "LIMIT :limit",
                limit=-1 if limit is None else limit,
                **parameters,
            )
        return {row["id"]: row["name"] for row in rows}

    def count(self, **wanted: Unpack[DocumentFilter]) -> int:
        where, parameters = documents.where(wanted, self.user, with_bin=self._with_bin)
        with self.store.read() as tx:
            return int(tx.value(f"SELECT count(*) FROM documents WHERE {where}", **parameters))

    def counts(self) -> dict[DocumentState, int]:
        """Documents by state; states without documents are left out."""
        seen, parameters = access.listed(self.user)
        with self.store.read() as tx:
            rows = tx.rows(
                f"SELECT state, count(*) AS n FROM documents WHERE {seen} GROUP BY state ORDER BY state", **parameters
            )
        return {DocumentState(row["state"]): row["n"] for row in rows}

    def languages(self) -> list[str]:
        """Codes of those that any document is written in; not those of which only the script is known."""
        seen, parameters = access.listed(self.user)
        with self.store.read() as tx:
            rows = tx.rows(
                f"SELECT DISTINCT l.value AS code FROM documents, json_each(documents.languages) l WHERE {seen} "
                "AND code NOT LIKE 'und%' ORDER BY code",
                **parameters,
            )
        return [row["code"] for row in rows]

    def document(self, document_id: str) -> Document:
        """By its id or a beginning of it that no other has. Raises NotFound, UsageError."""
        with self.store.read() as tx:
            return self._document(self._find(tx, document_id))

    def _find(self, tx: Transaction, document_id: str) -> DocumentRow:
        return documents.find(tx, document_id, self.user, with_bin=self._with_bin)

    def _document(self, row: DocumentRow) -> Document:
        document = documents.document_of(row)
        return document if access.sees_all(self.user) else documents.without_traces(document)

    def delete(self, document_id: str) -> None:
        """Removes everything that only this document used, for good. Raises NotFound, OwnerOnly."""
        deleting.delete(self.store, document_id, self.user, derived=[self.settings.vision_folder])

    def unlock(self, document_id: str, password: str) -> None:
        """Lets an encrypted document be read: a decrypted copy is kept until it is, the password never.

        Raises PasswordRequired when the password is wrong, NotFound, OwnerOnly, DiskFull.
        """
        with self.store.read() as tx:
            document = documents.document_of(documents.find_own(tx, document_id, self.user))
        disk_space.require(self.settings, document.size, document.name)
        with translate_errors():
            original, staged = self.original(document.id), self.store.files.stage([])
            try:
                children.call(
                    intake.unlock,
                    original,
                    password,
                    staged,
                    timeout_s=self.settings.open_timeout_s,
                    memory_bytes=self.settings.reader_memory_bytes,
                    file_bytes=self.settings.max_file_bytes,
                    sandbox=intake.sandbox(self.settings, original, writable=staged),
                )
                with self.store.write() as tx:
                    row = documents.find_own(tx, document.id, self.user)
                    audit.of_document(tx, row, user=self.user, action="unlocked")
                    key = f"work/{document.id}"
                    self.store.files.move_in(staged, key)
                    control.unlock(tx, document.id, key)
            finally:
                staged.unlink(missing_ok=True)

    def original(self, document_id: str) -> Path:
        """The file as it was added; not to be written to."""
        return self.store.files.path(deleting.original_key(self.document(document_id).content))

    def export(self, document_id: str, format: str) -> bytes:
        """The document as a file, in one of docintel.export.FORMATS, with an entry in the audit trail.

        Raises UsageError, NotFound.
        """
        document = self.document(document_id)
        content = export(format, document, self.pages(document.id), self)
        self.people.record_export(document.id, format)
        return content

    def collections(self, *, with_empty: bool = False) -> list[Collection]:
        """Those that hold documents, or all of them, by name."""
        with self.store.read() as tx:
            return sharing.collections(tx, self.user, with_empty=with_empty)

    @property
    def embedding_models(self) -> set[str]:
        """Models that the vectors of all collections were made with, whosever they are."""
        return indexing.models(self.store)

    # pages

    def pages(self, document_id: str) -> list[Page]:
        """Those that have been read, in order."""
        return list(self.each_page(document_id))

    def each_page(self, document_id: str) -> Iterator[Page]:
        """Like `pages`, a few in memory at a time."""
        found = self.document(document_id).id
        after = 0
        while True:
            with self.store.read() as tx:
                some = pages.some(tx, found, after=after)
            if not some:
                return
            yield from some
            after = some[-1].number

    def page(self, document_id: str, number: int) -> Page:
        """Raises NotFound, which says why, where the page has not been read."""
        with self.store.read() as tx:
            return pages.page(tx, self._find(tx, document_id).id, number)

    def page_statuses(
        self, document_id: str, *, state: PageState | None = None, limit: int | None = None
    ) -> list[PageStatus]:
        """In order; all pages, or the first in one state."""
        with self.store.read() as tx:
            found = pages.statuses(tx, self._find(tx, document_id).id, state, limit)
        return found if access.sees_all(self.user) else pages.without_traces(found)

    def page_counts(self) -> dict[PageState, int]:
        """Pages of all documents by state; states without pages are left out."""
        where, parameters = access.of_documents(self.user)
        with self.store.read() as tx:
            rows = tx.rows(
                f"SELECT state, count(*) AS n FROM pages WHERE {where} GROUP BY state ORDER BY state", **parameters
            )
        return {PageState(row["state"]): row["n"] for row in rows}

    def twin(self, source_key: str, engine: str) -> "Twin | None":
        """A page that an engine of this fingerprint has read under this key (see docintel.pipeline): for workers."""
        with self.store.read() as tx:
            return pages.twin(tx, source_key, engine)

    def page_image(self, document_id: str, number: int) -> bytes:
        """JPEG of the page as displayed. Raises NotFound."""
        with self.store.read() as tx:
            key = pages.picture_key(tx, self._find(tx, document_id).id, number, "image_key")
        with translate_errors():
            return self.store.files.read(key)

    def thumbnail(self, document_id: str, number: int = 1) -> bytes:
        """JPEG of at most 320 pixels a side. Raises NotFound."""
        with self.store.read() as tx:
            key = pages.picture_key(tx, self._find(tx, document_id).id, number, "thumbnail_key")
        with translate_errors():
            return self.store.files.read(key)

    def preview(self, document_id: str, number: int) -> bytes:
        """Small JPEG of a page that is being read now. Raises NotFound."""
        with self.store.read() as tx:
            key = pages.preview_key(self._find(tx, document_id).id, number)
        try:
            return self.store.files.read(key)
        except Missing as error:
            raise NotFound(f"Page {number} is not being read now.") from error

    def sweep(self) -> None:
        """Removes files that deleted documents and killed processes left, and what has been in the bin for long."""
        if self.settings.bin_days:
            self.bin.empty(older_than_days=self.settings.bin_days)
        deleting.sweep(self.store)
        pages.sweep_previews(self.store)
        staging.sweep(self.settings)
        self.store.files.sweep(older_than=time.time() - 3600)
