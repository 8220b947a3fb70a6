"""Collections of one's own: made, renamed, deleted."""

import streamlit as st

from docintel.library import Collection
from docintel.ui.documents.dialogs import attempt
from docintel.ui.resources import home
from docintel.ui.state import Key
from docintel.ui.text import html, plural


@st.dialog("Collections", icon=":material/folder:")
def dialog() -> None:
    library = home().library
    own = library.people.changeable()
    for collection in library.collections(with_empty=True):
        if collection.name in own:
            row(collection)
    with st.form("make-collection", clear_on_submit=True, border=False):
        title = st.text_input("New collection", placeholder="Its name")
        if st.form_submit_button("Make it", icon=":material/create_new_folder:") and title.strip():
            attempt(lambda: library.filing.make_collection(title))


def row(collection: Collection) -> None:
    library = home().library
    with st.container(horizontal=True, vertical_alignment="center", key=f"own-{collection.name}"):
        count = plural(collection.num_documents, "document")
        st.html(
            f'<div class="doc-facts"><span class="doc-name" dir="auto">{html(collection.title)}</span>'
            f'<span class="doc-meta">{count}</span></div>'
        )
        with st.popover("Rename", type="tertiary", key=f"rename-popover-{collection.name}"):
            title = st.text_input("New name", value=collection.title, key=f"rename-{collection.name}")
            if st.button("Rename", key=f"rename-now-{collection.name}", type="primary"):
                attempt(lambda: library.filing.rename_collection(collection.name, title))
        with st.popover("Delete", type="tertiary", key=f"delete-popover-{collection.name}"):
            st.write(f"Its {count} will be in the bin." if collection.num_documents else "It is empty.")
            if st.button("Delete collection", key=f"delete-now-{collection.name}", type="primary"):
                attempt(lambda: _delete(collection.name))


def _delete(name: str) -> None:
    st.session_state[Key.UNDO] = home().library.filing.delete_collection(name)
