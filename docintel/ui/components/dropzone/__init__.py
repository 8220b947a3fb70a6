"""The upload field: files and folders dropped or chosen in the browser are sent to the server's own address.

Each file is one request (see docintel.server.uploads); Streamlit is notified afterwards that the library has changed.
Uploads go on while other pages of the app are open.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.display import file_size
from docintel.intake.kinds import DOCUMENT_SUFFIXES
from docintel.ui.components import component

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
SCRIPTS = ("sending.js", "dropzone.js")
OFFERED = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".jp2", ".zip")
"""What the browser's file chooser offers; what a file really is, is seen from its content."""


def dropzone(address: str, *, max_bytes: int, key: str) -> None:
    """The script runs again when documents were added, or when a new address is needed."""
    data = {
        "address": address,
        "max_bytes": max_bytes,
        "max_size": file_size(max_bytes),
        "offered": ",".join(OFFERED),
        "in_folders": sorted(DOCUMENT_SUFFIXES),
    }
    _component()(key=key, data=data, on_taken_change=_go_on, on_stale_change=_go_on)


def _go_on() -> None:
    """Nothing to do: the rerun itself shows the change."""


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, SCRIPTS)
