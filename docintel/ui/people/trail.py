"""Who did what, and when: of a document, or of a whole collection."""

from collections.abc import Sequence

import streamlit as st

from docintel.library import Entry
from docintel.ui import cards
from docintel.ui.resources import home
from docintel.ui.text import html

MAX_SHOWN = 200
MACHINE = "this machine"
"""Who acts where nobody signed in: the command line, or the app without sign-in."""


@st.dialog("History", icon=":material/history:")
def show(document_id: str) -> None:
    library = home().library
    st.html(f'<p class="doc-ask">{cards.name(library.document(document_id).name)}</p>')
    st.html(listed(library.people.trail(document_id=document_id, limit=MAX_SHOWN), with_names=False))


def listed(entries: Sequence[Entry], *, with_names: bool) -> str:
    """Entries as lines, the newest first."""
    if not entries:
        return '<p class="doc-note">Nothing has been recorded yet.</p>'
    return f'<ul class="doc-trail">{"".join(_line(entry, with_names=with_names) for entry in entries)}</ul>'


def _line(entry: Entry, *, with_names: bool) -> str:
    name = cards.name(entry.name) if with_names and entry.name else ""
    deed = html(" ".join(part for part in (entry.action, entry.detail) if part))
    return f"<li><time>{entry.at:%d %b %Y %H:%M} UTC</time><b>{html(entry.user or MACHINE)}</b> {deed}{name}</li>"
