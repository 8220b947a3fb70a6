"""Pages that bend or lean, made flat and upright: the lines of text say how.

The middle of each line, as the detector sees it, should have one height. A smooth field over the picture gives each of
its points a height so that this holds as well as it can (least squares, outliers counted less). Columns that lean are
set upright (`keystone`). The idea of fitting a surface to lines of text is that of Cao, Ding and Liu, "Rectifying the
bound document image captured by the camera" (ICDAR 2003).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.keystone import NO_LEAN, Lean, lean_of
from docintel.engines.local.outlines import Points

Likely = NDArray[np.float32]
"""How likely text stands at a place of the picture: 0 … 1, (rows, columns) of any number."""
Floats = NDArray[np.float64]

IS_TEXT = 0.3
"""Likelihood from which a place is part of a line, as in the detector's own step from places to boxes."""
MIN_LENGTH = 6.0
"""Thicknesses of a line that shows how the page runs."""
MIN_LINES = 6
NODES, DEGREES = 17, 4
"""The field: piecewise linear between so many nodes across, a polynomial with so many terms downwards."""
FLAT = np.zeros((NODES, DEGREES))
STIFFNESS = 0.02
"""By how much changes of slope from node to node are held down."""
DEGREE_WEIGHTS = (0.0, 1e-4, 5e-4, 1e-3)
"""By how much each term downwards is."""
ROUNDS = 6
OUTLIER = 2.0
"""Standard deviations from which a point counts less."""
MIN_BEND = 0.18
"""Thicknesses by which lines leave straight parallels (root mean square) on a page that bends."""
MAX_LEFT = 0.4
"""Part of that which may be left on the page made flat; else it was not understood."""
STRETCH = (0.5, 2.0)
"""By how much a place may be stretched downwards."""
GRID = (65, 97)
"""Columns and rows in which the field is kept."""
REACH = 1.2
"""Half heights that the grid reaches above and below the middle of the levelled picture."""


@dataclass(frozen=True)
class Line:
    """The middle of a line of text from left to right, (n, 2) points x and y from the picture's middle, (2, 2) where it
    begins and ends, and how thick it is: all in half heights of the picture."""

    points: Floats
    ends: Floats
    thickness: float


@dataclass(frozen=True)
class Surface:
    """A page that bends or leans, levelled by `skew` (radians clockwise by which it is turned in the picture) about its
    middle.

    `levels` are the heights on the flat page of a grid of points (columns, rows) of the levelled picture set upright,
    whose columns reach from -`reach` to `reach` and rows from -REACH to REACH; `top` and `bottom` are those of the flat
    page's edges, all in half heights of the picture from its middle.
    """

    levels: Floats
    reach: float
    top: float
    bottom: float
    skew: float
    lean: Lean = NO_LEAN

    def flattened(self, pixels: Pixels) -> Pixels:
        """The flat page, in the picture's measure."""
        half = pixels.shape[0] / 2
        rows, columns = round(half * (self.bottom - self.top)), round(half * 2 * self.reach)
        heights = self._heights(np.linspace(self.top, self.bottom, rows)).T.astype(np.float32)
        across = np.linspace(0, heights.shape[1] - 1, columns, dtype=np.float32)[None].repeat(rows, 0)
        down = np.arange(rows, dtype=np.float32)[:, None].repeat(columns, 1)
        y = cv2.remap(heights, across, down, cv2.INTER_LINEAR)
        x = self.lean.seen(np.linspace(-self.reach, self.reach, columns)[None], y)
        x, y = _turned(x, y, self.skew)
        x, y = x * half + (pixels.shape[1] - 1) / 2, y * half + half - 0.5
        places = x.astype(np.float32), y.astype(np.float32)
        flat: Pixels = cv2.remap(pixels, *places, interpolation=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return flat

    def in_picture(self, points: Points, aspect: float) -> Points:
        """Where points of the flat page lie; both in fractions. `aspect`: the picture's width by its height."""
        x, down = points.T.astype(np.float64)
        heights = self._heights(self.top + down * (self.bottom - self.top))
        column = x * (len(heights) - 1)
        left = np.minimum(column.astype(int), len(heights) - 2)
        share, number = column - left, np.arange(len(x))
        y = heights[left, number] * (1 - share) + heights[left + 1, number] * share
        xs, ys = _turned(self.lean.seen((x * 2 - 1) * self.reach, y), y, self.skew)
        return np.stack([(xs / aspect + 1) / 2, (ys + 1) / 2], axis=1).astype(np.float32)

    def _heights(self, levels: Floats) -> Floats:
        """(columns, len(levels)): where in the levelled picture's columns the flat page's rows are taken from."""
        rows = np.linspace(-REACH, REACH, self.levels.shape[1])
        return np.stack([np.interp(levels, column, rows) for column in self.levels])


def _turned(x: Floats, y: Floats, angle: float) -> tuple[Floats, Floats]:
    """Points turned clockwise about the middle, `angle` in radians, y downwards."""
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def surface_of(likely: Likely, *, aspect: float) -> Surface | None:
    """How a page bends and leans, whose picture is `aspect` times as wide as high; None where its lines are straight,
    parallel and below each other, or don't tell."""
    lines = _lines(likely, aspect)
    if len(lines) < MIN_LINES:
        return None
    thickness = float(np.median([line.thickness for line in lines]))
    slope, bend = _slope_and_bend(lines)
    skew = math.atan(slope)
    lines = [_levelled(line, skew) for line in lines]
    reach = aspect * math.cos(skew) + math.sin(abs(skew))
    lean = lean_of([line.ends for line in lines], thickness=thickness, reach=reach)
    reach += lean.most(reach)
    is_bent = bend > MIN_BEND * thickness
    if not is_bent and lean == NO_LEAN:
        return None
    field, left = _fitted([_set_upright(line, lean) for line in lines], reach) if is_bent else (FLAT, 0.0)
    surface = _surface(field, reach, skew, lean)
    stretch = np.diff(surface.levels, axis=1) / (2 * REACH / (GRID[1] - 1))
    is_sound = left < MAX_LEFT * bend and STRETCH[0] < stretch.min() and stretch.max() < STRETCH[1]
    return surface if is_sound else None


def _levelled(line: Line, skew: float) -> Line:
    points, ends = (np.stack(_turned(some[:, 0], some[:, 1], -skew), axis=1) for some in (line.points, line.ends))
    return replace(line, points=points, ends=ends)


def _set_upright(line: Line, lean: Lean) -> Line:
    x, y = line.points.T
    return replace(line, points=np.stack([lean.upright(x, y), y], axis=1))


def _lines(likely: Likely, aspect: float) -> list[Line]:
    height, width = likely.shape
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((likely > IS_TEXT).astype(np.uint8), connectivity=8)
    lines = []
    for label in range(1, count):
        x, y, w, h, area = map(int, boxes[label])
        thickness = max(area / w, 1.0)
        if w >= MIN_LENGTH * max(thickness, 3.0):
            middles = _middles(labels[y : y + h, x : x + w] == label, round(thickness))
            ends = np.array([(-0.5, middles[0, 1]), (w - 0.5, middles[-1, 1])])
            scale = np.array([2 * aspect / width, 2 / height])
            points, ends = ((some + np.array([x, y]) + 0.5) * scale - np.array([aspect, 1]) for some in (middles, ends))
            lines.append(Line(points, ends, 2 * thickness / height))
    return lines


def _middles(mask: "NDArray[np.bool_]", step: int) -> Floats:
    """(n, 2): the middle of each `step` of columns."""
    num_pieces = mask.shape[1] // max(step, 4)
    middles = []
    for piece in np.array_split(np.arange(mask.shape[1]), num_pieces):
        rows, _ = np.nonzero(mask[:, piece])
        middles.append((piece.mean(), rows.mean()))
    return np.array(middles)


def _slope_and_bend(lines: Sequence[Line]) -> tuple[float, float]:
    """The slope of the lines when all are taken for straight and parallel, and the root mean square of what is left."""
    x, y = _centred(lines, 0), _centred(lines, 1)
    slope = float(x @ y / (x @ x))
    return slope, float(np.sqrt(np.mean((y - slope * x) ** 2)))


def _centred(lines: Sequence[Line], axis: int) -> Floats:
    return np.concatenate([line.points[:, axis] - line.points[:, axis].mean() for line in lines])


def _fitted(lines: Sequence[Line], reach: float) -> tuple[Floats, float]:
    """The field's values, (nodes, terms), 0 in the middle column so that the page keeps its measure there; and the
    root mean square of what is left of the lines."""
    terms = np.concatenate([_terms(line.points, reach) for line in lines])
    free = np.arange(NODES) != NODES // 2
    centred = np.concatenate([part - part.mean(axis=0) for part in np.split(terms[:, free], _ends(lines))])
    centred = centred.reshape(len(centred), -1)
    y = _centred(lines, 1)
    slopes = np.diff(np.eye(NODES), n=2, axis=0)[:, free]
    held = STIFFNESS * np.kron(slopes.T @ slopes, np.eye(DEGREES)) + np.diag(np.tile(DEGREE_WEIGHTS, NODES - 1))
    held = held * len(y) / NODES + 1e-6 * np.eye(len(held))
    weights = np.ones(len(y))
    for _ in range(ROUNDS):
        values = np.linalg.solve(centred.T @ (centred * weights[:, None]) + held, -centred.T @ (weights * y))
        left: Floats = np.abs(centred @ values + y)
        usual = max(1.4826 * float(np.median(left)), 1e-6)
        weights = np.minimum(1.0, OUTLIER * usual / np.maximum(left, 1e-9)).astype(np.float64)
    field = np.zeros((NODES, DEGREES))
    field[free] = values.reshape(-1, DEGREES)
    return field, float(np.sqrt(np.mean(left**2)))


def _ends(lines: Sequence[Line]) -> "NDArray[np.int64]":
    return np.cumsum([len(line.points) for line in lines])[:-1]


def _terms(points: Floats, reach: float) -> Floats:
    """(points, nodes, terms)."""
    down: Floats = np.asarray(legendre.legvander(np.clip(points[:, 1], -1, 1), DEGREES - 1), np.float64)
    return _across(points[:, 0] / reach)[:, :, None] * down[:, None, :]


def _across(x: Floats) -> Floats:
    """(x, nodes): each node's share in a place from -1 to 1."""
    shares: Floats = np.maximum(0, 1 - np.abs(x[:, None] - np.linspace(-1, 1, NODES)) * (NODES - 1) / 2)
    return shares


def _surface(field: Floats, reach: float, skew: float, lean: Lean) -> Surface:
    rows = np.linspace(-REACH, REACH, GRID[1])
    down = legendre.legvander(np.clip(rows, -1, 1), DEGREES - 1)
    levels = rows + _across(np.linspace(-1, 1, GRID[0])) @ field @ down.T
    edges = [np.interp((-1, 1), rows, column) for column in levels]
    top, bottom = min(edge[0] for edge in edges), max(edge[1] for edge in edges)
    return Surface(levels, reach, float(top), float(bottom), skew, lean)
