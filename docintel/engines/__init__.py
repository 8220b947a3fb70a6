"""The Engine contract: page images in, Pages out. Engines open late, by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from docintel.errors import DocintelError, EngineUnavailable
from docintel.model import Model, Page, Word
from docintel.settings import Settings


@dataclass(frozen=True)
class PageImage:
    """One page to read: its pixels, its size on paper, and the text layer where intake believes it.

    `pixels` is (height, width, 3) uint8 RGB, as the file shows the page (page rotation and EXIF applied). `words` is
    the embedded text if it is good, with boxes in fractions of these pixels; empty means: read the picture.
    """

    number: int
    pixels: NDArray[np.uint8]
    width: float
    """Points (1/72 inch)."""
    height: float
    words: tuple[Word, ...] = ()
    notes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes the user named, or none: the engine finds out by itself."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 over what a reading depends on: decoded pixels, believed text layer, languages asked for."""
        digest = sha256(f"{self.pixels.shape}".encode())
        digest.update(np.ascontiguousarray(self.pixels).data)
        for word in self.words:
            digest.update(word.model_dump_json().encode())
        digest.update("+".join(sorted(self.languages)).encode())
        return digest.hexdigest()


class Engine(Protocol):
    """Reads page images.

    `fingerprint` names everything that a result depends on besides the image: model, version, prompt, settings. The
    first good answer kept for an image and a fingerprint stays the answer. `read` returns one result an image, in
    order; a page that cannot be read is a DocintelError in its place and never touches the others. Pages keep their
    image's number; block ids are unique on their page.
    """

    @property
    def fingerprint(self) -> str: ...

    def read(self, images: Sequence[PageImage]) -> list[Page | DocintelError]: ...


OPENERS: dict[str, str] = {
    "local": "docintel.engines.local",
    "fake": "docintel.engines.fake",
}
"""Engine name → module with `open_engine(settings) -> Engine`."""


def open_engine(name: str, settings: Settings) -> Engine:
    """Opens an engine by name; `auto` takes the best that works here. Raises EngineUnavailable."""
    chosen = choose_engine() if name == "auto" else name
    if chosen not in OPENERS:
        raise EngineUnavailable(f"There is no engine {name!r}. Choose one of: auto, {', '.join(OPENERS)}.")
    opener: Callable[[Settings], Engine] = import_module(OPENERS[chosen]).open_engine
    return opener(settings)


def choose_engine() -> str:
    """The engine that `auto` means on this machine: `local`, until Qwen3-VL's engine is built."""
    return "local"


class EngineInfo(Model):
    """An engine and whether it works on this machine."""

    engine: str
    available: bool
    is_auto: bool
    about: str
    """Its fingerprint, or what it lacks."""


def survey(settings: Settings) -> list[EngineInfo]:
    """Tries to open every engine."""
    return [_surveyed(name, settings) for name in OPENERS]


def _surveyed(name: str, settings: Settings) -> EngineInfo:
    try:
        about, available = open_engine(name, settings).fingerprint, True
    except EngineUnavailable as error:
        about, available = str(error), False
    return EngineInfo(engine=name, available=available, is_auto=name == choose_engine(), about=about)
