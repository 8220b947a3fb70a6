"""Tables whose borders are drawn: a grid of cells and the words inside it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from docintel.layout import join_lines, join_words, rows
from docintel.model import BBox, Cell, Table
from docintel.tables.lattice import Grid, Place, Text, is_number
from docintel.tables.ruled_columns import with_columns_parted

YEAR = re.compile(r"(1[5-9]|20)\d\d")
"""What may head a column of numbers."""
MIN_LINES = 2
MIN_GROUP = 3
"""So many rows can have one name at their side."""
ROW_PITCH = 1.15
"""Rows stand at least so many line heights apart, and"""
ROW_BAND = 0.75
"""so much of the height of a row that stands alone between rules; where there is none,"""
WIDE_PITCH = 1.6
"""so many line heights."""
LEVEL = 0.3
"""Lines whose middles differ by less (in line heights) are on one level."""
MIN_FILLED = 0.2
"""A table has words in this part of its cells; a drawing's frame or a chart's grid has not."""


def table_from_grid(grid: Grid, texts: Sequence[Text], *, right_to_left: bool = False) -> Table | None:
    """The table: each word in the cell that its middle lies in; None where hardly a cell has words.

    Rows that stand in one band, distinguished by their numbers only, are split, and so are columns of numbers. With
    `right_to_left`, column 0 is the rightmost.
    """
    inside = _words_by_place(grid, texts)
    if sum(map(bool, inside)) < max(MIN_FILLED * len(grid.places), 2):
        return None
    grid = _with_rows_parted(grid, inside, right_to_left=right_to_left)
    grid = with_columns_parted(grid, _words_by_place(grid, texts))
    inside = _words_by_place(grid, texts)
    cell_texts = [cell_text(words, right_to_left=right_to_left) for words in inside]
    num_rows, num_columns = len(grid.rows) - 1, len(grid.columns) - 1
    headers = grid.shaded_rows or header_rows(_rows_of_texts(grid, cell_texts))
    cells = [
        Cell(
            row=place.row,
            column=num_columns - place.column - place.column_span if right_to_left else place.column,
            row_span=place.row_span,
            column_span=place.column_span,
            text=text,
            is_header=place.row < headers,
            bbox=grid.box(place),
        )
        for place, text in zip(grid.places, cell_texts, strict=True)
    ]
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table(num_rows=num_rows, num_columns=num_columns, cells=tuple(cells))


def _words_by_place(grid: Grid, texts: Sequence[Text]) -> list[list[Text]]:
    owners = {
        (row, column): index
        for index, place in enumerate(grid.places)
        for row in range(place.row, place.row + place.row_span)
        for column in range(place.column, place.column + place.column_span)
    }
    inside: list[list[Text]] = [[] for _ in grid.places]
    for text in texts:
        x, y = text.box.center
        inside[owners[_band(grid.rows, y), _band(grid.columns, x)]].append(text)
    return inside


def _band(lines: Sequence[float], place: float) -> int:
    return min(max(sum(line <= place for line in lines) - 1, 0), len(lines) - 2)


def _rows_of_texts(grid: Grid, texts: Sequence[str]) -> list[list[str]]:
    found = [[""] * (len(grid.columns) - 1) for _ in grid.rows[1:]]
    for place, text in zip(grid.places, texts, strict=True):
        found[place.row][place.column] = text
    return found


def header_rows(table_rows: Sequence[Sequence[str]]) -> int:
    """How many rows at the top are headers, going by the texts: one without numbers over a column of numbers, or none.

    A table without numbers has its first row for header, unless a cell of it is empty that is filled below.
    """
    if len(table_rows) < 2:
        return 0
    first, *below = table_rows
    if any(is_number(text) and not YEAR.fullmatch(text.strip()) for text in first):
        return 0
    columns = list(zip(*below, strict=True))
    numeric = [_is_numeric(column) for column in columns]
    if any(numeric[1:] if len(first) > 1 else numeric):
        return 1
    return int(len(first) > 2 and all(map(str.strip, first)))


def _is_numeric(texts: Sequence[str]) -> bool:
    written = [text for text in texts if text.strip()]
    return bool(written) and sum(map(is_number, written)) > len(written) / 2


def _with_rows_parted(grid: Grid, inside: Sequence[Sequence[Text]], *, right_to_left: bool) -> Grid:
    """The grid with its bands cut where a band without inner rules holds several rows.

    A name that stands beside all of a band's rows runs over them.
    """
    alone = _height_of_a_row(grid, inside)
    for row in range(len(grid.rows) - 2, -1, -1):
        across = [index for index, place in enumerate(grid.places) if place.row == row and place.row_span == 1]
        if not across or any(grid.places[index].column_span > 1 for index in across):
            continue
        beside = across[-1] if right_to_left else across[0]
        rest = [index for index in across if index != beside]
        for columns, whole in ((across, []), (rest, [beside])):
            cuts = row_cuts([inside[i] for i in columns])
            cuts = cuts or (
                level_cuts([inside[i] for i in columns], [grid.box(grid.places[i]) for i in columns], alone)
                if row
                else []
            )
            if cuts and (not whole or _names_rows(inside[beside], len(cuts) + 1)):
                break
        if len(across) + _num_through(grid, row) == len(grid.columns) - 1 and cuts:
            named = [grid.places[beside]] if _names_rows(inside[beside], len(cuts) + 1) else []
            grid = _cut(grid, row, cuts, named)
    return grid


def _num_through(grid: Grid, row: int) -> int:
    """How many columns of a row are filled by cells that run over it from above or below."""
    return sum(p.column_span for p in grid.places if p.row_span > 1 and p.row <= row < p.row + p.row_span)


def _names_rows(texts: Sequence[Text], num_rows: int) -> bool:
    """Whether a cell's words are one name for several rows: fewer lines than rows, and no numbers."""
    lines = rows([text.box for text in texts])
    numeric = all(is_number(text.text) for text in texts)
    return num_rows >= MIN_GROUP and bool(texts) and len(lines) * 2 < num_rows and not numeric


def _height_of_a_row(grid: Grid, inside: Sequence[Sequence[Text]]) -> float:
    """The height of the lowest row that rules part from others and in which no cell has two lines; 0 without one."""
    heights = []
    for row, (top, bottom) in enumerate(pairwise(grid.rows)):
        cells = [
            texts for place, texts in zip(grid.places, inside, strict=True) if place.row == row and place.row_span == 1
        ]
        if any(cells) and all(len(rows([text.box for text in texts])) < MIN_LINES for texts in cells):
            heights.append(bottom - top)
    return min(heights, default=0.0)


def row_cuts(columns: Sequence[Sequence[Text]]) -> list[float]:
    """Where rows part in a band of cells: above each line of the column of numbers that has the most lines.

    Empty where no column has two lines of numbers and nothing else: then lines are a wrapped text's.
    """
    best: list[BBox] = []
    for texts in columns:
        lines = [[texts[i] for i in line] for line in rows([text.box for text in texts])]
        if all(is_number(" ".join(each.text for each in line)) for line in lines) and len(lines) > len(best):
            best = [BBox.around(each.box for each in line) for line in lines]
    if len(best) < MIN_LINES or len(columns) < MIN_LINES:
        return []
    boxes = [[text.box for text in texts] for texts in columns]
    every = [BBox.around(column[i] for i in line) for column in boxes for line in rows(column)]
    return [_cut_between(above, below, every) for above, below in pairwise(best)]


def level_cuts(columns: Sequence[Sequence[Text]], cells: Sequence[BBox], alone: float) -> list[float]:
    """Where rows without numbers part: every column has as many lines, level with the others' and wide apart.

    Text that was broken to fit its cell is none: there the next word found no place on the line above. `alone` is the
    height of a row that stands by itself, if known.
    """
    lines = [[[texts[i] for i in line] for line in rows([text.box for text in texts])] for texts in columns]
    if len(columns) < MIN_LINES or len(lines[0]) < MIN_LINES or len({len(column) for column in lines}) > 1:
        return []
    boxes = [[BBox.around(text.box for text in line) for line in column] for column in lines]
    height = median(box.height for column in boxes for box in column)
    pitch = median(b.center[1] - a.center[1] for column in boxes for a, b in pairwise(column))
    apart = ROW_PITCH * height if alone and len(columns) > MIN_LINES else WIDE_PITCH * height
    level = all(
        max(b.center[1] for b in row) - min(b.center[1] for b in row) < LEVEL * height
        for row in zip(*boxes, strict=True)
    )
    broken = sum(_is_broken(column, cell) for column, cell in zip(lines, cells, strict=True))
    if pitch < max(apart, ROW_BAND * alone) or not level or broken * 2 > len(columns):
        return []
    rows_of_boxes = [BBox.around(row) for row in zip(*boxes, strict=True)]
    return [(above.y1 + below.y0) / 2 for above, below in pairwise(rows_of_boxes)]


def _is_broken(lines: Sequence[Sequence[Text]], cell: BBox) -> bool:
    """Whether a text was broken to fit its cell: most lines have no room for the word that follows them."""
    boxes = [BBox.around(text.box for text in line) for line in lines]
    room = cell.width - max(0.0, min(box.x0 for box in boxes) - cell.x0)
    full = [
        box.width + min(line, key=lambda text: text.rank).box.width > room
        for box, line in zip(boxes, lines[1:], strict=False)
    ]
    return sum(full) * 2 > len(full)


def _cut_between(above: BBox, below: BBox, every: Sequence[BBox]) -> float:
    """The middle of the widest white between two lines of numbers, the lowest of equal ones."""
    spans = sorted((b.y0, b.y1) for b in every if above.center[1] <= b.center[1] <= below.center[1])
    height = median(bottom - top for top, bottom in spans)
    reach, best = spans[0][1], (-1.0, 0.0)
    for top, bottom in spans[1:]:
        best = max(best, (round((top - reach) / height, 1), (top + reach) / 2))
        reach = max(reach, bottom)
    return best[1]


def _cut(grid: Grid, row: int, places: Sequence[float], named: Sequence[Place] = ()) -> Grid:
    """The grid with row `row` cut at those of `places` that lie in it; cells are copied into each new row, `named` ones
    run over all."""
    places = [place for place in places if grid.rows[row] < place < grid.rows[row + 1]]
    if not places:
        return grid
    more = len(places)
    lines = (*grid.rows[: row + 1], *places, *grid.rows[row + 1 :])
    found: list[Place] = []
    for place in grid.places:
        if place.row > row:
            found.append(replace(place, row=place.row + more))
        elif place in named or (place.row_span > 1 and row < place.row + place.row_span):
            found.append(replace(place, row_span=place.row_span + more))
        elif place.row == row:
            found += [replace(place, row=row + n) for n in range(more + 1)]
        else:
            found.append(place)
    ordered = sorted(found, key=lambda p: (p.row, p.column))
    shaded = grid.shaded_rows if row >= grid.shaded_rows else 0
    return replace(grid, rows=lines, places=tuple(ordered), shaded_rows=shaded)


def cell_text(texts: Sequence[Text], *, right_to_left: bool = False) -> str:
    """The words of a cell in reading order, its lines joined: words that were read together keep their order."""
    turns = {text.direction for text in texts}
    turn = -turns.pop() if len(turns) == 1 else 0
    order = rows([text.box.turned(turn) for text in texts], right_to_left=right_to_left)
    return join_lines([join_words(_in_order([texts[i] for i in row])) for row in order])


def _in_order(row: Sequence[Text]) -> list[str]:
    """A row's words, line after line as their first words stand, the words of each as they were read."""
    lines: dict[int, list[Text]] = {}
    for text in row:
        lines.setdefault(text.line, []).append(text)
    return [text.text for line in lines.values() for text in sorted(line, key=lambda text: text.rank)]
