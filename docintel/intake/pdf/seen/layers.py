"""Glyphs that lie on one another, each painted with and without: layer by layer, so that a layer's don't overlap."""

from collections.abc import Iterable, Sequence
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from docintel.intake.pdf.seen.painting import Drawing, PaintedGlyph
from docintel.intake.pixels import Pixels

MIN_CONTRAST = 24
"""Grey levels that a glyph makes where it covers a pixel wholly."""
MIN_ALPHA = 16
"""Of 255: what a glyph covers of a pixel before the pixel counts as its ink."""
MIN_SEEN = 0.5
"""A glyph of which less than this share of its ink is seen is not there."""
COPY = 0.1
"""Copies of a glyph stand nearer to each other than this part of its height: text overstruck to make it bold."""
TIGHT = 0.15
"""How much neighbours on a line may reach into each other, as a share of their boxes."""
MAX_LAYERS = 8
"""Text with more on top of one another is not seen."""

Slices = tuple[slice, slice]


class _Unit:
    """A glyph with its copies at that place."""

    def __init__(self, glyph: PaintedGlyph, place: int) -> None:
        self.glyphs = [glyph]
        self.places = [place]

    def takes(self, glyph: PaintedGlyph) -> bool:
        first = self.glyphs[0]
        return all(abs(a - b) <= COPY * first.size for a, b in zip(first.origin, glyph.origin, strict=True))

    def slices(self, scale: float, shape: tuple[int, ...], *, cut: float = 0.0) -> Slices:
        boxes = np.array([glyph.box for glyph in self.glyphs])
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        less = cut * (high - low)
        x0, y0 = np.floor((low + less) * scale).clip(0).astype(int)
        x1, y1 = np.ceil((high - less) * scale).clip(0).astype(int)
        return slice(min(y0, shape[0]), min(y1, shape[0])), slice(min(x0, shape[1]), min(x1, shape[1]))


def seen_by_layers(drawing: Drawing, glyphs: Sequence[PaintedGlyph], pixels: Pixels, scale: float) -> NDArray[np.bool_]:
    """Whether each can be seen on `pixels`, which show the page at `scale` pixels a point."""
    seen = np.zeros(len(glyphs), np.bool_)
    for layer in _layers(_units(glyphs), scale, pixels.shape):
        members = [glyph for unit in layer for glyph in unit.glyphs]
        ink, bare = drawing.alone(members), drawing.without(members)
        for unit in layer:
            there = unit.slices(scale, pixels.shape)
            seen[unit.places] = _is_seen(ink[there], pixels[there], bare[there])
    return seen


def _is_seen(ink: NDArray[np.uint8], pixels: Pixels, bare: Pixels) -> bool:
    inked = ink >= min(MIN_ALPHA, max(int(ink.max(initial=0)), 1))
    differs = np.abs(pixels.astype(np.int16) - bare).max(axis=2).astype(np.int32)
    shown = inked & (differs > 0) & (differs * 255 >= MIN_CONTRAST * ink.astype(np.int32))
    return bool(shown.any() and ink[shown].sum(dtype=np.int64) >= MIN_SEEN * ink[inked].sum(dtype=np.int64))


def _units(glyphs: Iterable[PaintedGlyph]) -> list[_Unit]:
    units: list[_Unit] = []
    known: dict[tuple[int, int, int], list[_Unit]] = {}
    for place, glyph in enumerate(glyphs):
        cell = 2.0 ** ceil(log2(max(COPY * glyph.size, 0.25)))
        x, y = int(glyph.origin[0] // cell), int(glyph.origin[1] // cell)
        around = [(glyph.character, x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        unit = next((each for key in around for each in known.get(key, ()) if each.takes(glyph)), None)
        if unit is None:
            unit = _Unit(glyph, place)
            units.append(unit)
            known.setdefault((glyph.character, x, y), []).append(unit)
        else:
            unit.glyphs.append(glyph)
            unit.places.append(place)
    return units


def _layers(units: Iterable[_Unit], scale: float, shape: tuple[int, ...]) -> list[list[_Unit]]:
    """As few as it takes: each unit goes into the first layer where nothing is in its way."""
    layers: list[list[_Unit]] = []
    taken: list[NDArray[np.bool_]] = []
    for unit in units:
        core = unit.slices(scale, shape, cut=TIGHT)
        number = next((i for i, mask in enumerate(taken) if not mask[core].any()), len(layers))
        if number == MAX_LAYERS:
            continue
        if number == len(layers):
            layers.append([])
            taken.append(np.zeros(shape[:2], np.bool_))
        layers[number].append(unit)
        taken[number][core] = True
    return layers
