"""Boxes as Qwen3-VL writes them: x0 y0 x1 y1, 0…1000 of the page as it was shown."""

import math
import re
from collections.abc import Sequence

from docintel.model import BBox

GRID = 1000
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")
MIN_SIDE = 1 / GRID


def read_box(text: str) -> BBox | None:
    """The box of four numbers however they are parted; None where there are none or it has no area."""
    return box_of([float(number) for number in NUMBER.findall(text)[:4]])


def box_of(numbers: Sequence[float]) -> BBox | None:
    """Corners in any order; what lies outside the page is cut off."""
    if len(numbers) < 4 or not all(map(math.isfinite, numbers[:4])):
        return None
    box = BBox.from_corners(*numbers[:4], width=GRID, height=GRID)
    return box if box.width >= MIN_SIDE and box.height >= MIN_SIDE else None


def read_polygon(text: str) -> BBox | None:
    """The box around a polygon: x and y by turns."""
    numbers = [float(number) for number in NUMBER.findall(text)]
    if len(numbers) < 6:
        return None
    xs, ys = numbers[0::2], numbers[1::2]
    return box_of([min(xs), min(ys), max(xs), max(ys)])
