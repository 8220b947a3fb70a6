"""The page as a whole; it looks again by itself."""

from datetime import UTC, datetime

import streamlit as st

from docintel.home import Home
from docintel.model import DocumentState
from docintel.ui import cards
from docintel.ui.documents import dialogs
from docintel.ui.jobs import attention, figures, reading
from docintel.ui.jobs.parts import MAX_SHOWN, document_row, section
from docintel.ui.state import Key

BUSY_POLL_S, IDLE_POLL_S = 1.5, 10.0
"""While anything is being read, and else: the command line may add documents at any time."""
MAX_DONE = 5


def show(home: Home) -> None:
    """Everything about the queue; it runs again by itself, often while anything is being read."""
    if Key.PASSWORD_FOR in st.session_state:
        dialogs.ask_password(st.session_state.pop(Key.PASSWORD_FOR))
    is_busy = not home.queue.is_idle()
    st.fragment(overview, run_every=BUSY_POLL_S if is_busy else IDLE_POLL_S)(home, is_busy)


def overview(home: Home, was_busy: bool) -> None:
    if was_busy is home.queue.is_idle() or Key.PASSWORD_FOR in st.session_state:
        st.rerun()
    counts = home.library.counts()
    if not counts:
        cards.empty("Nothing to do", "Documents that are added are read here.")
        return
    progress = home.queue.progress()
    figures.show(home, counts, progress)
    jobs = home.queue.jobs(limit=2 * MAX_SHOWN)
    reading.show(home, jobs, counts)
    reading.waiting(jobs, counts)
    attention.show(home, counts, progress.failures)
    done(home, counts.get(DocumentState.READY, 0))


def done(home: Home, count: int) -> None:
    now = datetime.now(UTC)
    newest = home.library.documents(states=[DocumentState.READY], limit=MAX_DONE) if count else []
    with section("Done", len(newest), count):
        for document in newest:
            document_row(document, now=now)
