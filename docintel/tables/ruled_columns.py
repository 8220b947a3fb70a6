"""Columns of numbers that no rule parts: two or more between the same rules of a grid. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from docintel.tables.lattice import Grid, Place, Text, is_number

GAP = 0.8
"""Numbers of two columns are so many line heights apart, at least."""
MIN_CELLS = 3
"""Cells in which they stand so."""
MOSTLY = 0.6
"""Part of a column's cells that have them."""


def with_columns_parted(grid: Grid, inside: Sequence[Sequence[Text]]) -> Grid:
    """The grid with its columns cut where numbers stand in several columns inside one; `inside` are each place's words.

    A cell whose words cross a cut, as a head's over both columns may, runs over them.
    """
    words = dict(zip(grid.places, inside, strict=True))
    for column in range(len(grid.columns) - 2, -1, -1):
        cells = [texts for place, texts in words.items() if (place.column, place.column_span) == (column, 1)]
        if cuts := _cuts(cells):
            grid, words = _cut(grid, words, column, cuts)
    return grid


def _cuts(cells: Sequence[Sequence[Text]]) -> list[float]:
    """Where white runs down between numbers."""
    filled = [_segments(texts) for texts in cells if texts]
    numeric = [parts for parts in filled if len(parts) > 1 and all(map(_says_number, parts))]
    if not numeric:
        return []
    count, _ = Counter(map(len, numeric)).most_common(1)[0]
    alike = [parts for parts in numeric if len(parts) == count]
    if len(alike) < max(MIN_CELLS, MOSTLY * len(filled)):
        return []
    cuts = []
    for n in range(count - 1):
        left = max(text.box.x1 for parts in alike for text in parts[n])
        right = min(text.box.x0 for parts in alike for text in parts[n + 1])
        if left >= right:
            return []
        cuts.append((left + right) / 2)
    return cuts


def _segments(texts: Sequence[Text]) -> list[list[Text]]:
    """Words, parted where the white between them is wide."""
    order = sorted(texts, key=lambda text: text.box.x0)
    height = median(text.box.height for text in texts)
    parts = [[order[0]]]
    for before, after in pairwise(order):
        if after.box.x0 - before.box.x1 > GAP * height:
            parts.append([])
        parts[-1].append(after)
    return parts


def _says_number(texts: Sequence[Text]) -> bool:
    return is_number(" ".join(text.text for text in texts))


def _cut(
    grid: Grid, words: dict[Place, Sequence[Text]], column: int, cuts: Sequence[float]
) -> tuple[Grid, dict[Place, Sequence[Text]]]:
    """The grid with `column` cut; the words of a cell that is cut stay with its first part: they are placed anew."""
    more = len(cuts)
    found: dict[Place, Sequence[Text]] = {}
    for place, texts in words.items():
        if place.column > column:
            found[replace(place, column=place.column + more)] = texts
        elif place.column + place.column_span <= column:
            found[place] = texts
        elif place.column_span > 1 or any(text.box.x0 < cut < text.box.x1 for text in texts for cut in cuts):
            found[replace(place, column_span=place.column_span + more)] = texts
        else:
            found |= {replace(place, column=column + n): texts if not n else () for n in range(more + 1)}
    columns = (*grid.columns[: column + 1], *cuts, *grid.columns[column + 1 :])
    ordered = dict(sorted(found.items(), key=lambda item: (item[0].row, item[0].column)))
    return replace(grid, columns=columns, places=tuple(ordered)), ordered
