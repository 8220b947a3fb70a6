"""A page as an engine is given it."""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from docintel.model import Word

HASHED = frozenset({"text", "bbox", "confidence"})


def _as_hashed(word: Word) -> bytes:
    """What else a word may say counts where it says it: pages that were read before keep their hash."""
    said = {name for name in type(word).model_fields if getattr(word, name)}
    return word.model_dump_json(include=set(HASHED | said)).encode()


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
    text_rotation: int = 0
    """Degrees clockwise that put most letters of `words` upright; those of vertical Japanese stand already."""
    slanted: tuple[Word, ...] = ()
    """Believed words of lines that run slantwise, over the others: watermarks, stamps. In the file's order."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 over what a reading depends on: decoded pixels, believed text layer, languages asked for."""
        digest = sha256(f"{self.pixels.shape}".encode())
        digest.update(np.ascontiguousarray(self.pixels).data)
        for word in (*self.words, *self.slanted):
            digest.update(_as_hashed(word))
        digest.update("+".join(sorted(self.languages)).encode())
        if self.text_rotation:
            digest.update(f"text turned by {self.text_rotation}".encode())
        return digest.hexdigest()

    def turned(self, rotation: int) -> "PageImage":
        """The page, its words with it, turned clockwise by 0, 90, 180 or 270 degrees."""
        width, height = (self.width, self.height) if rotation % 180 == 0 else (self.height, self.width)
        pixels = np.ascontiguousarray(np.rot90(self.pixels, -rotation // 90))
        return replace(
            self,
            pixels=pixels,
            width=width,
            height=height,
            words=tuple(word.turned(rotation) for word in self.words),
            slanted=tuple(word.turned(rotation) for word in self.slanted),
            text_rotation=(self.text_rotation - rotation) % 360,
        )
