"""What use and age do to a page: broken and bleeding ink, specks, dark edges, punched holes, folds, scribbles.

Nothing here moves a character, so places and boxes stay as they are.
"""

from __future__ import annotations

import math
import random

import cv2
import numpy as np


class Wear:
    """Ages images; holds blurred noise for ink that is missing in spots."""

    def __init__(self, noise: np.ndarray) -> None:
        """`noise`: normal numbers, larger than any image."""
        self._spots = [_ranked(cv2.GaussianBlur(noise, (0, 0), sigma)) for sigma in (0.7, 1.6, 5.0)]

    def age(self, image: np.ndarray, rng: random.Random, strength: float, *, is_page: bool) -> np.ndarray:
        """A worn copy; `is_page`: it has edges, holes and folds of its own."""
        chance = rng.random()
        if chance < 0.35:
            image = _bled(image, rng)
        elif chance < 0.55:
            image = _thinned(image, rng)
        if rng.random() < 0.45:
            image = self._broken(image, rng, strength)
        if rng.random() < 0.35:
            image = _specked(image, rng, strength)
        if is_page and rng.random() < 0.3:
            image = _with_dark_edges(image, rng)
        if is_page and rng.random() < 0.12:
            image = _punched(image, rng)
        if is_page and rng.random() < 0.12:
            image = _scribbled(image, rng)
        if rng.random() < 0.1:
            image = _folded(image, rng)
        if not is_page and rng.random() < 0.15:
            image = _with_rule_at_edge(image, rng)
        return image

    def _broken(self, image: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
        """Ink that is missing where the noise is highest, in small or larger spots."""
        spots, (height, width) = rng.choice(self._spots), image.shape
        top, left = rng.randrange(len(spots) - height + 1), rng.randrange(len(spots) - width + 1)
        missing = rng.uniform(0.03, 0.08 + 0.22 * strength)
        lifted = np.zeros(256, np.uint8)
        lifted[int(256 * (1 - missing)) :] = rng.randint(120, 225)
        return np.asarray(np.maximum(image, cv2.LUT(spots[top : top + height, left : left + width], lifted)))


def _ranked(noise: np.ndarray) -> np.ndarray:
    """Noise as bytes of which each is about as frequent, so that a share of them can be named."""
    scale = 1 / (float(noise.std()) * math.sqrt(2))
    share = np.vectorize(math.erf, otypes=[np.float32])(np.linspace(-4, 4, 512) / 1.0)
    index = np.clip((noise * scale + 4) * 64, 0, 511).astype(np.int16)
    ranked: np.ndarray = ((share * 0.5 + 0.5) * 255).astype(np.uint8)[index]
    return ranked


def _bled(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """Ink that ran: every stroke a pixel wider, in part."""
    wider = cv2.erode(image, np.ones(rng.choice(((2, 2), (1, 2), (2, 1))), np.uint8))
    weight = rng.uniform(0.3, 1.0)
    return np.asarray(cv2.addWeighted(wider, weight, image, 1 - weight, 0.0))


def _thinned(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """Weak ink: every stroke thinner, in part."""
    thinner = cv2.dilate(image, np.ones(rng.choice(((2, 2), (1, 2), (2, 1))), np.uint8))
    weight = rng.uniform(0.2, 0.6)
    return np.asarray(cv2.addWeighted(thinner, weight, image, 1 - weight, 0.0))


def _specked(image: np.ndarray, rng: random.Random, strength: float) -> np.ndarray:
    image = image.copy()
    height, width = image.shape
    for _ in range(int(rng.uniform(0.1, 0.2 + 0.8 * strength) * height * width / 9000)):
        x, y, grey = rng.randrange(width), rng.randrange(height), rng.randint(0, 190)
        image[y : y + rng.randint(1, 3), x : x + rng.randint(1, 3)] = grey
    if rng.random() < 0.2:
        x = rng.randrange(width)
        cv2.line(image, (x, 0), (x + rng.randint(-4, 4), height), rng.randint(60, 220), 1, cv2.LINE_AA)
    return image


def _with_dark_edges(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """Ragged black along some edges, as copiers leave it; narrower than a page's margin."""
    image = image.copy()
    height, width = image.shape
    for side in rng.sample(range(4), rng.randint(1, 4)):
        turned = np.rot90(image, side)
        length, most = turned.shape[1], min(height, width) // 40
        depths = cv2.resize(
            np.array([[rng.uniform(0, most) for _ in range(rng.randint(2, 12))]], np.float32), (length, 1)
        )
        dark = np.arange(most)[:, None] < depths
        turned[:most][dark] = rng.randint(0, 100)
    return image


def _punched(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """Two or four holes at the left."""
    image = image.copy()
    height, width = image.shape
    x, radius, grey = int(width * rng.uniform(0.012, 0.03)), rng.randint(6, 13), rng.randint(0, 170)
    count = rng.choice((2, 2, 4))
    for number in range(count):
        y = int(height * (0.5 + (number - (count - 1) / 2) * rng.uniform(0.14, 0.16)))
        cv2.circle(image, (x, y), radius, grey, -1, cv2.LINE_AA)
    return image


def _scribbled(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """A pen's loops at the page's upper or lower edge, and a stroke beside the text."""
    image = image.copy()
    height, width = image.shape
    x, y = rng.uniform(0, 0.6) * width, rng.choice((0.02, 0.975)) * height
    ink, size = rng.randint(20, 150), rng.uniform(4, 9)
    turns = np.arange(0, rng.uniform(12, 60), 0.35)
    points = np.stack((x + turns * size * 0.6 + size * np.sin(turns * 1.3), y + size * np.cos(turns * 1.9)), -1)
    cv2.polylines(image, [points.astype(np.int32)], False, ink, rng.randint(1, 2), cv2.LINE_AA)
    if rng.random() < 0.5:
        x, y = rng.choice((0.015, 0.98)) * width, rng.uniform(0.1, 0.7) * height
        cv2.line(image, (int(x), int(y)), (int(x) + 4, int(y + height * 0.15)), ink, 2, cv2.LINE_AA)
    return image


def _folded(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """A soft shadow from edge to edge, where the paper was folded or bound."""
    height, width = image.shape
    across = rng.random() < 0.5
    length = height if across else width
    distance = np.abs(np.arange(length) - rng.uniform(0, length)) / rng.uniform(2, 30)
    shade = (1 - rng.uniform(0.1, 0.45) * np.exp(-(distance**2))).astype(np.float32)
    return np.asarray(
        cv2.multiply(image, np.broadcast_to(shade[:, None] if across else shade, image.shape), dtype=cv2.CV_8U)
    )


def _with_rule_at_edge(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """A rule that the crop has caught, along one side."""
    image = image.copy()
    turned = np.rot90(image, rng.randrange(4))
    turned[: rng.randint(1, 2)] = rng.randint(0, 120)
    return image
