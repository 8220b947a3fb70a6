"""Qwen3-VL made to speak in this process: requests in, texts out. What opens pages and reads answers is above it.

The seam is `Generator`: whatever can answer a request about images stands behind it, this package's decoder, a process
that owns a GPU, or a server. It knows nothing of documents.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from docintel.errors import DocintelError

End = Literal["end", "length", "loop", "cancelled"]


@dataclass(frozen=True)
class Request:
    """One user message: images, then text; and how the answer is to be made."""

    text: str
    images: tuple[NDArray[np.uint8], ...] = ()
    """Each (height, width, 3) uint8 RGB."""
    min_tokens: int = 256
    """Visual tokens an image, each 32×32 pixels of it: a smaller image is scaled up to the least, a larger one down."""
    max_tokens: int = 2_048
    scale: float = 1.0
    """Of as many visual tokens as an image has within this budget and the model's own: below 1 it is shown smaller."""
    max_new_tokens: int = 8_192
    """Of the answer; a model that thinks first may take more for that."""
    temperature: float = 0.0
    """0: the likeliest token each time."""
    top_p: float = 1.0
    seed: int = 0
    priority: int = 0
    """The higher, the sooner."""
    stops_loops: bool = True
    """Ends an answer that only repeats itself."""


@dataclass(frozen=True)
class Generated:
    """An answer, without what the model thought before it. After `loop` its text ends where the repeating began; after
    `length` it may end anywhere."""

    text: str
    end: End
    num_prompt_tokens: int
    num_tokens: int
    """All that were made, those of the thinking among them."""
    seconds: float
    """From the request's start to its end, others of its batch among it."""


ProgressCallback = Callable[[int, str, int], bool]
"""Told now and then: which request, its answer so far, how many tokens were made. False: nobody wants the rest."""


def ignore_progress(_request: int, _text: str, _num_tokens: int) -> bool:
    return True


class Generator(Protocol):
    """Answers requests: one result each, in their order; a request that fails is its own DocintelError.

    `name` says which weights and revision answer, as a fingerprint needs it. Safe to call from several threads.
    """

    @property
    def name(self) -> str: ...

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list["Generated | DocintelError"]: ...


class Ticket(Protocol):
    """A request that was taken from a source, and where its answer goes."""

    @property
    def request(self) -> Request: ...

    def report(self, text: str, num_tokens: int) -> bool:
        """The answer so far. False: nobody wants the rest."""
        ...

    def finish(self, answer: "Generated | DocintelError") -> None: ...


class RequestSource(Protocol):
    def take(self, *, wait: bool, above: int | None = None) -> Ticket | None:
        """The most urgent request; with `above` only one of a higher priority. With `wait` there is one as soon as
        somebody asks, and None means that nobody will."""
        ...


@runtime_checkable
class ContinuousGenerator(Generator, Protocol):
    """A Generator that takes requests in while it answers others."""

    def serve(self, source: RequestSource) -> None:
        """Until the source has no more. Should it raise, what was taken and not finished is not answered."""
        ...
