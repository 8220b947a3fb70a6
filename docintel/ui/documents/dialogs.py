"""Dialogs about one document: delete, password, export."""

import streamlit as st

from docintel.errors import PasswordRequired
from docintel.export.original import WARNING, has_covered_text
from docintel.ui import cards
from docintel.ui.resources import addresses, home
from docintel.ui.text import html, plural


@st.dialog("Delete this document?", icon=":material/delete:")
def confirm_delete(document_id: str) -> None:
    document = home().library.document(document_id)
    st.html(
        f'<p class="doc-ask">{cards.name(document.name)}</p>'
        f"<p>The file, its {plural(document.num_pages, 'page')} and everything that was read from it will be gone. "
        "This cannot be undone.</p>"
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it"):
            st.rerun()
        if st.button("Delete", type="primary", icon=":material/delete:"):
            home().library.delete(document_id)
            st.rerun()


@st.dialog("Export", icon=":material/download:")
def export(document_id: str) -> None:
    library = home().library
    document = library.document(document_id)
    if has_covered_text(library.each_page(document.id)):
        st.warning(WARNING)
    st.html(f'<p class="doc-ask">{cards.name(document.name)}</p>{cards.export_links(document, addresses())}')


@st.dialog("Enter the password", icon=":material/lock:")
def ask_password(document_id: str) -> None:
    document = home().library.document(document_id)
    st.html(f'<p class="doc-ask">{cards.name(document.name)}</p><p>It opens this file now and is not kept.</p>')
    with st.form("password", border=False):
        password = st.text_input("Password", type="password", autocomplete="off")
        if not st.form_submit_button("Open", type="primary"):
            return
    try:
        home().library.unlock(document_id, password)
    except PasswordRequired as error:
        st.html(f'<p class="doc-trouble">{html(str(error))}</p>')
    else:
        st.rerun()
