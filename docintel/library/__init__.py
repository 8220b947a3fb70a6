"""The library: documents, their pages and their chunks. The one translator between the model and storage."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from docintel import children
from docintel.errors import EmbeddingMismatch, FileError, UsageError
from docintel.library import chunks, commits, deleting, documents, pages
from docintel.library.chunks import Embedding, OutboxEntry, PreparedChunk, Vector
from docintel.library.pages import PageState, PageStatus
from docintel.library.store import Store, told
from docintel.model import Chunk, Document, DocumentState, Filters, Model, Page
from docintel.settings import Settings
from storage.database import Transaction
from storage.errors import BadMatch

if TYPE_CHECKING:
    from docintel.pipeline import ReadPage

__all__ = [
    "Added",
    "Collection",
    "Embedding",
    "Library",
    "OutboxEntry",
    "PageStatus",
    "PreparedChunk",
    "Store",
    "Transaction",
    "Vector",
]

PIECE = 1 << 20
MOST_KEPT_VECTORS = 50_000


class Added(Model):
    document: Document
    duplicate: bool
    """The same bytes were in the collection already; `document` is the one that was there."""


class Collection(Model):
    name: str
    embedding_model: str | None
    """None: searched by words only."""
    dimension: int | None
    num_documents: int
    version: int
    """Counts changes of its chunks."""
    generation: int
    """Of its vector index; a rebuild takes the next."""


class Library:
    """One DOCINTEL_HOME's documents. Safe to use from several threads, and open in several processes at once."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._kept_vectors: tuple[object, tuple[list[str], Vector]] | None = None

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Creates the database or brings it up to date; takes no lock. Raises DamagedStore."""
        return cls(Store.open(settings.home), settings)

    def close(self) -> None:
        self.store.close()

    # documents

    def add(
        self,
        path: Path,
        *,
        name: str,
        collection: str = "default",
        languages: tuple[str, ...] = (),
        engine: str = "",
        priority: int = 0,
    ) -> Added:
        """Copies a file in and queues it; higher priorities are read first.

        The same bytes in the same collection are the document that is there. Raises EmptyFile, UnsupportedFile,
        DiskFull.
        """
        from docintel import intake  # opens PyMuPDF, which not every user of the library needs

        if not collection.strip():
            raise UsageError("A collection needs a name.")
        media_type = intake.media_type(path)
        with told():
            staged, content, size = self._copied(path)
        try:
            return self._enter(
                Document(
                    id=documents.document_id(collection, content),
                    collection=collection,
                    content=content,
                    name=documents.clean_name(name),
                    media_type=media_type,
                    size=size,
                    added_at=datetime.now(UTC),
                    state=DocumentState.QUEUED,
                ),
                staged,
                {"engine": engine, "languages": languages, "priority": priority},
            )
        finally:
            staged.unlink(missing_ok=True)

    def _copied(self, path: Path) -> tuple[Path, str, int]:
        """The file in a place of its own, its SHA-256 and its size."""
        digest, size = sha256(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal size
            with path.open("rb") as file:
                while piece := file.read(PIECE):
                    digest.update(piece)
                    size += len(piece)
                    yield piece

        try:
            staged = self.store.files.stage(pieces())
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise FileError(f"{path.name} cannot be read: {error.strerror}.") from error
        return staged, digest.hexdigest(), size

    def _enter(self, document: Document, staged: Path, job: dict[str, Any]) -> Added:
        with self.store.write() as tx:
            there = tx.row("SELECT * FROM documents WHERE id = :id", id=document.id)
            if there:
                return Added(document=documents.document_of(there), duplicate=True)
            key = deleting.original_key(document.content)
            if not self.store.files.exists(key):
                self.store.files.move_in(staged, key)
            documents.insert(tx, document, **job)
        return Added(document=document, duplicate=False)

    def documents(
        self,
        *,
        collection: str | None = None,
        name_contains: str = "",
        ids: Sequence[str] | None = None,
        states: Sequence[DocumentState] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Document]:
        """Newest first."""
        where, parameters = documents.where(collection, name_contains, ids, states)
        with self.store.read() as tx:
            rows = tx.rows(
                f"SELECT * FROM documents WHERE {where} ORDER BY added_at DESC, id LIMIT :limit OFFSET :offset",
                limit=-1 if limit is None else limit,
                offset=offset,
                **parameters,
            )
        return [documents.document_of(row) for row in rows]

    def count(
        self,
        *,
        collection: str | None = None,
        name_contains: str = "",
        states: Sequence[DocumentState] | None = None,
    ) -> int:
        where, parameters = documents.where(collection, name_contains, None, states)
        with self.store.read() as tx:
            return int(tx.value(f"SELECT count(*) FROM documents WHERE {where}", **parameters))

    def counts(self) -> dict[DocumentState, int]:
        """Documents by state; states without documents are left out."""
        with self.store.read() as tx:
            rows = tx.rows("SELECT state, count(*) AS n FROM documents GROUP BY state ORDER BY state")
        return {DocumentState(row["state"]): row["n"] for row in rows}

    def document(self, document_id: str) -> Document:
        """By its id or a beginning of it that no other has. Raises NotFound, UsageError."""
        with self.store.read() as tx:
            return documents.document_of(documents.find(tx, document_id))

    def delete(self, document_id: str) -> None:
        """Removes everything that only this document used. Raises NotFound."""
        deleting.delete(self.store, document_id)

    def unlock(self, document_id: str, password: str) -> None:
        """Lets an encrypted document be read: a decrypted copy is kept until it is, the password never.

        Raises PasswordRequired when the password is wrong.
        """
        from docintel import intake  # opens PyMuPDF, which not every user of the library needs

        document = self.document(document_id)
        with told():
            staged = self.store.files.stage([])
            try:
                children.call(
                    intake.unlock,
                    self.original(document.id),
                    password,
                    staged,
                    timeout_s=self.settings.open_timeout_s,
                    memory_bytes=self.settings.reader_memory_bytes,
                )
                commits.unlocked(self.store, document.id, staged)
            finally:
                staged.unlink(missing_ok=True)

    def original(self, document_id: str) -> Path:
        """The file as it was added; not to be written to."""
        return self.store.files.path(deleting.original_key(self.document(document_id).content))

    def collections(self) -> list[Collection]:
        """Those that hold documents, by name."""
        with self.store.read() as tx:
            rows = tx.rows(
                "SELECT k.*, count(*) AS num_documents FROM collections k JOIN documents d ON d.collection = k.name "
                "GROUP BY k.name ORDER BY k.name"
            )
        return [Collection(**row) for row in rows]

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
            return pages.page(tx, documents.find(tx, document_id)["id"], number)

    def page_statuses(self, document_id: str) -> list[PageStatus]:
        with self.store.read() as tx:
            return pages.statuses(tx, documents.find(tx, document_id)["id"])

    def page_counts(self) -> dict[PageState, int]:
        """Pages of all documents by state; states without pages are left out."""
        with self.store.read() as tx:
            rows = tx.rows("SELECT state, count(*) AS n FROM pages GROUP BY state ORDER BY state")
        return {row["state"]: row["n"] for row in rows}

    def page_image(self, document_id: str, number: int) -> bytes:
        """JPEG of the page as displayed. Raises NotFound."""
        with self.store.read() as tx:
            key = pages.picture_key(tx, documents.find(tx, document_id)["id"], number, "image_key")
        with told():
            return self.store.files.read(key)

    def thumbnail(self, document_id: str, number: int = 1) -> bytes:
        """JPEG of at most 320 pixels a side. Raises NotFound."""
        with self.store.read() as tx:
            key = pages.picture_key(tx, documents.find(tx, document_id)["id"], number, "thumbnail_key")
        with told():
            return self.store.files.read(key)

    # chunks

    def chunks(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """In that order; those that have been deleted are left out."""
        with self.store.read() as tx:
            return chunks.by_id(tx, chunk_ids)

    def chunks_of(self, document_id: str) -> list[Chunk]:
        with self.store.read() as tx:
            return chunks.of_document(tx, documents.find(tx, document_id)["id"])

    def count_chunks(self, filters: Filters = Filters()) -> int:  # noqa: B008 - frozen
        where, parameters = chunks.condition(filters)
        with self.store.read() as tx:
            return int(tx.value(f"SELECT count(*) FROM chunks c WHERE {where}", **parameters))

    def lexical(self, match: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Chunk ids and BM25 scores, higher is better; `match` is FTS5's query syntax, over index terms."""
        if not match.strip():
            return []
        try:
            with self.store.read() as tx:
                return chunks.lexical(tx, match, filters, limit)
        except BadMatch as error:
            raise UsageError("The search expression cannot be read. Use plain words.") from error

    def vectors(self, filters: Filters) -> tuple[list[str], Vector]:
        """Chunk ids and their vectors, (n, dimension) float32, normalised; not to be written to.

        The last answer stays in memory until a collection changes, unless it is very large.
        """
        with self.store.read() as tx:
            versions = tuple((row["name"], row["version"]) for row in tx.rows("SELECT name, version FROM collections"))
            kept = self._kept_vectors
            if kept is not None and kept[0] == (filters, versions):
                return kept[1]
            found = chunks.vectors(tx, filters)
        self._kept_vectors = ((filters, versions), found) if len(found[0]) <= MOST_KEPT_VECTORS else None
        return found

    def known_vectors(self, text_hashes: Sequence[str], model: str) -> dict[str, Vector]:
        """Vectors that `model` has made of the same texts before, by text hash."""
        with self.store.read() as tx:
            return chunks.known_vectors(tx, text_hashes, model)

    def check_embedding(self, collection: str, model: str) -> None:
        """Raises EmbeddingMismatch where the collection's vectors were made by another model."""
        with self.store.read() as tx:
            there = tx.value("SELECT embedding_model FROM collections WHERE name = :name", name=collection)
        if there is not None and there != model:
            raise EmbeddingMismatch(
                f"The collection {collection!r} was embedded with {there}, the model is now {model}. Run "
                "`docintel reindex`, or set DOCINTEL_EMBEDDING_MODEL back."
            )

    # what workers hand in

    def commit_page(
        self,
        document_id: str,
        read: "ReadPage",
        prepared: Sequence[PreparedChunk],
        embedding: Embedding | None,
        *,
        owner: str,
    ) -> bool:
        """See docintel.library.commits."""
        return commits.commit_page(self.store, document_id, read, prepared, embedding, owner=owner)

    def fail_page(self, document_id: str, number: int, error: str, *, owner: str) -> bool:
        return commits.fail_page(self.store, document_id, number, error, owner=owner)

    def finish(
        self, document_id: str, prepared: Sequence[PreparedChunk], embedding: Embedding | None, *, owner: str
    ) -> bool:
        return commits.finish(self.store, document_id, prepared, embedding, owner=owner)

    def sweep(self) -> None:
        """Removes files that deleted documents and killed processes left."""
        deleting.sweep(self.store)
        self.store.files.sweep(older_than=time.time() - 3600)
