"""The sheet before the camera sees it: its shape in space, the shading and wear that come of it, or a screen's dots."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.scan import Pixels

SCREEN_SCALE = 0.75
"""Dots of a screen by pixels of the page, which has 200 dpi."""
STEEPEST = 0.9


@dataclass(frozen=True)
class Bend:
    """A page near the spine of a book: it rises by `height`, in sheet widths, within `reach` of the edge."""

    height: float
    reach: float
    is_left: bool


@dataclass(frozen=True)
class Fold:
    """A crease at `place` (0…1) that stands `height` sheet widths over the sheet's edges."""

    place: float
    height: float
    is_across: bool
    """Whether it runs from side to side."""


@dataclass(frozen=True)
class Profile:
    """A cut through the sheet: at equal steps along the paper, how far along the desk it is, and how high above."""

    along: NDArray[np.float64]
    height: NDArray[np.float64]

    def height_at(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(places, np.linspace(0, 1, len(self.height)), self.height)

    @property
    def slope(self) -> NDArray[np.float64]:
        return np.asarray(np.gradient(self.height) / np.maximum(np.gradient(self.along), 1e-6))


def profile(nodes: int, length: float, bend: Bend | None, folds: Sequence[Fold]) -> Profile:
    """Paper doesn't stretch: where it rises, it goes less far along the desk. `length` in sheet widths."""
    fine = 8 * nodes
    paper = np.linspace(0, 1, fine)
    height = np.zeros(fine)
    if bend:
        away = (paper if bend.is_left else 1 - paper) / bend.reach
        height += bend.height * (np.exp(-(away**2) * 2) + 0.15 * np.cos(1.5 * np.pi * paper))
    if folds:
        places = [0.0, *sorted(fold.place for fold in folds), 1.0]
        by_place = {fold.place: fold.height for fold in folds}
        signs = (-1) ** np.arange(len(places))
        height += np.interp(paper, places, [-signs[n] * by_place.get(place, 0.0) for n, place in enumerate(places)])
    step = length / (fine - 1)
    rise = np.clip(np.diff(height), -STEEPEST * step, STEEPEST * step)
    along = np.concatenate([[0.0], np.cumsum(np.sqrt(step**2 - rise**2))])
    return Profile(along, np.concatenate([[0.0], np.cumsum(rise)]) + height[0])


def creased(page: Pixels, folds: Sequence[Fold], across: Profile, down: Profile) -> Pixels:
    """The page lit from the upper left, so that what leans away is darker, its ink worn along the creases."""
    height, width = page.shape[:2]
    xs = np.interp(np.linspace(0, 1, width), np.linspace(0, 1, len(across.slope)), across.slope)
    ys = np.interp(np.linspace(0, 1, height), np.linspace(0, 1, len(down.slope)), down.slope)
    light = np.clip(1 + 0.35 * xs[None, :] + 0.5 * ys[:, None], 0.4, 1.15)
    paper = page.astype(np.float32) * 0.94
    for fold in folds:
        length = height if fold.is_across else width
        near = np.exp(-((np.arange(length) - fold.place * length) ** 2) / 8.0)
        worn = (0.6 * near)[:, None, None] if fold.is_across else (0.6 * near)[None, :, None]
        paper = paper * (1 - worn) + 225 * worn
    return np.clip(paper * light[..., None], 0, 255).astype(np.uint8)


def shown_on_screen(page: Pixels) -> Pixels:
    """The page on a display: dots of three coloured stripes, three times as many pixels each way as there are dots.

    The camera's own pixels then beat against them: moiré.
    """
    small = cv2.resize(page, None, fx=SCREEN_SCALE, fy=SCREEN_SCALE, interpolation=cv2.INTER_AREA)
    dots = np.repeat(np.repeat(small, 3, axis=0), 3, axis=1)
    stripes = np.full((3, 3, 3), 0.35, np.float32)
    for colour in range(3):
        stripes[:, colour, colour] = 1.0
    stripes[2] *= 0.7
    mask = np.tile(stripes, (small.shape[0], small.shape[1], 1))
    lit: Pixels = np.clip(dots * mask * 1.25, 0, 255).astype(np.uint8)
    return lit
