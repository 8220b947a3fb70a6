"""The error boundary: what goes wrong becomes a message that a user can act on."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from docintel.errors import DocintelError
from docintel.ui import text

log = logging.getLogger(__name__)


@contextmanager
def boundary() -> Iterator[None]:
    """Shows what is raised inside instead of passing it on. Reruns and page switches are no errors to Python."""
    try:
        yield
    except FragmentHandledException:
        raise  # where the fragment stands, `show` has shown its error already
    except Exception as error:  # noqa: BLE001 - the edge: whatever happened is logged and shown
        show(error)


def show(error: Exception) -> bool:
    """A DocintelError says itself what to do; anything else gets an id that stands in the log. Returns True: shown."""
    if isinstance(error, DocintelError):
        st.error(text.markdown(str(error)), icon=":material/error:")
        return True
    identifier = secrets.token_hex(4)
    log.error("unexpected error %s", identifier, exc_info=error)
    st.error(
        f"Something went wrong that should not have. Nothing was lost. Reload the page; if it happens again, report "
        f"the error **{identifier}** with the log.",
        icon=":material/bug_report:",
    )
    return True
