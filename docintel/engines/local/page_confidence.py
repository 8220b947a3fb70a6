"""How well a page was read: the share of its text that is expected to be right.

A logistic regression on what is known once a page is read: how sure its words are, how much of its lines they cover,
and what the detector saw that became no line. `training/page_confidence.py` fits it to bigram F1
(`benchmarks/photographed/measures.py` says what that is).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Quad, size
from docintel.engines.local.lines.words import ReadLine, is_legible
from docintel.engines.local.scripts import main_script

WEIGHTS = Path(__file__).with_suffix(".json")
SURE = 0.9
"""Confidence of a word that is hardly doubted."""
SEEN, IS_TEXT = 0.012, 0.3
"""The detector's likelihood from which it sees something, and from which a line is found there."""
MIN_SEEN = 6
"""Places of the detector's picture; less is a speck."""
SURELY_TEXT, MIN_TEXT = 0.6, 0.01
"""Likelihood, and the part of the page that has it, where text is seen, read or not: blank paper has 0.4."""
MIN_SHARE = 0.005
"""By how much a share is kept from 0 and 1, where its log-odds are taken."""

Likely = NDArray[np.float32]
"""How likely text stands at a place of the page: 0 … 1, (rows, columns) of any number."""
Mask = NDArray[np.bool_]
SeenLine = tuple[ReadLine, Quad]
"""What was read of a line, kept or not, and where it stands, in pixels."""


class PageFeatures(NamedTuple):
    """What is known of a page. Shares are 0…1; those of words are by letters, and of words that were kept."""

    words: float
    """Log-odds of the F1 that there would be if words were right as often as their confidence says, and lines that
    were not kept as full of text as the others."""
    sure_words: float
    """Share of words that are hardly doubted."""
    is_han: float
    """Share of Chinese and Japanese."""
    letters: float
    """Logarithm of their number."""
    covered: float
    """Share of the kept lines that their words take."""
    likely: float
    """Mean likelihood where there are lines."""
    faint: float
    """Share of all that the detector sees which is too faint to be a line: its square root, since it is small."""
    outside: float
    """Share of the likelihood that lies outside of lines: its square root."""


@dataclass(frozen=True)
class Weight:
    """Of a feature, which counts as `low` or `high` where it lies beyond: pages like that were not learned from."""

    weight: float
    low: float
    high: float


class PageConfidence:
    """Opens its weights at once."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        content = path.read_bytes()
        known = json.loads(content)
        self._digest = sha256(content).hexdigest()[:8]
        self._bias = float(known["bias"])
        self._weights = {name: Weight(**values) for name, values in known["features"].items()}

    @cached_property
    def fingerprint(self) -> str:
        return f"page-confidence-{self._digest}"

    def of(self, lines: Sequence[SeenLine], likely: Likely, *, width: int, height: int) -> float | None:
        """Of a page of so many pixels: the share of its text that is expected to be right; None where nothing was read
        and nothing seems to be written."""
        if any(is_legible(line) for line, _ in lines):
            return self.expected(features(lines, likely, width=width, height=height))
        return 0.0 if (likely > SURELY_TEXT).mean() > MIN_TEXT else None

    def expected(self, known: PageFeatures) -> float:
        odds = self._bias
        for name, value in known._asdict().items():
            each = self._weights[name]
            odds += each.weight * min(max(value, each.low), each.high)
        return round(1 / (1 + math.exp(-odds)), 4)


def features(lines: Sequence[SeenLine], likely: Likely, *, width: int, height: int) -> PageFeatures:
    kept = [(line, quad) for line, quad in lines if is_legible(line)]
    words = [word for line, _ in kept for word in line.words]
    letters = [len(word.text) for word in words]
    sure = [word.confidence for word in words]
    is_outside = _outside([quad for _, quad in lines], likely, width=width, height=height)
    share_kept = _area(kept) / max(_area(lines), 1.0)
    return PageFeatures(
        words=_log_odds(2 * _mean(sure, letters) * share_kept / (1 + share_kept)),
        sure_words=_mean([float(each > SURE) for each in sure], letters),
        is_han=_mean(
            [float(main_script(line.text) == "Hani") for line, _ in kept], [len(line.text) for line, _ in kept]
        ),
        letters=math.log1p(sum(letters)),
        covered=_mean([_covered(line) for line, _ in kept], [_area([each]) for each in kept]),
        likely=float(likely[likely > IS_TEXT].mean()) if (likely > IS_TEXT).any() else 0.0,
        faint=math.sqrt(_share_faint(likely, is_outside)),
        outside=math.sqrt(float(likely[is_outside].sum()) / max(float(likely.sum()), 1.0)),
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / total if total else 0.0


def _area(lines: Sequence[SeenLine]) -> float:
    return sum(math.prod(size(quad)) for _, quad in lines)


def _covered(line: ReadLine) -> float:
    return min(sum(word.end - word.start for word in line.words), 1.0)


def _log_odds(share: float) -> float:
    share = min(max(share, MIN_SHARE), 1 - MIN_SHARE)
    return math.log(share / (1 - share))


def _share_faint(likely: Likely, is_outside: Mask) -> float:
    """Of the area in which the detector sees something, that of spots which touch no line, nor are likely enough for
    one."""
    number, labels, found, _ = cv2.connectedComponentsWithStats((likely > SEEN).astype(np.uint8))
    most = np.zeros(number, np.float32)
    np.maximum.at(most, labels.ravel(), np.where(is_outside, likely, 1).ravel())
    areas = found[1:, cv2.CC_STAT_AREA]
    is_faint = (most[1:] < IS_TEXT) & (areas >= MIN_SEEN)
    return float(areas[is_faint].sum() / max(areas.sum(), 1))


def _outside(quads: Sequence[Quad], likely: Likely, *, width: int, height: int) -> Mask:
    """Which places of the detector's picture lie in no line."""
    scale = np.array([likely.shape[1] / width, likely.shape[0] / height])
    outside = np.ones(likely.shape, np.uint8)
    for quad in quads:
        cv2.fillConvexPoly(outside, np.round(quad * scale).astype(np.int32), 0)
    return outside > 0
