"""Where a word stands on a page, whichever way its line runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from docintel.model import Page, Word

MAX_CHANGE = 2.5
"""Points: how far a word's end may be moved to make, or to close, a gap."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """Where a word stands, in points from the top left of the page as displayed."""

    start: Point
    """Bottom left of what is read there."""
    along: Point
    """Unit vector of its line, from left to right."""
    length: float
    height: float

    @classmethod
    def of(cls, word: Word, page: Page) -> Self:
        top_left, _, bottom_right, bottom_left = ((x * page.width, y * page.height) for x, y in corners(word))
        length, height = math.dist(bottom_left, bottom_right), math.dist(bottom_left, top_left)
        across, down = bottom_right[0] - bottom_left[0], bottom_right[1] - bottom_left[1]
        along = (across / length, down / length) if length else (1.0, 0.0)
        return cls(bottom_left, along, length, height)

    def gap_before(self, right: Self) -> float:
        """White between its right end and the left one of another, along its line; less than 0 where they overlap."""
        return sum((b - a) * step for a, b, step in zip(self.start, right.start, self.along, strict=True)) - self.length

    def grown(self, *, left: float = 0.0, right: float = 0.0) -> Self:
        """Longer at its ends by so much, or shorter."""
        start = (self.start[0] - left * self.along[0], self.start[1] - left * self.along[1])
        return replace(self, start=start, length=self.length + left + right)


def parted(left: Stroke, right: Stroke, gap: float) -> tuple[Stroke, Stroke]:
    """Two neighbours on a line, their ends moved a little so that at least `gap` is between them; 0: so that they
    touch. By their height."""
    there = left.gap_before(right)
    change = there - gap * max(left.height, right.height)
    if change > 0 and (gap or change > 2 * MAX_CHANGE):
        return left, right
    by = max(min(change / 2, MAX_CHANGE), -MAX_CHANGE, -left.length / 2, -right.length / 2)
    return left.grown(right=by), right.grown(left=by)


def corners(word: Word) -> tuple[Point, Point, Point, Point]:
    """Top left, top right, bottom right, bottom left of what is read, in fractions of the page."""
    if word.polygon:
        return _corners_of_outline(word.polygon)
    box, turns = word.bbox, word.direction // 90
    upright = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
    top_left, top_right, bottom_right, bottom_left = upright[turns:] + upright[:turns]
    return top_left, top_right, bottom_right, bottom_left


def _corners_of_outline(points: Sequence[Point]) -> tuple[Point, Point, Point, Point]:
    """The first point is the top left one, the last the bottom left one; the two that lie furthest from them are the
    others."""
    first, last = points[0], points[-1]
    start = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
    far = sorted(range(1, len(points) - 1), key=lambda place: math.dist(start, points[place]))[-2:] or [0]
    return first, points[min(far)], points[max(far)], last
