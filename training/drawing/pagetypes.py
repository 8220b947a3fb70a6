"""What a drawn page consists of: characters with their places, cells, blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Box = tuple[float, float, float, float]
"""x0 y0 x1 y1 in pixels, origin top-left."""
KINDS = ("h1", "h2", "text", "list_item", "table", "image", "page_header", "page_footer", "key_value", "caption")


@dataclass(slots=True)
class Line:
    """One drawn line: its text, each character's centre x, and the y of the line's middle at half its length.

    `ink` is the box of what was drawn (before the page is turned);
    `slope` is how much y grows with x: 0 until the page is turned.
    """

    text: str
    xs: list[float]
    y: float
    ink: Box
    slope: float = 0.0
    ys: list[float] = field(default_factory=list)
    """Each character's y where the line is bent; empty where it is straight."""

    def y_at(self, x: float) -> float:
        """The line's middle at `x`."""
        return self.y + self.slope * (x - (self.xs[0] + self.xs[-1]) / 2)

    def places(self) -> list[tuple[float, float]]:
        """Each character's x and y."""
        return list(zip(self.xs, self.ys or map(self.y_at, self.xs), strict=True))


@dataclass(slots=True)
class Cell:
    """One table cell."""

    lines: list[Line]
    column_span: int = 1
    row_span: int = 1
    is_header: bool = False


@dataclass(slots=True)
class Block:
    """A labelled part of the page; `kind` is one of `KINDS`."""

    kind: str
    box: Box
    lines: list[Line] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    def all_lines(self) -> list[Line]:
        """Its own lines and those of its cells."""
        return [*self.lines, *(line for row in self.rows for cell in row for line in cell.lines)]


@dataclass(slots=True)
class Page:
    """A grey image (uint8, height × width) and its blocks in reading order."""

    image: np.ndarray
    blocks: list[Block]
    language: str = ""
