"""A document's tables as sheets: sorted by a click on a column, copied, searched, seen in full screen."""

import pandas as pd
import streamlit as st

from docintel.export.flow import runs_from_the_right
from docintel.export.frames import frames
from docintel.export.sheets import harmless
from docintel.home import Home


@st.dialog("Tables", width="large")
def show(home: Home, document_id: str) -> None:
    """Every table of the pages read so far; one that runs over pages is shown whole."""
    found = frames(home.library.pages(document_id))
    if not found:
        st.write("No table was found in this document.")
    for number, (table, sheet) in enumerate(found, 1):
        where = "Pages" if len(table.pages) > 1 else "Page"
        st.caption(f"Table {number} · {where} {table.pages_text}")
        st.dataframe(as_shown(sheet), hide_index=True, width="stretch")


def as_shown(sheet: pd.DataFrame) -> pd.DataFrame:
    """The sheet with nothing in it that a spreadsheet computes, since Streamlit offers it as CSV just as it is; a
    right-to-left one with its first column at the right."""
    cells = sheet.map(harmless).rename(columns=harmless)
    return cells[cells.columns[::-1]] if runs_from_the_right([[*cells.columns], *cells.to_numpy()]) else cells
