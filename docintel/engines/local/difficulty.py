"""Whether a page looks hard to read before all of it is read: photographed, written by hand, small or blurred."""

from collections.abc import Sequence
from functools import cached_property
from statistics import mean, median

import cv2
import numpy as np

from docintel.engines.local.geometry import Pixels, Quad, crop, size
from docintel.engines.local.lines import letters
from docintel.engines.local.lines.letters import LineLetters
from docintel.engines.local.lines.rapid import Rapid, line_crop
from docintel.engines.local.lines.words import ReadLine
from docintel.engines.local.orientation import laid_flat

NUM_LINES = 8
"""The longest, which are read."""
MIN_HEIGHT = 20.0
"""Pixels of a line with the white around it, below which letters are small: type of 10 points at 100 dpi."""
MIN_CONFIDENCE = 0.85
"""Of these lines on average."""
MAX_BY_HAND = 0.2
"""Part of these lines that may look as if written by hand."""
MIN_EVENNESS, MIN_LIGHT = 0.85, 140
"""Brightness of the page's darkest paper by its brightest, and grey level of the latter, below which it is a
photograph."""
PAPER_SIDE, PAPER_AROUND = 64, 5
"""Longer side of the picture in which paper is looked for, and how far around: pixels."""


class Difficulty:
    """Reads a few lines, by our own letters and, where those are unsure, by `rapid`."""

    def __init__(self, rapid: Rapid) -> None:
        self._rapid = rapid

    @cached_property
    def _letters(self) -> LineLetters:
        return LineLetters()

    def is_hard(self, pixels: Pixels, quads: Sequence[Quad]) -> bool:
        """`quads` are the lines on the page."""
        if is_photographed(pixels) or not quads:
            return True
        if median(size(laid_flat(quad))[1] for quad in quads) < MIN_HEIGHT:
            return True
        longest = sorted((laid_flat(quad) for quad in quads), key=lambda quad: -size(quad)[0])[:NUM_LINES]
        lines = self._letters.recognise([crop(pixels, quad, height=letters.HEIGHT) for quad in longest])
        if mean(line.is_by_hand for line in lines) > MAX_BY_HAND:
            return True
        return mean(self._confidences(pixels, longest, lines)) < MIN_CONFIDENCE

    def _confidences(self, pixels: Pixels, quads: Sequence[Quad], lines: Sequence[ReadLine]) -> list[float]:
        unsure = [n for n, line in enumerate(lines) if line.confidence < MIN_CONFIDENCE]
        others = dict(zip(unsure, self._rapid.recognise([line_crop(pixels, quads[n]) for n in unsure]), strict=True))
        return [max(line.confidence, others[n].confidence if n in others else 0.0) for n, line in enumerate(lines)]


def is_photographed(pixels: Pixels) -> bool:
    """Whether paper is lit unevenly, or hardly: a scanner's light is bright, and the same everywhere."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = PAPER_SIDE / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    paper = cv2.dilate(small, np.ones((PAPER_AROUND, PAPER_AROUND), np.uint8))
    dark, bright = np.percentile(paper, (5, 95))
    return bool(bright < MIN_LIGHT or dark < MIN_EVENNESS * bright)
