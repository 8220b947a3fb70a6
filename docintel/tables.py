"""Tables: cells, spans, HTML and grids, tables that run over pages. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from docintel.layout import join_lines, rows, white_stripes
from docintel.model import BBox, Block, Cell, Table


def grid(table: Table) -> list[list[str]]:
    """The texts by row and column; a cell that spans several places is repeated in each."""
    cells = [["" for _ in range(table.num_columns)] for _ in range(table.num_rows)]
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.row_span, table.num_rows)):
            for column in range(cell.column, min(cell.column + cell.column_span, table.num_columns)):
                cells[row][column] = cell.text
    return cells


def to_html(table: Table) -> str:
    """A `<table>` with spans and header cells; texts are escaped."""
    lines = ["<table>"]
    for row in range(table.num_rows):
        cells = sorted((cell for cell in table.cells if cell.row == row), key=lambda cell: cell.column)
        lines.append(f"<tr>{''.join(map(_cell_html, cells))}</tr>")
    return "\n".join([*lines, "</table>"])


def _cell_html(cell: Cell) -> str:
    tag = "th" if cell.is_header else "td"
    rows_attribute = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    columns_attribute = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    return f"<{tag}{rows_attribute}{columns_attribute}>{escape(cell.text)}</{tag}>"


def continues(previous: Block, following: Block) -> bool:
    """Whether `following`, the first table of a page, goes on with `previous`, the last one of the page before.

    They have as many columns, stand in the same place across, the first ends low and the second starts high.
    """
    if previous.table is None or following.table is None:
        return False
    return (
        previous.table.num_columns == following.table.num_columns
        and abs(previous.bbox.x0 - following.bbox.x0) < 0.05
        and abs(previous.bbox.x1 - following.bbox.x1) < 0.05
        and previous.bbox.y1 > 0.7
        and following.bbox.y0 < 0.25
    )


def join(tables: Sequence[Table]) -> Table:
    """One table out of the parts that stand on several pages; header rows that are repeated are dropped."""
    if not tables:
        return Table(num_rows=0, num_columns=0, cells=())
    cells = list(tables[0].cells)
    num_rows = tables[0].num_rows
    for part in tables[1:]:
        repeated = _repeated_rows(tables[0], part)
        moved = num_rows - repeated
        cells += [
            cell.model_copy(update={"row": cell.row + moved}) for cell in part.cells if cell.row >= repeated
        ]
        num_rows += part.num_rows - repeated
    return Table(num_rows=num_rows, num_columns=max(part.num_columns for part in tables), cells=tuple(cells))


def _repeated_rows(first: Table, part: Table) -> int:
    """How many rows at the top of `part` say the same as those of `first`."""
    repeated = 0
    for mine, its in zip(grid(first), grid(part), strict=False):
        if list(map(_plain, mine)) != list(map(_plain, its)) or not any(map(_plain, its)):
            break
        repeated += 1
    return repeated if repeated < part.num_rows else 0


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


@dataclass(frozen=True)
class Grid:
    """Where a table's borders run, in fractions of the page, and which pieces of them are drawn.

    `row_borders[i][j]` says whether border `rows[i]` stands between columns[j] and columns[j + 1];
    `column_borders[j][i]` likewise. Without them, every border stands.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    row_borders: tuple[tuple[bool, ...], ...] = ()
    column_borders: tuple[tuple[bool, ...], ...] = ()


def table_in(grid: Grid, texts: Sequence[tuple[str, BBox]], *, right_to_left: bool = False) -> Table | None:
    """The table that a grid and the words inside it make: each word goes to the cell that holds its middle.

    None where the grid has fewer than two columns or no row. With `right_to_left`, column 0 is the rightmost.
    """
    num_rows, num_columns = len(grid.rows) - 1, len(grid.columns) - 1
    if num_rows < 1 or num_columns < 2:
        return None
    owner = _owners(grid, num_rows, num_columns)
    inside: dict[tuple[int, int], list[tuple[str, BBox]]] = {}
    for text, box in texts:
        row, column = _nearest(grid.rows, box.center[1]), _nearest(grid.columns, box.center[0])
        inside.setdefault(owner[row, column], []).append((text, box))
    cells = []
    for row, column in sorted(set(owner.values())):
        covered = [place for place, holder in owner.items() if holder == (row, column)]
        last_row, last_column = max(r for r, _ in covered), max(c for _, c in covered)
        cells.append(
            Cell(
                row=row,
                column=num_columns - 1 - last_column if right_to_left else column,
                row_span=last_row - row + 1,
                column_span=last_column - column + 1,
                text=cell_text(inside.get((row, column), []), right_to_left=right_to_left),
                is_header=row == 0 and num_rows > 1,
                bbox=BBox.from_corners(
                    grid.columns[column], grid.rows[row], grid.columns[last_column + 1], grid.rows[last_row + 1]
                ),
            )
        )
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table(num_rows=num_rows, num_columns=num_columns, cells=tuple(cells))


def _owners(grid: Grid, num_rows: int, num_columns: int) -> dict[tuple[int, int], tuple[int, int]]:
    """For each place of the grid, the top left place of its cell: the largest rectangle that no border crosses."""
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(num_rows):
        for column in range(num_columns):
            if (row, column) in owner:
                continue
            wide = column + 1
            while wide < num_columns and (row, wide) not in owner and not _column_border(grid, wide, row):
                wide += 1
            deep = row + 1
            while deep < num_rows and not any(_row_border(grid, deep, c) for c in range(column, wide)):
                deep += 1
            owner |= {(r, c): (row, column) for r in range(row, deep) for c in range(column, wide)}
    return owner


def _row_border(grid: Grid, line: int, column: int) -> bool:
    return not grid.row_borders or grid.row_borders[line][column]


def _column_border(grid: Grid, line: int, row: int) -> bool:
    return not grid.column_borders or grid.column_borders[line][row]


def _nearest(borders: Sequence[float], place: float) -> int:
    return min(max(bisect_right(borders, place) - 1, 0), len(borders) - 2)


def aligned_grid(lines: Sequence[tuple[str, BBox]], region: BBox) -> Grid:
    """A borderless table's grid: rows of text, and columns where white runs down between words."""
    boxes = [box for _, box in lines]
    groups = rows(boxes)
    middles = [
        (max(boxes[i].y1 for i in above) + min(boxes[i].y0 for i in below)) / 2 for above, below in pairwise(groups)
    ]
    stripes = white_stripes([[boxes[i] for i in group] for group in groups])
    return Grid(
        rows=tuple(sorted((region.y0, *middles, region.y1))),
        columns=tuple(sorted((region.x0, *stripes, region.x1))),
    )


def cell_text(texts: Sequence[tuple[str, BBox]], *, right_to_left: bool = False) -> str:
    order = rows([box for _, box in texts], right_to_left=right_to_left)
    return join_lines([" ".join(texts[i][0] for i in row) for row in order])
