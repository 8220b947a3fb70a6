"""What sessions share, and what of it each may see: the home, opened once a process, as whoever signed in sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from docintel.home import Home
from docintel.server import addresses as signed
from docintel.server.browsers import browser_of
from docintel.settings import Settings
from docintel.ui.people import signing_in
from docintel.workers.comparison import Comparisons

_view: ContextVar[Home | None] = ContextVar("view", default=None)


def home() -> Home:
    """What this session may see of the home that the settings name; all of it where no sign-in is configured.

    Opened once a run of a script (see `shared`). Raises SignedOut, UsageError. This process owns the home, or will when
    the one that does has ended.
    """
    if view := _view.get():
        return view
    opened, user = whole_home(), signing_in.user(_opened().settings)
    if user is None and opened.library.people.has_owners:
        raise signing_in.not_configured()
    return opened.for_user(user)


@contextmanager
def shared(view: Home) -> Iterator[None]:
    """While inside, `home()` is this view."""
    token = _view.set(view)
    try:
        yield
    finally:
        _view.reset(token)


def addresses() -> signed.Addresses:
    """Addresses of images and exports that open for this session's user, in this browser.

    Raises SignedOut, UsageError.
    """
    return signed.addresses().made_for(signing_in.user(_opened().settings), browser_of(st.context.cookies))


def whole_home() -> Home:
    """For what belongs to no session."""
    opened = _opened()
    opened.take_over()
    return opened


def close() -> None:
    """Ends what was opened, if anything was."""
    _view.set(None)
    _opened.clear()


def reopen() -> None:
    """The home is closed and opened anew, with the settings as they are now: what was being read is queued again.

    Raises DamagedStore, UsageError.
    """
    close()
    whole_home()


@st.cache_resource(show_spinner=False, on_release=lambda comparisons: comparisons.close())
def comparisons() -> Comparisons:
    """Pages that are read to be compared; they outlive a change of settings."""
    return Comparisons()


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.close())
def _opened() -> Home:
    """Raises DamagedStore."""
    opened = Home.open(Settings.load())
    opened.start()
    return opened
