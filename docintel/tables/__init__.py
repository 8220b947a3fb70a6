"""Tables: cells, spans, HTML and grids, tables that run over pages. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from docintel.model import Block, Cell, Table

MIN_SIMILARITY = 0.85
"""Two readings of one header row agree in this part of their letters."""


def grid(table: Table) -> list[list[str]]:
    """The texts by row and column; a cell that spans several places is repeated in each."""
    cells = [["" for _ in range(table.num_columns)] for _ in range(table.num_rows)]
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.row_span, table.num_rows)):
            for column in range(cell.column, min(cell.column + cell.column_span, table.num_columns)):
                cells[row][column] = cell.text
    return cells


def to_text(table: Table) -> str:
    """A line a row, tabs between cells."""
    rows: dict[int, list[str]] = {row: [] for row in range(table.num_rows)}
    for cell in table.cells:
        rows[cell.row].append(cell.text)
    return "\n".join("\t".join(texts) for texts in rows.values())


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
    """One table out of the parts that stand on several pages.

    Header rows that are repeated are dropped; what else a later part calls headers are rows like any other, if the
    first part has headers.
    """
    if not tables:
        return Table(num_rows=0, num_columns=0, cells=())
    cells = list(tables[0].cells)
    num_rows = tables[0].num_rows
    has_headers = any(cell.is_header for cell in cells)
    for part in tables[1:]:
        repeated = _repeated_rows(tables[0], part)
        moved = num_rows - repeated
        for cell in part.cells:
            if cell.row >= repeated:
                is_header = cell.is_header and not has_headers
                cells.append(cell.model_copy(update={"row": cell.row + moved, "is_header": is_header}))
        num_rows += part.num_rows - repeated
    return Table(num_rows=num_rows, num_columns=max(part.num_columns for part in tables), cells=tuple(cells))


def _repeated_rows(first: Table, part: Table) -> int:
    """How many rows at the top of `part` say the same as those of `first`; headers may be read a little differently."""
    headers = {cell.row for cell in first.cells if cell.is_header}
    repeated = 0
    for row, (mine, its) in enumerate(zip(grid(first), grid(part), strict=False)):
        mine, its = list(map(_plain, mine)), list(map(_plain, its))
        alike = row in headers and len(mine) == len(its) and _are_alike(" ".join(mine), " ".join(its))
        if not any(its) or not (mine == its or alike):
            break
        repeated += 1
    return repeated if repeated < part.num_rows else 0


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= MIN_SIMILARITY


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
