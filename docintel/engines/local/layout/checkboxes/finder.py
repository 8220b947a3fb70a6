"""Check boxes on a page image, found by a small convolutional network (training/checkboxes/ makes it).

It was shown squares, rings, brackets and signs, empty and marked in print or by hand, and what looks like them:
letters, combs, grids, bullets, code, drawings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.networks import fingerprint_of, opened

Grey = NDArray[np.uint8]
Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1."""

MODEL = Path(__file__).with_name("check_boxes.onnx")
LINE = 24
"""Pixels of a line's height that the network knows."""
STRIDE = 4
"""Pixels from one place of its maps to the next."""
LIKELY, SURE = 0.5, 0.8
"""How sure the network must be of a box that is as large as a sure one on the page, and of that one."""
FAINT = 0.25
"""The same of a box in a row of boxes, all as large as several that were found."""
IN_ROW, SEVERAL = 2, 5
"""Others in its row, and boxes that were found, at least."""
LEAST = 0.35 * LINE
"""Pixels of a box's side: what is smaller is a point."""
ALIKE, TWINS = 1.15, 1.06
"""The larger by the smaller of two boxes of one size, and of two that one hand drew."""
LEVEL = 0.25
"""Of its side, by which a box is out of its row."""
FULL = 0.85
"""Part of a box's inside that is dark where it is filled."""
STRIP, MARGIN = 1536, 160
"""Rows of pixels that are looked at in one go, and how many before and after them."""


@dataclass(frozen=True)
class FoundBox:
    """In pixels: the box, and as much around it as its mark may cover."""

    frame: Rect
    extent: Rect
    confidence: float
    is_checked: bool
    is_full: bool = False
    """Whether it is a disc or a block."""

    @property
    def side(self) -> float:
        x0, y0, x1, y1 = self.frame
        return (x1 - x0 + y1 - y0) / 2

    @property
    def middle(self) -> float:
        return (self.frame[1] + self.frame[3]) / 2


class CheckBoxFinder:
    def __init__(self) -> None:
        self._session = opened(MODEL)

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint_of(MODEL)

    def find(self, grey: Grey) -> list[FoundBox]:
        """On a page that stands upright, whose lines are about `LINE` pixels high; each box once, the surest first."""
        found = [box for top in range(0, len(grey), STRIP) for box in self._in_strip(grey, top)]
        kept: list[FoundBox] = []
        for box in sorted(found, key=lambda each: -each.confidence):
            if box.side >= LEAST and not any(_overlap(box.frame, other.frame) > 0.2 for other in kept):
                kept.append(box)
        likely = [box for box in kept if box.confidence >= LIKELY]
        chosen = [box for box in likely if any(other.confidence >= SURE and _are_alike(box, other) for other in likely)]
        chosen += [box for box in kept if box.confidence < LIKELY and _goes_with(box, chosen, kept)]
        chosen = [replace(box, is_full=_is_full(grey, box)) for box in chosen]
        hollow = [box for box in chosen if not box.is_full]
        return [box for box in chosen if any(_are_alike(box, other) for other in hollow)]

    def _in_strip(self, grey: Grey, top: int) -> Iterator[FoundBox]:
        start, end = max(top - MARGIN, 0), min(top + STRIP + MARGIN, len(grey))
        part = grey[start:end]
        rows, columns = (-(-side // 8) * 8 for side in part.shape)
        padded = cv2.copyMakeBorder(
            part, 0, max(rows, 32) - part.shape[0], 0, max(columns, 32) - part.shape[1], cv2.BORDER_REPLICATE
        )
        (maps,) = self._session.run(None, {"grey": padded[None]})
        sure = maps[0]
        peaks = (sure >= FAINT) & (sure == cv2.dilate(sure, np.ones((3, 3), np.uint8)))
        for row, column in zip(*np.nonzero(peaks), strict=True):
            x, y = (value * STRIDE + STRIDE / 2 - 0.5 for value in (column, row))
            if not top <= y + start < top + STRIP:
                continue
            distances = maps[2:, row, column] * LINE
            frame, extent = (
                (float(x - left), float(y - up + start), float(x + right), float(y + down + start))
                for left, up, right, down in (distances[:4], distances[4:])
            )
            yield FoundBox(frame, _around(frame, extent), float(sure[row, column]), bool(maps[1, row, column] > 0.5))


def _are_alike(a: FoundBox, b: FoundBox, most: float = ALIKE) -> bool:
    return max(a.side, b.side) <= most * min(a.side, b.side)


def _goes_with(box: FoundBox, chosen: Sequence[FoundBox], seen: Sequence[FoundBox]) -> bool:
    """Whether it is one of a row, and as large as several boxes that were chosen."""
    twins = [other for other in seen if other is not box and _are_alike(box, other, TWINS)]
    in_row = [other for other in twins if abs(other.middle - box.middle) < LEVEL * box.side]
    return len(in_row) >= IN_ROW and sum(other in chosen for other in twins) >= SEVERAL


def _is_full(grey: Grey, box: FoundBox) -> bool:
    """Whether it is a disc or a block, which is a bullet where no box like it is hollow."""
    if not box.is_checked:
        return False
    x0, y0, x1, y1 = (round(value) for value in box.frame)
    inset = round(0.15 * box.side)
    inside = grey[max(y0 + inset, 0) : y1 - inset, max(x0 + inset, 0) : x1 - inset]
    around = grey[max(y0 - inset, 0) : y1 + inset, max(x0 - inset, 0) : x1 + inset]
    if not inside.size:
        return False
    middle = (float(around.min()) + float(around.max())) / 2
    return float((inside < middle).mean()) > FULL


def _around(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _overlap(a: Rect, b: Rect) -> float:
    """Shared area by the smaller one's."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(across, 0.0) * max(down, 0.0) / max(smaller, 1.0)
