"""A document's tables as sheets: sorted by a click on a column, copied, searched, seen in full screen."""

import streamlit as st

from docintel.export.frames import frames
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
        st.dataframe(sheet, hide_index=True, width="stretch")
