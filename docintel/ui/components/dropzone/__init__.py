"""The upload field: files and folders dropped or chosen in the browser are sent to the server's own address.

Each file is one request (see docintel.server.uploads); Streamlit is notified afterwards that the library has changed.
Uploads go on while other pages of the app are open.
"""

from collections.abc import Callable, Mapping
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


def dropzone(
    address: str, *, into: str, renewed: Mapping[str, str], max_bytes: int, key: str, on_stale: Callable[[], None]
) -> None:
    """The script runs again when documents were added, and when an address has expired.

    `into` says where files go. After the latter `st.session_state[key]["stale"]` is the path of that address, and
    `on_stale` is called; `renewed`, by paths, has the addresses to be used from then on.
    """
    data = {
        "address": address,
        "into": into,
        "renewed": dict(renewed),
        "max_bytes": max_bytes,
        "max_size": file_size(max_bytes),
        "offered": ",".join(OFFERED),
        "in_folders": sorted(DOCUMENT_SUFFIXES),
    }
    _component()(key=key, data=data, on_taken_change=_go_on, on_stale_change=on_stale)


def _go_on() -> None:
    """Nothing to do: the rerun itself shows the change."""


@cache
def _component() -> "ComponentRenderer":
    return component(HERE, SCRIPTS)
