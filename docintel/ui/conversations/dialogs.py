"""Dialogs about one conversation: rename, delete."""

import streamlit as st

from docintel.errors import UsageError
from docintel.library.conversations.repository import MAX_NAME_LENGTH
from docintel.ui.resources import home
from docintel.ui.text import html, plural


@st.dialog("Rename this conversation", icon=":material/edit:")
def rename(conversation_id: str) -> None:
    conversations = home().library.conversations
    with st.form("rename-conversation", border=False):
        name = st.text_input("Name", conversations.find(conversation_id).name, max_chars=MAX_NAME_LENGTH)
        if not st.form_submit_button("Rename", type="primary"):
            return
    try:
        conversations.rename(conversation_id, name)
    except UsageError as error:
        st.html(f'<p class="doc-trouble">{html(str(error))}</p>')
    else:
        st.rerun()


@st.dialog("Delete this conversation?", icon=":material/delete:")
def confirm_delete(conversation_id: str) -> None:
    conversations = home().library.conversations
    conversation = conversations.find(conversation_id)
    st.html(
        f'<p class="doc-ask"><span class="doc-name" dir="auto">{html(conversation.name)}</span></p>'
        f"<p>Its {plural(conversation.num_questions, 'question')} and the answers will be gone; the documents stay. "
        "This cannot be undone.</p>"
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it"):
            st.rerun()
        if st.button("Delete it", type="primary", icon=":material/delete:"):
            conversations.delete(conversation_id)
            st.query_params.clear()
            st.rerun()
