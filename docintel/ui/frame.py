"""The frame around every page: configuration, navigation, style, error boundary."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from docintel.errors import DiskFull, DocintelError, SignedOut, SignInRefused
from docintel.home import Home
from docintel.library.people import access
from docintel.ui import address
from docintel.ui.assets import asset
from docintel.ui.components import shortcut
from docintel.ui.errors import boundary
from docintel.ui.people import signing_in
from docintel.ui.resources import home, shared, whole_home
from docintel.ui.state import Key

log = logging.getLogger(__name__)

_framed: ContextVar[bool] = ContextVar("framed", default=False)


def run() -> None:
    """Runs the page that the address names, inside the frame; who may not see it is shown the way in."""
    st.set_page_config(page_title="docintel", page_icon=asset("icon.svg"), layout="wide")
    st.logo(asset("wordmark.svg"), size="large")
    opened = view()
    may_see_all = isinstance(opened, Home) and access.sees_all(opened.library.user)
    page = st.navigation(
        [
            st.Page(address.DOCUMENTS, title="Documents", icon=":material/folder_open:", default=True),
            st.Page(address.VIEWER, title="Viewer", icon=":material/document_search:"),
            st.Page(address.SEARCH, title="Search", icon=":material/search:"),
            st.Page(address.ASK, title="Ask", icon=":material/forum:"),
            st.Page(address.EXTRACT, title="Extract", icon=":material/dataset:"),
            st.Page(address.JOBS, title="Jobs", icon=":material/checklist:"),
            st.Page(
                address.SYSTEM,
                title="System",
                icon=":material/tune:",
                visibility="visible" if may_see_all else "hidden",
            ),
        ],
        position="top" if isinstance(opened, Home) else "hidden",
    )
    st.html(asset("style.css"))
    with _inside(), boundary():
        if isinstance(opened, Home):
            with shared(opened):
                show_user(opened)
                shortcut.to_search()
                page.run()
        elif isinstance(opened, SignedOut):
            if isinstance(opened, SignInRefused):
                record_refusal(opened)
            signing_in.ask(str(opened))
        else:
            raise opened


def view() -> Home | DocintelError:
    """The home as this session may see it, or why it may see no page, or none can be shown."""
    try:
        return home()
    except DocintelError as error:
        return error


def show_user(opened: Home) -> None:
    """Who is signed in, and the way out; nothing where no sign-in is configured."""
    if opened.library.user is None:
        if signing_in.is_behind_password(opened.settings):
            signing_in.way_out(opened.library.people)
        return
    signing_in.show(opened.library.user, opened.library.people)
    if Key.KNOWN not in st.session_state:
        try:
            opened.library.people.record_sign_in()
        except DiskFull as error:
            log.error("a sign-in is not recorded: %s", error)
        st.session_state[Key.KNOWN] = True


def record_refusal(refusal: SignInRefused) -> None:
    """Once a session: whom a provider vouched for in vain."""
    if Key.REFUSED in st.session_state:
        return
    claimed = access.claimed_id(str(st.user.get("email") or ""))
    try:
        whole_home().library.people.record_failed_sign_in(f"as {claimed or 'nobody'}: {refusal}")
    except DocintelError as error:
        log.error("a sign-in that failed is not recorded: %s", error)
    st.session_state[Key.REFUSED] = True


def enter() -> None:
    """First call of every page. A page that was run without the frame runs the frame, which runs the page inside.

    Streamlit 1.67 finds pages/ by itself until st.navigation was called once in its process: after a restart, the first
    visitor of a deep link would get the bare page in a navigation made of file names.
    """
    if not _framed.get():
        run()
        st.stop()


@contextmanager
def _inside() -> Iterator[None]:
    token = _framed.set(True)
    try:
        yield
    finally:
        _framed.reset(token)
