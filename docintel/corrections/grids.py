"""A table's cells, rows and columns changed by hand."""

from docintel.errors import UsageError
from docintel.model import Cell, Table

MAX_LINES = 10_000


def with_text(table: Table, row: int, column: int, text: str) -> Table:
    """The cell at that place says `text`; a place without a cell gets one. Raises UsageError beyond the table."""
    _require_place(row, table.num_rows, "row")
    _require_place(column, table.num_columns, "column")
    covering = next((cell for cell in table.cells if _covers(cell, row, column)), None)
    if covering is None:
        return _table(table.num_rows, table.num_columns, [*table.cells, Cell(row=row, column=column, text=text)])
    changed = covering.model_copy(update={"text": text})
    cells = [changed if cell is covering else cell for cell in table.cells]
    return table.model_copy(update={"cells": tuple(cells)})


def with_row(table: Table, at: int) -> Table:
    """An empty row before row `at`, or after the last; cells that span over the place grow."""
    if not 0 <= at <= table.num_rows or table.num_rows >= MAX_LINES:
        raise UsageError(
            f"A row can be added at 1 to {table.num_rows + 1}, and a table has at most {MAX_LINES:,} rows."
        )
    spanning = [cell for cell in table.cells if cell.row < at < cell.row + cell.row_span]
    covered = {column for cell in spanning for column in range(cell.column, cell.column + cell.column_span)}
    grown = [cell.model_copy(update={"row_span": cell.row_span + 1}) for cell in spanning]
    moved = [
        cell.model_copy(update={"row": cell.row + 1}) if cell.row >= at else cell
        for cell in table.cells
        if cell not in spanning
    ]
    new = [Cell(row=at, column=column, text="") for column in range(table.num_columns) if column not in covered]
    return _table(table.num_rows + 1, table.num_columns, [*grown, *moved, *new])


def without_row(table: Table, at: int) -> Table:
    """Cells that span over the row shrink, the others in it go."""
    _require_place(at, table.num_rows, "row")
    cells = []
    for cell in table.cells:
        if cell.row <= at < cell.row + cell.row_span:
            if cell.row_span > 1:
                cells.append(cell.model_copy(update={"row_span": cell.row_span - 1}))
        else:
            cells.append(cell.model_copy(update={"row": cell.row - 1}) if cell.row > at else cell)
    return _table(table.num_rows - 1, table.num_columns, cells)


def with_column(table: Table, at: int) -> Table:
    """An empty column before column `at`, or after the last."""
    return _transposed(with_row(_transposed(table), at))


def without_column(table: Table, at: int) -> Table:
    return _transposed(without_row(_transposed(table), at))


def from_text(text: str) -> Table:
    """A row a line, cells between tabs."""
    rows = [line.split("\t") for line in text.split("\n")]
    cells = [
        Cell(row=row, column=column, text=part) for row, parts in enumerate(rows) for column, part in enumerate(parts)
    ]
    return _table(len(rows), max(map(len, rows)), cells)


def _covers(cell: Cell, row: int, column: int) -> bool:
    return 0 <= row - cell.row < cell.row_span and 0 <= column - cell.column < cell.column_span


def _require_place(at: int, count: int, what: str) -> None:
    if not 0 <= at < count:
        raise UsageError(f"The table has {count} {what}s; there is no {what} {at + 1}.")


def _table(num_rows: int, num_columns: int, cells: list[Cell]) -> Table:
    in_order = sorted(cells, key=lambda cell: (cell.row, cell.column))
    return Table(num_rows=num_rows, num_columns=num_columns, cells=tuple(in_order))


def _transposed(table: Table) -> Table:
    cells = [
        cell.model_copy(
            update={
                "row": cell.column,
                "column": cell.row,
                "row_span": cell.column_span,
                "column_span": cell.row_span,
            }
        )
        for cell in table.cells
    ]
    return _table(table.num_columns, table.num_rows, cells)
