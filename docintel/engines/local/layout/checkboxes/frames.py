"""Small frames on a page image: squares and rings about a line high, empty, marked or filled. Geometry only.

Ink is what is darker than the paper around it. A frame is proposed where a component, the holes in one, or two equal
strokes one above the other have the size of a check box, and believed where ink runs along all its sides, or all
round. Everything is measured in pixels of the page brought to `LINE` pixels a line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1, the ends past the last pixel."""

LINE = 36
"""Pixels in a line's height."""
SIDES = (0.38 * LINE, 1.75 * LINE)
SQUARE = 1.2
"""A frame's longer side by its shorter one, at most."""
PAPER = 95
"""Pixels across of the paper around that ink is compared with: more than the largest filled box."""
MIN_CONTRAST = 22
SHARE = 0.25
"""Part of the page's own contrast from which a pixel is ink."""
COVERED = 0.8
"""Part of a side that ink covers."""
ROUND = 0.88
"""Part of a ring that ink covers."""
ANGLES = np.linspace(0, 2 * np.pi, 64, endpoint=False)
SOLID = 0.86
"""A frame with so much ink in it is filled."""


class Shape(StrEnum):
    SQUARE = "square"
    RING = "ring"
    BLOCK = "block"
    DISC = "disc"

    @property
    def is_filled(self) -> bool:
        return self in (Shape.BLOCK, Shape.DISC)


@dataclass(frozen=True)
class Frame:
    """`stroke` is the frame's own thickness; blocks and discs have none."""

    shape: Shape
    rect: Rect
    stroke: float = 0.0

    @property
    def side(self) -> float:
        x0, y0, x1, y1 = self.rect
        return (x1 - x0 + y1 - y0) / 2


def ink_of(grey: NDArray[np.uint8]) -> Mask:
    """What is darker than the paper around it."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((PAPER, PAPER), np.uint8))
    darker = cv2.subtract(paper, smooth)
    contrast = float(np.percentile(darker[::2, ::2], 99.5))
    noise = 1.4826 * float(np.median(np.abs(cv2.Laplacian(smooth, cv2.CV_32F)[::2, ::2]))) / 3
    found: Mask = darker > max(MIN_CONTRAST, SHARE * contrast, 3 * noise)
    return found


def frames_in(ink: Mask) -> list[Frame]:
    """Every frame once, the outer ones first; what is filled may be the mark in another."""
    found: list[tuple[float, Frame]] = []
    for rect in _proposals(ink):
        if seen := _ring(ink, rect) or _square(ink, rect):
            found.append(seen)
    kept: list[Frame] = []
    for _, frame in sorted(found, key=lambda each: (each[1].shape.is_filled, -each[1].side, -each[0])):
        if not any(_overlap(frame.rect, other.rect) > 0.2 for other in kept):
            kept.append(frame)
    return kept


def _overlap(a: Rect, b: Rect) -> float:
    """Shared area by the smaller one's."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(across, 0.0) * max(down, 0.0) / max(smaller, 1.0)


def _proposals(ink: Mask) -> Iterator[Rect]:
    seen: set[tuple[int, ...]] = set()
    for rect in (*_from_components(ink), *_from_strokes(ink), *_turned(_from_strokes(np.ascontiguousarray(ink.T)))):
        x0, y0, x1, y1 = rect
        place = tuple(round(value / 2) for value in rect)
        sized = SIDES[0] <= min(x1 - x0, y1 - y0) and max(x1 - x0, y1 - y0) <= SIDES[1]
        if sized and max(x1 - x0, y1 - y0) <= SQUARE * min(x1 - x0, y1 - y0) and place not in seen:
            seen.add(place)
            yield rect


def _turned(rects: Sequence[Rect]) -> list[Rect]:
    return [(y0, x0, y1, x1) for x0, y0, x1, y1 in rects]


def _from_components(ink: Mask) -> list[Rect]:
    """Components, and what the holes of each cover together: a mark may run out of its frame."""
    contours, tree = cv2.findContours(ink.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return []
    found: list[Rect] = []
    for index, contour in enumerate(contours):
        if tree[0][index][3] >= 0:
            continue
        x, y, width, height = cv2.boundingRect(contour)
        if max(width, height) < SIDES[0] or min(width, height) > 3 * SIDES[1]:
            continue
        found.append((x, y, x + width, y + height))
        holes = [cv2.boundingRect(contours[hole]) for hole in _holes(tree[0], index)][:64]
        large = [(x - 2, y - 2, x + w + 2, y + h + 2) for x, y, w, h in holes if w * h > 0.02 * LINE * LINE]
        found += large
        if 1 < len(large) <= 12:
            found.append(_around(large))
    return found


def _holes(tree: NDArray[np.int32], index: int) -> Iterator[int]:
    hole = int(tree[index][2])
    while hole >= 0:
        yield hole
        hole = int(tree[hole][0])


def _around(rects: Sequence[Rect]) -> Rect:
    x0, y0, x1, y1 = zip(*rects, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def _from_strokes(ink: Mask) -> list[Rect]:
    """Two level strokes of like length, one under the other, as far apart as they are long."""
    level = cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, int(SIDES[0])), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(level, connectivity=8)
    stats = stats[1:]
    stats = stats[(stats[:, 2] <= SIDES[1] * 1.2) & (stats[:, 3] <= 0.5 * SIDES[1])][:4000]
    found: list[Rect] = []
    order = stats[np.argsort(stats[:, 1])]
    tops = order[:, 1]
    for x, y, width, *_ in order:
        near = order[np.searchsorted(tops, y + 0.5 * width) : np.searchsorted(tops, y + 1.4 * width)]
        alike = (np.abs(near[:, 0] - x) < 0.2 * width) & (np.abs(near[:, 0] + near[:, 2] - x - width) < 0.2 * width)
        for x2, y2, width2, height2, _ in near[alike][:4]:
            found.append((min(x, x2), y, max(x + width, x2 + width2), y2 + height2))
    return found


def _square(ink: Mask, rect: Rect) -> tuple[float, Frame] | None:
    """The square frame near `rect`, and how well its sides are covered."""
    x0, y0, x1, y1 = (round(value) for value in rect)
    side = (x1 - x0 + y1 - y0) / 2
    margin = max(round(0.12 * side), 2)
    patch = _patch(ink, x0 - margin, y0 - margin, x1 + margin, y1 + margin).astype(np.uint8)
    thick_level = cv2.dilate(patch, np.ones((3, 1), np.uint8))
    thick_upright = cv2.dilate(patch, np.ones((1, 3), np.uint8))
    inset = margin + round(0.14 * side)
    rows, columns = thick_level[:, inset:-inset].mean(axis=1), thick_upright[inset:-inset].mean(axis=0)
    plain_rows, plain_columns = patch[:, inset:-inset].mean(axis=1), patch[inset:-inset].mean(axis=0)
    third = margin + round(0.35 * side)
    middle_rows, middle_columns = patch[:, third:-third].mean(axis=1), patch[third:-third].mean(axis=0)
    edges = [
        _edge(rows, plain_rows, middle_rows),
        _edge(rows[::-1], plain_rows[::-1], middle_rows[::-1]),
        _edge(columns, plain_columns, middle_columns),
        _edge(columns[::-1], plain_columns[::-1], middle_columns[::-1]),
    ]
    if any(edge is None for edge in edges):
        return None
    (top, down, a), (bottom, up, b), (left, right, c), (end, back, d) = (edge for edge in edges if edge)
    height, width = patch.shape[0] - top - bottom, patch.shape[1] - left - end
    if min(width, height) < SIDES[0] or max(width, height) > SQUARE * min(width, height):
        return None
    box = (x0 - margin + left, y0 - margin + top, x1 + margin - end, y1 + margin - bottom)
    if _goes_on(ink, box, side) or _corner_ink(ink, box) < 0.75:
        return None
    inner = _patch(ink, box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2)
    score = min(a, b, c, d) + 0.1 * (a + b + c + d)
    if inner.mean() > SOLID:
        return (score, Frame(Shape.BLOCK, box)) if _has_corners(ink, box) else None
    stroke = float(sorted((down, up, right, back))[1])
    if stroke > 0.3 * side:
        return None
    return score, Frame(Shape.SQUARE, box, stroke)


def _edge(
    covered: NDArray[np.float64], plain: NDArray[np.float64], middle: NDArray[np.float64]
) -> tuple[int, int, float] | None:
    """Where a side begins, how thick it is, and how well it is covered, seen from outside; `covered` is of strokes made
    thicker, so that they may lean a little, `middle` of their middles: those of letters are bent outwards."""
    window = covered[: max(len(covered) // 3, 3)]
    best = float(window.max())
    if best < COVERED:
        return None
    start = int(np.argmax(window >= 0.9 * best))
    if start and middle[start - 1] > 0.25:
        return None
    after = plain[start + 1 :]
    thin = after < 0.7 * best
    return start + 1, max(int(np.argmax(thin)) if thin.any() else len(after), 1), best


def _goes_on(ink: Mask, box: Rect, side: float) -> bool:
    """Whether sides run on beyond the corners: a cell of a grid, or a box in a row of boxes."""
    x0, y0, x1, y1 = (round(value) for value in box)
    near, far = max(round(0.1 * side), 2), max(round(0.35 * side), 5)
    ends = [
        _patch(ink, x, y - 2, x + far - near, y + 2).any(axis=0)
        for y in (y0 + 1, y1 - 1)
        for x in (x0 - far, x1 + near)
    ] + [
        _patch(ink, x - 2, y, x + 2, y + far - near).any(axis=1)
        for x in (x0 + 1, x1 - 1)
        for y in (y0 - far, y1 + near)
    ]
    return sum(bool(end.mean() > 0.9) for end in ends) >= 2


def _has_corners(ink: Mask, box: Rect) -> bool:
    x0, y0, x1, y1 = (round(value) for value in box)
    corner = max(round(0.1 * (x1 - x0)), 2)
    patches = [
        _patch(ink, x, y, x + corner, y + corner) for x in (x0 + 1, x1 - corner - 1) for y in (y0 + 1, y1 - corner - 1)
    ]
    return all(patch.mean() > 0.6 for patch in patches)


def _ring(ink: Mask, rect: Rect) -> tuple[float, Frame] | None:
    """The ring or disc near `rect`, and how much of its round is covered."""
    x0, y0, x1, y1 = rect
    if max(x1 - x0, y1 - y0) > 1.12 * min(x1 - x0, y1 - y0):
        return None
    radius = (x1 - x0 + y1 - y0) / 4
    cx, cy = (x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2
    depths = np.arange(1.12 * radius, 0.0, -0.5)
    xs = np.rint(cx + np.outer(depths, np.cos(ANGLES))).astype(int)
    ys = np.rint(cy + np.outer(depths, np.sin(ANGLES))).astype(int)
    inside = (xs >= 0) & (ys >= 0) & (xs < ink.shape[1]) & (ys < ink.shape[0])
    seen = np.where(inside, ink[ys.clip(0, ink.shape[0] - 1), xs.clip(0, ink.shape[1] - 1)], False)
    band = depths >= 0.8 * radius
    covered = float(seen[band].any(axis=0).mean())
    outside = float(seen[depths > 1.06 * radius].mean())
    if covered < ROUND or outside > 0.3 or _corner_ink(ink, rect) > 0.5:
        return None
    if seen[~band].mean() > SOLID:
        return covered, Frame(Shape.DISC, rect)
    runs = [int(column[first:].argmin()) for column, first in zip(seen.T, seen.argmax(axis=0), strict=True)]
    stroke = float(np.median(runs)) / 2
    if stroke > 0.42 * radius or float(np.percentile(runs, 25)) / 2 < 0.45 * stroke:
        return None
    return covered, Frame(Shape.RING, rect, stroke)


def _corner_ink(ink: Mask, rect: Rect) -> float:
    """How many of the corners of the box around a ring are inked: none but a mark's."""
    x0, y0, x1, y1 = (round(value) for value in rect)
    corner = max(round(0.12 * (x1 - x0)), 2)
    patches = [_patch(ink, x, y, x + corner, y + corner) for x in (x0, x1 - corner) for y in (y0, y1 - corner)]
    return sum(bool(patch.any()) for patch in patches) / 4


def _patch(ink: Mask, x0: float, y0: float, x1: float, y1: float) -> Mask:
    """The part of the page, white beyond its edges."""
    left, top, right, bottom = round(x0), round(y0), round(x1), round(y1)
    patch = np.zeros((max(bottom - top, 1), max(right - left, 1)), np.bool_)
    a, b = max(left, 0), max(top, 0)
    part = ink[b : max(bottom, 0), a : max(right, 0)]
    patch[b - top : b - top + part.shape[0], a - left : a - left + part.shape[1]] = part
    return patch
