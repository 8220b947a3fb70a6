"""What is asked of a page's lines again and again, found out once."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from docintel.engines.local.geometry import Pixels, Quad

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """`find` (an answer for each quad of an RGB page) asked of each quad of a page once. Answers on the last page are
    kept; an answer must not depend on the other quads that are asked with it."""

    def __init__(self, find: Callable[[Pixels, Sequence[Quad]], Sequence[Answer]]) -> None:
        self._find = find
        self._pixels: Pixels | None = None
        self._known: dict[bytes, Answer] = {}

    def __call__(self, pixels: Pixels, quads: Sequence[Quad]) -> list[Answer]:
        if pixels is not self._pixels:
            self._pixels, self._known = pixels, {}
        keys = [quad.tobytes() for quad in quads]
        asked = {key: quad for key, quad in zip(keys, quads, strict=True) if key not in self._known}
        self._known |= zip(asked, self._find(pixels, list(asked.values())), strict=True)
        return [self._known[key] for key in keys]
