"""What all sessions share: the home, opened once a process."""

import streamlit as st

from docintel.home import Home
from docintel.settings import Settings


def home() -> Home:
    """The home that the settings name. This process owns it, or will when the one that does has ended."""
    opened = _opened()
    opened.take_over()
    return opened


def close() -> None:
    """Ends what was opened, if anything was."""
    _opened.clear()


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.close())
def _opened() -> Home:
    """Raises DamagedStore."""
    opened = Home.open(Settings.load())
    opened.start()
    return opened
