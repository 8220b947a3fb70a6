"""The list of documents: found by name, narrowed, sorted, a page of it at a time."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from docintel.home import Home
from docintel.library import DocumentOrder
from docintel.model import Document, DocumentState
from docintel.ui import cards, choosing
from docintel.ui.address import VIEWER
from docintel.ui.documents import dialogs
from docintel.ui.people import sharing, trail
from docintel.ui.resources import addresses
from docintel.ui.state import Key
from docintel.ui.text import plural

BUSY_POLL_S, IDLE_POLL_S = 1.5, 10.0
"""While anything is being read, and else: the command line may add documents at any time."""
PAGE_SIZE = 20
NEWEST = "Newest first"
SORTS = {
    NEWEST: DocumentOrder.NEWEST,
    "Oldest first": DocumentOrder.OLDEST,
    "Name": DocumentOrder.NAME,
    "Most pages": DocumentOrder.MOST_PAGES,
    "State": DocumentOrder.STATE,
}

OPEN, AGAIN, AGAIN_ALL, CANCEL, PASSWORD, EXPORT, HISTORY, DELETE = (
    "Open",
    "Read failed pages again",
    "Read again",
    "Stop reading",
    "Enter password",
    "Export",
    "History",
    "Delete",
)


@dataclass(frozen=True)
class Wanted:
    """Which documents, in which order."""

    name: str = ""
    collection: str | None = None
    sort: str = NEWEST


def show(home: Home) -> None:
    """The toolbar and the list; it runs again by itself, often while anything is being read."""
    _do_menu_action(home)
    wanted = toolbar(home)
    is_busy = not home.queue.is_idle()
    st.fragment(rows, run_every=BUSY_POLL_S if is_busy else IDLE_POLL_S)(home, wanted, is_busy)


def toolbar(home: Home) -> Wanted:
    with st.container(horizontal=True, vertical_alignment="bottom", key="listing-toolbar"):
        name = st.text_input(
            "Search",
            key="name",
            type="search",
            placeholder="Search by name",
            label_visibility="collapsed",
            icon=":material/search:",
            live=True,
            bind="query-params",
        )
        collection = choosing.collection(home)
        sort = st.selectbox(
            "Sort", list(SORTS), key="sort", label_visibility="collapsed", bind="query-params", width=170
        )
        if home.library.user is not None and st.button("Sharing", icon=":material/group:"):
            sharing.show()
    return Wanted(name=name or "", collection=collection, sort=sort)


def rows(home: Home, wanted: Wanted, was_busy: bool) -> None:
    """One page of the list."""
    if Key.MENU_ACTION in st.session_state or was_busy is home.queue.is_idle():
        st.rerun()
    num_documents = home.library.count(collection=wanted.collection, name_contains=wanted.name)
    if not num_documents:
        st.html('<div class="doc-empty"><p>No document is called that. Search for a part of its name.</p></div>')
        return
    place = st.container(key="documents")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(plural(num_documents, "document"))
        num_parts = math.ceil(num_documents / PAGE_SIZE)
        number = st.pagination(num_parts, key="part", bind="query-params") if num_parts > 1 else 1
    now = datetime.now(UTC)
    changeable = home.library.people.changeable()
    others = home.library.people.others()
    with place:
        for document in part_of(home, wanted, number):
            whose = others.get(document.collection, "")
            row(document, now=now, may_change=document.collection in changeable, whose=whose)


def part_of(home: Home, wanted: Wanted, number: int) -> list[Document]:
    """The documents on one page of the list."""
    return home.library.documents(
        collection=wanted.collection,
        name_contains=wanted.name,
        order=SORTS[wanted.sort],
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )


def row(document: Document, *, now: datetime, may_change: bool, whose: str = "") -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
        st.html(cards.document_row(document, addresses(), now=now, whose=whose))
        st.page_link(VIEWER, label="Open", query_params={"document": document.id, "page": "1"})
        st.menu_button(
            "",
            actions(document) if may_change else [EXPORT],
            key=f"menu-{document.id}",
            type="tertiary",
            icon=":material/more_vert:",
            help="More",
            disabled=not may_change and not document.pages_read,
            on_click=_remember_menu_action,
            args=(document.id,),
        )


def _remember_menu_action(document_id: str) -> None:
    st.session_state[Key.MENU_ACTION] = (st.session_state[f"menu-{document_id}"], document_id)


def actions(document: Document) -> list[str]:
    """What can be done with a document in its state."""
    found = []
    if document.state is DocumentState.NEEDS_PASSWORD:
        found.append(PASSWORD)
    if document.state.is_open:
        found.append(CANCEL)
    elif document.state is DocumentState.PARTIAL:
        found.append(AGAIN)
    elif document.state in {DocumentState.FAILED, DocumentState.QUARANTINED, DocumentState.CANCELLED}:
        found.append(AGAIN_ALL)
    if document.pages_read:
        found.append(EXPORT)
    return [*found, HISTORY, DELETE]


def _do_menu_action(home: Home) -> None:
    """Does what was chosen in a menu. Dialogs open here, outside the part of the page that polls."""
    action, document_id = st.session_state.pop(Key.MENU_ACTION, ("", ""))
    if action == DELETE:
        dialogs.confirm_delete(document_id)
    elif action == PASSWORD:
        dialogs.ask_password(document_id)
    elif action == EXPORT:
        dialogs.export(document_id)
    elif action == HISTORY:
        trail.show(document_id)
    elif action == CANCEL:
        home.queue.cancel(document_id)
    elif action in {AGAIN, AGAIN_ALL}:
        home.queue.retry(document_id)


def choose(home: Home) -> None:
    """Where no document is named: the newest ones to choose from."""
    documents = home.library.documents(limit=12)
    if not documents:
        cards.empty("Nothing to look at yet", "Add documents first.")
        return
    st.subheader("Which document?", anchor=False)
    now = datetime.now(UTC)
    with st.container(key="documents"):
        for document in documents:
            with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
                st.html(cards.document_row(document, addresses(), now=now))
                st.page_link(VIEWER, label="Open", query_params={"document": document.id, "page": "1"})
