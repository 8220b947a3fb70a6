"""What failed, by reason and by document, and what waits for a person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256

import streamlit as st

from docintel.home import Home
from docintel.library.jobs.states import PageState
from docintel.model import Document, DocumentState
from docintel.ui import cards
from docintel.ui.address import VIEWER
from docintel.ui.jobs.parts import MAX_SHOWN, act, line, open_link, section
from docintel.ui.resources import addresses
from docintel.ui.state import Key
from docintel.ui.text import html

MAX_REASONS = 8
MAX_PAGES = 5
"""Failed pages listed under a document."""
TROUBLED = (
    DocumentState.FAILED,
    DocumentState.PARTIAL,
    DocumentState.NEEDS_PASSWORD,
    DocumentState.QUARANTINED,
    DocumentState.CANCELLED,
)

Reasons = Sequence[tuple[str, int]]


def show(home: Home, counts: dict[DocumentState, int], failures: Reasons) -> None:
    by_reason(home, failures)
    now, changeable = datetime.now(UTC), home.library.people.changeable()
    troubled = home.library.documents(states=TROUBLED, limit=MAX_SHOWN)
    with section("Needs attention", len(troubled), sum(counts.get(state, 0) for state in TROUBLED)):
        for document in troubled:
            row(home, document, now=now, may_change=document.collection in changeable)


def by_reason(home: Home, failures: Reasons) -> None:
    """What failed alike is read again together. A single failure stands with its document."""
    if sum(count for _, count in failures) < 2:
        return
    with section("Failures by reason", min(len(failures), MAX_REASONS), len(failures)):
        for reason, count in failures[:MAX_REASONS]:
            key = sha256(reason.encode()).hexdigest()[:12]
            with st.container(horizontal=True, vertical_alignment="center", key=f"reason-{key}"):
                st.html(f'<div class="doc-reason"><b>{count:,}</b><span dir="auto">{html(reason)}</span></div>')
                act("Read these again", "refresh", partial(home.queue.retry_reason, reason), key=f"again-{key}")
    act("Read all failed again", "refresh", home.queue.retry_failed)


def row(home: Home, document: Document, *, now: datetime, may_change: bool) -> None:
    with line("attention", document.id):
        st.html(cards.document_row(document, addresses(), now=now))
        open_link(document.id)
        if may_change:
            mend(home, document)
    if document.num_pages > 1:
        failed_pages(home, "attention", document.id, document.pages_failed, may_change=may_change)


def mend(home: Home, document: Document) -> None:
    """What its owner can do about it."""
    if document.state is DocumentState.NEEDS_PASSWORD:
        act("Enter password", "lock_open", partial(_ask_password, document.id), key=f"password-{document.id}")
    else:
        again = "Read failed pages again" if document.state is DocumentState.PARTIAL else "Read again"
        act(again, "refresh", partial(home.queue.retry, document.id), key=f"again-{document.id}")


def _ask_password(document_id: str) -> None:
    """The dialog opens outside the part of the page that polls."""
    st.session_state[Key.PASSWORD_FOR] = document_id


def failed_pages(home: Home, place: str, document_id: str, count: int, *, may_change: bool) -> None:
    """Why each page failed, with a link to it and, for its owner, a way to read it again."""
    if not count:
        return
    with st.container(key=f"failed-{place}-{document_id}"):
        for status in home.library.page_statuses(document_id, state=PageState.FAILED, limit=MAX_PAGES):
            with st.container(horizontal=True, vertical_alignment="center"):
                query = {"document": document_id, "page": str(status.number)}
                st.page_link(VIEWER, label=f"Page {status.number}", query_params=query)
                st.html(f'<span class="doc-trouble" dir="auto">{html(status.error or "")}</span>')
                again = f"again-{place}-{document_id}-{status.number}"
                if may_change:
                    act("Read again", "refresh", partial(home.queue.retry, document_id, status.number), key=again)
        if count > MAX_PAGES:
            st.caption(f"and {count - MAX_PAGES:,} more")
