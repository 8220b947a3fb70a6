"""What is being read: now, next, what failed and why; pause, cancel, retry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from docintel.home import Home
from docintel.jobs.queue import Job
from docintel.model import Document, DocumentState
from docintel.server.addresses import addresses
from docintel.ui import cards
from docintel.ui.address import VIEWER
from docintel.ui.text import html, plural

BUSY_POLL_S, IDLE_POLL_S = 1.5, 10.0
"""While anything is being read, and else: the command line may add documents at any time."""
MOST_SHOWN = 15
"""Rows in a section; the documents page has them all."""
MOST_PAGES = 5
"""Failed pages listed under a document."""
BY_USER = "by the user"
TROUBLED = (
    DocumentState.FAILED,
    DocumentState.PARTIAL,
    DocumentState.NEEDS_PASSWORD,
    DocumentState.QUARANTINED,
    DocumentState.CANCELLED,
)


def show(home: Home) -> None:
    """Everything about the queue; it runs again by itself, often while anything is being read."""
    is_busy = not home.queue.is_idle()
    st.fragment(overview, run_every=BUSY_POLL_S if is_busy else IDLE_POLL_S)(home, is_busy)


def overview(home: Home, was_busy: bool) -> None:
    if was_busy is home.queue.is_idle():
        st.rerun()
    if not home.library.count():
        cards.empty("Nothing to do", "Documents that are added are read here.")
        return
    counts = home.library.counts()
    toolbar(home, counts)
    jobs = home.queue.jobs(limit=2 * MOST_SHOWN)
    on_their_way(
        home, "Being read", [job for job in jobs if job.state == "reading"], counts.get(DocumentState.READING, 0)
    )
    on_their_way(home, "Waiting", [job for job in jobs if job.state == "queued"], counts.get(DocumentState.QUEUED, 0))
    now = datetime.now(UTC)
    troubled = home.library.documents(states=TROUBLED, limit=MOST_SHOWN)
    with section("Needs attention", len(troubled), troubles(counts)):
        for document in troubled:
            troubled_row(home, document, now=now)
    done = home.library.documents(states=[DocumentState.READY], limit=MOST_PAGES)
    with section("Done", len(done), counts.get(DocumentState.READY, 0)):
        for document in done:
            document_row(document, now=now)


def on_their_way(home: Home, title: str, jobs: Sequence[Job], count: int) -> None:
    with section(title, min(len(jobs), MOST_SHOWN), count):
        for job in jobs[:MOST_SHOWN]:
            job_row(home, job)


def troubles(counts: dict[DocumentState, int]) -> int:
    return sum(counts.get(state, 0) for state in TROUBLED)


def toolbar(home: Home, counts: dict[DocumentState, int]) -> None:
    pages = home.library.page_counts()
    figures = (
        (counts.get(DocumentState.READING, 0), "being read"),
        (counts.get(DocumentState.QUEUED, 0), "waiting"),
        (pages.get("queued", 0) + pages.get("reading", 0), "pages left"),
        (troubles(counts), "need attention"),
    )
    reason = home.queue.pause_reason
    with st.container(horizontal=True, vertical_alignment="center", key="jobs-toolbar"):
        shown = "".join(f"<div><b>{count:,}</b><span>{words}</span></div>" for count, words in figures)
        st.html(f'<div class="doc-figures">{shown}</div>')
        if reason:
            act("Go on", "play_arrow", home.queue.resume)
        else:
            act("Pause", "pause", home.queue.pause, advice="The pages that are being read are finished first.")
        if pages.get("failed") or counts.get(DocumentState.FAILED) or counts.get(DocumentState.QUARANTINED):
            act("Read all failed again", "refresh", home.queue.retry_failed)
    if reason:
        why = "Paused:" if reason == BY_USER else html(reason)
        st.html(f'<p class="doc-banner" dir="auto">{why} nothing new is begun until you go on.</p>')


def act(label: str, icon: str, does: Callable[[], object], *, advice: str = "", key: str = "") -> None:
    """A button that does one thing and shows what came of it."""
    if st.button(
        label, icon=f":material/{icon}:", help=advice or None, key=key or None, type="tertiary" if key else "secondary"
    ):
        does()
        st.rerun()


@contextmanager
def section(title: str, num_shown: int, count: int) -> Iterator[None]:
    """A list under a heading; nothing at all where it is empty."""
    if not num_shown:
        yield
        return
    st.html(f'<h3 class="doc-section">{title}<span>{count:,}</span></h3>')
    with st.container(key=f"documents-{title.replace(' ', '-').lower()}"):
        yield
    if count > num_shown:
        st.caption(f"and {count - num_shown:,} more")


def job_row(home: Home, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-{job.document_id}"):
        st.html(job_html(job))
        open_link(job.document_id, job.reading_page or 1)
        act("Stop", "stop_circle", lambda: home.queue.cancel(job.document_id), key=f"stop-{job.document_id}")
    failed_pages(home, job.document_id, job.pages_failed)


def document_row(document: Document, *, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
        st.html(cards.document_row(document, addresses(), now=now))
        open_link(document.id)


def troubled_row(home: Home, document: Document, *, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
        st.html(cards.document_row(document, addresses(), now=now))
        open_link(document.id)
        if document.state is not DocumentState.NEEDS_PASSWORD:
            act("Read again", "refresh", lambda: home.queue.retry(document.id), key=f"again-{document.id}")
    if document.num_pages > 1:
        failed_pages(home, document.id, document.pages_failed)


def open_link(document_id: str, number: int = 1) -> None:
    st.page_link(VIEWER, label="Open", query_params={"document": document_id, "page": str(number)})


def failed_pages(home: Home, document_id: str, count: int) -> None:
    """Why each page failed, with a link to it and a way to read it again."""
    if not count:
        return
    failed = [status for status in home.library.page_statuses(document_id) if status.state == "failed"]
    with st.container(key=f"failed-{document_id}"):
        for status in failed[:MOST_PAGES]:
            with st.container(horizontal=True, vertical_alignment="center"):
                query = {"document": document_id, "page": str(status.number)}
                st.page_link(VIEWER, label=f"Page {status.number}", query_params=query)
                st.html(f'<span class="doc-trouble" dir="auto">{html(status.error or "")}</span>')
                again = f"again-{document_id}-{status.number}"
                act("Read again", "refresh", partial(home.queue.retry, document_id, status.number), key=again)
        if count > MOST_PAGES:
            st.caption(f"and {count - MOST_PAGES:,} more")


def job_html(job: Job) -> str:
    """A document on its way: which page is read, how many are done, and the last page that was."""
    image = addresses().thumbnail(job.document_id) if job.pages_done else None
    state = DocumentState.READING if job.state == "reading" else DocumentState.QUEUED
    bar = cards.progress(job.pages_done, job.pages_failed, job.num_pages) if job.num_pages else ""
    return (
        f'<div class="doc-row">{cards.thumbnail(image)}<div class="doc-facts">{cards.name(job.name)}'
        f'<span class="doc-state">{cards.badge(state)}{bar}<span class="doc-meta">{where(job)}</span></span>'
        "</div></div>"
    )


def where(job: Job) -> str:
    """How far it has come."""
    if not job.num_pages:
        return "not opened yet"
    settled = f"{job.pages_done + job.pages_failed} of {plural(job.num_pages, 'page')}"
    return f"page {job.reading_page} is being read · {settled}" if job.reading_page else settled
