"""Tables as pandas DataFrames: to sort, filter and calculate with."""

import re
from collections.abc import Sequence

import pandas as pd

from docintel.export.flow import Flow, FlowTable, header_rows, plain_line, rows_once
from docintel.model import Page, Table

NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?")
"""Written in one way only; 1.234,50 stays text, since 1.234 alone could be either."""


def frames(pages: Sequence[Page]) -> list[tuple[FlowTable, pd.DataFrame]]:
    """Every table of a document with its DataFrame; one that runs over pages is one."""
    return [(table, frame(table.table)) for table in Flow(pages).tables()]


def frame(table: Table) -> pd.DataFrame:
    """Header cells name the columns; a column of nothing but numbers is numeric, an empty cell in it NaN."""
    rows, num_headers = rows_once(table), header_rows(table)
    data = pd.DataFrame(rows[num_headers:], columns=_names(rows[:num_headers], table.num_columns), dtype="str")
    return data.apply(_numeric)


def _names(headers: Sequence[Sequence[str]], num_columns: int) -> list[str]:
    """One name a column, unlike the others: its header cells from above, else its number."""
    names: list[str] = []
    for column in range(num_columns):
        said = plain_line(" ".join(row[column] for row in headers)) or str(column + 1)
        names.append(f"{said} ({column + 1})" if said in names else said)
    return names


def _numeric(column: "pd.Series[str]") -> "pd.Series[str] | pd.Series[float]":
    said = column[column != ""]
    if said.empty or not said.map(lambda text: bool(NUMBER.fullmatch(text))).all():
        return column
    return pd.to_numeric(column.str.replace(",", "").where(column != "", None))
