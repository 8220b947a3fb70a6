"""The Engine contract: page images in, Pages out. Engines open late, by name."""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Protocol, runtime_checkable

from docintel.errors import DocintelError, EngineUnavailable
from docintel.intake.page_image import PageImage
from docintel.model import Model, Page
from docintel.runtime import Generator, ProgressCallback, checkpoints, ignore_progress
from docintel.settings import Settings


class Engine(Protocol):
    """Reads page images.

    `fingerprint` names everything that a result depends on besides the image: model, version, prompt, settings. The
    first good answer kept for an image and a fingerprint stays the answer. `read` returns one result an image, in
    order; a page that cannot be read is a DocintelError in its place and never touches the others. Pages keep their
    image's number; block ids are unique on their page.

    A generative engine calls `on_progress` now and then: which image, the text so far, how many tokens it has. Once
    that returns False, the page ends as a DocintelError.
    """

    @property
    def fingerprint(self) -> str: ...

    def read(
        self, images: Sequence[PageImage], on_progress: ProgressCallback = ignore_progress, /
    ) -> list[Page | DocintelError]: ...


@runtime_checkable
class Rereads(Protocol):
    """An engine that keeps what was said on the page, and can read it anew without asking again."""

    def parsed(self, image: PageImage, page: Page) -> Page: ...


OPENERS: dict[str, str] = {
    "local": "docintel.engines.local",
    "qwen3-vl": "docintel.engines.qwen3_vl",
    "endpoint": "docintel.engines.endpoint",
    "fake": "docintel.engines.fake",
}
"""Engine name → module with `open_engine(settings) -> Engine` and `describe(settings) -> str`, both late."""


INSTRUCT_IS_BETTER = "it thinks before it answers; the Instruct model of its size reads better and sooner"
WRITING = frozenset({"qwen3-vl", "endpoint"})
"""Engines whose model writes down what it sees."""


def open_engine(name: str, settings: Settings) -> Engine:
    """Opens an engine by name; `auto` takes the best that works here. Raises EngineUnavailable."""
    opener: Callable[[Settings], Engine] = _module(resolved(name, settings)).open_engine
    return opener(settings)


def page_generator(name: str, settings: Settings) -> Generator:
    """What an engine that writes asks about pages. Raises EngineUnavailable."""
    generator: Callable[[Settings], Generator] = _module(name).page_generator
    return generator(settings)


def engine_with(name: str, generator: Generator, settings: Settings, fallback: Callable[[], Engine]) -> Engine:
    """An engine that writes, over a generator from elsewhere; `fallback` opens the local one when it is needed."""
    engine: Callable[[Generator, Settings, Callable[[], Engine]], Engine] = _module(name).engine_with
    return engine(generator, settings, fallback)


def _module(name: str) -> ModuleType:
    if name not in OPENERS:
        raise EngineUnavailable(f"There is no engine {name!r}. Choose one of: auto, {', '.join(OPENERS)}.")
    return import_module(OPENERS[name])


def resolved(name: str, settings: Settings) -> str:
    """The engine's own name: what `auto` means here, else as it is."""
    return choose_engine(settings)[0] if name == "auto" else name


def choose_engine(settings: Settings) -> tuple[str, str]:
    """The engine that `auto` means on this machine, and why: Qwen3-VL where a GPU and full-size weights are there."""
    if not checkpoints.has_gpu():
        return "local", "no GPU is seen"
    model = checkpoints.resolve_model(settings.qwen3_vl_model)
    if model == checkpoints.SMALL:
        return "local", "there is a GPU, but no full-size Qwen3-VL; name one in DOCINTEL_QWEN3_VL_MODEL"
    return "qwen3-vl", f"there is a GPU, and {model}"


def answering_model(settings: Settings) -> Generator | None:
    """What answers questions about pages: the server, or Qwen3-VL with full-size weights; None where neither is.

    Raises EngineUnavailable.
    """
    engine = resolved(settings.engine, settings)
    if engine not in WRITING or (
        engine == "qwen3-vl" and checkpoints.resolve_model(settings.qwen3_vl_model) == checkpoints.SMALL
    ):
        return None
    answering: Callable[[Settings], Generator] = _module(engine).answering_model
    return answering(settings)


def answering_context(settings: Settings) -> int:
    """Tokens of a question, of what it is asked about and of the answer: a quarter of all is left to a model that
    thinks first."""
    is_endpoint = resolved(settings.engine, settings) == "endpoint"
    model = settings.endpoint_model if is_endpoint else checkpoints.resolve_model(settings.qwen3_vl_model)
    whole = settings.qwen3_vl_context
    return whole * 3 // 4 if checkpoints.is_thinking_model(model) else whole


class EngineInfo(Model):
    """An engine and whether it works on this machine."""

    engine: str
    available: bool
    is_auto: bool
    about: str
    """What it is made of, or what it lacks."""


def survey(settings: Settings) -> list[EngineInfo]:
    """Every engine; none is left open."""
    return [_surveyed(name, settings) for name in OPENERS]


def _surveyed(name: str, settings: Settings) -> EngineInfo:
    try:
        about, available = str(_module(name).describe(settings)), True
    except EngineUnavailable as error:
        about, available = str(error), False
    return EngineInfo(engine=name, available=available, is_auto=name == choose_engine(settings)[0], about=about)
