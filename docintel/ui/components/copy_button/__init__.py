"""A button that copies a text to the clipboard."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
SCRIPTS = ("copy_button.js",)


def copy_button(text: str, *, label: str, key: str) -> None:
    _component()(key=key, data={"text": text, "label": label}, width="content", height="content")


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, SCRIPTS)
