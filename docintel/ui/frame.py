"""The frame around every page: configuration, navigation, style, error boundary."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from docintel.ui import address
from docintel.ui.assets import asset
from docintel.ui.errors import boundary

_framed: ContextVar[bool] = ContextVar("framed", default=False)


def run() -> None:
    """Runs the page that the address names, inside the frame."""
    st.set_page_config(page_title="docintel", page_icon=asset("icon.svg"), layout="wide")
    st.logo(asset("wordmark.svg"), size="large")
    page = st.navigation(
        [
            st.Page(address.DOCUMENTS, title="Documents", icon=":material/folder_open:", default=True),
            st.Page(address.VIEWER, title="Viewer", icon=":material/document_search:"),
            st.Page(address.ASK, title="Ask", icon=":material/forum:"),
            st.Page(address.JOBS, title="Jobs", icon=":material/checklist:"),
        ],
        position="top",
    )
    st.html(asset("style.css"))
    with _inside(), boundary():
        page.run()


def enter() -> None:
    """First call of every page. A page that was run without the frame runs the frame, which runs the page inside.

    Streamlit 1.67 finds pages/ by itself until st.navigation was called once in its process: after a restart, the first
    visitor of a deep link would get the bare page in a navigation made of file names.
    """
    if not _framed.get():
        run()
        st.stop()


@contextmanager
def _inside() -> Iterator[None]:
    token = _framed.set(True)
    try:
        yield
    finally:
        _framed.reset(token)
