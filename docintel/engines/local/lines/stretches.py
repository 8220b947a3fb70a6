"""A word's ink, character by character where characters stand apart."""

import cv2
import numpy as np

from docintel.engines.local.geometry import Pixels, Quad, crop, part, size
from docintel.engines.local.lines.words import ReadWord

HEIGHT = 64
"""Pixels of a line's crop."""
MARGIN = 0.1
"""White kept around a word, in line heights."""
MIN_INK = 6
"""Pixels; less is a speck."""
TALLEST = 0.97
"""Of the crop's height; what is taller is a rule."""

Stretch = tuple[int, int]
"""The top and bottom of some ink, in pixels of a crop."""


def around(word: ReadWord, quad: Quad) -> Quad:
    """The word's place with a little white."""
    across, down = size(quad)
    margin = MARGIN * down / max(across, 1.0)
    return part(quad, max(word.start - margin, 0.0), min(word.end + margin, 1.0))


def stretches(pixels: Pixels, place: Quad) -> list[Stretch]:
    """Ink that stands apart, from left to right, one above the other being one; nothing where the place cuts some."""
    image = crop(pixels, place, height=HEIGHT)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    if np.count_nonzero(ink) > ink.size / 2:
        ink = 255 - ink
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    pieces = sorted(piece for piece in stats[1:].tolist() if piece[4] >= MIN_INK and piece[3] <= TALLEST * HEIGHT)
    if any(x == 0 or x + width == image.shape[1] for x, _, width, _, _ in pieces):
        return []
    found: list[tuple[int, int, int, int]] = []
    for x, y, width, height, _ in pieces:
        left, right, top, bottom = found[-1] if found else (0, 0, 0, 0)
        if found and x < right - min(width, right - left) / 2:
            found[-1] = (left, max(right, x + width), min(top, y), max(bottom, y + height))
        else:
            found.append((x, x + width, y, y + height))
    return [(top, bottom) for _, _, top, bottom in found]
