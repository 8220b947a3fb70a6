"""Which way up a page is, and which of its lines are vertical."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from docintel.engines.local.fields import Run, holds
from docintel.engines.local.geometry import Pixels, Quad, bbox_of, size
from docintel.engines.local.lines.line_classifier import (
    INVERTED,
    TOPS_LEFT,
    TOPS_RIGHT,
    UPRIGHT,
    LineClassifier,
    Scores,
)
from docintel.engines.local.lines.rapid import Rapid, line_crop
from docintel.engines.local.lines.words import ReadLine
from docintel.model import BBox, Direction

MIN_TALL_RATIO = 1.5
"""A line this many times higher than wide is vertical, or the page lies on its side."""
MIN_TURNED_RATIO = 2.0
"""A line this many times higher than wide is turned although its page is upright; a single figure is not."""
MAX_VOTE = 2.0
"""A line says as much as so many squares, at most: a few long heads of columns do not outvote many short cells."""
CLEAR = 4.0
"""One way of lying that has so many times the votes of the other is the page's."""
MAX_LINES = 40
"""So many of the longest lines decide."""
SURE = 2.0
"""Log-odds by which a line shows how it lies."""
VERY_SURE = 4.0
"""The same where it lies otherwise than most."""
DOUBTED = 0.25
"""Part of the votes by which lines on their head make an upright page doubtful."""
NUM_READ = 8
"""Lines that are read both ways where a page is doubtful."""
READ_BETTER = 0.1
"""Confidence by which most of them must read better one way."""
READABLE = 0.7
"""Confidence below which a reading says nothing."""
SEEN_SURELY = 0.7
"""Part of the votes by which a page that cannot be read is turned."""
DETECTION_SIDE = 960
"""Longer side of the picture on which an `OrientationDetector` finds lines, in half the time that reading takes."""

Recognise = Callable[[Sequence[Pixels]], list[ReadLine]]
"""What lines say, 48 pixels high."""


@dataclass(frozen=True)
class PageOrientation:
    """Degrees clockwise that put a page upright, and whether its lines then run from top to bottom."""

    rotation: int
    is_vertical: bool


def is_tall(quad: Quad) -> bool:
    across, down = size(quad)
    return down > MIN_TALL_RATIO * across


def lay_flat(quad: Quad) -> Quad:
    """A tall line turned a quarter counter-clockwise: what read downwards then reads from left to right."""
    return np.roll(quad, -1, axis=0) if is_tall(quad) else quad


def standing(quads: Sequence[Quad], turns: Scores) -> list[Quad]:
    """Lines that were laid flat, turned by 180° where their letters are upside down: they read upwards on the page.

    Short ones are hard to tell, and lie as the others do.
    """
    leaning = [i for i, quad in enumerate(quads) if _leans(quad)]
    odds = {i: float(turns[i][INVERTED] - turns[i][UPRIGHT]) for i in leaning}
    common = sum(odds.values())
    inverted = {i for i in leaning if (odds[i] if abs(odds[i]) > VERY_SURE else common) > 0}
    return [np.roll(quad, 2, axis=0) if i in inverted else quad for i, quad in enumerate(quads)]


def _leans(quad: Quad) -> bool:
    return abs(float(quad[1][0] - quad[0][0])) < abs(float(quad[1][1] - quad[0][1]))


def page_orientation(
    classifier: LineClassifier, pixels: Pixels, quads: Sequence[Quad], recognise: Recognise
) -> PageOrientation:
    """Decided by the longest lines, each by its length and how sure it is; they are read where they disagree, or are to
    be turned by 180°."""
    if not len(quads):
        return PageOrientation(0, False)
    are_tall = _say_tall(classifier, pixels, quads)
    longest = sorted(quads, key=lambda quad: -max(size(quad)))
    chosen = [lay_flat(quad) for quad in longest if is_tall(quad) == are_tall][:MAX_LINES]
    scores = classifier.look(pixels, chosen)
    weights = np.array([min(size(quad)[0] / max(size(quad)[1], 1.0), 20.0) for quad in chosen])
    votes = (np.exp(scores.turns) * weights[:, None]).sum(axis=0)
    turn = int((scores.turns * weights[:, None]).sum(axis=0).argmax())
    if turn == INVERTED or (turn == UPRIGHT and votes[INVERTED] > DOUBTED * votes.sum()):
        turn = _turn_by_reading(pixels, chosen, recognise, seen=turn, share=float(votes[turn] / votes.sum()))
    return _of_tall_lines(turn) if are_tall else PageOrientation(180 if turn == INVERTED else 0, False)


def _turn_by_reading(pixels: Pixels, lines: Sequence[Quad], recognise: Recognise, *, seen: int, share: float) -> int:
    """UPRIGHT or INVERTED, as lines laid flat read clearly better. Letters that RapidOCR doesn't know read badly either
    way: then what the eye has `seen` counts where it is sure, and pages are upright where it isn't."""
    crops = [line_crop(pixels, quad) for quad in lines[:NUM_READ]]
    upright, inverted = (
        np.array([line.confidence for line in recognise(each)]) for each in (crops, [c[::-1, ::-1] for c in crops])
    )
    gain = float(np.median(inverted - upright))
    if abs(gain) >= READ_BETTER and max(np.median(upright), np.median(inverted)) >= READABLE:
        return INVERTED if gain > 0 else UPRIGHT
    return seen if share >= SEEN_SURELY else UPRIGHT


def _say_tall(classifier: LineClassifier, pixels: Pixels, quads: Sequence[Quad]) -> bool:
    """Whether most lines are higher than wide; of those that are about square, how their letters lie is looked at."""
    ratios = [down / max(across, 1.0) for across, down in map(size, quads)]
    tall = sum(MAX_VOTE for ratio in ratios if ratio > MIN_TURNED_RATIO)
    flat = sum(min(1 / max(ratio, 0.01), MAX_VOTE) for ratio in ratios if ratio * MIN_TALL_RATIO < 1)
    if max(tall, flat) > CLEAR * min(tall, flat):
        return tall > flat
    squares = [
        quad for quad, ratio in zip(quads, ratios, strict=True) if 1 / MIN_TALL_RATIO <= ratio <= MIN_TURNED_RATIO
    ]
    if not squares:
        return tall > flat
    lie = _lie_on_their_side(classifier, pixels, squares)
    return tall + len(squares) * lie > flat + len(squares) * (not lie)


def _lie_on_their_side(classifier: LineClassifier, pixels: Pixels, squares: Sequence[Quad]) -> bool:
    """Whether pieces of lines are sooner upright when turned by a quarter than as they are or on their head."""
    turned = [[np.roll(quad, quarters, axis=0) for quad in squares] for quarters in range(4)]
    sums = [classifier.look(pixels, each).turns[:, UPRIGHT].sum() for each in turned]
    return bool(max(sums[1], sums[3]) > max(sums[0], sums[2]))


def laid_flat(quad: Quad) -> Quad:
    """A line of an upright page, laid flat where it is turned."""
    across, down = size(quad)
    return lay_flat(quad) if down > MIN_TURNED_RATIO * across else quad


def run_of(quad: Quad, turns: Scores, *, width: int, height: int) -> Run:
    """Where a line runs that was laid flat, and which way, from the scores of how it is turned."""
    across, down = size(quad)
    turn = int(turns.argmax())
    direction: Direction | None = None
    if _leans(quad):
        direction = 90 if turn == UPRIGHT else 270 if turn == INVERTED else None
    elif turn == INVERTED and across > down and _odds(turns) > VERY_SURE:
        direction = 180
    elif turn == UPRIGHT and _odds(turns) > SURE:
        direction = 0
    return Run(bbox_of(quad, width, height), direction)


def _odds(turns: Scores) -> float:
    """Of the likeliest way of lying against the next."""
    second, first = np.sort(turns)[-2:]
    return float(first - second)


def stands_in(quad: Quad, box: BBox, pixels: Pixels) -> bool:
    """Whether the middle of a line lies in a box, in fractions of the page."""
    return holds(box, bbox_of(quad, pixels.shape[1], pixels.shape[0]))


def direction_of(quad: Quad) -> Direction:
    """Degrees clockwise in which a line runs that stands as its reader sees it."""
    run, rise = quad[1] - quad[0]
    quarters: tuple[Direction, ...] = (0, 90, 180, 270)
    return quarters[round(math.degrees(math.atan2(float(rise), float(run))) / 90) % 4]


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
        self.rapid = Rapid(side=DETECTION_SIDE)
        self._classifier = LineClassifier()
        self._last: tuple[Pixels, list[Quad]] | None = None

    def rotation(self, pixels: Pixels) -> int:
        """Degrees clockwise (0, 90, 180, 270) that put the page upright."""
        return page_orientation(self._classifier, pixels, self.lines(pixels), self.rapid.recognise).rotation

    def lines(self, pixels: Pixels) -> list[Quad]:
        """The lines on a page; those on the last one are kept."""
        if self._last is None or self._last[0] is not pixels:
            self._last = pixels, self.rapid.detect(pixels)
        return self._last[1]
