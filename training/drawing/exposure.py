"""What lens, light and exposure make of a picture that lies before a camera.

Light and exposure are factors of grey values as they are stored: with a gamma of 2, the root of what they are in light.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np

from training.drawing.surface import CELL, Surface


@dataclass(frozen=True, slots=True)
class Look:
    """What a photograph's light, lens and sensor are like; most are drawn as they are needed."""

    strength: float
    is_screen: bool
    type_size: float
    """Pixels: blur must leave it readable."""


def through_lens(image: np.ndarray, rng: random.Random, look: Look) -> np.ndarray:
    """Out of focus, shaken, or small and enlarged again; half of it computed in light, where ink spreads less."""
    most = 0.1 * look.type_size * (0.25 + 0.75 * look.strength)
    kind = rng.random()
    if kind < 0.1:
        height, width = image.shape
        factor = rng.uniform(1.0 - 0.022 * look.type_size * look.strength, 1.0)
        size = max(16, int(width * factor)), max(16, int(height * factor))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (width, height), interpolation=rng.choice((1, 1, 2))))
    if kind < 0.25:
        return image
    if kind < 0.4:
        kernel = _shake(rng, rng.uniform(1.5, 1.5 + 2.2 * most))
        return np.asarray(cv2.filter2D(image, -1, kernel))
    sigma = rng.uniform(0.3, max(0.45, most) if rng.random() < 0.5 else 0.7)
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma))
    light = cv2.LUT(image, (np.arange(256) ** 2).astype(np.float32))
    return np.asarray(np.sqrt(cv2.GaussianBlur(light, (0, 0), sigma)).astype(np.uint8))


def _shake(rng: random.Random, length: float) -> np.ndarray:
    """The way of a hand that moves evenly: a line as a kernel."""
    side = 2 * math.ceil(length / 2) + 1
    angle = rng.uniform(0, math.pi)
    steps = np.linspace(-length / 2, length / 2, 24)
    x, y = steps * math.cos(angle) + side // 2, steps * math.sin(angle) + side // 2
    kernel = np.zeros((side + 1, side + 1), np.float32)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        weight = np.abs(1 - down - (y - top)) * np.abs(1 - right - (x - left))
        np.add.at(kernel, (top + down, left + right), weight.astype(np.float32))
    return np.asarray(kernel[:side, :side] / kernel[:side, :side].sum())


def lit(image: np.ndarray, cells: np.ndarray, surface: Surface, rng: random.Random, look: Look) -> np.ndarray:
    """Light from one side, on slopes, through a hand's shadow; the exposure, and glare."""
    rows, columns, _ = cells.shape
    y, x = np.mgrid[0:rows, 0:columns] / max(rows, columns)
    angle = rng.uniform(0, 2 * math.pi)
    across = (x * math.cos(angle) + y * math.sin(angle)).astype(np.float32)
    across -= across.min()
    light = 1.0 - rng.uniform(0.0, 0.15 + 0.5 * look.strength * rng.random()) * across / max(across.max(), 1e-6)
    if rng.random() < 0.3:
        light -= rng.uniform(0.05, 0.35) * ((x - x.mean()) ** 2 + (y - y.mean()) ** 2)
    points = cells.reshape(-1, 2)
    if not look.is_screen:
        slopes = surface.bend.slopes_at(surface.along(points))
        for fold in surface.folds:
            length = surface.aspect if fold.is_across else 1.0
            slopes = slopes + fold.steepness * np.sign(points[:, int(fold.is_across)] - fold.place * length)
        light *= np.clip(1.0 + rng.uniform(-0.6, 0.6) * slopes, 0.45, 1.4).reshape(rows, columns)
    chance = rng.random()
    exposure = rng.uniform(0.82, 1.06)
    if chance < 0.16 * (0.5 + look.strength):
        exposure = rng.uniform(0.2 if look.strength > 0.4 else 0.45, 0.7)
    elif chance > 0.9:
        exposure = rng.uniform(1.1, 1.2 + 0.5 * look.strength)
    light = cv2.resize((light * exposure).astype(np.float32), (columns * 4, rows * 4), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        light *= _shadow(light.shape, rng, look)
    if rng.random() < 0.08:
        light += _glare(light.shape, rng)
    levels = np.clip(light * 150, 0, 255).astype(np.uint8)
    height, width = image.shape
    whole = cv2.resize(levels, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(image, whole[CELL : CELL + height, CELL : CELL + width], scale=1 / 150))


def _shadow(shape: tuple[int, ...], rng: random.Random, look: Look) -> np.ndarray:
    """Of a hand, a telephone or a head: a blunt shape that often comes in from an edge, its edge soft or hard."""
    height, width = shape
    held = np.zeros(shape, np.float32)
    side = max(height, width)
    for _ in range(rng.choice((1, 1, 2))):
        x, y = rng.uniform(-0.1, 1.1) * width, rng.uniform(-0.1, 1.1) * height
        count = rng.randint(4, 9)
        angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(count))
        reach = [rng.uniform(0.12, 0.6) * side for _ in range(count)]
        corners = [(x + r * math.cos(a), y + r * math.sin(a)) for a, r in zip(angles, reach, strict=True)]
        cv2.fillPoly(held, [np.array(corners, np.int32)], 1.0)
    held = cv2.GaussianBlur(held, (0, 0), rng.choice((0.8, 2.0, 6.0, 12.0)))
    return np.asarray(1.0 - rng.uniform(0.12, 0.35 + 0.3 * look.strength) * held)


def _glare(shape: tuple[int, ...], rng: random.Random) -> np.ndarray:
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = (x - rng.uniform(0.1, 0.9) * width) ** 2 + (y - rng.uniform(0.1, 0.9) * height) ** 2
    return np.asarray(rng.uniform(0.1, 0.45) * np.exp(-away / (rng.uniform(0.08, 0.3) * max(width, height)) ** 2))


def developed(image: np.ndarray, rng: random.Random, look: Look) -> np.ndarray:
    """What the telephone does then: evens out the light, sharpens, raises the contrast, compresses."""
    if rng.random() < 0.12:
        image = _evened(image, rng)
    if rng.random() < 0.25:
        soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.0))
        amount = rng.uniform(0.3, 1.2)
        image = cv2.addWeighted(image, 1 + amount, soft, -amount, 0.0)
    if rng.random() < 0.25:
        low, high = rng.uniform(0, 40), rng.uniform(200, 255)
        table = np.clip((np.arange(256) - low) * 255 / (high - low), 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table)
    if rng.random() < 0.75:
        quality = rng.randint(int(78 - 40 * look.strength), 93)
        written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE))
    return np.asarray(image)


def _evened(image: np.ndarray, rng: random.Random) -> np.ndarray:
    """As scanning apps do: divided by the paper's own brightness nearby."""
    height, width = image.shape
    size = (max(8, width // 8), max(8, height // 8))
    paper = cv2.dilate(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.ones((5, 5), np.uint8))
    paper = cv2.resize(cv2.GaussianBlur(paper, (0, 0), 3.0), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(image, cv2.max(paper, 24), scale=rng.uniform(215, 250)))
