"""Streamlit components (v2) of our own: a folder each with its JavaScript and style."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from docintel.ui.assets import asset

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def component(folder: Path, scripts: Sequence[str]) -> "ComponentRenderer":
    """The component in `folder`, named after it; `scripts` are parts of one JavaScript module, in this order."""
    paths = [asset("elements.js"), *(folder / name for name in scripts)]
    return st.components.v2.component(
        f"docintel_{folder.name}",
        js="\n".join(path.read_text(encoding="utf-8") for path in paths),
        css=(folder / f"{folder.name}.css").read_text(encoding="utf-8"),
    )
