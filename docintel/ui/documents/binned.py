"""The bin, as the documents page shows it: undo for what was just deleted, and a dialog with all that is in it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from docintel.display import age
from docintel.home import Home
from docintel.library import BinnedDocument
from docintel.library.people.access import title_of
from docintel.ui import cards
from docintel.ui.documents import selection
from docintel.ui.resources import home
from docintel.ui.state import Key
from docintel.ui.text import html, in_a_row, markdown, plural

MAX_SHOWN = 50


def put(home: Home, ids: Sequence[str]) -> None:
    """Those that are still there go into the bin; the page offers to undo it."""
    st.session_state[Key.UNDO] = home.library.bin.put(list(home.library.names(ids=ids)))
    selection.choose(ids, is_ticked=False)


def undo(home: Home) -> None:
    """A line about what was just deleted, until it is restored or dismissed."""
    ids: list[str] = st.session_state.get(Key.UNDO, [])
    if not ids:
        return
    name = home.library.including_bin().names(ids=ids[:1]).get(ids[0], "")
    what = f"“{html(name)}” is" if len(ids) == 1 else f"{plural(len(ids), 'document')} are"
    with st.container(key="undo", horizontal=True, vertical_alignment="center"):
        st.html(f'<span role="status" dir="auto">{what} in the bin.</span>')
        if st.button("Undo", icon=":material/undo:", key="undo-delete"):
            there = home.library.including_bin().names(ids=ids)
            home.library.bin.restore(list(there))
            st.session_state[Key.UNDO] = []
            st.rerun()
        if st.button("Dismiss", type="tertiary", key="dismiss-undo"):
            st.session_state[Key.UNDO] = []
            st.rerun()


def offer(home: Home) -> None:
    """The way to the bin, where something is in it."""
    if (num := home.library.bin.count()) and st.button(f"Bin ({num:,})", icon=":material/delete:", type="tertiary"):
        dialog()


@st.dialog("Bin", width="large", icon=":material/delete:")
def dialog() -> None:
    opened = home()
    found = opened.library.bin.documents(limit=MAX_SHOWN)
    if not found:
        st.write("The bin is empty.")
        return
    days = opened.settings.bin_days
    after = f"They are deleted for good {plural(days, 'day')} after they came here." if days else "They stay here."
    st.caption(f"What is here is in no list, no search and no answer. {after}")
    own = opened.library.people.changeable()
    for entry in found:
        row(opened, entry, is_own=entry.document.collection in own)
    if (num := opened.library.bin.count()) > len(found):
        st.caption(f"and {num - len(found):,} more")
    empty(opened)


def row(home: Home, entry: BinnedDocument, *, is_own: bool) -> None:
    document = entry.document
    where = title_of(document.collection)
    by = f"by {entry.user}" if entry.user else ""
    facts = [part for part in (f"from {where}", age(entry.binned_at, now=datetime.now(UTC)), by) if part]
    with st.container(horizontal=True, vertical_alignment="center", key=f"binned-{document.id}"):
        st.html(
            f'<div class="doc-facts">{cards.name(document.name)}<span class="doc-meta">{in_a_row(facts)}</span></div>'
        )
        if not is_own:
            return
        if st.button("Restore", icon=":material/undo:", key=f"restore-{document.id}", type="tertiary"):
            home.library.bin.restore([document.id])
            st.rerun()
        if st.button(
            "Delete for good",
            icon=":material/delete_forever:",
            key=f"destroy-{document.id}",
            type="tertiary",
            help=f"{markdown(document.name)} cannot be brought back then",
        ):
            home.library.delete(document.id)
            st.rerun(scope="fragment")


def empty(home: Home) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"), st.popover("Empty the bin"):
        st.write("Everything of yours in the bin will be gone, and cannot be brought back.")
        if st.button("Delete all for good", type="primary", icon=":material/delete_forever:"):
            home.library.bin.empty()
            st.rerun()
