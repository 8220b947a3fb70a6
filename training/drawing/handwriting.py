"""Strokes that look like handwriting and say nothing: on a page they are a picture, not text to be read."""

from __future__ import annotations

import math
import random

from PIL import ImageDraw

from training.drawing.pagetypes import Box


def draw_note(pen: ImageDraw.ImageDraw, rng: random.Random, room: Box, ink: int) -> Box:
    """Fill `room` with lines of handwriting; returns the strokes' box."""
    x0, y0, x1, y1 = room
    size = min(rng.uniform(14.0, 30.0), y1 - y0)
    width, slant, rise = rng.choice((1, 1, 2)), rng.uniform(-0.1, 0.5), rng.uniform(-0.06, 0.02)
    places: list[tuple[float, float]] = []
    for number in range(max(1, int((y1 - y0) / (1.5 * size)))):
        x, baseline = x0 + rng.uniform(0, 0.1) * (x1 - x0), y0 + (1.5 * number + 1) * size
        end = x1 - rng.uniform(0, 0.4) * (x1 - x0)
        while x < end:
            word = _word(rng, x, baseline + rise * (x - x0), size, slant)
            word = [(min(max(px, x0), x1), min(max(py, y0), y1)) for px, py in word]
            pen.line(word, fill=ink, width=width, joint="curve")
            places += word
            x = max(px for px, _ in word) + size * rng.uniform(0.3, 0.7)
    xs, ys = zip(*places, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _word(rng: random.Random, x: float, baseline: float, size: float, slant: float) -> list[tuple[float, float]]:
    """Loops of uneven height, one after the other, leaning to the right."""
    points = []
    for _ in range(rng.randint(2, 9)):
        height = size * rng.choice((0.3, 0.35, 0.4, 0.8))
        below = size * 0.35 if rng.random() < 0.12 else 0.0
        loop, step = rng.uniform(0.1, 0.3) * size, rng.uniform(0.25, 0.5) * size
        for part in range(8):
            turn = part * math.pi / 4
            up = (1 - math.cos(turn)) / 2 * (height + below) - below
            points.append((x + step * part / 8 + loop * math.sin(turn) + slant * up, baseline - up))
        x += step
    return points
