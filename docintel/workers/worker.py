"""The worker: takes what waits, has it read in processes that may be killed, and hands it in page by page.

Killed at any moment, it leaves nothing half done: a page is committed whole or read again.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from docintel.chunking import chunk_pages
from docintel.embedding import Embedder, open_embedder
from docintel.engines import WRITING, resolved
from docintel.errors import (
    DamagedPage,
    DamagedStore,
    DiskFull,
    DocintelError,
    EngineLoading,
    EngineUnavailable,
    PasswordRequired,
    StoreBusy,
)
from docintel.intake import confined
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask, Task, location
from docintel.jobs.process_id import this_process
from docintel.jobs.queue import Queue
from docintel.jobs.worker_registry import registered
from docintel.library import Library
from docintel.library.pages import drop_previews, live_output_key, preview_key
from docintel.pipeline import ReadPage, as_twin, source_key
from docintel.processes.arguments import Owned
from docintel.processes.outcomes import Crashed, Outcome, Raised, Returned, TimedOut
from docintel.settings import Settings
from docintel.workers import answers, inputs, page_services, reading
from docintel.workers.heartbeat import Heartbeat
from docintel.workers.preparing import Preparer
from docintel.workers.readers import Readers, Work, num_readers

log = logging.getLogger(__name__)

POLL_S = 0.2
LOOK_S = 2.0
TIDY_S = 3_600.0
"""Between two looks for what is left over, or has been in the bin for long."""
AGAIN = "`docintel retry` tries again."


class Worker:
    """One a process. Leases are in its name; the reading processes and the embedding model are its own."""

    def __init__(
        self,
        library: Library,
        *,
        embedder: Embedder | None,
        owner: str = "",
        read: Callable[..., ReadPage] = reading.read,
    ) -> None:
        """`read` runs in the reading processes: it has the signature of `docintel.workers.reading.read`."""
        self._library = library
        self._settings = library.settings
        self._leases = Leases(library, owner or this_process())
        self._queue = Queue(library)
        self._preparer = Preparer(library, embedder)
        self._read = read
        self._next_look = 0.0
        self._tidied_at = 0.0
        self._fingerprints: dict[str, str] = {}
        """Of the engines that have read a page here, by their names in tasks."""
        self._full: str | None = None
        self._put_off: list[Task] = []
        self._readers = Readers(
            num_readers(self._settings),
            self._settings,
            preload=[*reading.preload(self._settings), read.__module__],
        )

    def run(self, *, should_stop: Callable[[], bool] = lambda: False, until_idle: bool = False) -> None:
        """Works until it is told to stop, or until nothing is left to do; puts back what it holds.

        Raises UsageError where the settings want a sandbox that this machine does not have.
        """
        confined.require(self._settings)
        if problem := confined.problem(self._settings):
            log.warning("%s", problem)
        heart = Heartbeat(self._leases, self._library)
        try:
            self._tidy()
            heart.start()
            while not should_stop() and not (until_idle and self._is_done()):
                self._tidy_if_due()
                self._try_turn()
        finally:
            heart.stop()
            self._end()

    def _tidy(self) -> None:
        self._tidied_at = time.monotonic()
        try:
            self._library.sweep()
            inputs.sweep(self._settings.home)
            self._leases.reclaim()
        except DiskFull as error:
            self._wait_for_room(error)

    def _tidy_if_due(self) -> None:
        if time.monotonic() - self._tidied_at >= TIDY_S:
            self._tidy()

    def _end(self) -> None:
        tasks = self._readers.tasks
        self._readers.close()
        for task in tasks:
            self._drop_preview(task)
        try:
            self._leases.release()
        except DocintelError as error:
            log.warning("what this worker holds goes back once it has ended: %s", error)

    def _is_done(self) -> bool:
        is_waiting = self._readers.tasks or self._full is not None
        return not is_waiting and (self._queue.is_idle() or self._queue.paused)

    def _try_turn(self) -> None:
        try:
            self._turn()
        except StoreBusy as error:
            log.warning("trying again: %s", error)
            time.sleep(POLL_S)

    def _turn(self) -> None:
        """Takes back what is read, gives the free processes new work, and only then commits, while they read."""
        self._drop_lost()
        ended: list[tuple[Task, Outcome | None]] = [*self._readers.ended(0.0), *self._begin_more()]
        if not ended:
            self._readers.forget_files()
            ended = [*self._readers.ended(POLL_S)]
        for task, outcome in ended:
            self._settle(task, outcome)

    def _drop_lost(self) -> None:
        """Looks now and then for pages that were cancelled or deleted while they are read."""
        if not self._readers.tasks or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_S
        held = self._leases.held()
        for task in self._readers.tasks:
            if location(task) not in held:
                self._readers.stop(task)
                self._drop_preview(task)

    def _drop_preview(self, task: Task) -> None:
        if isinstance(task, PageTask):
            drop_previews(self._library.store, task.document_id, task.number)

    def _take(self) -> list[Task]:
        """Nothing while the disk is full and not even that could be written down."""
        try:
            if self._full is not None:
                self._leases.pause(self._full, self._put_off)
            else:
                for task in self._put_off:
                    self._leases.put_back(task)
            self._full, self._put_off = None, []
            return self._leases.take(self._readers.num_free)
        except DiskFull as error:
            self._wait_for_room(error)
        except StoreBusy as error:
            log.warning("nothing is begun for the moment: %s", error)
        return []

    def _wait_for_room(self, error: DiskFull, *tasks: Task) -> None:
        """A full disk is nobody's failure: the queue is paused and `tasks` are put back, as soon as the database can
        be written again."""
        if self._full is None:
            log.error("nothing more is begun: %s", error)
        self._full = str(error)
        self._put_off += tasks

    def _begin_more(self) -> list[tuple[Task, Outcome | None]]:
        """What needs no process: last steps, and pages as their twins."""
        ready: list[tuple[Task, Outcome | None]] = []
        for task in self._take():
            match task:
                case OpenTask():
                    self._begin(
                        task,
                        reading.inspect,
                        self._settings.without_secrets(),
                        timeout_s=self._settings.open_timeout_s,
                    )
                case PageTask():
                    if twin := self._as_twin(task):
                        ready.append((task, twin))
                    else:
                        self._begin(task, self._read, *self._arguments(task), timeout_s=self._page_timeout_s(task))
                case FinishTask():
                    ready.append((task, None))
        return ready

    def _begin(self, task: Work, function: Callable[..., Any], *args: Any, timeout_s: float) -> None:
        try:
            self._readers.begin(task, function, *args, timeout_s=timeout_s)
        except OSError as error:  # no memory or no process numbers left: nothing is wrong with the task
            log.warning("no reading process could be started, trying again: %s", error)
            self._put_off.append(task)
            time.sleep(POLL_S)

    def _page_timeout_s(self, task: PageTask) -> float:
        """A page that is read by writing waits for its turn at the model, and may be asked for several times."""
        return self._settings.model_timeout_s if self._engine_of(task) in WRITING else self._settings.page_timeout_s

    def _arguments(self, task: PageTask) -> tuple[Any, ...]:
        """What `read` is given beside the path of the file."""
        store, engine = self._library.store, self._engine_of(task)
        return (
            task.number,
            engine,
            task.languages,
            page_services.cache_by_call(store),
            page_services.generator_by_call(engine, self._settings),
            Owned(store.files.exists),
            page_services.output_by_call(store.files.path(live_output_key(task.document_id, task.number))),
            page_services.preview_by_call(store, preview_key(task.document_id, task.number)),
            self._settings.without_secrets(),
        )

    def _engine_of(self, task: PageTask) -> str:
        return resolved(task.engine or self._settings.engine, self._settings)

    def _as_twin(self, task: PageTask) -> Returned | None:
        """The page, if it has been read of the same file before by the engine that this worker's processes have."""
        began = time.perf_counter()
        fingerprint = self._fingerprints.get(task.engine)
        twin = self._library.twin(self._source_key(task), fingerprint) if fingerprint else None
        read = as_twin(twin, self._library.store.files.exists) if twin else None
        return Returned(replace(read, seconds=time.perf_counter() - began)) if read else None

    def _source_key(self, task: PageTask) -> str:
        return source_key(task.content, task.number, task.languages or self._settings.languages, self._settings)

    def _settle(self, task: Task, outcome: Outcome | None) -> None:
        """Hands in what became of a task."""
        self._drop_preview(task)
        try:
            match task:
                case OpenTask():
                    self._settle_opening(task, outcome)
                case PageTask():
                    self._settle_page(task, outcome)
                case FinishTask():
                    self._finish(task)
        except DiskFull as error:
            self._wait_for_room(error, task)
        except StoreBusy as error:
            log.warning("%s is handed in again later: %s", task.document_id, error)
            self._put_off.append(task)
        except Exception as error:  # noqa: BLE001 - the edge: whatever a document provokes is its own failure
            self._set_aside(task, error)

    def _set_aside(self, task: Task, error: Exception) -> None:
        """The second unexpected error in a row ends the task, with its reason; the worker goes on with others."""
        log.error("unexpected error with %s", task.document_id, exc_info=error)
        said = str(error) if isinstance(error, DocintelError) else f"It could not be read ({type(error).__name__})."
        try:
            self._leases.crashed(task, f"{said} {AGAIN}")
        except (DiskFull, StoreBusy):
            self._put_off.append(task)

    def _settle_opening(self, task: OpenTask, outcome: Outcome | None) -> None:
        match outcome:
            case Returned(info):
                answers.check_info(info, self._settings)
                self._leases.opened(task, info.num_pages, info.media_type)
            case Raised(PasswordRequired() as error):
                self._leases.needs_password(task, str(error))
            case Raised(error, trace):
                _log_trace(task, trace)
                self._leases.not_opened(task, str(error))
            case Crashed(how, words):
                _log_words(task, words)
                self._leases.crashed(
                    task, f"The file crashed the process that opened it twice ({how}); it is set aside. {AGAIN}"
                )
            case TimedOut(seconds, words):
                _log_words(task, words)
                self._leases.not_opened(
                    task, f"The file could not be opened within {seconds:.0f} s (DOCINTEL_OPEN_TIMEOUT_S is the limit)."
                )

    def _settle_page(self, task: PageTask, outcome: Outcome | None) -> None:
        match outcome:
            case Returned(read):
                answers.check_page(read, task.number)
                self._commit(task, read)
            case Raised(DiskFull() as error):
                raise error
            case Raised(EngineLoading() as error):
                log.info("page %d of %s goes back to the queue: %s", task.number, task.document_id, error)
                self._leases.put_back(task)
            case Raised(error, trace):
                _log_trace(task, trace)
                self._fail(task, str(error))
            case Crashed(how, words):
                _log_words(task, words)
                self._leases.crashed(
                    task, f"The page crashed the process that read it twice ({how}); it is set aside. {AGAIN}"
                )
            case TimedOut(seconds, words):
                _log_words(task, words)
                self._fail(
                    task, f"The page was not read within {seconds:.0f} s (DOCINTEL_PAGE_TIMEOUT_S is the limit)."
                )

    def _commit(self, task: PageTask, read: ReadPage) -> None:
        if read.is_final:
            self._fingerprints[task.engine] = read.page.engine
        page = self._library.corrections.laid_over(task.document_id, read.page)
        prepared = self._preparer.prepared(chunk_pages(task.document_id, [page]))
        try:
            self._library.commits.commit_page(
                task.document_id,
                read,
                prepared,
                self._preparer.embedding,
                owner=self._leases.owner,
                source_key=self._source_key(task) if read.is_final else None,
            )
        except DamagedStore as error:  # a picture that was there is no longer: read the page once more
            log.warning("page %d of %s goes back to the queue: %s", task.number, task.document_id, error)
            self._leases.put_back(task)
        else:
            log.info("page %d of %s is read: %.1f s%s", task.number, task.document_id, read.seconds, _cached(read))

    def _fail(self, task: PageTask, error: str) -> None:
        log.info("page %d of %s failed", task.number, task.document_id)
        self._library.commits.fail_page(task.document_id, task.number, error, owner=self._leases.owner)

    def _finish(self, task: FinishTask) -> None:
        try:
            chunks = chunk_pages(task.document_id, self._library.each_page(task.document_id))
        except DamagedPage as error:
            if not self._library.commits.fail_damaged_page(task.document_id, error.number, str(error)):
                raise
            log.warning("%s", error)
            self._leases.put_back(task)
            return
        same = self._library.chunks.same(task.document_id, chunks)
        prepared = self._preparer.prepared([chunk for chunk in chunks if chunk.id not in same])
        self._library.commits.finish(
            task.document_id,
            prepared,
            self._preparer.embedding,
            owner=self._leases.owner,
            kept=same,
        )


def _cached(read: ReadPage) -> str:
    return ", it was in the cache" if read.cached else ""


def _log_words(task: Work, last_words: str) -> None:
    if last_words:
        log.warning("the process that worked on %s ended with: %s", task.document_id, last_words)


def _log_trace(task: Work, trace: str) -> None:
    if trace:
        log.warning("unexpected error while reading %s:\n%s", task.document_id, trace)


def embedder_for(library: Library) -> Embedder | None:
    """The embedder of a home, or None where it is not installed: documents are then searched by words only."""
    try:
        return open_embedder(library.settings, used=library.embedding_models)
    except EngineUnavailable as error:
        log.warning("documents are searched by words only: %s", error)
        return None


def run(settings: Settings, *, until_idle: bool = False, should_stop: Callable[[], bool] | None = None) -> None:
    """A worker in this process, until SIGTERM, SIGINT, `should_stop`, or (`until_idle`) nothing is left to do."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the embedding model: the cores are the reading processes'
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    library = Library.open(settings)
    try:
        worker = Worker(library, embedder=embedder_for(library))
        with registered(settings.home):
            worker.run(
                should_stop=lambda: stopped.is_set() or bool(should_stop and should_stop()), until_idle=until_idle
            )
    finally:
        library.close()
