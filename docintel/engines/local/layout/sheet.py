"""A picture that was cut out of a page, laid on a sheet of paper: the layout analysis knows whole pages only.

On a page the usual line of text is about a seventieth of the longer side. A cut-out table or paragraph that is
brought to a page's size has letters as large as headings are, and is taken for such.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from docintel.engines.local.geometry import Pixels
from docintel.model import BBox

LARGE_LINE = 0.0175
"""Usual height of a line by the longer side above which a picture without margins is a cut-out: on A4, 15 points."""
HUGE_LINE = 0.04
"""The same for a picture with margins: larger type than pages are set in."""
MARGIN = 2.0
"""White around the text, in line heights, that is no page's margin."""
LINE = 0.0125
"""The same on the sheet."""
SHAPE = 0.707
"""A sheet's shorter side by its longer one."""
TOP = 0.08
"""White above the picture, by the sheet's height."""


@dataclass(frozen=True)
class Sheet:
    """Sides and the picture's place, in the picture's pixels."""

    width: float
    height: float
    left: float = 0.0
    top: float = 0.0
    picture: tuple[int, int] = (0, 0)
    """Width and height of the picture."""

    @property
    def is_picture(self) -> bool:
        return (self.width, self.height) == self.picture

    def on_sheet(self, box: BBox) -> BBox:
        """A box of the picture as one of the sheet."""
        width, height = self.picture
        xs = [(self.left + x * width) / self.width for x in (box.x0, box.x1)]
        ys = [(self.top + y * height) / self.height for y in (box.y0, box.y1)]
        return BBox(x0=xs[0], y0=ys[0], x1=xs[1], y1=ys[1])

    def on_picture(self, box: BBox) -> BBox:
        """The part of a sheet's box that lies on the picture."""
        xs = [self.across(x) for x in (box.x0, box.x1)]
        ys = [self.down(y) for y in (box.y0, box.y1)]
        return BBox(x0=xs[0], y0=ys[0], x1=xs[1], y1=ys[1])

    def across(self, x: float) -> float:
        return min(max((x * self.width - self.left) / self.picture[0], 0.0), 1.0)

    def down(self, y: float) -> float:
        return min(max((y * self.height - self.top) / self.picture[1], 0.0), 1.0)

    def drawn(self, pixels: Pixels, side: int) -> Pixels:
        """The picture on the sheet, no longer than `side`; the paper has the colour of the picture's edge."""
        scale = min(1.0, side / max(self.width, self.height))
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        edge = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
        paper: Pixels = np.empty((round(self.height * scale), round(self.width * scale), 3), np.uint8)
        paper[:] = np.median(edge, axis=0)
        top, left = round(self.top * scale), round(self.left * scale)
        height, width = small.shape[:2]
        paper[top : top + height, left : left + width] = small[: paper.shape[0] - top, : paper.shape[1] - left]
        return paper


def sheet_for(width: int, height: int, boxes: Sequence[BBox]) -> Sheet:
    """The sheet for a picture of this size, in pixels, with lines of text there: the picture itself if it is a page."""
    line = median(box.height for box in boxes) * height
    own = Sheet(width, height, picture=(width, height))
    limit = LARGE_LINE if _fill(boxes, width, height, MARGIN * line) else HUGE_LINE
    if line <= limit * max(width, height):
        return own
    long = max(line / LINE, height / (1 - 2 * TOP), width / (1 - 2 * TOP) / SHAPE)
    return replace(own, width=long * SHAPE, height=long, left=(long * SHAPE - width) / 2, top=TOP * long)


def _fill(boxes: Sequence[BBox], width: int, height: int, margin: float) -> bool:
    """Whether the boxes reach all four edges of the picture, `margin` pixels aside."""
    box = BBox.around(boxes)
    return max(box.x0 * width, (1 - box.x1) * width, box.y0 * height, (1 - box.y1) * height) < margin
