"""How large an image is shown to the model."""

import math
from dataclasses import dataclass

from docintel.errors import PageError

CELL = 32
"""Pixels a side of what becomes one visual token, in every published checkpoint."""
MIN_TOKENS = 4
MAX_RATIO = 200
"""Longer side to shorter; the model was not trained beyond."""


@dataclass(frozen=True)
class PatchLayout:
    """What the checkpoint's preprocessor_config.json says."""

    patch: int = 16
    merge: int = 2
    frames: int = 2
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    most_pixels: int = 16_777_216
    """Of an image, that the checkpoint was made for."""

    @property
    def cell(self) -> int:
        """Pixels a side of what becomes one visual token."""
        return self.patch * self.merge

    @property
    def most_tokens(self) -> int:
        return self.most_pixels // self.cell**2


def fit_size(
    height: int, width: int, *, cell: int, min_tokens: int, max_tokens: int, scale: float = 1.0
) -> tuple[int, int]:
    """Height and width as the model will see them: multiples of `cell`, within the budget, nearly the same ratio.

    `scale` below 1 leaves that part of the tokens that it would have. Raises PageError where one side is more than 200
    times the other.
    """
    if max(height, width) > MAX_RATIO * min(height, width):
        raise PageError(f"The image is {width}×{height} pixels: too long and narrow to be read. Cut it into parts.")
    rows, columns = _cells(height, width, cell, min_tokens, max_tokens)
    if scale < 1:
        fewer = max(int(rows * columns * scale), MIN_TOKENS)
        rows, columns = _cells(height, width, cell, min(min_tokens, fewer), fewer)
    return rows * cell, columns * cell


def _cells(height: int, width: int, cell: int, min_tokens: int, max_tokens: int) -> tuple[int, int]:
    rows, columns = round(height / cell), round(width / cell)
    if rows * columns > max_tokens:
        shrink = math.sqrt(height * width / (max_tokens * cell * cell))
        rows, columns = max(1, int(height / shrink / cell)), max(1, int(width / shrink / cell))
    elif rows * columns < min_tokens:
        grow = math.sqrt(min_tokens * cell * cell / (height * width))
        rows, columns = math.ceil(height * grow / cell), math.ceil(width * grow / cell)
    return rows, columns
