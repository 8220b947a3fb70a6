"""A page as an engine is given it."""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from docintel.model import Word


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

    def turned(self, rotation: int) -> "PageImage":
        """The page turned clockwise by 0, 90, 180 or 270 degrees; for pages without words of their own."""
        width, height = (self.width, self.height) if rotation % 180 == 0 else (self.height, self.width)
        pixels = np.ascontiguousarray(np.rot90(self.pixels, -rotation // 90))
        return replace(self, pixels=pixels, width=width, height=height)
