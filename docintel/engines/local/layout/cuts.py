"""The order of blocks on newspaper pages: a page is cut in two again and again, along its white.

A recursive XY-cut (Nagy and Seth 1984) in which a small network says how likely each cut is to have everything before
it read before everything after it; the likeliest is made. It learned that from sampled newspaper pages, spreads and
articles (`training/reading_order`).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

WEIGHTS = Path(__file__).with_name("cuts.json")
OVERLAP = 0.3
"""Blocks that overlap by less than this, in line heights, have white between them."""
SURE = 0.5
"""Where no white is likelier than this to be right, cuts through blocks are looked at too."""
NUM_FEATURES = 20


@dataclass(frozen=True)
class Shapes:
    """Blocks of one page: x0 y0 x1 y1 in line heights, x from the side at which lines begin; and which are headings."""

    boxes: Floats
    are_headings: Floats


@dataclass(frozen=True)
class Cut:
    """Blocks by index, before and after; `gap` is the white between them, `axis` 0 between columns, 1 across."""

    axis: int
    before: Indices
    after: Indices
    gap: float


Scorer = Callable[[int, Floats], Floats]
"""Of an axis and of cuts' features (n, 20): how likely each is, 0…1."""


def order_by_cuts(shapes: Shapes, scorer: Scorer | None = None) -> list[int]:
    """Indices of the blocks as they are read."""
    scorer = scorer or learned_scorer()
    return _ordered(np.arange(len(shapes.boxes)), shapes, scorer)


def _ordered(items: Indices, shapes: Shapes, scorer: Scorer) -> list[int]:
    if len(items) < 2:
        return [int(item) for item in items]
    found = list(cuts(items, shapes))
    white = [cut for cut in found if cut.gap >= -OVERLAP]
    best, likely = _best(white, items, shapes, scorer)
    if likely < SURE and len(white) < len(found):
        best, _ = _best(found, items, shapes, scorer)
    return [*_ordered(best.before, shapes, scorer), *_ordered(best.after, shapes, scorer)]


def _best(found: Sequence[Cut], items: Indices, shapes: Shapes, scorer: Scorer) -> tuple[Cut, float]:
    options = []
    for axis in (0, 1):
        mine = [cut for cut in found if cut.axis == axis]
        if mine:
            scores = scorer(axis, np.array([features(cut, items, shapes, len(mine)) for cut in mine]))
            options.append((float(scores.max()), mine[int(scores.argmax())]))
    if not options:
        return Cut(1, items[:1], items[1:], 0.0), -1.0
    likely, best = max(options, key=lambda option: option[0])
    return best, likely


def cuts(items: Indices, shapes: Shapes) -> Iterator[Cut]:
    """Every way to part the items in two by their middles, along either axis."""
    for axis in (0, 1):
        low, high = shapes.boxes[items, axis], shapes.boxes[items, axis + 2]
        order = np.argsort(low + high, kind="stable")
        reached = np.maximum.accumulate(high[order])
        begins = np.minimum.accumulate(low[order][::-1])[::-1]
        for place in range(1, len(items)):
            gap = float(begins[place] - reached[place - 1])
            yield Cut(axis, items[order[:place]], items[order[place:]], gap)


def features(cut: Cut, items: Indices, shapes: Shapes, num_cuts: int) -> list[float]:
    """What the scorer is told of a cut; `num_cuts`: how many there are along its axis."""
    boxes, along, across = shapes.boxes, cut.axis, 1 - cut.axis
    length = max(float(boxes[items, across + 2].max() - boxes[items, across].min()), 1e-6)
    first, second = boxes[cut.before], boxes[cut.after]
    last = cut.before[first[:, along + 2] > first[:, along + 2].max() - 1.2]
    next_ = cut.after[second[:, along] < second[:, along].min() + 1.2]
    sides = [_side(each, across, length, shapes) for each in (next_, last)]
    heads = [shapes.are_headings[each[boxes[each, 1].argmin()]] for each in (cut.before, cut.after)]
    depths = [(each[:, along + 2].max() - each[:, along].min()) / 20 for each in (first, second)]
    lengths = [(each[:, across + 2].max() - each[:, across].min()) / length for each in (first, second)]
    page = max(float(boxes[:, 2].max() - boxes[:, 0].min()), 1e-6)
    return [
        *np.tanh([cut.gap, cut.gap / 3]),
        *(min(width, 1.2) for width, _ in sides),
        *(share for _, share in sides),
        *heads,
        *np.tanh(depths),
        *lengths,
        *np.tanh([(second[:, 1].min() - first[:, 1].min()) / 2, (second[:, 3].max() - first[:, 3].max()) / 2]),
        length / page if along else float(np.tanh(length / 30)),
        min(num_cuts, 6) / 6,
        *(min(len(each), 8) / 8 for each in (cut.before, cut.after)),
        *(float(len(each) > 1) for each in (next_, last)),
    ]


def _side(items: Indices, across: int, length: float, shapes: Shapes) -> tuple[float, float]:
    """How much of the cut's length stands right at it on one side, and which part of that are headings."""
    widths = shapes.boxes[items, across + 2] - shapes.boxes[items, across]
    total = max(float(widths.sum()), 1e-6)
    return total / length, float((shapes.are_headings[items] * widths).sum()) / total


@cache
def learned_scorer() -> Scorer:
    """The network that comes with docintel: one hidden layer an axis."""
    layers = [{name: np.array(values) for name, values in each.items()} for each in json.loads(WEIGHTS.read_bytes())]

    def scores(axis: int, known: Floats) -> Floats:
        layer = layers[axis]
        hidden = np.tanh(known @ layer["w1"] + layer["b1"])
        return np.asarray(1 / (1 + np.exp(-(hidden @ layer["w2"] + layer["b2"]))))

    return scores
