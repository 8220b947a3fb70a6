"""Who may read a collection: its owner lets people in and out, and sees what was done in it."""

import streamlit as st

from docintel.errors import UsageError
from docintel.library import Collection
from docintel.ui import choosing
from docintel.ui.people import trail
from docintel.ui.resources import home
from docintel.ui.text import html, markdown


@st.dialog("Sharing", icon=":material/group:")
def show() -> None:
    """Of the collections that the user may change; those who read one look, search, ask and export."""
    library = home().library
    own = library.people.changeable()
    collections = {each.name: each for each in library.collections() if each.name in own}
    if not collections:
        st.write("Collections that you add documents to can be shared here.")
        return
    labels = {name: choosing.label(each, library.user) for name, each in collections.items()}
    chosen = st.selectbox("Collection", list(labels), format_func=lambda name: labels.get(name, name), key="shared")
    access, history = st.tabs(["Access", "History"])
    with access:
        readers(collections[chosen])
    with history:
        st.html(trail.listed(library.people.trail(collection=chosen, limit=trail.MAX_SHOWN), with_names=True))


def readers(collection: Collection) -> None:
    """Who has access, and a field to let somebody in."""
    if not collection.readers:
        st.html('<p class="doc-note">Nobody reads it but its owner.</p>')
    for reader in collection.readers:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(f'<span class="doc-name">{html(reader)}</span>')
            if st.button(
                "Remove", key=f"remove-{reader}", type="tertiary", help=f"{markdown(reader)} sees it no longer"
            ):
                home().library.people.share(collection.name, remove=[reader])
                st.rerun(scope="fragment")
    with st.form("reader", clear_on_submit=True, border=False):
        address = st.text_input("Let somebody read it", placeholder="name@example.org")
        if not st.form_submit_button("Add", icon=":material/person_add:") or not address:
            return
    try:
        home().library.people.share(collection.name, readers=[address])
    except UsageError as error:
        st.html(f'<p class="doc-trouble">{html(str(error))}</p>')
    else:
        st.rerun(scope="fragment")
