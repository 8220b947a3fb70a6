"""Ruled lines of tables, found in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels
from docintel.model import BBox
from docintel.tables import Grid

SHORTEST = 0.025
"""A rule is at least this part of the page's longer side."""
NEAR = 0.006
"""Rules closer than this part of the page are one, drawn double or broken."""
HELD = 0.6
"""A border stands where at least this part of it is drawn."""
WORKING_SIDE = 1600
"""Longer side, in pixels, at which rules are looked for."""

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Rules:
    """Where ink runs straight: masks of a levelled page, 255 on a rule."""

    across: Mask
    down: Mask


def find_rules(pixels: Pixels) -> Rules:
    """Rules of a levelled RGB page."""
    scale = min(1.0, WORKING_SIDE / max(pixels.shape[:2]))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    length = max(round(SHORTEST * max(ink.shape)), 15)
    return Rules(across=_straight(ink, (length, 1)), down=_straight(ink, (1, length)))


def _straight(ink: Mask, kernel: tuple[int, int]) -> Mask:
    """Ink that runs on for the kernel's length; a rule that leans by a pixel or two is bridged first."""
    thick = cv2.dilate(ink, np.ones((3, 1) if kernel[0] > 1 else (1, 3), np.uint8))
    result: Mask = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(kernel[::-1], np.uint8))
    return result


def ruled_grid(rules: Rules, region: BBox) -> Grid | None:
    """The grid that rules draw inside a region, None where they draw none: then text alignment has to say."""
    height, width = rules.across.shape
    margin = 0.01
    x0, x1 = (int(np.clip(x, 0, 1) * width) for x in (region.x0 - margin, region.x1 + margin))
    y0, y1 = (int(np.clip(y, 0, 1) * height) for y in (region.y0 - margin, region.y1 + margin))
    across, down = rules.across[y0:y1, x0:x1] > 0, rules.down[y0:y1, x0:x1] > 0
    if not across.size:
        return None
    rows = _places(across.sum(axis=1) / across.shape[1], NEAR * height)
    columns = _places(down.sum(axis=0) / down.shape[0], NEAR * width)
    if len(rows) < 3 or len(columns) < 3:
        return None
    return Grid(
        rows=tuple((y0 + row) / height for row in rows),
        columns=tuple((x0 + column) / width for column in columns),
        row_borders=_borders(across, rows, columns),
        column_borders=_borders(down.T, columns, rows),
    )


def _places(share: NDArray[np.float64], near: float) -> list[float]:
    """Middles of the rules, given what part of each pixel row (or column) is ruled."""
    hits = np.where(share > 0.15)[0]
    if not len(hits):
        return []
    groups = np.split(hits, np.where(np.diff(hits) > near)[0] + 1)
    return [float(np.average(group, weights=share[group])) for group in groups]


def _borders(mask: NDArray[np.bool_], lines: Sequence[float], stops: Sequence[float]) -> tuple[tuple[bool, ...], ...]:
    """For each line, between each two stops: whether it is drawn there."""
    borders = []
    for line in lines:
        band = mask[max(int(line) - 4, 0) : int(line) + 5].any(axis=0)
        ends = list(zip(stops, stops[1:], strict=False))
        borders.append(tuple(bool(band[int(a) + 2 : max(int(b) - 1, int(a) + 3)].mean() > HELD) for a, b in ends))
    return tuple(borders)
