"""A key that leads to a field: `/` to the search of all pages, Ctrl+F to that of one document."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent


def to_search() -> None:
    """`/` focuses the search field; on other pages it opens the search page first."""
    _listen("slash", {"key": "/", "field": ".st-key-search-field input", "page": "search"})


def to_find() -> None:
    """Ctrl+F focuses the viewer's field; in it Enter and Shift+Enter choose the next and the one before."""
    buttons = {"next": ".st-key-find-next button", "previous": ".st-key-find-previous button"}
    _listen("ctrl-f", {"key": "f", "ctrl": True, "field": ".st-key-find-field input", **buttons})


def _listen(name: str, data: dict[str, str | bool]) -> None:
    """Shows nothing."""
    with st.container(key=f"shortcut-{name}"):
        _component()(key=f"shortcut-key-{name}", data=data)


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, ("shortcut.js",))
