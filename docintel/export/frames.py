"""Tables as pandas DataFrames, every cell as it is written: 118.00 is an amount, 01067 a postcode."""

from collections.abc import Sequence

import pandas as pd

from docintel.export.flow import Flow, FlowTable, header_rows, plain_line, rows_once
from docintel.model import Page, Table


def frames(pages: Sequence[Page]) -> list[tuple[FlowTable, pd.DataFrame]]:
    """Every table of a document with its DataFrame; one that runs over pages is one."""
    return [(table, frame(table.table)) for table in Flow(pages).tables()]


def frame(table: Table) -> pd.DataFrame:
    """Header cells name the columns."""
    rows, num_headers = rows_once(table), header_rows(table)
    return pd.DataFrame(rows[num_headers:], columns=_names(rows[:num_headers], table.num_columns), dtype="str")


def _names(headers: Sequence[Sequence[str]], num_columns: int) -> list[str]:
    """One name a column, unlike the others: its header cells from above, else its number."""
    names: list[str] = []
    for column in range(num_columns):
        said = plain_line(" ".join(row[column] for row in headers)) or str(column + 1)
        names.append(f"{said} ({column + 1})" if said in names else said)
    return names
