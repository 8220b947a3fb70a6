"""Running text that goes on below something else: two parts, one before it and one after it.

Layout analysis sometimes takes the text above a table and that below it for one region around both.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from docintel.engines.local.layout.corridors import RUNNING
from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.layout import rows
from docintel.model import BBox, BlockLabel


def part_interrupted(parts: Sequence[Part], others: Sequence[Part] = ()) -> list[Part]:
    """The parts, each in pieces where a part or one of the others stands between two of its rows."""
    solid = [part for part in (*parts, *others) if part.lines and part.region.label is not BlockLabel.PICTURE]
    boxes = [(part, BBox.around(line.level for line in part.lines)) for part in solid]
    return [piece for part in parts for piece in _pieces(part, [box for other, box in boxes if other is not part])]


def _pieces(part: Part, others: Sequence[BBox]) -> list[Part]:
    if part.region.label not in RUNNING or len(part.lines) < 2 or part.table or part.text or part.pairs:
        return [part]
    found = [[part.lines[index] for index in row] for row in rows([line.level for line in part.lines])]
    groups = [[*found[0]]]
    for above, row in pairwise(found):
        if any(_is_between(other, above, row) for other in others):
            groups.append([])
        groups[-1] += row
    if len(groups) == 1:
        return [part]
    return [
        replace(part, region=replace(part.region, bbox=BBox.around(line.level for line in group)), lines=tuple(group))
        for group in groups
    ]


def _is_between(box: BBox, above: Sequence[PlacedLine], below: Sequence[PlacedLine]) -> bool:
    """Whether it begins below the middle of one row and ends above the bottom of the other, over or under them."""
    upper, lower = BBox.around(line.level for line in above), BBox.around(line.level for line in below)
    stands = upper.center[1] < box.y0 and box.y1 < lower.y1 and box.center[1] < lower.y0
    return stands and box.x0 < max(upper.x1, lower.x1) and box.x1 > min(upper.x0, lower.x0)
