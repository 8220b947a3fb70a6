"""Outlines of words: polygons where a line bends or leans, nothing where a box says as much."""

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Quad, bbox_of, part, quad_of
from docintel.model import Polygon, Word

Points = NDArray[np.float32]
"""(n, 2): x and y in fractions of a page."""

MAX_SPARE = 0.1
"""By how much a word's box may be higher than the word, by the word's height, and still say where it stands."""
TOLERANCE = 0.1
"""By how much a bent side may leave the few points that are kept of it, by the word's height."""
SIDE_POINTS = 9
"""Points of a side, without the next side's first."""
DIGITS = 5
"""Decimals that are kept of a point."""


def corners_of(word: Word) -> Quad:
    """In fractions: those of its box where it has no polygon. Its sides must be straight."""
    if word.polygon:
        return np.array(word.polygon, np.float32)
    return np.roll(quad_of(word.bbox, 1, 1), -(word.direction // 90), axis=0)


def points_along(corners: Quad) -> Points:
    """(4 × SIDE_POINTS, 2): the sides one after the other."""
    steps = np.linspace(0, 1, SIDE_POINTS, endpoint=False, dtype=np.float32)[:, None]
    return np.concatenate([a + (b - a) * steps for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])


def outlined(word: Word, points: Points) -> Word:
    """The word in another place. `points` are those of `points_along`, there."""
    points = np.clip(points, 0, 1)
    top, right, bottom, left = _sides(points)
    axis = 1 if word.direction % 180 == 0 else 0
    height = float(np.abs(top - bottom[::-1])[:, axis].mean())
    is_told = np.ptp(points[:, axis]) <= (1 + MAX_SPARE) * height
    polygon = None if is_told else _polygon([_simplified(side, height) for side in (top, right, bottom, left)])
    return word.model_copy(update={"bbox": bbox_of(points, 1, 1), "polygon": polygon})


def sliced(word: Word, start: float, end: float) -> Word:
    """What stands between two fractions of the width of a word whose sides are straight."""
    corners = part(corners_of(word), start, end)
    polygon = _polygon([corners]) if word.polygon else None
    return word.model_copy(update={"bbox": bbox_of(corners, 1, 1), "polygon": polygon})


def _sides(points: Points) -> list[Points]:
    """Each with the next one's first point."""
    closed = np.concatenate([points, points[:1]])
    return [closed[start : start + SIDE_POINTS + 1] for start in range(0, len(points), SIDE_POINTS)]


def _simplified(side: Points, height: float) -> Points:
    """The points that tell how it bends, without the next side's first (Douglas and Peucker 1973)."""
    kept: Points = cv2.approxPolyDP(side, TOLERANCE * height, closed=False)[:-1, 0]
    return kept


def _polygon(sides: list[Points]) -> Polygon:
    return tuple((round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in np.concatenate(sides))
