"""Check boxes that are drawn on a page: where they are, whether they are marked, and the page without them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels, Upright
from docintel.engines.local.layout.checkboxes.finder import LINE, CheckBoxFinder, FoundBox
from docintel.model import BBox

MAX_SCALE = 2.0
"""A page is enlarged by no more: what is smaller cannot be told."""
SPARE = 0.06
"""White around a box with its mark that is painted over, by the box's side."""
COVERED = 0.3
"""Part of a box that a word covers, where it is one of its letters."""
DOUBTED = 0.85
"""Confidence in an empty box, below which it may be a letter of a line that it stands in."""
AWAY = 4.0
"""Line heights from such a letter to either end of its line, at least."""
REACHING = 0.2
"""Part of a word that lies in a box, where two are its brackets."""


@dataclass(frozen=True)
class Mark:
    """A check box: where it stands on the levelled page, and whether it is ticked, crossed or filled."""

    bbox: BBox
    is_checked: bool
    room: BBox | None = None
    """The box with its mark, which may run out of it, where it is drawn."""
    is_full: bool = False
    """Whether it is a disc or a block."""


def marks_on(
    finder: CheckBoxFinder,
    pixels: Pixels,
    line_height: float,
    words: Sequence[BBox] = (),
    lines: Sequence[BBox] = (),
) -> list[Mark]:
    """The check boxes of a levelled RGB page whose lines are `line_height` high, in fractions of it, from the top down.

    `words` are boxes of what is known to be text, `lines` of what looks like it.
    """
    if not line_height:
        return []
    grey = _scaled(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), min(LINE / (line_height * pixels.shape[0]), MAX_SCALE))
    height, width = grey.shape
    found = finder.find(grey)
    marks = {id(box): _mark(box, width=width, height=height) for box in found}
    places = [mark.bbox for mark in marks.values()]
    kept = [
        box
        for box in found
        if not (_is_doubted(box) and _is_in_text(marks[id(box)].bbox, places, lines, width / height))
    ]
    drawn = [marks[id(box)] for box in kept if not _is_written(marks[id(box)].bbox, words)]
    return sorted(drawn, key=lambda mark: (mark.bbox.y0, mark.bbox.x0))


def without_marks(pixels: Pixels, marks: Sequence[Mark], upright: Upright) -> Pixels:
    """The page as displayed, paper where the check boxes are: recognisers take them for letters."""
    if not marks:
        return pixels
    painted = pixels.copy()
    height, width = pixels.shape[:2]
    for mark in marks:
        box = upright.displayed(mark.room or mark.bbox)
        x0, y0, x1, y1 = int(box.x0 * width), int(box.y0 * height), int(box.x1 * width) + 1, int(box.y1 * height) + 1
        part = painted[y0:y1, x0:x1]
        rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
        part[:] = np.percentile(rim, 70, axis=0).astype(np.uint8)
    return painted


def _is_written(box: BBox, words: Sequence[BBox]) -> bool:
    """Whether it is a letter's, or the room between two brackets."""
    near = [word for word in words if word.overlap(box)]
    reaching = [word for word in near if word.overlap(box) > REACHING * word.area]
    return len(reaching) > 1 or any(word.overlap(box) > COVERED * box.area for word in near)


def _is_doubted(box: FoundBox) -> bool:
    return not box.is_checked and box.confidence < DOUBTED


def _is_in_text(box: BBox, others: Sequence[BBox], lines: Sequence[BBox], aspect: float) -> bool:
    """Whether a line goes on before and after it without another box: O and 口 are letters there."""
    x, y = box.center
    for line in lines:
        end = AWAY * line.height / aspect
        if line.y0 < y < line.y1 and line.x0 + end < x < line.x1 - end:
            return sum(line.overlap(other) > 0.5 * other.area for other in others) == 1
    return False


def _mark(box: FoundBox, *, width: int, height: int) -> Mark:
    x0, y0, x1, y1 = box.extent
    spare = SPARE * (box.frame[2] - box.frame[0]) + 1
    room = BBox.from_corners(x0 - spare, y0 - spare, x1 + spare, y1 + spare, width=width, height=height)
    return Mark(BBox.from_corners(*box.frame, width=width, height=height), box.is_checked, room, box.is_full)


def _scaled(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    result: NDArray[np.uint8] = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
    return result
