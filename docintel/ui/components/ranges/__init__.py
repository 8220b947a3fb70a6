"""Ranges of ticked boxes: with Shift, all between two of them. Nothing is seen of this component."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent


def ranges(*, key: str, on_range: Callable[[], None]) -> None:
    """Boxes have the keys `tick-<id>`. After a range `st.session_state[key]["range"]` is its `first` and `last` id and
    whether it `is_ticked`, and `on_range` is called."""
    _component()(key=key, on_range_change=on_range)


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, ("ranges.js",))
