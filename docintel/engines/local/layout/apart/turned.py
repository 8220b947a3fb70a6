"""Lines that run another way than the rest of their page: heads of columns, stamps at the margin."""

from collections.abc import Sequence
from dataclasses import replace

from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.layout import join_lines, paragraphs
from docintel.model import BBox, BlockLabel

MAX_GAP = 2.5
"""Thicknesses of a turned line between it and the table whose column it heads."""


def turned_parts(lines: Sequence[PlacedLine]) -> list[Part]:
    """Paragraphs of turned lines, each as its reader sees it when he turns the page."""
    parts = []
    for direction in sorted({line.direction for line in lines}):
        own = [line for line in lines if line.direction == direction]
        for group in paragraphs([line.level.turned(-direction) for line in own]):
            parts.append(_part([own[i] for i in group]))
    return parts


def _part(lines: Sequence[PlacedLine]) -> Part:
    box = BBox.around(line.level for line in lines)
    return Part(Region(BlockLabel.TEXT, box, 1.0), tuple(lines), text=join_lines([line.text for line in lines]))


def with_heads(region: Region, lines: Sequence[PlacedLine], aspect: float) -> Region:
    """A table's region with the turned lines that stand on its upper edge, and those on one level with them."""
    heads = [line.level for line in lines if line.direction % 180 and _stands_on(line.level, region.bbox, aspect)]
    return replace(region, bbox=BBox.around([region.bbox, *heads]))


def _stands_on(head: BBox, table: BBox, aspect: float) -> bool:
    over = table.x0 <= head.center[0] <= table.x1
    return over and head.y0 < table.y0 and table.y0 - head.y1 <= MAX_GAP * head.width * aspect
