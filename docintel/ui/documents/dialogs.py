"""Dialogs about documents: export, rename, move, tag, read again, password."""

from collections.abc import Callable, Sequence

import streamlit as st

from docintel.engines import OPENERS
from docintel.errors import DocintelError, UsageError
from docintel.export.original import WARNING, has_covered_text
from docintel.language import language_codes
from docintel.ui import cards
from docintel.ui.resources import addresses, home
from docintel.ui.text import html, plural

AS_SET = "As the settings say"


MAX_EXPORTED = 20
"""Documents whose links are shown at once."""


@st.dialog("Export", icon=":material/download:")
def export(ids: Sequence[str]) -> None:
    library = home().library
    documents = library.documents(ids=ids, limit=MAX_EXPORTED)
    if any(has_covered_text(library.each_page(document.id)) for document in documents):
        st.warning(WARNING)
    what([document.id for document in documents])
    st.html(cards.export_links(documents, addresses()))
    if len(ids) > len(documents):
        st.caption(
            f"The first {MAX_EXPORTED} of {len(ids):,}. `docintel export-zip --collection NAME` has no such limit."
        )


@st.dialog("Rename", icon=":material/edit:")
def rename(document_id: str) -> None:
    document = home().library.document(document_id)
    with st.form("rename", border=False):
        name = st.text_input("Name", value=document.name, autocomplete="off")
        if st.form_submit_button("Rename", type="primary"):
            attempt(lambda: home().library.filing.rename(document_id, name))


@st.dialog("Move to a collection", icon=":material/drive_file_move:")
def move(ids: Sequence[str]) -> None:
    library = home().library
    names = {each.name: each.title for each in library.collections(with_empty=True)}
    own = sorted(names.keys() & library.people.changeable())
    what(ids)
    with st.form("move", border=False):
        target = st.selectbox(
            "Collection",
            own,
            index=None,
            format_func=lambda name: names.get(name, name),
            placeholder="Choose one, or type a new name",
            accept_new_options=True,
        )
        if st.form_submit_button("Move", type="primary") and target:
            attempt(lambda: library.filing.move(ids, target))


@st.dialog("Tags", icon=":material/label:")
def tag(ids: Sequence[str]) -> None:
    library = home().library
    there = sorted({each for document in library.documents(ids=ids) for each in document.tags})
    what(ids)
    with st.form("tag", border=False):
        add = st.multiselect(
            "Add", library.filing.tags(), accept_new_options=True, placeholder="Choose some, or type new ones"
        )
        remove = st.multiselect("Remove", there, placeholder="Choose some") if there else []
        if st.form_submit_button("Save", type="primary"):
            attempt(lambda: library.filing.tag(ids, add=add, remove=remove))


@st.dialog("Read in another way", icon=":material/autorenew:")
def read_again(ids: Sequence[str]) -> None:
    what(ids)
    st.caption("All pages are read again. What was read before stays until then, and is replaced.")
    with st.form("read-again", border=False):
        engine = st.selectbox("Engine", [AS_SET, *(each for each in OPENERS if each != "fake")])
        languages = st.text_input("Languages", placeholder="seen on each page", help="Two-letter codes: “el tr”.")
        if st.form_submit_button("Read again", type="primary"):
            chosen = "" if engine == AS_SET else engine
            attempt(lambda: read_so(ids, chosen, language_codes(languages)))


def read_so(ids: Sequence[str], engine: str, languages: Sequence[str]) -> None:
    """Raises UsageError where none of them can be read now."""
    if not home().library.filing.read_again(ids, engine=engine, languages=languages):
        raise UsageError("They are being read just now. Wait until they are done, or stop that.")


def what(ids: Sequence[str]) -> None:
    """Which documents a dialog is about."""
    if len(ids) == 1:
        st.html(f'<p class="doc-ask">{cards.name(home().library.document(ids[0]).name)}</p>')
    else:
        st.html(f'<p class="doc-ask">{plural(len(ids), "document")}</p>')


def attempt(change: Callable[[], object]) -> None:
    """Does it and closes the dialog, or says in it why not."""
    try:
        change()
    except DocintelError as error:
        st.html(f'<p class="doc-trouble" dir="auto">{html(str(error))}</p>')
    else:
        st.rerun()


@st.dialog("Enter the password", icon=":material/lock:")
def ask_password(document_id: str) -> None:
    document = home().library.document(document_id)
    st.html(f'<p class="doc-ask">{cards.name(document.name)}</p><p>It opens this file now and is not kept.</p>')
    with st.form("password", border=False):
        password = st.text_input("Password", type="password", autocomplete="off")
        if not st.form_submit_button("Open", type="primary"):
            return
    attempt(lambda: home().library.unlock(document_id, password))
