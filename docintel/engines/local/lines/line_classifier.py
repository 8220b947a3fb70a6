"""Script and orientation of a line, classified before anything is read.

A small convolutional network of our own (training/line_scripts/ makes it): 24 scripts, four ways a line can lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels, Quad, crop
from docintel.engines.local.lines.remembered import Remembered
from docintel.engines.local.networks import fingerprint_of, opened

MODEL = Path(__file__).with_name("line_scripts.onnx")
SCRIPT_CODES = (
    "Latn Cyrl Grek Hani Hang Arab Hebr Deva Thai Beng Gujr Guru Taml Telu Knda Mlym Sinh Geor Armn Ethi Khmr Laoo "
    "Mymr Zyyy"
).split()
"""The model's classes; Zyyy is digits and marks only."""
UPRIGHT, INVERTED, TOPS_LEFT, TOPS_RIGHT = range(4)
"""How a line's letters are turned in its crop. The last two are of vertical lines, laid flat."""
HEIGHT, WIDTH = 32, 320
CROP_HEIGHT = 40
"""Pixels of a line that is cut out of a page."""
MAX_WINDOWS = 3
"""Pieces of a long line that are classified, at most."""

IMPOSSIBLE = -20.0
"""Log-probability of what is known not to be so."""

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class LineScores:
    """Log-probabilities for each line: (n, 24) scripts and (n, 4) turns."""

    scripts: Scores
    turns: Scores

    def all_in(self, script: str) -> "LineScores":
        """As if every line were surely in one script."""
        scripts = np.full_like(self.scripts, IMPOSSIBLE)
        scripts[:, SCRIPT_CODES.index(script)] = 0.0
        return LineScores(scripts, self.turns)


class LineClassifier:
    def __init__(self) -> None:
        self._session = opened(MODEL)
        self._rows_on = Remembered(self._rows)

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint_of(MODEL)

    def look(self, pixels: Pixels, quads: Sequence[Quad]) -> LineScores:
        """Scores of lines on an RGB page, each classified once."""
        rows = self._rows_on(pixels, quads)
        return LineScores(*map(np.stack, zip(*rows, strict=True))) if rows else self.classify([])

    def _rows(self, pixels: Pixels, quads: Sequence[Quad]) -> list[tuple[Scores, Scores]]:
        scores = self.classify([crop(pixels, quad, height=CROP_HEIGHT) for quad in quads])
        return list(zip(scores.scripts, scores.turns, strict=True))

    def classify(self, crops: Sequence[Pixels]) -> LineScores:
        """Scores of RGB crops of lines."""
        if not crops:
            return LineScores(np.zeros((0, len(SCRIPT_CODES)), np.float32), np.zeros((0, 4), np.float32))
        pieces = [windows(ink(crop)) for crop in crops]
        batch = np.concatenate(pieces)[:, None]
        scripts, turns = self._session.run(None, {"ink": batch})
        ends = np.cumsum([len(piece) for piece in pieces])[:-1]
        return LineScores(_means(_log_softmax(scripts), ends), _means(_log_softmax(turns), ends))


def _means(scores: Scores, ends: NDArray[np.int64]) -> Scores:
    return np.stack([piece.mean(axis=0) for piece in np.split(scores, ends)])


def _log_softmax(logits: Scores) -> Scores:
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Scores = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def ink(crop: Pixels) -> NDArray[np.float32]:
    """The line 32 pixels high, 0 for its paper and 1 for its ink, whatever their colours."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    width = max(round(grey.shape[1] * HEIGHT / grey.shape[0]), 8)
    small = cv2.resize(grey, (width, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    dark, middle, light = np.percentile(small, (2, 50, 96))
    if light - dark < 1:
        return np.zeros_like(small)
    scaled = (light - small) / (light - dark)
    scaled = 1 - scaled if middle - dark < light - middle else scaled
    result: NDArray[np.float32] = np.clip(scaled, 0, 1).astype(np.float32)
    return result


def windows(strip: NDArray[np.float32]) -> NDArray[np.float32]:
    """A strip as (n, 32, 320): padded with paper where it is short, pieces of it where it is long."""
    width = strip.shape[1]
    if width <= WIDTH:
        return np.pad(strip, ((0, 0), (0, WIDTH - width)))[None]
    count = min(MAX_WINDOWS, -(-width // WIDTH))
    starts = np.linspace(0, width - WIDTH, count).astype(int)
    return np.stack([strip[:, start : start + WIDTH] for start in starts])
