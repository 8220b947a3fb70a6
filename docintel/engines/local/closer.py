"""A page on which hardly anything stands is looked at closer: the detector sees no two small words on a large sheet."""

from typing import TYPE_CHECKING

import cv2
import numpy as np

from docintel.engines.local.geometry import Pixels, Quad

if TYPE_CHECKING:
    from docintel.engines.local.lines.rapid import Rapid

CONTRAST = 64
"""Grey levels by which ink differs from its paper."""
MIN_MARK = 6
"""Pixels; smaller marks are specks."""
MARGIN = 7
"""Paper around what stands on the page, in heights of its marks."""
MAX_SHARE = 0.25
"""Part of the page's area that is looked at closer."""


def detect(rapid: "Rapid", pixels: Pixels) -> list[Quad]:
    """The lines of text on a page; where there seem to be none, those seen from near."""
    return rapid.detect(pixels) or _detect_near(rapid, pixels)


def _detect_near(rapid: "Rapid", pixels: Pixels) -> list[Quad]:
    marks = _marks(pixels)
    if not len(marks):
        return []
    margin = int(MARGIN * np.median(marks[:, 3]))
    left, top = np.maximum(marks[:, :2].min(axis=0) - margin, 0)
    right, bottom = (marks[:, :2] + marks[:, 2:]).max(axis=0) + margin
    part = pixels[top:bottom, left:right]
    if part.size > MAX_SHARE * pixels.size:
        return []
    return [quad + np.array([left, top], np.float32) for quad in rapid.detect(part)]


def _marks(pixels: Pixels) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
    """Boxes (x, y, width, height) of what stands out from the paper."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    ink = (np.abs(grey.astype(np.int16) - int(np.median(grey[::8, ::8]))) > CONTRAST).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    kept = (boxes[:, 2:4].max(axis=1) >= MIN_MARK) & (np.arange(len(boxes)) > 0)
    found: np.ndarray[tuple[int, int], np.dtype[np.int32]] = boxes[kept, :4]
    return found
