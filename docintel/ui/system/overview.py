"""The system page as a whole, for users who may see the machine."""

from collections.abc import Callable

import streamlit as st

from docintel.errors import OwnerOnly
from docintel.home import Home
from docintel.library.people import access
from docintel.ui.system import comparing, figures, settings

PARTS: dict[str, Callable[[Home], None]] = {
    "Machine": figures.show,
    "Try a page": comparing.show,
    "Settings": settings.show,
}


def show(home: Home) -> None:
    """Raises OwnerOnly."""
    if not access.sees_all(home.library.user):
        raise OwnerOnly("Only administrators see how this machine works. They are named in DOCINTEL_ADMINS.")
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Machine",
        required=True,
        key="view",
        label_visibility="collapsed",
        bind="query-params",
    )
    PARTS[part or "Machine"](home)
