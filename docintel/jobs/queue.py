"""The user's side of the queue: what is being read, what failed and why; retry, cancel, pause."""

from collections.abc import Iterable
from itertools import islice

from docintel.errors import NotFound, OwnerOnly
from docintel.jobs.live_output import read_output
from docintel.jobs.progress import BeingRead, Progress, being_read, progress, reason_of
from docintel.library import Library, Transaction
from docintel.library.documents import find_own
from docintel.library.jobs import control, pausing
from docintel.library.jobs.reports import Reports
from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import JobState
from docintel.library.pages import live_output_key
from docintel.library.people import access, audit
from docintel.model import Model

AT_A_TIME = 100
"""Documents that one transaction changes: workers have pages to hand in meanwhile."""


class Job(Model):
    """The reading of one document. `done` says that it came to its end; pages may have failed. `no_room`: it waits
    for room on the disk, and goes on by itself."""

    id: int
    document_id: str
    name: str
    collection: str
    state: JobState
    num_pages: int
    pages_done: int
    pages_failed: int
    error: str | None
    priority: int
    reading_page: int | None
    """The first of the pages that are being read."""


class Queue:
    """Of a library's documents, as its user sees them; only owners change anything."""

    def __init__(self, library: Library) -> None:
        self._store = library.store
        self._user = library.user

    def jobs(self, *, limit: int = 100) -> list[Job]:
        """Those that are being read first, then those that wait, then the newest."""
        seen, parameters = access.of_documents(self._user, "j.document_id")
        with self._store.read() as tx:
            found = Reports(tx).jobs(seen, limit, **parameters)
        return [Job.model_validate(job, from_attributes=True) for job in found]

    def counts(self) -> dict[JobState, int]:
        """Jobs by state; states without jobs are left out."""
        seen, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            return Reports(tx).counts(seen, **parameters)

    def progress(self) -> Progress:
        """How far the reading has come, how fast it is, and what failed."""
        with self._store.read() as tx:
            return progress(tx, self._user)

    def being_read(self) -> list[BeingRead]:
        """The pages that are being read now, those begun first before others."""
        with self._store.read() as tx:
            pages = being_read(tx, self._user)
        files = self._store.files
        notes = [read_output(files.path(live_output_key(page.document_id, page.number))) for page in pages]
        return [page.model_copy(update={"live_output": output}) for page, output in zip(pages, notes, strict=True)]

    def asks_for(self, engine: str) -> bool:
        """Whether a document that waits or is being read asks for this engine."""
        with self._store.read() as tx:
            return Jobs(tx).is_any_active("engine = :engine", engine=engine)

    def retry(self, document_id: str, page: int | None = None) -> int:
        """Queues a document's failed and cancelled pages again, or one of them, or its opening. How many.

        Raises NotFound, OwnerOnly.
        """
        with self._store.write() as tx:
            return self._retry(tx, document_id, page)

    def retry_failed(self) -> int:
        """Queues all that failed again: pages and whole documents. How many."""
        own, parameters = access.owned(self._user)
        with self._store.read() as tx:
            documents = Jobs(tx).failed_documents(own, **parameters)
        return self._retry_each((document_id, None) for document_id in documents)

    def retry_reason(self, reason: str) -> int:
        """Queues again what failed for one of `progress().failures`. How many."""
        own, parameters = access.owned(self._user, "d.collection")
        with self._store.read() as tx:
            pages = [
                (p.document_id, p.number) for p in Pages(tx).failed(own, **parameters) if reason_of(p.error) == reason
            ]
            jobs = [j.document_id for j in Jobs(tx).set_aside(own, **parameters) if reason_of(j.error) == reason]
        return self._retry_each([*pages, *((document_id, None) for document_id in jobs)])

    def _retry_each(self, failed: Iterable[tuple[str, int | None]]) -> int:
        """What has been deleted or given away meanwhile is left out."""
        count, waiting = 0, iter(failed)
        while some := list(islice(waiting, AT_A_TIME)):
            with self._store.write() as tx:
                for document_id, page in some:
                    try:
                        count += self._retry(tx, document_id, page)
                    except (NotFound, OwnerOnly):
                        continue
        return count

    def _retry(self, tx: Transaction, document_id: str, page: int | None) -> int:
        document = find_own(tx, document_id, self._user)
        count = control.retry(tx, document.id, page)
        if count:
            detail = "" if page is None else f"page {page}"
            audit.of_document(tx, document, user=self._user, action="retried", detail=detail)
        return count

    def cancel(self, document_id: str) -> None:
        """Reads no more of a document; what has been read stays. Nothing happens to one that is done."""
        with self._store.write() as tx:
            self._cancel(tx, document_id)

    def cancel_all(self) -> int:
        """Reads no more of all that the user owns. How many documents were stopped."""
        own, parameters = access.owned(self._user, "d.collection")
        count = 0
        while True:
            with self._store.write() as tx:
                some = Jobs(tx).open_documents(own, AT_A_TIME, **parameters)
                for document_id in some:
                    self._cancel(tx, document_id)
            count += len(some)
            if not some:
                return count

    def _cancel(self, tx: Transaction, document_id: str) -> None:
        document = find_own(tx, document_id, self._user)
        if control.cancel(tx, document.id):
            audit.of_document(tx, document, user=self._user, action="cancelled")

    def pause(self, reason: str = "by the user") -> None:
        """Nothing more is begun, by any worker; what is being read is read to its end."""
        self._must_see_all()
        with self._store.write() as tx:
            pausing.pause(tx, reason)
            audit.record(tx, user=self._user, action="paused", detail=reason)

    def resume(self) -> None:
        """Raises OwnerOnly, like `pause`."""
        self._must_see_all()
        with self._store.write() as tx:
            if pausing.resume(tx):
                audit.record(tx, user=self._user, action="resumed")

    @property
    def may_pause(self) -> bool:
        """Only who sees all documents may, since it stops them all."""
        return access.sees_all(self._user)

    def _must_see_all(self) -> None:
        if not self.may_pause:
            raise OwnerOnly("Everybody's documents are read by the same workers: only an administrator may pause them.")

    @property
    def paused(self) -> bool:
        return self.pause_reason is not None

    @property
    def pause_reason(self) -> str | None:
        with self._store.read() as tx:
            return pausing.reason(tx)

    def is_idle(self) -> bool:
        """Nothing waits and nothing is being read."""
        seen, parameters = access.of_documents(self._user)
        with self._store.read() as tx:
            return not Jobs(tx).is_any_active(seen, **parameters)
