"""Readings over Chinese characters (furigana): small lines of kana, taken apart from the lines that they stand on."""

import re
from collections.abc import Sequence

from docintel.engines.local.layout.placed import PlacedLine
from docintel.model import BBox, Block, BlockLabel

KANA = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\s]+")
HAN = re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff]")
SMALL = 0.7
"""A reading is at most so high, by its line's height."""
NEAR = 0.4
"""It stands at most so far from its line, in that line's heights."""


def without_readings(lines: Sequence[PlacedLine]) -> tuple[list[PlacedLine], list[PlacedLine]]:
    """The lines that are read on, and the readings over them."""
    bases = [line for line in lines if HAN.search(line.text)]
    readings = [line for line in lines if KANA.fullmatch(line.text) and any(_is_over(line, base) for base in bases)]
    return [line for line in lines if line not in readings], readings


def _is_over(line: PlacedLine, base: PlacedLine) -> bool:
    above, below = line.level, base.level
    gap = below.y0 - above.y1
    return (
        above.height <= SMALL * below.height
        and -0.5 * above.height <= gap <= NEAR * below.height
        and below.x0 - above.height <= above.center[0] <= below.x1 + above.height
    )


def block_of_readings(readings: Sequence[PlacedLine]) -> Block:
    """All readings of a page; they are no part of what is read on."""
    return Block(
        id="-",
        label=BlockLabel.FOOTNOTE,
        bbox=BBox.around(word.bbox for line in readings for word in line.words),
        text=" ".join(line.text for line in readings),
        language="ja",
    )
