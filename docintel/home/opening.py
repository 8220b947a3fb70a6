"""A home and its parts, as one process has them open.

One process owns a home at a time: it fills the vector index and keeps a worker alive. Others add, search and look.
"""

import copy
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from docintel import json_files
from docintel.engines import resolved
from docintel.errors import EngineUnavailable, HomeInUse, StoreUnavailable, UsageError
from docintel.home.correcting import Correcting
from docintel.home.lock import HomeLock
from docintel.home.models import Models
from docintel.home.question_rate import QuestionRate
from docintel.home.reindexing import Reindexing
from docintel.home.status import Health, HomeStatus
from docintel.home.vector_search import VectorSearch
from docintel.index import Index, reindex
from docintel.jobs.pace import num_cached
from docintel.jobs.queue import Queue
from docintel.jobs.worker_registry import num_alive
from docintel.library import Library, indexing, watches
from docintel.library.jobs import disk_space
from docintel.library.people import access
from docintel.model import Answer, Filters, User
from docintel.settings import Settings
from docintel.text.query import SearchQuery, parse
from docintel.watching import Watching
from docintel.workers.supervisor import Supervisor

if TYPE_CHECKING:
    from docintel.answering import Answerer, Exchange, TextCallback
    from docintel.embedding import Embedder
    from docintel.extraction.schema import Schema
    from docintel.home.extracting import Extracted
    from docintel.retrieval import Found, Retriever

log = logging.getLogger(__name__)

REINDEX = "`docintel reindex`, or Reindex on the System page, makes search multilingual."


class Home:
    """One DOCINTEL_HOME. A context manager: leaving it ends what it started."""

    def __init__(self, settings: Settings, library: Library, lock: HomeLock, *, is_owner: bool) -> None:
        self.settings = settings
        self.library = library
        self.queue = Queue(library)
        self.index: Index | None = Index(library) if is_owner else None
        self._lock = lock
        self.reindexing = Reindexing()
        self._models = Models(library)
        self._questions = QuestionRate(settings.user_questions_per_minute)
        self._supervisor: Supervisor | None = None
        self._watching: Watching | None = None
        self._model_wanted = threading.Event()
        self._changing = threading.RLock()

    @classmethod
    def open(cls, settings: Settings, *, owner: bool | None = None) -> Self:
        """True: own the home or raise HomeInUse; None: own it if nobody does; False: just look and ask.

        Nothing runs yet: see `start`. Raises DamagedStore, StoreUnavailable.
        """
        library = Library.open(settings)
        lock = HomeLock(settings.home)
        try:
            is_owner = owner is not False and (owner or library.store.is_writable) and lock.taken()
        except StoreUnavailable:
            library.close()
            raise
        if owner and not is_owner:
            library.close()
            raise HomeInUse(
                f"{settings.home} is in use by process {lock.holder() or '(unknown)'}. Use that one, end it, or choose "
                "another --home."
            )
        if is_owner:
            _add_checksums(settings.home)
        return cls(settings, library, lock, is_owner=is_owner)

    def for_user(self, user: User | None) -> Self:
        """The same home as that user may see it, to be used for a while: only the first one is closed."""
        view = copy.copy(self)
        view.library = self.library.for_user(user)
        view.queue = Queue(view.library)
        return view

    def including_bin(self) -> Self:
        """Like `for_user`, with what is in the bin (see `Library.including_bin`)."""
        view = copy.copy(self)
        view.library = self.library.including_bin()
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
        self.reindexing.stop()
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

    @property
    def keeps_earlier_embedder(self) -> bool:
        """Whether an English model goes on that reindexing would replace by a multilingual one."""
        from docintel.embedding import keeps_earlier_default

        return keeps_earlier_default(self.settings, self.library.embedding_models)

    @property
    def needs_reindexing(self) -> bool:
        """Whether vectors were made by another model than the settings name. Raises EngineUnavailable."""
        return self.keeps_earlier_embedder or bool(self.library.embedding_models - {self.embedder.model})

    @property
    def retriever(self) -> "Retriever":
        """Raises EngineUnavailable."""
        from docintel.retrieval import Retriever

        embedder = self.embedder
        index = VectorSearch(self.library, self.index, embedder)
        return Retriever(self.library.chunks, embedder, index, advice=REINDEX if self.keeps_earlier_embedder else "")

    @property
    def correcting(self) -> Correcting:
        """Without the embedding model, what is corrected is found by its words only."""
        try:
            return Correcting(self.library, self.embedder)
        except EngineUnavailable as error:
            log.warning("corrections are searched by words only: %s", error)
            return Correcting(self.library, None)

    @property
    def answerer(self) -> "Answerer":
        """Raises EngineUnavailable."""
        return self._models.answerer

    def search(self, query: str, *, limit: int = 10, filters: Filters | None = None, explain: bool = False) -> "Found":
        """The passages that have most to do with `query`, which is in the search field's language (quotes, minus).

        With `explain` each with why it was found. Raises UsageError where it says nothing to look for.
        """
        needs = self._asked_for(query)
        text = query if needs.is_plain else needs.text
        return self.retriever.search(text, limit=limit, filters=filters, explain=explain, needs=needs)

    def find(self, query: str, *, limit: int, filters: Filters | None = None) -> "Found":
        """The passages with all words of `query`, or that begin with them; as it is typed. Raises UsageError."""
        from docintel.full_text import find

        return find(self.library.chunks, self._asked_for(query), limit=limit, filters=filters or Filters())

    def _asked_for(self, query: str) -> SearchQuery:
        asked = parse(query)
        if asked.excluded and asked.is_empty:
            raise UsageError("A minus only leaves out. Say also what to look for.")
        return asked

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        on_text: "TextCallback | None" = None,
        history: "Sequence[Exchange]" = (),
    ) -> Answer:
        """An answer from the library, with citations; one that says so where nothing supports one.

        `on_text` is given the answer as far as it has come, where a model writes it. A question that leans on those of
        `history`, the oldest first, is completed from them. Raises QuotaExceededForNow.
        """
        from docintel.answering import ask

        self._count_question()
        return ask(
            question,
            library=self.library,
            retriever=self.retriever,
            answerer=self.answerer,
            filters=filters,
            on_text=on_text,
            history=history,
        )

    def _count_question(self) -> None:
        if user := self.library.user:
            self._questions.count(user.id)

    @property
    def can_look_through(self) -> bool:
        """Whether a model answers that can look at a whole document at once. Raises EngineUnavailable."""
        return self._models.looker is not None

    def look_through(
        self,
        question: str,
        document_id: str,
        *,
        on_text: "TextCallback | None" = None,
        history: "Sequence[Exchange]" = (),
    ) -> Answer:
        """An answer from all pages of one document that a model takes in at once; `history` as in `ask`.

        Raises NotFound, and EngineUnavailable where no model answers.
        """
        from docintel.answering import standing_alone

        if self._models.looker is None:
            raise EngineUnavailable("No model answers here. Choose qwen3-vl with full-size weights, or endpoint.")
        self._count_question()
        looker, document = self._models.looker, self.library.document(document_id)
        follow_up = standing_alone(question, history, looker)
        text = follow_up.text if follow_up else question
        answer = looker.answer_from(text, document, self.library, on_text)
        return answer.model_copy(update={"understood": text if text != question else ""})

    def extract(
        self, schema: "Schema", document_ids: Sequence[str], *, on_progress: "Callable[[int], None] | None" = None
    ) -> "list[Extracted]":
        """What each document says of the schema's fields; `on_progress` is told how many are done.

        What was extracted before from the same reading is taken from the library. Raises NotFound, EngineUnavailable,
        QuotaExceededForNow.
        """
        from docintel.home.extracting import extract

        return extract(self.library, schema, document_ids, lambda: self.embedder, self._count_question, on_progress)

    def reindex(self, on_progress: "Callable[[int], None] | None" = None) -> int:
        """Embeds what another model embedded and builds the vector index anew. How many chunks were embedded.

        Raises HomeInUse where this process is not the owner, and EngineUnavailable.
        """
        from docintel.embedding import open_embedder

        if self.index is None:
            raise HomeInUse(f"{self.settings.home} is in use by process {self._lock.holder()}. End it first.")
        embedder = open_embedder(self.settings)
        count = reindex(self.library, self.index, embedder, on_progress)
        self._models.use(embedder)
        return count

    def start_reindexing(self) -> None:
        """Reindexes in a thread, see `reindexing`; what is being read goes back to the queue until it has ended.

        Raises HomeInUse.
        """
        if self.index is None:
            raise HomeInUse(f"{self.settings.home} is in use by process {self._lock.holder()}. Ask that one.")
        self.reindexing.start(self._reindex_alone)

    def _reindex_alone(self, on_progress: "Callable[[int], None]") -> int:
        """Workers have the embedder that they were started with: they begin anew."""
        was_running = self._supervisor is not None
        self.stop()
        try:
            return self.reindex(on_progress)
        finally:
            if was_running:
                self.start()

    def health(self) -> Health:
        """Raises DamagedStore, StoreUnavailable where what is kept cannot be read."""
        self.library.store.probe()
        return Health(
            writable=self.library.store.is_writable,
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
            chunks=self.library.chunks.count(),
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


def _add_checksums(home: Path) -> None:
    """To the small files that an earlier release wrote."""
    try:
        json_files.add_checksums(home)
    except OSError as error:
        log.warning("files in %s get no checksums: %s", home, error.strerror)
