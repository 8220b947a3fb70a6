"""What a worker hands in: a page, its failure, a document's end; each in one transaction, and only by who holds it."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.errors import DamagedStore
from docintel.library import chunks, documents, pages, pausing
from docintel.library.chunks import Embedding, PreparedChunk
from docintel.library.people import audit
from docintel.library.store import Store, translate_errors
from docintel.model import User
from storage.database import Transaction

if TYPE_CHECKING:
    from docintel.pipeline import ReadPage


def commit_page(
    store: Store,
    document_id: str,
    read: "ReadPage",
    prepared: Sequence[PreparedChunk],
    embedding: Embedding | None,
    *,
    owner: str,
) -> bool:
    """Page, chunks, terms, vectors and outbox, or nothing. False: the page is no longer `owner`'s.

    Raises DamagedStore when a picture that the reader left out because it was kept has been deleted meanwhile.
    """
    page = read.page
    with translate_errors():  # before the transaction: others need not wait for the disk
        for key, data in _pictures(read):
            if data and not store.files.exists(key):
                store.files.write(key, data)
    with store.write() as tx:
        if not _is_held(tx, document_id, page.number, owner):
            _discard(tx, read)
            return False
        _keep_pictures(store, read)
        tx.run("DELETE FROM page_bodies WHERE document_id = :id AND number = :n", id=document_id, n=page.number)
        tx.run("DELETE FROM page_languages WHERE document_id = :id AND number = :n", id=document_id, n=page.number)
        tx.insert("page_bodies", [pages.body_row(document_id, page)])
        tx.insert("page_languages", pages.language_rows(document_id, page))
        _mark_done(tx, document_id, read)
        collection = collection_of(tx, document_id)
        chunks.replace(tx, document_id, collection, prepared, embedding, page_number=page.number)
        pausing.count_success(tx)
        settle(tx, document_id)
    return True


def _pictures(read: "ReadPage") -> Iterator[tuple[str, bytes]]:
    yield read.image_key, read.image
    yield read.thumbnail_key, read.thumbnail


def _keep_pictures(store: Store, read: "ReadPage") -> None:
    """Inside the transaction, where nobody deletes: a picture may have gone since it was seen."""
    for key, data in _pictures(read):
        if store.files.exists(key):
            continue
        if not data:
            raise DamagedStore(f"The picture {key} was deleted while its page was read.")
        store.files.write(key, data)


def _discard(tx: Transaction, read: "ReadPage") -> None:
    """Pictures written for a page that nobody wants any more go the way of a deleted document's."""
    keys = [("files", read.image_key), ("files", read.thumbnail_key), ("cache", read.cache_key)]
    tx.insert("trash", [{"room": room, "key": key} for room, key in keys])


def _is_held(tx: Transaction, document_id: str, number: int, owner: str) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM pages WHERE document_id = :id AND number = :number AND state = 'reading' AND owner = :owner",
            id=document_id,
            number=number,
            owner=owner,
        )
    )


def _mark_done(tx: Transaction, document_id: str, read: "ReadPage") -> None:
    tx.run(
        "UPDATE pages SET state = 'done', error = NULL, owner = NULL, expires_at = NULL, is_cached = :cached, "
        "seconds = :seconds, engine = :engine, image_hash = :image_hash, image_key = :image_key, "
        "thumbnail_key = :thumbnail_key, cache_key = :cache_key, read_at = :now "
        "WHERE document_id = :id AND number = :number",
        id=document_id,
        number=read.page.number,
        cached=int(read.cached),
        seconds=read.seconds,
        engine=read.page.engine,
        image_hash=read.image_hash,
        image_key=read.image_key,
        thumbnail_key=read.thumbnail_key,
        cache_key=read.cache_key,
        now=time.time(),
    )


def fail_page(store: Store, document_id: str, number: int, error: str, *, owner: str) -> bool:
    """The page stays failed, with its reason, until it is retried. False: it is no longer `owner`'s."""
    with store.write() as tx:
        if not _is_held(tx, document_id, number, owner):
            return False
        end_failed(tx, document_id, number, error)
    return True


def end_failed(tx: Transaction, document_id: str, number: int, error: str) -> None:
    """The page has come to a bad end."""
    tx.run(
        "UPDATE pages SET state = 'failed', error = :error, owner = NULL, expires_at = NULL, read_at = :now "
        "WHERE document_id = :id AND number = :number",
        id=document_id,
        number=number,
        error=error,
        now=time.time(),
    )
    pausing.count_failure(tx, document_id)
    settle(tx, document_id)


def settle(tx: Transaction, document_id: str) -> None:
    """After a page's change: a job without open pages goes on to its last step; the document's row follows."""
    if documents.page_counts(tx, document_id).open == 0:
        tx.run(
            "UPDATE jobs SET step = 'finish', owner = NULL, expires_at = NULL "
            "WHERE document_id = :id AND step = 'pages' AND state IN ('queued', 'reading')",
            id=document_id,
        )
    documents.refresh(tx, document_id)


def finish(
    store: Store, document_id: str, prepared: Sequence[PreparedChunk], embedding: Embedding | None, *, owner: str
) -> bool:
    """The document's chunks as seen over all its pages; its job is done. False: the job is no longer `owner`'s."""
    with store.write() as tx:
        job = tx.row(
            "SELECT id FROM jobs WHERE document_id = :id AND step = 'finish' AND owner = :owner",
            id=document_id,
            owner=owner,
        )
        if job is None:
            return False
        chunks.replace(tx, document_id, collection_of(tx, document_id), prepared, embedding)
        tx.run(
            "UPDATE jobs SET state = 'done', owner = NULL, expires_at = NULL, finished_at = :now WHERE id = :id",
            id=job["id"],
            now=time.time(),
        )
        drop_working_copy(tx, document_id)
        documents.refresh(tx, document_id)
    return True


def drop_working_copy(tx: Transaction, document_id: str) -> None:
    key = tx.value("SELECT unlocked_key FROM documents WHERE id = :id", id=document_id)
    if key:
        tx.insert("trash", [{"room": "files", "key": key}])
        tx.run("UPDATE documents SET unlocked_key = NULL WHERE id = :id", id=document_id)


def collection_of(tx: Transaction, document_id: str) -> str:
    return str(tx.value("SELECT collection FROM documents WHERE id = :id", id=document_id))


def unlocked(store: Store, document_id: str, copy: Path, user: User | None = None) -> None:
    """Takes the decrypted `copy` as what is read of the document, and lets a job that waited for it go on."""
    key = f"work/{document_id}"
    with store.write() as tx:
        audit.of_document(tx, documents.find_own(tx, document_id, user), user=user, action="unlocked")
        store.files.move_in(copy, key)
        tx.run("UPDATE documents SET unlocked_key = :key WHERE id = :id", key=key, id=document_id)
        tx.run(
            "UPDATE jobs SET state = 'queued', error = NULL, finished_at = NULL "
            "WHERE document_id = :id AND state = 'needs_password'",
            id=document_id,
        )
        documents.refresh(tx, document_id)
