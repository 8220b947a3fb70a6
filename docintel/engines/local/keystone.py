"""Pages photographed from the side: their columns lean, the more so the further they are from where the camera stood.

Beginnings and ends of lines stand below each other on a page. The lean under which most of them do is looked for: a
sideways slope that changes evenly from left to right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_LINES = 8
BIN = 0.25
"""Thicknesses of a line that beginnings may stand apart and still be below each other."""
COARSE, FINE = 0.005, 0.001
"""Steps of slope in which the lean is looked for, first everywhere, then near the best."""
MOST = 0.2
"""The largest slope, and the largest change of it from the middle to half a page's height aside."""
MIN_LEAN = 1.0
"""Thicknesses by which the page's corners must be moved for it to be worth it."""
MIN_GAIN = 1.25
"""By how much more lines must stand below each other than on the page as it is."""
MIN_TOLD = 8.0
"""Others, in the mean, that the beginning or end of a line must stand above or below."""


@dataclass(frozen=True)
class Lean:
    """A point that belongs at (x, y), in half heights from the middle of the levelled page, is seen at
    (x + (slope + change · x) · y, y)."""

    slope: float = 0.0
    change: float = 0.0

    def seen(self, x: Floats, y: Floats) -> Floats:
        return x + (self.slope + self.change * x) * y

    def upright(self, x: Floats, y: Floats) -> Floats:
        return (x - self.slope * y) / (1 + self.change * y)

    def most(self, reach: float) -> float:
        """How far points of a page that reaches so far to either side are moved at most."""
        return abs(self.slope) + abs(self.change) * reach


NO_LEAN = Lean()


def lean_of(lines: Sequence[Floats], *, thickness: float, reach: float) -> Lean:
    """`lines`: (2, 2) points x and y where each begins and ends, levelled, in half heights of the page, which reaches
    so far to either side. NO_LEAN where columns stand upright, or too few lines tell."""
    if len(lines) < MIN_LINES:
        return NO_LEAN
    ends = np.stack(lines)
    steps = np.arange(-MOST, MOST + COARSE / 2, COARSE)
    best, _ = _best(ends, steps, steps[::2], thickness)
    near = np.arange(-COARSE, COARSE + FINE / 2, FINE)
    best, told = _best(ends, best.slope + near, best.change + 2 * near, thickness)
    _, as_it_is = _best(ends, np.zeros(1), np.zeros(1), thickness)
    is_told = told > MIN_GAIN * as_it_is and told > MIN_TOLD * len(lines)
    return best if is_told and best.most(reach) > MIN_LEAN * thickness else NO_LEAN


def _best(ends: Floats, slopes: Floats, changes: Floats, thickness: float) -> tuple[Lean, float]:
    """The lean under which most beginnings and ends stand below each other, and how many pairs of them do, nearly."""
    aligned = np.stack([_aligned(ends, slope, changes, thickness) for slope in slopes])
    row, column = np.unravel_index(aligned.argmax(), aligned.shape)
    return Lean(float(slopes[row]), float(changes[column])), float(aligned[row, column])


def _aligned(ends: Floats, slope: float, changes: Floats, thickness: float) -> Floats:
    """(changes,): how many pairs of beginnings, and of ends, stand below each other, nearly."""
    x, y = ends[:, :, 0].T, ends[:, :, 1].T
    upright = (x - slope * y) / (1 + changes[:, None, None] * y)
    pairs: Floats = _pairs((upright / (BIN * thickness)).reshape(-1, len(ends))).reshape(len(changes), 2).sum(axis=1)
    return pairs


def _pairs(places: Floats) -> Floats:
    """Of each row; a place counts in both bins next to it."""
    first = np.floor(places).astype(np.int64)
    share = places - first
    first -= first.min()
    num_bins = int(first.max()) + 3
    first += num_bins * np.arange(len(places))[:, None]
    first, share = first.ravel(), share.ravel()
    size = num_bins * len(places)
    counts = np.bincount(first, 1 - share, size)
    counts[1:] += np.bincount(first, share, size)[:-1]
    counts = counts.reshape(len(places), num_bins)
    pairs: Floats = (np.maximum(counts[:, 1:] + counts[:, :-1] - 1, 0) ** 2).sum(axis=1)
    return pairs
