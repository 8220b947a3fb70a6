"""What a worker hands in: a page, its failure, a document's end; each in one transaction, and only by who holds it."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from docintel.errors import DamagedStore
from docintel.library import chunks, pages
from docintel.library.chunks import Embedding, PreparedChunk
from docintel.library.jobs import pausing
from docintel.library.jobs.control import drop_working_copy
from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import JobEvent, JobStep, PageEvent, PageState, page_change
from docintel.library.jobs.summary import refresh
from docintel.library.store import Store, translate_errors
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
    _write_pictures(store, read)
    with store.write() as tx:
        is_held = Pages(tx).held(document_id, page.number, owner) is not None
        if is_held:
            _keep_pictures(store, read)
            pages.replace(tx, document_id, page)
            _mark_read(tx, document_id, read)
            chunks.replace(
                tx, document_id, collection_of(tx, document_id), prepared, embedding, page_number=page.number
            )
            pausing.count_success(tx)
            settle(tx, document_id)
        if read.cache_entry and (is_held or _is_cancelled(tx, document_id, read)):
            store.cache.put(read.cache_key, read.cache_entry)
    return is_held


def _write_pictures(store: Store, read: "ReadPage") -> None:
    """Before the page's own transaction: others need not wait for the disk.

    What is new is thrown away first, and kept only if a row comes to name it: whoever is killed meanwhile, the next
    sweep finds what nobody wants.
    """
    new = [("files", key) for key, data in _pictures(read) if data and not store.files.exists(key)]
    new += [("cache", read.cache_key)] if read.cache_entry else []
    if not new:
        return
    with store.write() as tx:
        tx.insert("trash", [{"room": room, "key": key} for room, key in new])
    with translate_errors():
        for key, data in _pictures(read):
            if data and not store.files.exists(key):
                store.files.write(key, data)


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


def _is_cancelled(tx: Transaction, document_id: str, read: "ReadPage") -> bool:
    """What the engine said of a page that was cancelled meanwhile is kept: it is not asked again if that is retried."""
    changed = tx.run(
        "UPDATE pages SET cache_key = :key WHERE document_id = :id AND number = :number AND state = :cancelled",
        key=read.cache_key,
        id=document_id,
        number=read.page.number,
        cancelled=PageState.CANCELLED,
    )
    return changed > 0


def _mark_read(tx: Transaction, document_id: str, read: "ReadPage") -> None:
    _, done = page_change(PageEvent.READ)
    tx.run(
        "UPDATE pages SET state = :done, error = NULL, owner = NULL, expires_at = NULL, is_cached = :cached, "
        "seconds = :seconds, engine = :engine, image_hash = :image_hash, image_key = :image_key, "
        "thumbnail_key = :thumbnail_key, cache_key = :cache_key, read_at = :now "
        "WHERE document_id = :id AND number = :number",
        id=document_id,
        number=read.page.number,
        done=done,
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
        if Pages(tx).held(document_id, number, owner) is None:
            return False
        end_failed(tx, document_id, number, error)
    return True


def end_failed(tx: Transaction, document_id: str, number: int, error: str) -> None:
    """The page, which is being read, has come to a bad end."""
    Pages(tx).fail(document_id, number, error)
    pausing.count_failure(tx, document_id)
    settle(tx, document_id)


def fail_damaged_page(store: Store, document_id: str, number: int, error: str) -> bool:
    """A page that had been read and whose text is not what was written is failed, and can be retried."""
    with store.write() as tx:
        changed = Pages(tx).fail(document_id, number, error, event=PageEvent.FOUND_DAMAGED)
        if changed:
            tx.run("DELETE FROM page_bodies WHERE document_id = :id AND number = :n", id=document_id, n=number)
            refresh(tx, document_id)
        return changed


def settle(tx: Transaction, document_id: str) -> None:
    """After a page's change: a job without open pages goes on to its last step; the document's row follows."""
    if Pages(tx).counts(document_id).open == 0:
        Jobs(tx).change_if_possible(document_id, JobEvent.PAGES_ENDED)
    refresh(tx, document_id)


def finish(
    store: Store, document_id: str, prepared: Sequence[PreparedChunk], embedding: Embedding | None, *, owner: str
) -> bool:
    """The document's chunks as seen over all its pages; its job is done. False: the job is no longer `owner`'s."""
    with store.write() as tx:
        job = Jobs(tx).held(document_id, owner)
        if job is None or job.step != JobStep.FINISH:
            return False
        chunks.replace(tx, document_id, collection_of(tx, document_id), prepared, embedding)
        Jobs(tx).change(job, JobEvent.FINISHED)
        drop_working_copy(tx, document_id)
        refresh(tx, document_id)
    return True


def collection_of(tx: Transaction, document_id: str) -> str:
    return str(tx.value("SELECT collection FROM documents WHERE id = :id", id=document_id))
