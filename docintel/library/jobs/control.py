"""What people do to a document's job: retry, cancel, unlock. In the caller's transaction."""

from collections.abc import Sequence

from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import JobEvent, JobStep, PageEvent, is_possible
from docintel.library.jobs.summary import refresh
from storage.database import Transaction


def retry(tx: Transaction, document_id: str, page: int | None = None) -> int:
    """Failed and cancelled pages wait again, or one of them; else the step at which the document stopped. How many.

    Nothing waits anew of a document that is done.
    """
    job = Jobs(tx).of(document_id)
    if job is None:
        return 0
    num_pages = Pages(tx).retry(document_id, page) if job.step != JobStep.OPEN else 0
    if num_pages:
        Jobs(tx).start_over(job, JobEvent.PAGES_RETRIED)
    elif page is None and is_possible(job.status, JobEvent.RETRIED):
        Jobs(tx).start_over(job, JobEvent.RETRIED)
    else:
        return 0
    refresh(tx, document_id)
    return num_pages or 1


def read_again(tx: Transaction, document_id: str, *, engine: str, languages: Sequence[str]) -> bool:
    """All pages wait, to be read so; False: the document is being read."""
    job = Jobs(tx).of(document_id)
    if job is None or not is_possible(job.status, JobEvent.READ_AGAIN):
        return False
    Jobs(tx).read_as(job, engine=engine, languages=languages)
    Jobs(tx).start_over(job, JobEvent.READ_AGAIN)
    Pages(tx).retry(document_id, event=PageEvent.READ_AGAIN)
    refresh(tx, document_id)
    return True


def cancel(tx: Transaction, document_id: str) -> bool:
    """Reads no more of the document; what has been read stays. False: it had come to its end already."""
    if not Jobs(tx).change_if_possible(document_id, JobEvent.CANCELLED):
        return False
    Pages(tx).cancel(document_id)
    drop_working_copy(tx, document_id)
    refresh(tx, document_id)
    return True


def unlock(tx: Transaction, document_id: str, key: str) -> None:
    """The decrypted copy under `key` is read from now on; a job that waited for it goes on."""
    tx.run("UPDATE documents SET unlocked_key = :key WHERE id = :id", key=key, id=document_id)
    Jobs(tx).change_if_possible(document_id, JobEvent.UNLOCKED)
    refresh(tx, document_id)


def lock(tx: Transaction, document_id: str, error: str) -> None:
    """Waits for a password."""
    job = Jobs(tx).of(document_id)
    if job is not None:
        Jobs(tx).change(job, JobEvent.LOCKED, error=error)
        refresh(tx, document_id)


def drop_working_copy(tx: Transaction, document_id: str) -> None:
    """The decrypted copy goes, once nothing is read of it any more."""
    key = tx.value("SELECT unlocked_key FROM documents WHERE id = :id", id=document_id)
    if key:
        tx.insert("trash", [{"room": "files", "key": key}])
        tx.run("UPDATE documents SET unlocked_key = NULL WHERE id = :id", id=document_id)
