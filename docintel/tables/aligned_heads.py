"""Headings that stand over several columns: spread over those that they are centred on. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from docintel.tables.aligned_columns import Span
from docintel.tables.aligned_rows import Line, Sheet

MAX_HEAD_LINES = 3
CENTRED = 0.8
"""A heading's middle lies this near (in line heights) to the middle of the columns that it is over."""
ALIGNED = 0.5
"""And a heading of one column has an edge or its middle this near to the column's."""


def spread_heads(sheet: Sheet, lines: Sequence[Line], columns: Sequence[Span]) -> None:
    """Widens the cells of the lines at the top that are centred over several columns named in the line below."""
    for above, below in pairwise(lines[:MAX_HEAD_LINES]):
        named = {first for first, last in below.cells if first == last}
        if len(above.cells) < len(below.cells):
            taken = {column for first, last in above.cells for column in range(first, last + 1)}
            above.cells = {
                _spread(sheet, words, span, columns, named - (taken - set(range(span[0], span[1] + 1)))): words
                for span, words in above.cells.items()
            }


def _spread(
    sheet: Sheet, words: Sequence[int], span: tuple[int, int], columns: Sequence[Span], free: set[int]
) -> tuple[int, int]:
    """The columns, among those that are free, that the words are centred over; `span` where they head just that."""
    height = sheet.height(words)
    start, end = min(sheet.span(i)[0] for i in words), max(sheet.span(i)[1] for i in words)
    own = columns[span[0]][0], columns[span[1]][1]
    offsets = (start - own[0], end - own[1], (start + end - sum(own)) / 2)
    if min(map(abs, offsets)) < ALIGNED * height or not set(range(span[0], span[1] + 1)) <= free:
        return span
    ranges = [
        (first, last)
        for first in range(span[0] + 1)
        for last in range(span[1], len(columns))
        if set(range(first, last + 1)) <= free
    ]
    errors = {(a, b): abs(start + end - columns[a][0] - columns[b][1]) / 2 for a, b in ranges}
    best = min(ranges, key=lambda each: errors[each])
    return best if errors[best] < CENTRED * height else span
