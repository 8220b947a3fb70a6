"""A table's cells in a grid: typed, pasted from a spreadsheet, with rows and columns added and deleted."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from docintel.corrections import Correction, editing, grids
from docintel.model import Page, Table
from docintel.tables import grid


def grid_of(table: Table, *, key: str) -> None:
    """What is typed there, `edited` reads. Everything is text: 3.20 stays 3.20."""
    names = [str(number) for number in range(1, table.num_columns + 1)]
    shown = pd.DataFrame(grid(table), columns=names, dtype=str)
    columns = {name: st.column_config.TextColumn(name) for name in names}
    st.data_editor(shown, num_rows="dynamic", hide_index=True, column_config=columns, key=key, alt="Cells of the table")


def edited(table: Table, edits: Mapping[str, Any]) -> Table:
    """`table` after what Streamlit's data editor keeps in the session of what was typed, added and deleted."""
    for row, cells in edits["edited_rows"].items():
        table = _with_cells(table, int(row), cells)
    for row in sorted(edits["deleted_rows"], reverse=True):
        table = grids.without_row(table, row)
    for cells in edits["added_rows"]:
        table = _with_cells(grids.with_row(table, table.num_rows), table.num_rows, cells)
    return table


def _with_cells(table: Table, row: int, cells: Mapping[str, str | None]) -> Table:
    for name, said in cells.items():
        if name.isdecimal():
            table = grids.with_text(table, row, int(name) - 1, said or "")
    return table


def columns_of(
    correct: Callable[[Callable[[Page], Correction]], None], block_id: str, table: Table, *, key: str
) -> None:
    """Adds and deletes columns, by the number that stands above them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox("Column", range(1, table.num_columns + 1), key=key, width=110)
        with_column = grids.with_column(table, number or 0)
        st.button(
            "Add after",
            icon=":material/add:",
            on_click=correct,
            args=(lambda page: editing.set_table(page, block_id, with_column),),
        )
        st.button(
            "Delete column",
            icon=":material/delete:",
            disabled=table.num_columns < 2,
            on_click=correct,
            args=(lambda page: editing.set_table(page, block_id, grids.without_column(table, (number or 1) - 1)),),
        )
