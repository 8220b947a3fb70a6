"""Tables whose borders are drawn: a grid of cells and the words inside it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from docintel.layout import join_lines, join_words, rows
from docintel.model import BBox, Cell, Table

NUMBER = re.compile(r"^[^\w]*\d[\d\s.,:/%'’+\-–−()]*[^\W\d_]{0,4}[^\w]*$")
"""Figures with what stands around them: signs, units and currencies of a few letters."""
YEAR = re.compile(r"(1[5-9]|20)\d\d")
"""What may head a column of numbers."""
MIN_LINES = 2
MIN_FILLED = 0.2
"""A table has words in this part of its cells; a drawing's frame or a chart's grid has not."""


@dataclass(frozen=True)
class Text:
    """A word, its box on the levelled page, and where it was read: which word of which line, in logical order."""

    text: str
    box: BBox
    line: int = 0
    rank: int = 0
    """Its place among the words of its line."""


@dataclass(frozen=True)
class Place:
    """A cell's place in its grid, as Cell counts it."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True)
class Grid:
    """Where a table's lines run, from top to bottom and from left to right, and the cells between them.

    In fractions of the levelled page; columns count from the left whatever the script.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    places: tuple[Place, ...]
    shaded_rows: int = 0
    """Rows from the top that stand on a ground of their own."""

    @property
    def bbox(self) -> BBox:
        return BBox(x0=self.columns[0], y0=self.rows[0], x1=self.columns[-1], y1=self.rows[-1])

    def box(self, place: Place) -> BBox:
        return BBox(
            x0=self.columns[place.column],
            y0=self.rows[place.row],
            x1=self.columns[place.column + place.column_span],
            y1=self.rows[place.row + place.row_span],
        )


def holds(grid: Grid, box: BBox) -> bool:
    """Whether the middle of `box` lies in the grid."""
    x, y = box.center
    return grid.columns[0] <= x <= grid.columns[-1] and grid.rows[0] <= y <= grid.rows[-1]


def table_from_grid(grid: Grid, texts: Sequence[Text], *, right_to_left: bool = False) -> Table | None:
    """The table: each word in the cell that its middle lies in; None where hardly a cell has words.

    Rows that stand in one band, distinguished by their numbers only, are split. With `right_to_left`, column 0 is the
    rightmost.
    """
    inside = _words_by_place(grid, texts)
    if sum(map(bool, inside)) < max(MIN_FILLED * len(grid.places), 2):
        return None
    grid = _with_rows_parted(grid, inside)
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


def is_number(text: str) -> bool:
    return bool(NUMBER.match(text.strip()))


def _with_rows_parted(grid: Grid, inside: Sequence[Sequence[Text]]) -> Grid:
    """The grid with its bands cut where a band without inner rules holds several rows."""
    for row in range(len(grid.rows) - 2, -1, -1):
        across = [index for index, place in enumerate(grid.places) if place.row == row]
        if len(across) == len(grid.columns) - 1 and all(grid.places[i].row_span == 1 for i in across):
            grid = _cut(grid, row, row_cuts([inside[i] for i in across]))
    return grid


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


def _cut_between(above: BBox, below: BBox, every: Sequence[BBox]) -> float:
    """The middle of the widest white between two lines of numbers, the lowest of equal ones."""
    spans = sorted((b.y0, b.y1) for b in every if above.center[1] <= b.center[1] <= below.center[1])
    height = median(bottom - top for top, bottom in spans)
    reach, best = spans[0][1], (-1.0, 0.0)
    for top, bottom in spans[1:]:
        best = max(best, (round((top - reach) / height, 1), (top + reach) / 2))
        reach = max(reach, bottom)
    return best[1]


def _cut(grid: Grid, row: int, places: Sequence[float]) -> Grid:
    """The grid with row `row` cut at `places`; cells are copied into each new row."""
    if not places:
        return grid
    more = len(places)
    lines = (*grid.rows[: row + 1], *places, *grid.rows[row + 1 :])
    kept = [p if p.row < row else replace(p, row=p.row + more) for p in grid.places if p.row != row]
    new = [replace(p, row=row + n) for p in grid.places if p.row == row for n in range(more + 1)]
    ordered = sorted([*kept, *new], key=lambda p: (p.row, p.column))
    shaded = grid.shaded_rows if row >= grid.shaded_rows else 0
    return replace(grid, rows=lines, places=tuple(ordered), shaded_rows=shaded)


def cell_text(texts: Sequence[Text], *, right_to_left: bool = False) -> str:
    """The words of a cell in reading order, its lines joined: words that were read together keep their order."""
    order = rows([text.box for text in texts], right_to_left=right_to_left)
    return join_lines([join_words(_in_order([texts[i] for i in row])) for row in order])


def _in_order(row: Sequence[Text]) -> list[str]:
    """A row's words, line after line as their first words stand, the words of each as they were read."""
    lines: dict[int, list[Text]] = {}
    for text in row:
        lines.setdefault(text.line, []).append(text)
    return [text.text for line in lines.values() for text in sorted(line, key=lambda text: text.rank)]
