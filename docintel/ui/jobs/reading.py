"""Documents on their way: which pages are read this moment, with their pictures, and what comes next."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from docintel.errors import DocintelError
from docintel.home import Home
from docintel.jobs.progress import BeingRead
from docintel.jobs.queue import Job
from docintel.model import DocumentState
from docintel.ui import cards
from docintel.ui.jobs.attention import failed_pages
from docintel.ui.jobs.parts import MAX_SHOWN, act, line, open_link, section
from docintel.ui.resources import addresses
from docintel.ui.text import html, plural

MAX_PICTURES = 4
MAX_WAITING = 5


def show(home: Home, jobs: Sequence[Job], counts: dict[DocumentState, int]) -> None:
    """The documents that have been begun; those that a worker has at hand come first."""
    at_hand: dict[str, list[BeingRead]] = {}
    for page in home.queue.being_read():
        at_hand.setdefault(page.document_id, []).append(page)
    begun = [job for job in jobs if job.state == "reading"][:MAX_SHOWN]
    begun.sort(key=lambda job: job.document_id not in at_hand)
    now, changeable = datetime.now(UTC), home.library.people.changeable()
    with section("Being read", len(begun), counts.get(DocumentState.READING, 0)):
        for job in begun:
            row(home, job, at_hand.get(job.document_id, []), now=now, may_change=job.collection in changeable)


def row(home: Home, job: Job, pages: Sequence[BeingRead], *, now: datetime, may_change: bool) -> None:
    with line("reading", job.document_id):
        st.html(
            f'<div class="doc-row">{pictures(home, job, pages)}<div class="doc-facts">{cards.name(job.name)}'
            f'<span class="doc-meta">{doing(job, pages, now=now)}</span>{said(pages)}'
            f'<span class="doc-state">{bar(job)}</span></div></div>'
        )
        open_link(job.document_id, job.reading_page or 1)
        if may_change:
            act("Stop", "stop_circle", lambda: home.queue.cancel(job.document_id), key=f"stop-{job.document_id}")
    failed_pages(home, "reading", job.document_id, job.pages_failed, may_change=may_change)


def pictures(home: Home, job: Job, pages: Sequence[BeingRead]) -> str:
    """The very pages that are being read; else the first one of the document, if it has been read."""
    addressed = addresses()
    seen = [page for page in pages[:MAX_PICTURES] if has_preview(home, page)]
    if seen:
        shown = (cards.thumbnail(addressed.preview(page.document_id, page.number), size="page") for page in seen)
        return f'<span class="doc-pages">{"".join(shown)}</span>'
    return cards.thumbnail(addressed.thumbnail(job.document_id) if job.pages_done else None, size="page")


def has_preview(home: Home, page: BeingRead) -> bool:
    """It is there from when the page has been rendered until it is read."""
    try:
        home.library.preview(page.document_id, page.number)
    except DocintelError:
        return False
    return True


def doing(job: Job, pages: Sequence[BeingRead], *, now: datetime) -> str:
    """What happens to the document this moment."""
    if not job.num_pages:
        return "being opened"
    if not pages:
        left = job.num_pages - job.pages_done - job.pages_failed
        return "its next page waits" if left else "being finished"
    numbers = ", ".join(f"{page.number:,}" for page in pages)
    seconds = max((now - page.started_at).total_seconds() for page in pages)
    since = f" · for {seconds:.0f} s" if seconds >= 2 else ""
    return f"reading {'page' if len(pages) == 1 else 'pages'} {numbers} of {job.num_pages:,}{since}{written(pages)}"


def written(pages: Sequence[BeingRead]) -> str:
    """How much a model has written of the pages that are being read, and how fast it writes."""
    notes = [page.live_output for page in pages if page.live_output]
    num_tokens, rate = sum(note.num_tokens for note in notes), sum(note.tokens_per_second for note in notes)
    speed = f", {rate:,.0f} a second" if rate >= 1 else ""
    return f" · {plural(num_tokens, 'token')}{speed}" if num_tokens else ""


def said(pages: Sequence[BeingRead]) -> str:
    """The last words of the page that was begun first, as the model writes them."""
    words = next((page.live_output.words for page in pages if page.live_output), "")
    return f'<span class="doc-said" dir="auto"><bdi>{html(words)}</bdi></span>' if words else ""


def bar(job: Job) -> str:
    if not job.num_pages:
        return cards.badge(DocumentState.READING)
    failed = f", {job.pages_failed:,} failed" if job.pages_failed else ""
    read = f'<span class="doc-meta">{job.pages_done:,} read{failed}</span>'
    return cards.progress(job.pages_done, job.pages_failed, job.num_pages) + read


def waiting(jobs: Sequence[Job], counts: dict[DocumentState, int]) -> None:
    """What comes next, and what waits for disk space."""
    some = [job for job in jobs if job.state in {"queued", "no_room"}][:MAX_WAITING]
    with section("Waiting", len(some), counts.get(DocumentState.QUEUED, 0)):
        for job in some:
            with line("waiting", job.document_id):
                pages = plural(job.num_pages, "page") if job.num_pages else "not opened yet"
                st.html(
                    f'<div class="doc-line">{cards.name(job.name)}'
                    f'<span class="doc-meta" dir="auto">{html(job.error or pages)}</span></div>'
                )
                open_link(job.document_id)
