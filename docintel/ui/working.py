"""What is being read: now, next, what failed and why; pause, cancel, retry."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from docintel.home import Home
from docintel.model import DocumentState
from docintel.server.addresses import addresses
from docintel.ui import cards
from docintel.ui.address import VIEWER
from docintel.ui.text import html, plural

if TYPE_CHECKING:
    from docintel.jobs.queue import Job

POLL_S = 1.5
MOST = 200
"""Jobs looked at, newest first."""
READING, WAITING = "reading", "queued"
STOPPED = frozenset({"failed", "quarantined", "cancelled"})
FEW = 8


def show(home: Home) -> None:
    """Everything about the queue; it runs again by itself while anything is being read."""
    is_busy = not home.queue.is_idle()
    st.fragment(overview, run_every=POLL_S if is_busy else None)(home, is_busy)


def overview(home: Home, was_busy: bool) -> None:
    if was_busy is home.queue.is_idle():
        st.rerun()
    jobs = home.queue.jobs(limit=MOST)
    if not jobs:
        cards.empty("Nothing to do", "Documents that are added are read here.")
        return
    reading = [job for job in jobs if job.state == READING]
    waiting = [job for job in jobs if job.state == WAITING]
    ended = [job for job in jobs if job.state not in {READING, WAITING}]
    troubled = [job for job in ended if needs_attention(job)]
    settled = [job for job in ended if not needs_attention(job)]
    toolbar(home, reading, waiting, troubled)
    section(home, "Being read", reading)
    section(home, "Waiting", waiting)
    section(home, "Needs attention", troubled)
    section(home, "Done", settled[:FEW])


def needs_attention(job: "Job") -> bool:
    return state_of(job) is not DocumentState.READY


def state_of(job: "Job") -> DocumentState:
    """A job's state in a document's terms."""
    if job.state != "done":
        return DocumentState(job.state)
    if not job.pages_failed:
        return DocumentState.READY
    return DocumentState.PARTIAL if job.pages_done else DocumentState.FAILED


def toolbar(home: Home, reading: Sequence["Job"], waiting: Sequence["Job"], troubled: Sequence["Job"]) -> None:
    pages_left = sum(job.num_pages - job.pages_done - job.pages_failed for job in [*reading, *waiting])
    counts = (
        (len(reading), "being read"),
        (len(waiting), "waiting"),
        (pages_left, "pages left"),
        (len(troubled), "need attention"),
    )
    figures = "".join(f"<div><b>{count:,}</b><span>{words}</span></div>" for count, words in counts)
    with st.container(horizontal=True, vertical_alignment="center", key="jobs-toolbar"):
        st.html(f'<div class="doc-figures">{figures}</div>')
        if home.queue.paused:
            if st.button("Go on", icon=":material/play_arrow:", type="primary"):
                home.queue.resume()
                st.rerun()
        elif st.button("Pause", icon=":material/pause:", help="The pages that are being read are finished first."):
            home.queue.pause()
            st.rerun()
        has_failures = any(job.pages_failed or job.state in STOPPED for job in troubled)
        if has_failures and st.button("Read all failed again", icon=":material/refresh:"):
            home.queue.retry_failed()
            st.rerun()
    if home.queue.paused:
        st.html('<p class="doc-banner">Paused: nothing new is begun until you go on. What was read is kept.</p>')


def section(home: Home, title: str, jobs: Sequence["Job"]) -> None:
    if not jobs:
        return
    st.html(f'<h3 class="doc-section">{title}<span>{len(jobs):,}</span></h3>')
    now = datetime.now(UTC)
    with st.container(key=f"documents-{title.replace(' ', '-').lower()}"):
        for job in jobs:
            job_row(home, job, now=now)


def job_row(home: Home, job: "Job", *, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-job-{job.id}"):
        st.html(job_html(job, now=now))
        st.page_link(
            VIEWER, label="Open", query_params={"document": job.document_id, "page": str(job.reading_page or 1)}
        )
        if job.state in {READING, WAITING}:
            if st.button("Stop", key=f"stop-{job.id}", type="tertiary", icon=":material/stop_circle:"):
                home.queue.cancel(job.document_id)
                st.rerun()
        elif (job.state in STOPPED or job.pages_failed) and st.button(
            "Read again", key=f"again-{job.id}", type="tertiary", icon=":material/refresh:"
        ):
            home.queue.retry(job.document_id)
            st.rerun()
    if job.pages_failed:
        failed_pages(home, job)


def failed_pages(home: Home, job: "Job") -> None:
    """Why each page failed, with a link to it; it is read again from there."""
    failed = [status for status in home.library.page_statuses(job.document_id) if status.state == "failed"]
    with st.container(key=f"failed-{job.id}"):
        for status in failed[:FEW]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.page_link(
                    VIEWER,
                    label=f"Page {status.number}",
                    query_params={"document": job.document_id, "page": str(status.number)},
                )
                st.html(f'<span class="doc-trouble" dir="auto">{html(status.error or "")}</span>')
                if st.button("Read again", key=f"page-{job.id}-{status.number}", type="tertiary"):
                    home.queue.retry(job.document_id, status.number)
                    st.rerun()
        if len(failed) > FEW:
            st.caption(f"and {len(failed) - FEW} more")


def job_html(job: "Job", *, now: datetime) -> str:
    image = addresses().thumbnail(job.document_id, max(job.pages_done, 1)) if job.pages_done else None
    bar = ""
    if job.state in {READING, WAITING} and job.num_pages:
        bar = cards.progress(job.pages_done, job.pages_failed, job.num_pages)
    trouble = f'<span class="doc-trouble" dir="auto">{html(job.error)}</span>' if job.error else ""
    return (
        f'<div class="doc-row">{cards.thumbnail(image)}<div class="doc-facts">{cards.name(job.name)}'
        f'<span class="doc-state">{cards.badge(state_of(job))}{bar}'
        f'<span class="doc-meta">{html(where(job, now=now))}</span></span>{trouble}</div></div>'
    )


def where(job: "Job", *, now: datetime) -> str:
    """How far it has come."""
    if job.state == READING and job.reading_page:
        return f"page {job.reading_page} of {job.num_pages}"
    if job.state in {READING, WAITING}:
        return f"{job.pages_done} of {plural(job.num_pages, 'page')}" if job.num_pages else "not opened yet"
    ended = cards.ago(job.finished_at, now=now) if job.finished_at else ""
    return " · ".join(part for part in (plural(job.pages_done, "page") + " read", ended) if part)
