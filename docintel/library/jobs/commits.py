"""What a worker hands in: a page, its failure, a document's end; each in one transaction, and only by who holds it."""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from docintel.damage import damage_noted
from docintel.errors import DamagedStore
from docintel.library import pages
from docintel.library.chunks import rows as chunks
from docintel.library.chunks.rows import Embedding, PreparedChunk
from docintel.library.corrections import rows as corrections
from docintel.library.jobs import pausing
from docintel.library.jobs.control import drop_working_copy
from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import JobEvent, JobStep, PageEvent, PageState, page_change
from docintel.library.jobs.summary import refresh
from docintel.library.store import Store, translate_errors
from storage.database import Transaction

if TYPE_CHECKING:
    from docintel.pipeline import ReadPage


class Commits:
    """What a worker hands in, each in one transaction, and only by who holds the lease."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def commit_page(
        self,
        document_id: str,
        read: "ReadPage",
        prepared: Sequence[PreparedChunk],
        embedding: Embedding | None,
        *,
        owner: str,
        source_key: str | None = None,
    ) -> bool:
        """Page, chunks, terms, vectors and outbox, or nothing. False: the page is no longer `owner`'s.

        What was corrected on it before stays, as far as it fits.

        Under `source_key` it is found when the same file comes again (see docintel.pipeline); None: it isn't.
        Raises DamagedStore when a picture that the reader left out because it was kept has been deleted meanwhile.
        """
        page = read.page
        thrown_away = _write_pictures(self._store, read)
        with self._store.write() as tx:
            is_held = Pages(tx).held(document_id, page.number, owner) is not None
            if is_held:
                _keep_pictures(self._store, read)
                pages.replace(tx, document_id, corrections.replace_reading(tx, document_id, page))
                _throw_away_old(tx, document_id, read)
                _mark_read(tx, document_id, read, source_key)
                chunks.replace(
                    tx, document_id, collection_of(tx, document_id), prepared, embedding, page_number=page.number
                )
                pausing.count_success(tx)
                settle(tx, document_id)
            if read.cache_entry and (is_held or _is_cancelled(tx, document_id, read)):
                self._store.cache.put(read.cache_key, read.cache_entry)
            if is_held and thrown_away:
                tx.run("DELETE FROM trash WHERE seq IN :seqs", seqs=thrown_away)
        return is_held

    def fail_page(self, document_id: str, number: int, error: str, *, owner: str) -> bool:
        """The page stays failed, with its reason, until it is retried. False: it is no longer `owner`'s."""
        with self._store.write() as tx:
            if Pages(tx).held(document_id, number, owner) is None:
                return False
            end_failed(tx, document_id, number, error)
        return True

    def fail_damaged_page(self, document_id: str, number: int, error: str) -> bool:
        """A page that had been read and whose text is not what was written is failed, and can be retried."""
        with self._store.write() as tx:
            changed = Pages(tx).fail(document_id, number, error, event=PageEvent.FOUND_DAMAGED)
            if changed:
                tx.run("DELETE FROM page_bodies WHERE document_id = :id AND number = :n", id=document_id, n=number)
                refresh(tx, document_id)
            return changed

    def finish(
        self,
        document_id: str,
        prepared: Sequence[PreparedChunk],
        embedding: Embedding | None,
        *,
        owner: str,
        kept: Collection[str] = (),
    ) -> bool:
        """The document's chunks as seen over all its pages, those with ids in `kept` as they are; its job is done.

        False: the job is no longer `owner`'s.
        """
        with self._store.write() as tx:
            job = Jobs(tx).held(document_id, owner)
            if job is None or job.step != JobStep.FINISH:
                return False
            chunks.replace(tx, document_id, collection_of(tx, document_id), prepared, embedding, kept=kept)
            Jobs(tx).change(job, JobEvent.FINISHED)
            drop_working_copy(tx, document_id)
            refresh(tx, document_id)
        return True


def _write_pictures(store: Store, read: "ReadPage") -> list[int]:
    """Before the page's own transaction: others need not wait for the disk. What stands in the trash for it.

    What is new is thrown away first, and kept only if a row comes to name it: whoever is killed meanwhile, the next
    sweep finds what nobody wants.
    """
    new = [("files", key) for key, data in _pictures(read) if data and not store.files.exists(key)]
    new += [("cache", read.cache_key)] if read.cache_entry else []
    if not new:
        return []
    with store.write() as tx:
        thrown_away = [tx.insert_one("trash", room=room, key=key) for room, key in new]
    with translate_errors():
        for key, data in _pictures(read):
            if data and not store.files.exists(key):
                store.files.write(key, data)
    return thrown_away


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


def _throw_away_old(tx: Transaction, document_id: str, read: "ReadPage") -> None:
    """Of a page that was read before: what that reading named and this one does not."""
    for bucket, column in (("files", "image_key"), ("files", "thumbnail_key"), ("cache", "cache_key")):
        tx.run(
            f"INSERT INTO trash (room, key) SELECT '{bucket}', {column} FROM pages "
            f"WHERE document_id = :id AND number = :number AND {column} <> :new",
            id=document_id,
            number=read.page.number,
            new=getattr(read, column),
        )


def _mark_read(tx: Transaction, document_id: str, read: "ReadPage", source_key: str | None) -> None:
    _, done = page_change(PageEvent.READ)
    tx.run(
        "UPDATE pages SET state = :done, error = :damage, owner = NULL, expires_at = NULL, is_cached = :cached, "
        "seconds = :seconds, engine = :engine, image_hash = :image_hash, image_key = :image_key, "
        "thumbnail_key = :thumbnail_key, cache_key = :cache_key, source_key = :source_key, read_at = :now "
        "WHERE document_id = :id AND number = :number",
        id=document_id,
        number=read.page.number,
        done=done,
        damage=damage_noted(read.page),
        cached=int(read.cached),
        seconds=read.seconds,
        engine=read.page.engine,
        image_hash=read.image_hash,
        image_key=read.image_key,
        thumbnail_key=read.thumbnail_key,
        cache_key=read.cache_key,
        source_key=source_key,
        now=time.time(),
    )


def end_failed(tx: Transaction, document_id: str, number: int, error: str) -> None:
    """The page, which is being read, has come to a bad end."""
    Pages(tx).fail(document_id, number, error)
    pausing.count_failure(tx, document_id)
    settle(tx, document_id)


def settle(tx: Transaction, document_id: str) -> None:
    """After a page's change: a job without open pages goes on to its last step; the document's row follows."""
    if Pages(tx).counts(document_id).open == 0:
        Jobs(tx).change_if_possible(document_id, JobEvent.PAGES_ENDED)
    refresh(tx, document_id)


def collection_of(tx: Transaction, document_id: str) -> str:
    return str(tx.value("SELECT collection FROM documents WHERE id = :id", id=document_id))
