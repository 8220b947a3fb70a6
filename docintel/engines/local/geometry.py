"""Quarter turns, skew and quadrilaterals.

A quad is a (4, 2) float32 array of pixel corners: top-left, top-right, bottom-right, bottom-left of the text as its
reader sees it, so that it may stand in the page at any angle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.model import BBox

Pixels = NDArray[np.uint8]
Quad = NDArray[np.float32]

MARGIN = 0.1
"""Paper around a line's crop, in line heights."""


def quad_of(bbox: BBox, width: float, height: float) -> Quad:
    x0, y0, x1, y1 = bbox.x0 * width, bbox.y0 * height, bbox.x1 * width, bbox.y1 * height
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def bbox_of(quad: Quad, width: float, height: float) -> BBox:
    """The upright box around a quad, in fractions of a page of `width` × `height` pixels."""
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    return BBox.from_corners(float(x0), float(y0), float(x1), float(y1), width=width, height=height)


def in_fractions(quad: Quad, width: int, height: int) -> Quad:
    fractions: Quad = (quad / np.array([width, height])).astype(np.float32)
    return fractions


def size(quad: Quad) -> tuple[float, float]:
    """Width and height of a quad in pixels, along its own sides."""
    width = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))
    return float(width), float(height)


def crop(pixels: Pixels, quad: Quad, *, height: int, interpolation: int = cv2.INTER_CUBIC) -> Pixels:
    """The quad's content, straightened, scaled to `height` pixels and kept in proportion. `interpolation`
    (OpenCV's) is used where it isn't made much smaller."""
    across, down = size(quad)
    width = max(round(across * height / max(down, 1.0)), 8)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, target)
    flags = cv2.INTER_AREA if down > 1.5 * height else interpolation
    result: Pixels = cv2.warpPerspective(pixels, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result


def part(quad: Quad, start: float, end: float) -> Quad:
    """The slice of a line between two fractions of its width."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [quad[0] + top * start, quad[0] + top * end, quad[3] + bottom * end, quad[3] + bottom * start]
    return np.array(corners, np.float32)


def skew_of(quads: Sequence[Quad]) -> float:
    """Degrees clockwise by which the lines lean: the median over lines that are long enough to tell, by length."""
    angles, weights = [], []
    for quad in quads:
        across, down = size(quad)
        run, rise = quad[1] + quad[2] - quad[0] - quad[3]
        if across > 4 * down and abs(rise) < run:
            angles.append(math.degrees(math.atan2(rise, run)))
            weights.append(across)
    return _weighted_median(angles, weights) if angles else 0.0


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    order = np.argsort(values)
    passed = np.cumsum(np.asarray(weights)[order])
    return float(values[int(order[np.searchsorted(passed, passed[-1] / 2)])])


@dataclass(frozen=True)
class Upright:
    """Between the page as displayed and the page with its lines level. Sizes and points in pixels."""

    width: int
    height: int
    skew: float = 0.0
    """Degrees clockwise by which the displayed page leans."""

    @property
    def _matrix(self) -> NDArray[np.float64]:
        matrix: NDArray[np.float64] = cv2.getRotationMatrix2D((self.width / 2, self.height / 2), self.skew, 1.0)
        return matrix

    def level(self, quad: Quad) -> BBox:
        """The quad's box on the levelled page, in fractions."""
        return bbox_of(cv2.transform(quad[None], self._matrix)[0], self.width, self.height)

    def displayed(self, bbox: BBox) -> BBox:
        """The box around a levelled page's box, on the page as displayed."""
        back = cv2.invertAffineTransform(self._matrix)
        return bbox_of(cv2.transform(quad_of(bbox, self.width, self.height)[None], back)[0], self.width, self.height)

    def levelled(self, pixels: Pixels) -> Pixels:
        if abs(self.skew) < 0.05:
            return pixels
        border = tuple(int(c) for c in np.median(pixels[::16, ::16].reshape(-1, pixels.shape[2]), axis=0))
        result: Pixels = cv2.warpAffine(pixels, self._matrix, (self.width, self.height), borderValue=border)
        return result
