"""Till slips: narrow pages of rows, each a line of its own, with amounts at their ends.

Layout analysis takes what stands below each other on them for columns; here each row stays whole, from left to right.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.layout import join_words, rows
from docintel.model import BBox, BlockLabel

MAX_CHARACTERS = 58
"""On a row from edge to edge: printers of tills write 24 to 48, letters have 80 and more."""
MIN_ROWS = 8
MIN_AMOUNTS, MIN_AMOUNT_SHARE = 3, 0.12
"""Rows that end in an amount, or are a label and its value, and their part of all rows."""
LONG, MAX_LONG_SHARE = 8, 0.25
"""Words of a row of prose, and the part that such rows may have."""
MIN_TORN = 2
"""Rows that are torn by parts that are no columns."""
APART = 0.9
"""White between two rows, in line heights, that parts one block from the next."""
AMOUNT = re.compile(r"(?:\d[.,]\d\d|[¥￥₩$€£]\s?-?\d[\d.,]*|\d\s?[円元원]|\d[.,]\d{3})\W{0,3}[A-Z]{0,2}\W?$")


def is_slip(lines: Sequence[PlacedLine]) -> bool:
    level = [line for line in lines if line.text and not line.direction]
    found = _rows(level)
    if len(found) < MIN_ROWS:
        return False
    letter = median(line.level.width / len(line.text) for line in level)
    width = max(line.level.x1 for line in level) - min(line.level.x0 for line in level)
    texts = [_text(row) for row in found]
    amounts = sum(bool(AMOUNT.search(text)) or _is_labelled(row) for row, text in zip(found, texts, strict=True))
    num_long = sum(len(text.split()) >= LONG for text in texts)
    return (
        width <= MAX_CHARACTERS * letter
        and amounts >= max(MIN_AMOUNTS, MIN_AMOUNT_SHARE * len(texts))
        and num_long <= MAX_LONG_SHARE * len(texts)
    )


def is_torn(parts: Sequence[Part]) -> bool:
    """Whether parts of text that stand beside each other tear the rows of a page."""
    texts = [part for part in parts if part.region.label not in (BlockLabel.PICTURE, BlockLabel.TABLE)]
    home = {id(line): number for number, part in enumerate(texts) for line in part.lines}
    found = _rows([line for part in texts for line in part.lines])
    return sum(len({home[id(line)] for line in row}) > 1 for row in found) >= MIN_TORN


def _is_labelled(row: Sequence[PlacedLine]) -> bool:
    """Whether a row is a label and, apart from it, what it stands for."""
    return len(row) == 2 and row[0].text.rstrip().endswith((":", "：", "#", "."))


def parts_of_slip(lines: Sequence[PlacedLine], tables: Sequence[Part], *, right_to_left: bool = False) -> list[Part]:
    """Blocks of rows, parted by white and by `tables` that lie between them."""
    found = _rows(lines, right_to_left)
    if not found:
        return []
    height = median(line.level.height for line in lines)
    groups = [[found[0]]]
    for above, row in pairwise(found):
        end, start = max(line.level.y1 for line in above), min(line.level.y0 for line in row)
        is_parted = any(end - height < part.region.bbox.center[1] < start + height for part in tables)
        if start - end > APART * height or is_parted:
            groups.append([])
        groups[-1].append(row)
    return [_part(group) for group in groups]


def _part(group: Sequence[Sequence[PlacedLine]]) -> Part:
    lines = tuple(line for row in group for line in row)
    region = Region(BlockLabel.TEXT, BBox.around(line.level for line in lines), 1.0)
    return Part(region, lines, text="\n".join(map(_text, group)))


def _rows(lines: Sequence[PlacedLine], right_to_left: bool = False) -> list[list[PlacedLine]]:
    order = rows([line.level for line in lines], right_to_left=right_to_left)
    return [[lines[index] for index in row] for row in order]


def _text(row: Sequence[PlacedLine]) -> str:
    return join_words([line.text for line in row])
