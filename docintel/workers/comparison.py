"""One page read under two configurations, side by side; nothing of it is kept in the library.

Each reading runs in a process that may be killed, one after the other, so that their times can be compared. What came
of a comparison stays in memory, for a while.
"""

import logging
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import Field

from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.errors import DocintelError, EngineLoading, NotFound
from docintel.model import Model, Page
from docintel.processes import module_process
from docintel.processes.arguments import Owned
from docintel.processes.outcomes import Outcome, Raised, Returned, TimedOut
from docintel.runtime import Generator, checkpoints
from docintel.settings import Settings
from docintel.workers import reading
from docintel.workers.page_services import generator_by_call

log = logging.getLogger(__name__)

MAX_READING_S = 900.0
"""Of one reading; weights may have to be loaded first."""
POLL_S = 0.25
NOT_OPENED = -1
"""Tokens, until the engine is open."""
EXIT_TIMEOUT_S = 5.0
URGENT = 1
"""Somebody waits: before pages in bulk."""
MAX_KEPT = 20
KEPT_S = 3_600.0
OPEN_STATES = frozenset({"waiting", "opening", "reading"})

State = Literal["waiting", "opening", "reading", "read", "failed", "cancelled"]


class ReadConfig(Model):
    """A way to read a page. All but the engine is for those whose model writes down what it sees."""

    engine: str
    model: str = ""
    """Weights, or the name of a server's model; empty: as the settings say."""
    mode: Literal["page", "regions"] = "page"
    max_tokens: int = Field(default=2_048, ge=4)
    """Visual tokens of the page."""
    max_new_tokens: int = Field(default=8_192, ge=16)
    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)

    def settings(self, settings: Settings) -> Settings:
        """`settings` with what this way says of its own."""
        changes = {
            "engine": self.engine,
            "read_mode": self.mode,
            "read_max_tokens": self.max_tokens,
            "read_new_tokens": self.max_new_tokens,
            "endpoint_model": self.model or settings.endpoint_model,
        }
        return settings.model_copy(update=changes)


@dataclass(frozen=True)
class ReadResult:
    """How far a reading is, or what came of it. `seconds` are those of the engine alone."""

    config: ReadConfig
    state: State = "waiting"
    num_tokens: int = 0
    """Of the answer that is being written."""
    seconds: float = 0.0
    page: Page | None = None
    error: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Comparison:
    """A page of a document and the configurations under which it is read; `results` are in their order."""

    def __init__(self, document_id: str, number: int, configs: tuple[ReadConfig, ...]) -> None:
        self.document_id = document_id
        self.number = number
        self._results = tuple(ReadResult(config) for config in configs)
        self.began = time.monotonic()
        self._cancelled = threading.Event()

    @property
    def results(self) -> tuple[ReadResult, ...]:
        """What was cancelled is so at once, though its process may live a moment longer."""
        cancelled = (replace(each, state="cancelled") if each.is_open else each for each in self._results)
        return tuple(cancelled) if self.is_cancelled else self._results

    @property
    def is_open(self) -> bool:
        return any(result.is_open for result in self.results)

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def set_result(self, place: int, result: ReadResult) -> None:
        """Only the comparison's own thread does."""
        self._results = (*self._results[:place], result, *self._results[place + 1 :])


class Comparisons:
    """The comparisons of this process. Those that are not wanted any more are dropped, the oldest first."""

    def __init__(self) -> None:
        self._comparisons: dict[str, Comparison] = {}
        self._changing = threading.Lock()
        self._turn = threading.Lock()

    def begin(
        self,
        document_id: str,
        number: int,
        path: Path,
        configs: tuple[ReadConfig, ...],
        settings: Settings,
        *,
        want_model: Callable[[], None],
    ) -> str:
        """Reads page `number` of the file at `path` under each of `configs`, in a thread of its own. Its name.

        `want_model` has the home's model process started.
        """
        comparison, name = Comparison(document_id, number, configs), secrets.token_hex(8)
        with self._changing:
            self._comparisons[name] = comparison
            self._drop()
        threading.Thread(
            target=self._run, args=(comparison, path, settings, want_model), name="comparison", daemon=True
        ).start()
        return name

    def find(self, name: str) -> Comparison:
        """Raises NotFound."""
        with self._changing:
            self._drop()
            comparison = self._comparisons.get(name)
        if comparison is None:
            raise NotFound("What came of this comparison is not kept any more. Read the page again.")
        return comparison

    def close(self) -> None:
        for comparison in list(self._comparisons.values()):
            comparison.cancel()

    def _drop(self) -> None:
        now = time.monotonic()
        old = [name for name, comparison in self._comparisons.items() if now - comparison.began > KEPT_S]
        for name in {*old, *list(self._comparisons)[:-MAX_KEPT]}:
            self._comparisons.pop(name).cancel()

    def _run(self, comparison: Comparison, path: Path, settings: Settings, want_model: Callable[[], None]) -> None:
        for place, result in enumerate(comparison.results):
            with self._turn:
                try:
                    comparison.set_result(place, _read(comparison, place, path, settings, want_model))
                except Exception:
                    log.exception("a comparison failed")
                    comparison.set_result(
                        place, replace(result, state="failed", error="It could not be begun. The log says why.")
                    )


def _read(
    comparison: Comparison, place: int, path: Path, settings: Settings, want_model: Callable[[], None]
) -> ReadResult:
    """Reads in a process of its own, tells how far it is meanwhile, and says what came of it."""
    began = comparison.results[place]
    if comparison.is_cancelled:
        return replace(began, state="cancelled")
    with (
        TemporaryDirectory(prefix="docintel-") as folder,
        _model(began.config, settings, Path(folder), want_model) as own,
    ):
        counts = [NOT_OPENED]

        def report(num_tokens: int) -> None:
            counts[0] = num_tokens

        child = reading.new_child(settings, path, preload=[__name__, *reading.preload(began.config.settings(own))])
        generator = generator_by_call(began.config.engine, began.config.settings(own))
        arguments = (path, comparison.number, began.config, own.without_secrets(), generator, Owned(report))
        try:
            child.begin(read, *arguments, timeout_s=MAX_READING_S)
            outcome = None
            while outcome is None and not comparison.is_cancelled:
                comparison.set_result(place, _in_progress(comparison.results[place], counts[0]))
                outcome = child.wait(POLL_S)
        finally:
            child.kill()
    return _final(began, outcome)


@contextmanager
def _model(config: ReadConfig, settings: Settings, folder: Path, want_model: Callable[[], None]) -> Iterator[Settings]:
    """Settings under which a config that needs Qwen3-VL finds its process: the home's, or where other weights are
    named, one that runs while inside and has `folder` for its home."""
    if config.engine != "qwen3-vl":
        yield settings
    elif not config.model or checkpoints.resolve_model(config.model) == checkpoints.resolve_model(
        settings.qwen3_vl_model
    ):
        want_model()
        yield settings
    else:
        own = settings.model_copy(update={"home": folder, "qwen3_vl_model": config.model, "qwen3_vl_revision": ""})
        with temporary_model_process(own):
            yield own


@contextmanager
def temporary_model_process(settings: Settings) -> Iterator[None]:
    """A model process for the home of these settings, while inside."""
    process = module_process.start("docintel.runtime", settings)
    try:
        yield
    finally:
        with suppress(subprocess.TimeoutExpired, BrokenPipeError):
            process.communicate(timeout=EXIT_TIMEOUT_S)  # the end of its stdin tells it to end
        process.kill()
        process.wait()


def _in_progress(before: ReadResult, num_tokens: int) -> ReadResult:
    if num_tokens == NOT_OPENED:
        return replace(before, state="opening")
    return replace(before, state="reading", num_tokens=num_tokens)


def _final(began: ReadResult, outcome: Outcome | None) -> ReadResult:
    match outcome:
        case None:
            return replace(began, state="cancelled")
        case Returned((Page() as page, float() as seconds)):
            return replace(began, state="read", page=page, seconds=seconds)
        case Raised(error):
            return replace(began, state="failed", error=str(error))
        case TimedOut(timeout_s):
            return replace(began, state="failed", error=f"Nothing came of it within {timeout_s:.0f} s.")
        case _:
            return replace(began, state="failed", error="The process that read the page crashed.")


def read(
    path: Path,
    number: int,
    config: ReadConfig,
    settings: Settings,
    generator: Generator | None,
    report: Callable[[int], None],
) -> tuple[Page, float]:
    """A page and the seconds that its engine took. Runs in a child; `report` is told the number of tokens so far.

    Raises DocintelError.
    """
    from docintel import intake  # loads NumPy and Pillow, which the app does not need here

    settings = config.settings(settings)
    image = intake.render(path, number, settings=settings, languages=settings.languages)
    engine = reading.open_with(config.engine, settings, generator)
    if isinstance(engine, GenerativeEngine):
        options = PromptOptions.of(settings)
        template = replace(options.template, temperature=config.temperature, top_p=config.top_p, priority=URGENT)
        engine = engine.with_options(replace(options, template=template))
        _await_model(engine)
    report(0)

    def on_progress(_request: int, _text: str, num_tokens: int) -> bool:
        report(num_tokens)
        return True

    began = time.perf_counter()
    [result] = engine.read([image], on_progress)
    if isinstance(result, DocintelError):
        raise result
    return result, time.perf_counter() - began


def _await_model(engine: GenerativeEngine) -> None:
    """Until it is loaded: whoever waits for it sees that, and can cancel. Raises EngineUnavailable."""
    while True:
        try:
            _ = engine.fingerprint
        except EngineLoading as error:
            log.info("%s", error)
        else:
            return
