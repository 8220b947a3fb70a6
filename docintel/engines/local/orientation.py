"""Which way up a page is, and which of its lines are vertical."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docintel.engines.local.geometry import Pixels, Quad, crop, size
from docintel.engines.local.lines.line_classifier import (
    INVERTED,
    TOPS_LEFT,
    TOPS_RIGHT,
    UPRIGHT,
    LineClassifier,
    LineScores,
)
from docintel.engines.local.lines.rapid import Rapid

MIN_TALL_RATIO = 1.5
"""A line this many times higher than wide is vertical, or the page lies on its side."""
MAX_LINES = 40
"""So many of the longest lines decide."""
LINE_HEIGHT = 40
DETECTION_SIDE = 960
"""Longer side of the picture on which an `OrientationDetector` finds lines, in half the time that reading takes."""


@dataclass(frozen=True)
class PageOrientation:
    """Degrees clockwise that put a page upright, and whether its lines then run from top to bottom."""

    rotation: int
    is_vertical: bool


def is_tall(quad: Quad) -> bool:
    across, down = size(quad)
    return down > MIN_TALL_RATIO * across


def lay_flat(quad: Quad) -> Quad:
    """A tall line turned a quarter counter-clockwise: what read upwards then reads from left to right."""
    return np.roll(quad, -1, axis=0) if is_tall(quad) else quad


def turned_if_inverted(quad: Quad, turn: int) -> Quad:
    """A line that was laid flat, turned by 180° where its letters are upside down: it reads downwards on the page."""
    leans = abs(float(quad[1][0] - quad[0][0])) < abs(float(quad[1][1] - quad[0][1]))
    return np.roll(quad, 2, axis=0) if leans and turn == INVERTED else quad


def classify_lines(classifier: LineClassifier, pixels: Pixels, quads: Sequence[Quad]) -> LineScores:
    """Scores of lines that have been laid flat."""
    return classifier.classify([crop(pixels, quad, height=LINE_HEIGHT) for quad in quads])


def page_orientation(classifier: LineClassifier, pixels: Pixels, quads: Sequence[Quad]) -> PageOrientation:
    """Decided by the longest lines, each by its length and how sure it is."""
    longest = sorted(quads, key=lambda quad: -max(size(quad)))[:MAX_LINES]
    lengths = np.array([max(size(quad)) for quad in longest])
    tall = np.array([is_tall(quad) for quad in longest])
    if not len(longest):
        return PageOrientation(0, False)
    are_tall = float(lengths[tall].sum()) > float(lengths[~tall].sum())
    chosen = [quad for quad, each in zip(longest, tall, strict=True) if each == are_tall]
    scores = classify_lines(classifier, pixels, [lay_flat(quad) for quad in chosen])
    weights = np.array([min(max(size(quad)) / max(min(size(quad)), 1.0), 20.0) for quad in chosen])
    turn = int((scores.turns * weights[:, None]).sum(axis=0).argmax())
    return _of_tall_lines(turn) if are_tall else PageOrientation(180 if turn == INVERTED else 0, False)


def _of_tall_lines(turn: int) -> PageOrientation:
    """`turn` is that of the lines laid flat, which turned them a quarter counter-clockwise."""
    return {
        UPRIGHT: PageOrientation(270, False),
        INVERTED: PageOrientation(90, False),
        TOPS_LEFT: PageOrientation(0, True),
        TOPS_RIGHT: PageOrientation(180, True),
    }[turn]


class OrientationDetector:
    """The orientation of whole pages, for engines that do not see it by themselves. Opens its models at once."""

    def __init__(self) -> None:
        self._rapid = Rapid(side=DETECTION_SIDE)
        self._classifier = LineClassifier()

    def rotation(self, pixels: Pixels) -> int:
        """Degrees clockwise (0, 90, 180, 270) that put the page upright."""
        return page_orientation(self._classifier, pixels, self._rapid.detect(pixels)).rotation
