"""A sheet that is bent, folded and creased, seen by a camera that stands askew: where each of its points appears.

The sheet is one unit wide. Its surface bends along one direction, folds run along its sides, and what is left
(a little crumpling) is waves in the picture's plane.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from training.drawing.pagetypes import Box

_REACH = 0.4
"""How far the surface is followed beyond the sheet."""
_NODES = 129
CELL = 24
"""Pixels between the places whose origin is worked out; between them it is interpolated."""
_STEPS = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """How the sheet rises along a direction: length on the sheet → way in the plane, and height; tables of _NODES."""

    places: np.ndarray
    ways: np.ndarray
    heights: np.ndarray

    def slopes_at(self, places: np.ndarray) -> np.ndarray:
        """How steeply the sheet rises."""
        return np.asarray(np.interp(places, self.places, np.gradient(self.heights, self.places)))


@dataclass(frozen=True, slots=True)
class Fold:
    """A fold across the whole sheet: where (0…1 of the side), whether it lies across, how steep both sides are."""

    place: float
    is_across: bool
    steepness: float


@dataclass(frozen=True, slots=True)
class Surface:
    """One sheet before one camera. Angles are radians, `distance` is in sheet widths."""

    aspect: float
    """Height by width."""
    bend: Profile
    direction: float
    folds: tuple[Fold, ...]
    waves: np.ndarray
    """(n, 5): amplitude along x and y, frequency along x and y, phase."""
    rotation: np.ndarray
    distance: float

    def along(self, points: np.ndarray) -> np.ndarray:
        """How far along the bend's direction points (n, 2) of the sheet are."""
        return np.asarray(points[:, 0] * math.cos(self.direction) + points[:, 1] * math.sin(self.direction))

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Where points (n, 2) of the sheet appear: (n, 2) in a plane whose unit is about the sheet's width."""
        cos, sin = math.cos(self.direction), math.sin(self.direction)
        along, aside = self.along(points), points[:, 1] * cos - points[:, 0] * sin
        way = np.interp(along, self.bend.places, self.bend.ways)
        height = np.interp(along, self.bend.places, self.bend.heights)
        for fold in self.folds:
            side, length = (points[:, 1], self.aspect) if fold.is_across else (points[:, 0], 1.0)
            height = height + fold.steepness * np.abs(side - fold.place * length)
        flat = np.stack((way * cos - aside * sin - 0.5, way * sin + aside * cos - self.aspect / 2, height), -1)
        x, y, z = (flat @ self.rotation.T).T
        found = np.stack((x, y), -1) * (self.distance / np.maximum(self.distance - z, 0.2))[:, None]
        if len(self.waves):
            phases = np.sin(points @ self.waves[:, 2:4].T + self.waves[:, 4])
            found += phases @ self.waves[:, :2]
        return np.asarray(found)


def draw_surface(rng: random.Random, aspect: float, strength: float) -> Surface:
    """How somebody's sheet lies and how the camera is held; `strength` 0…1 says how far it may be from straight."""
    bend, direction = (_draw_bend(rng, aspect, strength) if rng.random() < 0.5 else _flat()), 0.0
    if rng.random() < 0.35:
        direction = rng.choice((math.pi / 2, rng.uniform(-0.6, 0.6), math.pi / 2 + rng.uniform(-0.4, 0.4)))
    folds: tuple[Fold, ...] = ()
    if rng.random() < 0.22:
        folds = _draw_folds(rng, strength)
    waves = np.zeros((0, 5))
    if rng.random() < 0.5:
        waves = np.array([_draw_wave(rng, strength) for _ in range(rng.randint(1, 4))])
    most = rng.choice((4.0, 4.0, 12.0, 28.0)) * (0.25 + 0.75 * strength)
    pitch, yaw = (math.radians(rng.uniform(-most, most)) for _ in range(2))
    turn = math.radians(max(-10.0, min(10.0, rng.gauss(0, 3.0 * (0.3 + strength)))))
    return Surface(aspect, bend, direction, folds, waves, _rotation(pitch, 0.7 * yaw, turn), rng.uniform(1.6, 3.5))


def _flat() -> Profile:
    places = np.linspace(-2.0, 2.0, _NODES)
    return Profile(places, places, np.zeros(_NODES))


def _draw_bend(rng: random.Random, aspect: float, strength: float) -> Profile:
    """An arch, a wave, a book's page that sinks towards its back, or an end that curls up."""
    places = np.linspace(-_REACH, max(1.0, aspect) + _REACH, _NODES)
    most = rng.uniform(0.08, 0.9) * (0.2 + 0.8 * strength)
    kind, sign = rng.random(), rng.choice((-1.0, 1.0))
    if kind < 0.35:
        slopes = most * np.cos(math.pi * (places + rng.uniform(-0.2, 0.2)))
    elif kind < 0.55:
        slopes = 0.8 * most * np.cos(math.pi * (rng.uniform(1.4, 2.2) * places + rng.random()))
    else:
        reach = rng.uniform(0.08, 0.35)
        from_end = places if rng.random() < 0.5 else 1.0 - places
        slopes = most * np.exp(-np.clip(from_end, -0.1, None) / reach)
    slopes = sign * slopes
    step = places[1] - places[0]
    ways = np.concatenate(([0.0], np.cumsum(np.cos(np.arctan(slopes)))[:-1])) * step
    heights = np.concatenate(([0.0], np.cumsum(np.sin(np.arctan(slopes)))[:-1])) * step
    ways += places[0] - np.interp(0.0, places, ways + places[0])
    inside = (places >= 0) & (places <= 1)
    return Profile(places, ways, heights - heights[inside].mean())


def _draw_folds(rng: random.Random, strength: float) -> tuple[Fold, ...]:
    """As letters are folded: in halves or thirds, sometimes along too."""
    places = rng.choice(((0.5,), (0.33, 0.66), (0.25, 0.5, 0.75)))
    is_across, sign = rng.random() < 0.75, rng.choice((-1.0, 1.0))
    found = []
    for number, place in enumerate(places):
        steepness = sign * (-1) ** number * rng.uniform(0.01, 0.04 + 0.1 * strength)
        found.append(Fold(place + rng.uniform(-0.03, 0.03), is_across, steepness))
    if rng.random() < 0.4:
        found.append(Fold(rng.uniform(0.4, 0.6), not is_across, sign * rng.uniform(0.01, 0.08)))
    return tuple(found)


def _draw_wave(rng: random.Random, strength: float) -> tuple[float, float, float, float, float]:
    """Amplitudes are thousandths of the sheet's width."""
    most = 0.0035 * (0.3 + 0.7 * strength)
    return (
        rng.uniform(-most, most), rng.uniform(-most, most),
        rng.uniform(-12.0, 12.0), rng.uniform(-12.0, 12.0), rng.uniform(0.0, 6.3),
    )  # fmt: skip


def _rotation(pitch: float, yaw: float, turn: float) -> np.ndarray:
    (cx, cy, cz), (sx, sy, sz) = ([f(angle) for angle in (pitch, yaw, turn)] for f in (math.cos, math.sin))
    pitched = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    yawed = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    turned = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(turned @ yawed @ pitched)


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of what is seen that becomes the picture: pixels a unit, and where the picture's corner lies."""

    scale: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class View:
    """A picture of a sheet: `unit` is how many pixels of the drawing one sheet width has, `corner` where it starts."""

    surface: Surface
    frame: Frame
    unit: float
    corner: tuple[float, float]
    """Of the drawing on the sheet, in sheet widths: a region is a part of a page."""

    def to_picture(self, pixels: np.ndarray) -> np.ndarray:
        """Where pixels (n, 2) of the drawing come to lie in the picture."""
        return self._placed(pixels / self.unit + np.array(self.corner))

    def _placed(self, points: np.ndarray) -> np.ndarray:
        return np.asarray((self.surface.seen(points) - (self.frame.left, self.frame.top)) * self.frame.scale)

    def origins(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each cell of the picture its point on the sheet (rows, columns, 2), and of each pixel that of the drawing.

        The second is float32 (height, width, 2); cells have CELL pixels, one more on each side than there are.
        """
        rows, columns = -(-height // CELL) + 2, -(-width // CELL) + 2
        y, x = np.mgrid[-1 : rows - 1, -1 : columns - 1] * float(CELL) + (CELL - 1) / 2
        wanted = np.stack((x.ravel(), y.ravel()), -1)
        points = _solved(self._placed, wanted, self._guess(wanted))
        cells = points.reshape(rows, columns, 2)
        drawing = ((cells - self.corner) * self.unit).astype(np.float32)
        whole = cv2.resize(drawing, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
        return cells, whole[CELL : CELL + height, CELL : CELL + width]

    def _guess(self, wanted: np.ndarray) -> np.ndarray:
        """A cubic in the picture's coordinates that is about right on the sheet."""
        u, v = np.meshgrid(np.linspace(-0.05, 1.05, 12), np.linspace(-0.05, 1.05, 12) * self.surface.aspect)
        known = np.stack((u.ravel(), v.ravel()), -1)
        placed = self._placed(known)
        middle, spread = placed.mean(0), placed.std()
        answer, *_ = np.linalg.lstsq(_powers((placed - middle) / spread), known, rcond=None)
        reach = np.abs((placed - middle) / spread).max(0) * 1.2
        return np.asarray(_powers(np.clip((wanted - middle) / spread, -reach, reach)) @ answer)


def _powers(points: np.ndarray) -> np.ndarray:
    x, y = points.T
    return np.stack((np.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3), -1)


def _solved(placed: Callable[[np.ndarray], np.ndarray], wanted: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points that are `placed` where they are wanted, by Newton's method; what lies far off the sheet need not be."""
    small = 1e-4
    aside, down = np.array((small, 0.0)), np.array((0.0, small))
    for _ in range(_STEPS):
        here = placed(points)
        along_x = (placed(points + aside) - here) / small
        along_y = (placed(points + down) - here) / small
        missing = wanted - here
        size = along_x[:, 0] * along_y[:, 1] - along_x[:, 1] * along_y[:, 0]
        size = np.where(np.abs(size) < 1e-3, 1e-3, size)
        step = np.stack(
            (
                (missing[:, 0] * along_y[:, 1] - missing[:, 1] * along_y[:, 0]) / size,
                (missing[:, 1] * along_x[:, 0] - missing[:, 0] * along_x[:, 1]) / size,
            ),
            -1,
        )
        points = points + np.clip(step, -0.2, 0.2)
        if np.abs(missing).max() < 0.05:
            break
    return points


def framed(seen: Box, height: int, width: int, *, room: tuple[float, float]) -> Frame:
    """The frame in which `seen` (a box in the plane) fills a picture one way or the other.

    `room`: which share of what is left over lies at the left and at the top.
    """
    x0, y0, x1, y1 = seen
    scale = min(width / (x1 - x0), height / (y1 - y0))
    left = x0 - room[0] * (width / scale - (x1 - x0))
    top = y0 - room[1] * (height / scale - (y1 - y0))
    return Frame(scale, left, top)
