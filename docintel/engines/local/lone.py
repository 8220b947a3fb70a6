"""Letters and digits that stand alone in a column of a table: the detector of lines overlooks them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Quad, size

Boxes = NDArray[np.float32]
"""(n, 4): left, top, right, bottom, in pixels."""

LETTER = (0.42, 0.95)
"""Heights that a letter may have, by that of the quad of the line beside it."""
OFF = 0.2
"""Of the line's height, by which a letter's middle may be off the line's."""
CLOSE = 0.4
"""Line heights between the letters of a word, at most."""
MAX_LETTERS = 3
APART = 1.0
"""Line heights of white around a word."""
FAR = 5.0
"""Line heights from it to the line above or below in its column."""
MARGIN = 0.18
"""Line heights of paper around it in its quad."""


def lone_words(missed: Boxes, quads: Sequence[Quad]) -> list[Quad]:
    """Quads of words of up to three letters that have a line beside them, another above or below, and white around.

    `missed` is what stands on the page and in none of the lines `quads`.
    """
    lines = np.array([[*quad.min(axis=0), *quad.max(axis=0)] for quad in quads], np.float32).reshape(-1, 4)
    heights = _heights_beside(missed, quads)
    found = []
    for first in np.flatnonzero(heights).tolist():
        height = float(heights[first])
        letters = [first]
        while len(after := _after(missed, letters[-1], CLOSE * height)) == 1:
            letters.append(int(after[0]))
        left, top = missed[letters, :2].min(axis=0)
        right, bottom = missed[letters, 2:].max(axis=0)
        white, margin = APART * height, MARGIN * height
        around = (left - white, top - white, right + white, bottom + white)
        in_column = lines[(lines[:, 0] < around[2]) & (lines[:, 2] > around[0])]
        away = np.maximum(in_column[:, 1] - bottom, top - in_column[:, 3])
        is_alone = _count(missed, around) == len(letters) and not (away < 0).any()
        if is_alone and (away < FAR * height).any() and len(letters) <= MAX_LETTERS and heights[letters].all():
            x0, y0, x1, y1 = left - margin, top - margin, right + margin, bottom + margin
            found.append(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))
    return found


def _heights_beside(marks: Boxes, quads: Sequence[Quad]) -> NDArray[np.float32]:
    """(n,): of the lowest line that each mark could be a letter of by its place and height; 0 where there is none."""
    found = np.zeros(len(marks), np.float32)
    middles, tall = (marks[:, :2] + marks[:, 2:]) / 2, marks[:, 3] - marks[:, 1]
    for quad in sorted(quads, key=lambda quad: -size(quad)[1]):
        height = size(quad)[1]
        (x0, y0), (x1, y1) = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
        if x1 - x0 < abs(y1 - y0):
            continue
        line = y0 + (middles[:, 0] - x0) * (y1 - y0) / (x1 - x0)
        fits = (tall > LETTER[0] * height) & (tall < LETTER[1] * height)
        found[fits & (np.abs(middles[:, 1] - line) < OFF * height)] = height
    return found


def _after(marks: Boxes, index: int, gap: float) -> NDArray[np.intp]:
    """The marks right of one in its row, not farther than `gap`."""
    _, top, right, bottom = marks[index]
    in_row = (marks[:, 1] < bottom) & (marks[:, 3] > top)
    return np.flatnonzero(in_row & (marks[:, 0] > right - 1) & (marks[:, 0] < right + gap))


def _count(marks: Boxes, room: tuple[float, float, float, float]) -> int:
    x0, y0, x1, y1 = room
    return int(((marks[:, 0] < x1) & (marks[:, 2] > x0) & (marks[:, 1] < y1) & (marks[:, 3] > y0)).sum())
