"""Requests from many callers in one queue; one thread owns the model and answers them."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

from docintel.errors import DocintelError, EngineUnavailable
from docintel.runtime import ContinuousGenerator, Generated, Generator, ProgressCallback, Request, ignore_progress

log = logging.getLogger(__name__)

State = Literal["loading", "ready", "failed", "closed"]
Answer = Generated | DocintelError
BATCH_WAIT_S = 0.05
"""How long the first request of a batch waits for company."""


@dataclass(order=True)
class _Queued:
    """A request in the queue: the most urgent first, then the oldest."""

    order: tuple[int, int]
    request: Request = field(compare=False)
    on_progress: ProgressCallback = field(compare=False)
    index: int = field(compare=False)
    answer: "Future[Answer]" = field(compare=False, default_factory=Future)

    @property
    def size(self) -> int:
        """About how long its prompt is: batches of like sizes pad little."""
        return sum(image.shape[0] * image.shape[1] for image in self.request.images)

    def report(self, text: str, num_tokens: int) -> bool:
        return self.on_progress(self.index, text, num_tokens)


@dataclass(frozen=True)
class _Taken:
    """A Ticket: a queued request in the hands of a ContinuousGenerator."""

    queued: _Queued
    queue: "RequestQueue"

    @property
    def request(self) -> Request:
        return self.queued.request

    def report(self, text: str, num_tokens: int) -> bool:
        return self.queued.report(text, num_tokens)

    def finish(self, answer: Answer) -> None:
        self.queue.finish(self.queued, answer)


class RequestQueue:
    """A Generator that any number of threads may ask. `open_generator` runs in the thread that owns what it opens."""

    def __init__(
        self,
        open_generator: Callable[[], Generator],
        *,
        batch_size: int = 8,
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        """`batch_size` requests are answered together; a ContinuousGenerator takes as many as it can hold. `on_fatal`:
        the device is lost. Callbacks never raise.
        """
        self._open = open_generator
        self._batch_size = batch_size
        self._on_fatal = on_fatal
        self._waiting: list[_Queued] = []
        self._changed = threading.Condition()
        self._count = itertools.count()
        self._generator: Generator | None = None
        self.failure: EngineUnavailable | None = None
        self._is_closed = False
        self._running: list[_Queued] = []
        self._busy_since = 0.0
        self.num_answered = 0
        self.num_tokens = 0
        self.busy_s = 0.0
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        if self._is_closed:
            return "closed"
        return "failed" if self.failure else "ready" if self._generator else "loading"

    @property
    def num_waiting(self) -> int:
        return sum(not each.answer.cancelled() for each in self._waiting)

    @property
    def num_running(self) -> int:
        return len(self._running)

    @property
    def name(self) -> str:
        """Waits until the model is there. Raises EngineUnavailable."""
        return self.wait_open().name

    def wait_open(self) -> Generator:
        """What answers, as soon as it is open. Raises EngineUnavailable."""
        with self._changed:
            self._changed.wait_for(lambda: self.state != "loading")
        if self.failure:
            raise self.failure
        if self._generator is None:
            raise EngineUnavailable("The model was closed before it was open.")
        return self._generator

    def generate(self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress) -> list[Answer]:
        return [answer.result() for answer in self.submit(requests, on_progress)]

    def submit(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> "list[Future[Answer]]":
        """Queues the requests. A future that waits can be cancelled; one that runs ends when `on_progress` says so."""
        queued = [
            _Queued((-request.priority, next(self._count)), request, on_progress, index)
            for index, request in enumerate(requests)
        ]
        with self._changed:
            if self._is_closed:
                raise EngineUnavailable("The model is being closed.")
            self._waiting += queued
            self._changed.notify_all()
        return [each.answer for each in queued]

    def close(self) -> None:
        """Answers nothing more; who waits is told."""
        with self._changed:
            self._is_closed = True
            left, self._waiting = self._waiting, []
            self._changed.notify_all()
        for each in left:
            if each.answer.set_running_or_notify_cancel():
                each.answer.set_result(EngineUnavailable("The model was closed."))
        self._thread.join()

    def _run(self) -> None:
        try:
            generator = self._open()
        except EngineUnavailable as error:
            self._fail(error)
            return
        except Exception as error:
            log.exception("the model could not be opened")
            self._fail(EngineUnavailable(f"The model could not be opened: {type(error).__name__}. The log says more."))
            return
        with self._changed:
            self._generator = generator
            self._changed.notify_all()
        if isinstance(generator, ContinuousGenerator):
            while not self._is_closed:
                self._guarded(generator.serve, self)
        while batch := self._next():
            self._guarded(self._answer, generator, batch)

    def _fail(self, error: EngineUnavailable) -> None:
        """Everybody who asks gets the reason, now and later."""
        with self._changed:
            self.failure = error
            self._changed.notify_all()
        while batch := self._next():
            for each in batch:
                each.answer.set_result(error)

    def _next(self) -> list[_Queued]:
        """The most urgent request and those that go with it; empty when closed."""
        with self._changed:
            while not self._is_closed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                self._changed.wait_for(lambda: len(self._waiting) >= self._batch_size or self._is_closed, BATCH_WAIT_S)
                batch = _form_batch(self._waiting, self._batch_size)
                self._waiting = [each for each in self._waiting if each not in batch]
                wanted = [each for each in batch if each.answer.set_running_or_notify_cancel()]
                if wanted:
                    return wanted
        return []

    def take(self, *, wait: bool, above: int | None = None) -> _Taken | None:
        """As a RequestSource, for the thread that owns the model."""
        with self._changed:
            while not self._is_closed:
                if wait:
                    self._changed.wait_for(lambda: self._waiting or self._is_closed)
                first = min(self._waiting, default=None)
                if first is None or (above is not None and first.request.priority <= above):
                    if wait:
                        continue
                    return None
                self._waiting.remove(first)
                if first.answer.set_running_or_notify_cancel():
                    self._begin([first])
                    return _Taken(first, self)
        return None

    def _begin(self, queued: list[_Queued]) -> None:
        if not self._running:
            self._busy_since = time.perf_counter()
        self._running += queued

    def finish(self, queued: _Queued, answer: Answer) -> None:
        self._running.remove(queued)
        if not self._running:
            self.busy_s += time.perf_counter() - self._busy_since
        self.num_answered += 1
        self.num_tokens += answer.num_tokens if isinstance(answer, Generated) else 0
        queued.answer.set_result(answer)

    def _answer(self, generator: Generator, batch: list[_Queued]) -> None:
        self._begin(batch)
        answers = generator.generate(
            [each.request for each in batch], lambda number, text, count: batch[number].report(text, count)
        )
        for each, answer in zip(batch, answers, strict=True):
            self.finish(each, answer)

    def _guarded(self, run: Callable[..., None], *arguments: object) -> None:
        """Whoever is being answered when the model fails is told; those who wait are not concerned."""
        try:
            run(*arguments)
        except Exception as error:
            log.exception("the model failed")
            failure = DocintelError(f"The model failed ({type(error).__name__}). The page can be read again.")
            for each in [*self._running]:
                self.finish(each, failure)
            if "CUDA" in str(error) or "device-side" in str(error):
                self._on_fatal()


def _form_batch(waiting: list[_Queued], batch_size: int) -> list[_Queued]:
    """The first by urgency and age, and the others nearest to it in urgency, then in size."""
    if not waiting:
        return []
    first = min(waiting)
    others = sorted(
        (each for each in waiting if each is not first),
        key=lambda each: (each.order[0], abs(each.size - first.size), each.order[1]),
    )
    return [first, *others[: batch_size - 1]]
