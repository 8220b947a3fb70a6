"""What a scanner does to a page: a little rotation, blur, noise, uneven light, show-through, stamps, JPEG.

What time does to it first is in `training.drawing.wear`.
"""

from __future__ import annotations

import math
import random

import cv2
import numpy as np

from training.drawing.pagetypes import Block, Box, Line, Page
from training.drawing.wear import Wear

_NOISE_SIDE = 1600


class Scanner:
    """Applies scan effects; holds a bank of noise, since drawing normal numbers for every page costs too much."""

    def __init__(self, seed: int, side: int = _NOISE_SIDE) -> None:
        """`side`: pixels of the longest side that may come."""
        rng = np.random.default_rng(seed)
        self._noise = rng.standard_normal((side, side), dtype=np.float32)
        self._wear = Wear(self._noise)

    def scan(
        self, page: Page, rng: random.Random, *, strength: float, turn: bool = True, is_worn: bool = False
    ) -> Page:
        """The page as scanned; boxes and places follow its geometry. `strength` 0…1 scales how bad it can get.

        `turn`: a whole page, which is turned and has edges; `is_worn`: an old one.
        """
        if is_worn:
            page = Page(self._wear.age(page.image, rng, strength, is_page=turn), page.blocks, page.language)
        if turn and rng.random() < 0.6:
            page = _turned(page, rng, strength, is_on_bed=is_worn and rng.random() < 0.35)
        image = page.image
        if rng.random() < 0.12 * strength and turn:
            image = _show_through(image, rng)
        if rng.random() < 0.12 * strength and turn:
            image = _stamped(image, rng)
        if rng.random() < 0.55:
            image = _blurred(image, rng, strength)
        if rng.random() < 0.35:
            image = _unevenly_lit(image, rng, strength)
        if rng.random() < 0.6:
            image = self._noisy(image, rng, strength)
        if rng.random() < 0.5:
            quality = rng.randint(int(90 - 65 * strength), 92)
            image = _compressed(image, quality)
        if rng.random() < (0.25 if is_worn else 0.05 * strength):
            image = np.where(image > rng.randint(110, 160), np.uint8(255), np.uint8(rng.randint(0, 40)))
        return Page(image, page.blocks, page.language)

    def _noisy(self, image: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
        height, width = image.shape
        side = len(self._noise)
        top, left = rng.randrange(side - height + 1), rng.randrange(side - width + 1)
        noise = self._noise[top : top + height, left : left + width]
        amount = rng.uniform(1.5, 4 + 16 * strength)
        return np.asarray(cv2.addWeighted(image, 1.0, cv2.multiply(noise, amount), 1.0, 0.0, dtype=cv2.CV_8U))


def _turned(page: Page, rng: random.Random, strength: float, *, is_on_bed: bool = False) -> Page:
    """The page turned, moved and sheared a little; `is_on_bed`: smaller, on the scanner's dark bed."""
    height, width = page.image.shape
    angle = math.radians(rng.gauss(0, 0.6) * strength)
    angle = max(-0.026, min(0.026, angle))
    scale = rng.uniform(0.84, 0.97) if is_on_bed else rng.uniform(0.975, 1.01)
    shear = rng.gauss(0, 0.004) * strength
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    matrix = np.array([[cos, sin + shear, 0.0], [-sin, cos, 0.0]])
    centre = np.array([width / 2, height / 2])
    matrix[:, 2] = centre - matrix[:, :2] @ centre + np.array([rng.gauss(0, 3), rng.gauss(0, 3)]) * strength
    corner = int(np.median(page.image[:: max(1, height // 16), :: max(1, width // 16)]))
    corner = rng.randint(0, 130) if is_on_bed else corner
    image = cv2.warpAffine(page.image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=corner)
    return Page(image, [_moved(block, matrix) for block in page.blocks], page.language)


def _moved(block: Block, matrix: np.ndarray) -> Block:
    for line in block.all_lines():
        _move_line(line, matrix)
    x0, y0, x1, y1 = block.box
    corners = np.array([[x0, y0, 1], [x1, y0, 1], [x0, y1, 1], [x1, y1, 1]]) @ matrix.T
    box: Box = (*corners.min(0).tolist(), *corners.max(0).tolist())
    return Block(block.kind, box, block.lines, block.rows)


def _move_line(line: Line, matrix: np.ndarray) -> None:
    """Move a line's places."""
    if not line.xs:
        return
    middle = (line.xs[0] + line.xs[-1]) / 2
    slope, y = matrix[1, 0], line.y
    line.xs = [matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] for x in line.xs]
    line.y = slope * middle + matrix[1, 1] * y + matrix[1, 2]
    line.slope = slope / matrix[0, 0]


def _compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG leaves of it."""
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE))


def _blurred(image: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
    if rng.random() < 0.4:
        height, width = image.shape
        factor = rng.uniform(1.0 - 0.35 * strength, 0.95)
        small = cv2.resize(image, (int(width * factor), int(height * factor)), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.45 + 0.6 * strength)))


def _unevenly_lit(image: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
    low = 1.0 - 0.4 * strength
    corners = np.array([[rng.uniform(low, 1.0) for _ in range(3)] for _ in range(3)], dtype=np.float32)
    light = cv2.resize(corners, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(image, light, dtype=cv2.CV_8U))


def _show_through(image: np.ndarray, rng: random.Random) -> np.ndarray:
    back = cv2.GaussianBlur(np.roll(image[:, ::-1], rng.randint(-40, 40), axis=0), (0, 0), 1.2)
    weight = rng.uniform(0.04, 0.12)
    return np.asarray(cv2.addWeighted(image, 1.0, 255 - back, -weight, 0.0))


def _stamped(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """A grey ring with a bar, as a stamp or a cup leaves it; light enough that the text below stays readable."""
    height, width = image.shape
    layer = np.full_like(image, 255)
    centre = (rng.randrange(width), rng.randrange(height))
    radius = rng.randint(30, 90)
    cv2.circle(layer, centre, radius, rng.randint(120, 190), rng.randint(2, 5), cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.circle(layer, centre, int(radius * 0.75), rng.randint(140, 200), 2, cv2.LINE_AA)
    return np.asarray(cv2.multiply(image, layer, scale=1 / 255))
