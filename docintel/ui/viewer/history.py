"""Who corrected what on a page, and when."""

from datetime import UTC, datetime

import streamlit as st

from docintel.corrections.describing import in_words
from docintel.display import age
from docintel.home import Home
from docintel.library import HistoryEntry
from docintel.model import Document
from docintel.ui.text import html, plural

SHOWN = 50


def show(home: Home, document: Document, number: int) -> None:
    """A button that opens the list, the newest first."""
    found = home.library.corrections.history(document.id, number)
    with st.popover(plural(len(found), "correction"), icon=":material/history:", disabled=not found):
        now = datetime.now(UTC)
        st.html(f'<ol class="doc-history">{"".join(_line(each, now) for each in found[::-1][:SHOWN])}</ol>')
        if len(found) > SHOWN:
            st.caption(f"`docintel corrections {document.id[:8]}` lists all {len(found):,}.")


def _line(each: HistoryEntry, now: datetime) -> str:
    who = each.entry.user or "this machine"
    what = f"{'took back: ' if each.entry.reverses else ''}{in_words(each.entry.correction)}"
    misfit = "" if each.fits else "<em>Does not fit: the page was read again and says something else there.</em>"
    return (
        f'<li><bdi dir="auto">{html(what)}</bdi>{misfit}<span class="doc-meta"><bdi>{html(who)}</bdi> · '
        f"{html(age(each.entry.at, now=now))}</span></li>"
    )
