"""Rows of cells as they were written → a Table on a grid."""

from collections.abc import Sequence
from dataclasses import dataclass

from docintel.model import Cell, Table

MAX_COLUMNS = 200
MAX_ROWS = 2_000


@dataclass(frozen=True)
class WrittenCell:
    text: str
    row_span: int = 1
    column_span: int = 1
    is_header: bool = False


def table_of(rows: Sequence[Sequence[WrittenCell]]) -> Table | None:
    """Cells in the next free place, as in browsers; spans end where the table does. None where all cells are empty."""
    rows = [row for row in rows if row][:MAX_ROWS]
    if not any(cell.text for row in rows for cell in row):
        return None
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    for number, row in enumerate(rows):
        column = 0
        for written in row:
            while (number, column) in taken:
                column += 1
            if column >= MAX_COLUMNS:
                break
            cell = _placed(written, number, column, num_rows=len(rows), taken=taken)
            taken |= {(cell.row + down, column + right) for down, right in _places(cell)}
            cells.append(cell)
            column += cell.column_span
    num_columns = max(cell.column + cell.column_span for cell in cells)
    return Table(num_rows=len(rows), num_columns=num_columns, cells=tuple(cells))


def _placed(written: WrittenCell, row: int, column: int, *, num_rows: int, taken: set[tuple[int, int]]) -> Cell:
    """The cell at its place, its spans cut where another cell or the end of the table is."""
    width = 1
    while width < min(written.column_span, MAX_COLUMNS - column) and (row, column + width) not in taken:
        width += 1
    return Cell(
        row=row,
        column=column,
        row_span=max(min(written.row_span, num_rows - row), 1),
        column_span=width,
        text=written.text,
        is_header=written.is_header,
    )


def _places(cell: Cell) -> list[tuple[int, int]]:
    return [(down, right) for down in range(cell.row_span) for right in range(cell.column_span)]


def span_of(text: str) -> int:
    """A span as it was written; whatever is no number from 1 on is 1."""
    digits = text.strip()[:6]
    return max(int(digits), 1) if digits.isascii() and digits.isdecimal() else 1
