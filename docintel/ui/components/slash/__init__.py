"""The key `/`, which leads to the search field from every page."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent


def slash() -> None:
    """Shows nothing and listens."""
    with st.container(key="slash"):
        _component()(key="slash-key")


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, ("slash.js",))
