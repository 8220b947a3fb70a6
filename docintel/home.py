"""Opens DOCINTEL_HOME and puts its parts together; the command line and the app begin here.

One process owns a home at a time: it fills the vector index and keeps a worker alive. Others add, search and look.
"""

import copy
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from docintel.engines import answering_context, answering_model, resolved
from docintel.errors import DamagedStore, EngineUnavailable, HomeInUse
from docintel.index import Index, reindex
from docintel.jobs.pace import num_cached
from docintel.jobs.process_id import is_gone, this_process
from docintel.jobs.progress import Progress
from docintel.jobs.queue import Queue
from docintel.jobs.worker_registry import num_alive
from docintel.library import Library, Vector, indexing, watches
from docintel.library.jobs import disk_space
from docintel.library.people import access
from docintel.library.watches import Watch
from docintel.model import Answer, Filters, Model, User
from docintel.settings import Settings
from docintel.watching import Watching
from docintel.workers.supervisor import Supervisor
from storage.errors import StorageError

if TYPE_CHECKING:
    from docintel.answering import Answerer, GenerativeAnswerer, TextCallback
    from docintel.embedding import Embedder
    from docintel.retrieval import Found, Retriever

log = logging.getLogger(__name__)


class HomeStatus(Model):
    """`docintel status --json`."""

    home: str
    owner: int | None
    """Process id of the owner, where there is one."""
    documents: dict[str, int]
    """By state; states without documents are left out."""
    pages: dict[str, int]
    chunks: int
    collections: tuple[str, ...]
    embedding_models: dict[str, str | None]
    """By collection; None: searched by words only."""
    paused: str | None
    """Why nothing new is begun, or None."""
    jobs: dict[str, int]
    """By state, like documents."""
    progress: Progress
    pages_cached: int
    """Pages that were found in the cache instead of being read."""
    workers: int
    """Processes that are alive."""
    index_backlog: int
    """Changes that the vector index has not heard of."""
    disk_free: int
    """Bytes where the home lies."""
    watches: tuple[Watch, ...]


class Health(Model):
    """What whoever looks after a home wants to hear of."""

    worker: bool
    """At least one is alive."""
    index: bool
    """The vector index is open and has heard of everything."""
    disk: bool
    """There is more room than is kept free."""
    paused: bool

    @property
    def is_good(self) -> bool:
        """An index that is behind catches up by itself, and a pause is what somebody wished."""
        return self.worker and self.disk


class Home:
    """One DOCINTEL_HOME. A context manager: leaving it ends what it started."""

    def __init__(self, settings: Settings, library: Library, lock: "HomeLock", *, is_owner: bool) -> None:
        self.settings = settings
        self.library = library
        self.queue = Queue(library)
        self.index: Index | None = Index(library) if is_owner else None
        self._lock = lock
        self._models = Models(settings)
        self._supervisor: Supervisor | None = None
        self._watching: Watching | None = None
        self._model_wanted = threading.Event()
        self._changing = threading.RLock()

    @classmethod
    def open(cls, settings: Settings, *, owner: bool | None = None) -> Self:
        """True: own the home or raise HomeInUse; None: own it if nobody does; False: just look and ask.

        Nothing runs yet: see `start`. Raises DamagedStore.
        """
        library = Library.open(settings)
        lock = HomeLock(settings.home)
        is_owner = owner is not False and lock.taken()
        if owner and not is_owner:
            library.close()
            raise HomeInUse(
                f"{settings.home} is in use by process {lock.holder() or '(unknown)'}. Use that one, end it, or choose "
                "another --home."
            )
        return cls(settings, library, lock, is_owner=is_owner)

    def for_user(self, user: User | None) -> Self:
        """The same home as that user may see it, to be used for a while: only the first one is closed."""
        view = copy.copy(self)
        view.library = self.library.for_user(user)
        view.queue = Queue(view.library)
        view.__dict__.pop("retriever", None)
        return view

    @property
    def is_owner(self) -> bool:
        return self.index is not None

    def start(self) -> None:
        """The owner's parts begin to run: the index's thread, a worker process, and who looks at watched folders.

        Others have nothing to start.
        """
        with self._changing:
            if self.index is None or self._supervisor is not None:
                return
            self.index.start()
            self._supervisor = Supervisor(self.settings, wants_model=self._wants_model)
            self._supervisor.start()
            self._watching = Watching(self.library)
            self._watching.start()

    def want_model(self) -> None:
        """The process that owns Qwen3-VL is to run, though nothing else asks for it; the owner starts it soon."""
        self._model_wanted.set()

    def _wants_model(self) -> bool:
        is_chosen = resolved(self.settings.engine, self.settings) == "qwen3-vl"
        return is_chosen or self._model_wanted.is_set() or self.queue.asks_for("qwen3-vl")

    @contextmanager
    def working(self) -> Iterator[None]:
        """While inside, what is queued is read: by this process's worker, or by the owner's.

        An owner that ends meanwhile is taken over from with the next call of `take_over`.
        """
        self.start()
        try:
            yield
        finally:
            self.stop()

    def take_over(self) -> bool:
        """Owns the home and starts its parts if the process that did has ended. Whether it is ours now."""
        with self._changing:
            if self.index is None and self._lock.taken():
                self.index = Index(self.library)
                self.__dict__.pop("retriever", None)
                self.start()
            return self.is_owner

    def stop(self) -> None:
        """Ends the worker, whose work goes back to the queue, and looks no more at watched folders."""
        with self._changing:
            if self._watching is not None:
                self._watching.stop()
                self._watching = None
            if self._supervisor is not None:
                self._supervisor.stop()
                self._supervisor = None

    def close(self) -> None:
        self.stop()
        if self.index is not None:
            self.index.close()
        self._lock.release()
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def embedder(self) -> "Embedder":
        """Raises EngineUnavailable."""
        return self._models.embedder

    @cached_property
    def retriever(self) -> "Retriever":
        """Raises EngineUnavailable."""
        from docintel.retrieval import Retriever

        return Retriever(self.library, self.embedder, Nearest(self.library, self.index, self.embedder))

    @property
    def answerer(self) -> "Answerer":
        """Raises EngineUnavailable."""
        return self._models.answerer

    def search(self, query: str, *, limit: int = 10, filters: Filters | None = None) -> "Found":
        """The passages that have most to do with `query`."""
        return self.retriever.search(query, limit=limit, filters=filters or Filters())

    def ask(self, question: str, *, filters: Filters | None = None, on_text: "TextCallback | None" = None) -> Answer:
        """An answer from the library, with citations; one that says so where nothing supports one.

        `told` is given the answer as far as it has come, where a model writes it.
        """
        from docintel.answering import ask

        return ask(
            question,
            library=self.library,
            retriever=self.retriever,
            answerer=self.answerer,
            filters=filters,
            on_text=on_text,
        )

    @property
    def can_look_through(self) -> bool:
        """Whether a model answers that can look at a whole document at once. Raises EngineUnavailable."""
        return self._models.looker is not None

    def look_through(self, question: str, document_id: str, *, on_text: "TextCallback | None" = None) -> Answer:
        """An answer from all pages of one document that a model takes in at once.

        Raises NotFound, and EngineUnavailable where no model answers.
        """
        if self._models.looker is None:
            raise EngineUnavailable("No model answers here. Choose qwen3-vl with full-size weights, or endpoint.")
        return self._models.looker.answer_from(question, self.library.document(document_id), self.library, on_text)

    def reindex(self) -> int:
        """Embeds what another model embedded and builds the vector index anew. How many chunks were embedded.

        Raises HomeInUse where this process is not the owner, and EngineUnavailable.
        """
        if self.index is None:
            raise HomeInUse(f"{self.settings.home} is in use by process {self._lock.holder()}. End it first.")
        return reindex(self.library, self.index, self.embedder)

    def health(self) -> Health:
        return Health(
            worker=num_alive(self.settings.home) > 0,
            index=self.index is not None and self.index.is_current,
            disk=disk_space.available(self.settings) > 0,
            paused=self.queue.paused,
        )

    def status(self) -> HomeStatus:
        collections = self.library.collections()
        is_whole = access.sees_all(self.library.user)
        return HomeStatus(
            home=str(self.settings.home),
            owner=os.getpid() if self.is_owner else self._lock.holder(),
            documents={str(state): number for state, number in self.library.counts().items()},
            pages={str(state): number for state, number in self.library.page_counts().items()},
            chunks=self.library.count_chunks(),
            collections=tuple(each.name for each in collections),
            embedding_models={each.name: each.embedding_model for each in collections},
            paused=self.queue.pause_reason,
            jobs={str(state): number for state, number in self.queue.counts().items()},
            progress=self.queue.progress(),
            pages_cached=num_cached(self.library) if is_whole else 0,
            workers=num_alive(self.settings.home),
            index_backlog=indexing.backlog(self.library.store),
            disk_free=shutil.disk_usage(self.settings.home).free,
            watches=tuple(watches.watches(self.library.store)) if is_whole else (),
        )


class Models:
    """What takes long to load: once a process, for all views of a home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def embedder(self) -> "Embedder":
        from docintel.embedding import open_embedder

        return open_embedder(self._settings)

    @cached_property
    def answerer(self) -> "Answerer":
        from docintel.answering import ExtractiveAnswerer

        return self.looker or ExtractiveAnswerer(self.embedder)

    @cached_property
    def looker(self) -> "GenerativeAnswerer | None":
        """The answerer that shows pages to a model, where there is one. Raises EngineUnavailable."""
        from docintel.answering import ExtractiveAnswerer, GenerativeAnswerer

        generator = answering_model(self._settings)
        if generator is None:
            return None
        return GenerativeAnswerer(
            generator, ExtractiveAnswerer(self.embedder), context=answering_context(self._settings)
        )


class Nearest:
    """Nearest chunks for the retriever: approximate where the index is ours and has heard of everything, else exact."""

    def __init__(self, library: Library, index: Index | None, embedder: "Embedder") -> None:
        from docintel.retrieval import ExactIndex

        self._library = library
        self._index = index
        self._embedder = embedder
        self._exact = ExactIndex(library)

    def query(self, vector: Vector, limit: int, filters: Filters) -> list[tuple[str, float]]:
        """Chunk ids and cosine similarities, best first. Raises EmbeddingMismatch."""
        for collection in self._library.collections():
            if collection.embedding_model is not None and filters.collection in {None, collection.name}:
                self._library.check_embedding(collection.name, self._embedder.model)
        filters = self._without_needless(filters)
        if self._index is not None and self._index.is_current:
            try:
                return self._index.query(vector, limit, filters, self._library.user)
            except (StorageError, DamagedStore) as error:
                log.error("searching without the vector index: %s", error)
        return self._exact.query(vector, limit, filters)

    def _without_needless(self, filters: Filters) -> Filters:
        """Only chunks in languages that the model knows have vectors: to ask for all of them is no filter, but slow."""
        known = self._embedder.languages
        is_needless = known is not None and known <= set(filters.languages)
        return filters.model_copy(update={"languages": ()}) if is_needless else filters


class HomeLock:
    """The lock on a home, and a note of who holds it."""

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / "owner.lock", thread_local=False)
        self._note = home / "owner"

    def taken(self) -> bool:
        """Takes the lock if it is free; whether it is ours now."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._note.write_text(this_process(), encoding="utf-8")
        return True

    def holder(self) -> int | None:
        """Process id of whoever holds it."""
        try:
            name = self._note.read_text(encoding="utf-8")
            return None if is_gone(name) else int(name.rsplit("/", 2)[1])
        except (OSError, ValueError, IndexError):
            return None

    def release(self) -> None:
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()
