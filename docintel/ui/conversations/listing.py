"""The list of conversations beside the page, and the head of the one that is open."""

import re

import streamlit as st

from docintel.export.conversation import conversation_to_markdown
from docintel.home import Home
from docintel.library import Conversation
from docintel.ui.conversations import dialogs
from docintel.ui.text import html, markdown, plural

FEW = 8
"""Conversations that can be found without a search."""
MAX_LISTED = 100
NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def show(home: Home, current: Conversation | None) -> None:
    found = home.library.conversations.all()
    if not found:
        return
    with st.sidebar, st.container(key="conversations"):
        st.button("New conversation", icon=":material/add_comment:", type="tertiary", on_click=st.query_params.clear)
        wanted = found
        if len(found) > FEW:
            name = st.text_input(
                "Find a conversation",
                type="search",
                placeholder="Find a conversation",
                label_visibility="collapsed",
                live=True,
            )
            wanted = [each for each in found if (name or "").casefold() in each.name.casefold()]
        for each in wanted[:MAX_LISTED]:
            key = "conversation-current" if current and each.id == current.id else f"conversation-{each.id}"
            with st.container(key=key):
                st.button(
                    markdown(each.name),
                    key=f"open-{each.id}",
                    type="tertiary",
                    width="stretch",
                    on_click=go_to,
                    args=(home, each.id),
                )
        if len(wanted) > MAX_LISTED:
            st.caption(f"The newest {MAX_LISTED} of {len(wanted):,}. Find others by their names.")
        elif not wanted:
            st.caption("None is called that. Search for a part of its name.")


def go_to(home: Home, conversation_id: str) -> None:
    """It goes on with the documents that were asked last. (A link within a page leaves Back no step to go.)"""
    last = home.library.conversations.exchanges(conversation_id, last=1)
    documents = [document for exchange in last for document in exchange.filters.documents]
    st.query_params.from_dict({"conversation": conversation_id, "document": documents})


def header(home: Home, conversation: Conversation) -> None:
    """Its name, and what can be done with it."""

    def exported() -> bytes:
        home.library.conversations.record_export(conversation.id)
        return conversation_to_markdown(conversation.name, home.library.conversations.exchanges(conversation.id))

    with st.container(horizontal=True, vertical_alignment="center", key="conversation-header"):
        st.html(
            f'<div class="doc-title"><h2 class="doc-name" dir="auto">{html(conversation.name)}</h2>'
            f'<span class="doc-meta">{plural(conversation.num_questions, "question")}</span></div>'
        )
        if st.button("Rename", icon=":material/edit:", type="tertiary"):
            dialogs.rename(conversation.id)
        st.download_button(
            "Export",
            exported,
            file_name=f"{NOT_IN_FILE_NAMES.sub(' ', conversation.name).strip()}.md",
            mime="text/markdown",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if st.button("Delete", icon=":material/delete:", type="tertiary"):
            dialogs.confirm_delete(conversation.id)
