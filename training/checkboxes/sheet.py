"""Paper to draw on: where the next line stands, in whose hand and with which boxes."""

import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from training.checkboxes.boxes import DrawnBox, Style, draw, knocked_out, style_of
from training.checkboxes.words import Hand

LINE = 24
"""Pixels of a line's height, as the finder sees pages."""
SIDE = 448
"""Pixels of a drawn part of a page, square."""
SUPER = 2
"""Pixels drawn for one that is kept."""
TINTED = 0.1
"""Part of the sheets that are coloured, with what is to be filled in left white."""


class Sheet:
    """Part of a form. Places across are counted from where lines begin; what is written goes down from `y`."""

    def __init__(
        self, rng: random.Random, hand: Hand, sign_faces: Sequence[Path], written: Sequence[Path], *, scale: float = 1.0
    ) -> None:
        self.rng, self.hand, self.signs, self.written = rng, hand, sign_faces, written
        self.width = self.height = SIDE * SUPER
        line = LINE * SUPER * rng.uniform(0.72, 1.35) * scale
        self.size = line / 1.25
        self.pitch = line * rng.uniform(1.0, 2.0)
        self.style: Style = style_of(rng, line, sign_faces)
        self.gap = line * rng.choice((rng.uniform(0.15, 0.4), rng.uniform(0.3, 1.0)))
        self.ink = rng.choice((0, 0, 0, rng.randint(0, 120)))
        self.is_tinted = rng.random() < TINTED
        self.paper = rng.randint(150, 240) if self.is_tinted else rng.choice((255, 255, 255, rng.randint(215, 254)))
        if self.is_tinted:
            self.ink = rng.randint(0, 60)
            self.style = knocked_out(self.style)
        self.image = Image.new("L", (self.width, self.height), self.paper)
        self.pen = ImageDraw.Draw(self.image)
        self.margin = rng.uniform(-0.15, 0.15) * self.width
        self.y = rng.uniform(-3, 1.2) * self.pitch
        self.boxes: list[DrawnBox] = []

    def left(self, x: float, width: float = 0.0) -> float:
        """Of something that begins `x` from where lines begin."""
        return self.width - x - width if self.hand.is_mirrored else x

    def write(self, x: float, text: str, *, size: float = 0.0, ink: int | None = None, y: float | None = None) -> float:
        """Text on the line; gives where it ends."""
        start, end = self.hand.write(
            self.pen,
            self.left(x),
            self.y if y is None else y,
            text,
            size=size or self.size,
            ink=self.ink if ink is None else ink,
        )
        return x + end - start

    def words(self, least: int, most: int) -> str:
        return self.hand.words(self.rng, self.rng.randint(least, most))

    def box(self, x: float, *, is_checked: bool, y: float | None = None) -> float:
        """A check box on the line; gives where it ends."""
        place = (
            self.left(x, self.style.width),
            (self.y if y is None else y) + self.rng.uniform(-0.06, 0.06) * self.size,
        )
        self.boxes.append(draw(self.pen, self.rng, self.style, place, self.hand, is_checked=is_checked))
        return x + self.style.width

    def frame(self, x: float, y: float, width: float, height: float, *, stroke: int, fill: int | None = None) -> None:
        left = self.left(x, width)
        outline = self.ink
        if self.is_tinted and fill is None:
            fill = 255
            outline = self.rng.choice((self.ink, self.paper, self.paper))
        self.pen.rectangle((left, y, left + width, y + height), outline=outline, width=max(stroke, 1), fill=fill)

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, stroke: int) -> None:
        self.pen.line([(self.left(x0), y0), (self.left(x1), y1)], fill=self.ink, width=max(stroke, 1))

    def go_down(self, lines: float = 1.0) -> None:
        self.y += lines * self.pitch
