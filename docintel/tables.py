"""Tables: cells, spans, HTML and grids, tables that run over pages. Pure."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from docintel.layout import join_lines, rows
from docintel.model import BBox, Block, BlockLabel, Cell, Table


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


def table_from_lines(
    row_lines: Sequence[float],
    column_lines: Sequence[float],
    texts: Sequence[tuple[str, BBox]],
    *,
    right_to_left: bool = False,
) -> Table | None:
    """A table whose borders are known: each text goes to the cell its middle lies in. None where there is no grid."""
    bands, strips = list(pairwise(sorted(row_lines))), list(pairwise(sorted(column_lines)))
    if not bands or len(strips) < 2:
        return None
    strips = strips[::-1] if right_to_left else strips
    inside: dict[tuple[int, int], list[int]] = {}
    for index, (_, box) in enumerate(texts):
        place = _nearest(bands, box.center[1]), _nearest(strips, box.center[0])
        inside.setdefault(place, []).append(index)
    cells = [
        Cell(
            row=row,
            column=column,
            text=cell_text([texts[i] for i in inside.get((row, column), [])], right_to_left=right_to_left),
            is_header=row == 0,
            bbox=BBox.from_corners(strip[0], band[0], strip[1], band[1]),
        )
        for row, band in enumerate(bands)
        for column, strip in enumerate(strips)
    ]
    return Table(num_rows=len(bands), num_columns=len(strips), cells=tuple(cells))


def _nearest(spans: Sequence[tuple[float, float]], place: float) -> int:
    return min(range(len(spans)), key=lambda i: max(spans[i][0] - place, place - spans[i][1], 0.0))


def cell_text(texts: Sequence[tuple[str, BBox]], *, right_to_left: bool = False) -> str:
    order = rows([box for _, box in texts], right_to_left=right_to_left)
    return join_lines([" ".join(texts[i][0] for i in row) for row in order])


def is_table(block: Block) -> bool:
    return block.label is BlockLabel.TABLE and block.table is not None
