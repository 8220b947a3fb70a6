"""How fast it goes, how long it takes yet, the last hour as a plot; pause, go on, stop, read again."""

import shutil

import streamlit as st

from docintel.display import duration, file_size
from docintel.home import Home
from docintel.jobs.pace import pace
from docintel.jobs.progress import Progress
from docintel.jobs.worker_registry import num_alive
from docintel.model import DocumentState
from docintel.ui.jobs.attention import TROUBLED
from docintel.ui.jobs.parts import act
from docintel.ui.jobs.plot import plot
from docintel.ui.text import html, plural

BY_USER = "by the user"

Counts = dict[DocumentState, int]


def show(home: Home, counts: Counts, progress: Progress) -> None:
    is_open = bool(progress.pages_open or progress.documents_unopened)
    reason = home.queue.pause_reason
    num_workers = num_alive(home.settings.home)
    found = on_the_way(counts, progress, is_paused=reason is not None) if is_open else at_rest(counts, progress)
    with st.container(horizontal=True, vertical_alignment="center", key="jobs-toolbar"):
        shown = "".join(f"<div><b>{value}</b><span>{words}</span></div>" for value, words in found)
        left = f'<div><div class="doc-figures">{shown}</div>{machine(home, num_workers)}</div>'
        st.html(f'<div class="doc-pace">{left}{plot(pace(home.library))}</div>')
        controls(home, is_open=is_open, is_paused=reason is not None)
    if reason is not None:
        why = "Paused:" if reason == BY_USER else html(reason)
        st.html(f'<p class="doc-banner" dir="auto">{why} nothing new is begun until you go on.</p>')
    elif is_open and not num_workers:
        st.html('<p class="doc-banner">No worker is alive: one is started in a moment, or by “docintel worker”.</p>')


def on_the_way(counts: Counts, progress: Progress, *, is_paused: bool) -> list[tuple[str, str]]:
    """Figures while there is something to read: value and words."""
    rate = progress.pages_per_minute
    left = f"{progress.pages_open:,}{'+' if progress.documents_unopened else ''}"
    return [
        (f"{rate:,.0f}" if rate >= 10 or not rate else f"{rate:.1f}", "pages a minute"),
        ("–" if is_paused else duration(progress.seconds_left), "left"),
        (left, "pages to read"),
        (f"{counts.get(DocumentState.QUEUED, 0):,}", "documents waiting"),
    ]


def at_rest(counts: Counts, progress: Progress) -> list[tuple[str, str]]:
    return [
        (f"{counts.get(DocumentState.READY, 0):,}", "documents ready"),
        (f"{progress.pages_done:,}", "pages read"),
        (f"{sum(counts.get(state, 0) for state in TROUBLED):,}", "need attention"),
    ]


def machine(home: Home, num_workers: int) -> str:
    """Workers and disk space, for users who may pause the queue."""
    if not home.queue.may_pause:
        return ""
    free = shutil.disk_usage(home.settings.home).free
    return f'<span class="doc-meta">{plural(num_workers, "worker")} alive · {file_size(free)} free on the disk</span>'


def controls(home: Home, *, is_open: bool, is_paused: bool) -> None:
    if is_paused and home.queue.may_pause:
        act("Go on", "play_arrow", home.queue.resume)
    elif home.queue.may_pause:
        act("Pause", "pause", home.queue.pause, advice="The pages that are being read are finished first.")
    if is_open:
        with st.popover("Stop all", icon=":material/stop_circle:"):
            st.write("Everything that waits or is being read is stopped. What has been read stays.")
            act(
                "Stop all now",
                "stop_circle",
                lambda: st.toast(f"{plural(home.queue.cancel_all(), 'document')} stopped"),
            )
