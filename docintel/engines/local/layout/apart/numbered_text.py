"""Paragraphs beside line numbers, which the layout analysis takes for a list of one-line items."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.layout import rows
from docintel.model import BBox, BlockLabel

RUNNING = frozenset({BlockLabel.TEXT, BlockLabel.LIST_ITEM})
INSIDE = 0.5
"""A line belongs to a region that holds this part of it."""
ITEM = re.compile(r"[^\w\s\"'“„«(]\s|\(?\w{1,3}[.)]\s")
"""How the items of a list begin."""
MAX_ITEMS = 0.1
"""Part of the lines that may begin like an item: more is a list."""
WIDER_STEP = 1.4
"""A step from line to line that is so many times the usual one begins a paragraph."""
SHORT = 0.8
"""A sentence that ends before this part of the width ends its paragraph."""
INDENTED = 0.02
"""Part of the page's width by which a paragraph's first line is set in."""


def with_paragraphs(
    regions: Sequence[Region], numbers: Sequence[Part], lines: Sequence[PlacedLine]
) -> Sequence[Region]:
    """The regions, with paragraphs in place of one-line regions beside `numbers`."""
    for part in numbers:
        regions = _mended(regions, part, lines)
    return regions


def _mended(regions: Sequence[Region], part: Part, lines: Sequence[PlacedLine]) -> Sequence[Region]:
    top, bottom = part.region.bbox.y0, part.region.bbox.y1
    inside = [line for line in lines if top < line.level.center[1] < bottom]
    homes = [next((region for region in regions if _holds(region, line)), None) for line in inside]
    running = [(line, home) for line, home in zip(inside, homes, strict=True) if home is None or home.label in RUNNING]
    items = [line for line, home in running if home and home.label is BlockLabel.LIST_ITEM and ITEM.match(line.text)]
    if len(running) < len(part.lines) or len(items) > MAX_ITEMS * len(running):
        return regions
    gone = {id(home) for _, home in running}
    groups = _paragraphs([line for line, _ in running])
    made = [Region(BlockLabel.TEXT, BBox.around(line.level for line in group), 1.0) for group in groups]
    return [*(region for region in regions if id(region) not in gone), *made]


def _holds(region: Region, line: PlacedLine) -> bool:
    return line.level.overlap(region.bbox) >= INSIDE * (line.level.area or 1.0)


def _paragraphs(lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
    found = [[lines[index] for index in row] for row in rows([line.level for line in lines])]
    boxes = [BBox.around(line.level for line in row) for row in found]
    left, right = median(box.x0 for box in boxes), max(box.x1 for box in boxes)
    usual = median([b.center[1] - a.center[1] for a, b in pairwise(boxes)] or [0.0])
    groups = [list(found[0])]
    for place, row in enumerate(found[1:], start=1):
        above, box = boxes[place - 1], boxes[place]
        ends = found[place - 1][-1].text[-1:] in ".!?:;" and above.x1 < left + SHORT * (right - left)
        if ends or box.x0 > left + INDENTED or box.center[1] - above.center[1] > WIDER_STEP * usual:
            groups.append([])
        groups[-1] += row
    return groups
