"""The viewer: a document's header, and the canvas, which polls while pages are being read."""

import streamlit as st

from docintel.errors import NotFound
from docintel.home import Home
from docintel.model import Document, DocumentState, Page, block_by_id
from docintel.ui import cards
from docintel.ui.address import ASK, DOCUMENTS, LISTED, ViewerAddress
from docintel.ui.components.canvas import EVENTS, View, canvas
from docintel.ui.documents import dialogs
from docintel.ui.resources import addresses
from docintel.ui.state import Key
from docintel.ui.viewer import editing, finding, tables

POLL_S = 1.5


def show(home: Home, address: ViewerAddress) -> None:
    """A document's page as its address says."""
    try:
        document = home.library.document(address.document)
    except NotFound:
        cards.empty("This document is not here", "It was deleted, or the address is not complete.")
        return
    header(home, document)
    run_every = POLL_S if document.state.is_open else None
    shown = page if document.num_pages else without_pages
    st.fragment(shown, run_every=run_every)(home, document)


def header(home: Home, document: Document) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="viewer-header"):
        listed = ViewerAddress.read(st.query_params).listed
        query = {LISTED: listed} if listed else None
        st.page_link(DOCUMENTS, label="Documents", icon=":material/arrow_back:", query_params=query)
        state = cards.badge(document.state, is_paused=home.queue.paused)
        st.html(f'<div class="doc-title">{cards.name(document.name)}{state}</div>')
        if document.pages_read and may_change(home, document):
            st.session_state[Key.EDIT_MODE] = is_edited()
            st.toggle("Edit", key=Key.EDIT_MODE, on_change=switch_editing)
        if st.button("Tables", icon=":material/table:", disabled=not document.pages_read):
            tables.show(home, document.id)
        with st.popover("Export", icon=":material/download:", disabled=not document.pages_read):
            st.html(cards.export_links([document], addresses()))
        st.page_link(ASK, label="Ask about it", icon=":material/forum:", query_params={"document": document.id})


def without_pages(home: Home, before: Document) -> None:
    """A document of which no page is known: it waits, needs a password, or cannot be opened."""
    now = home.library.document(before.id)
    if now.state is not before.state or now.num_pages:
        st.rerun()
    st.html(f'<div class="doc-empty"><h3>{cards.STATES[now.state][0]}</h3>{cards.trouble(now)}</div>')
    if may_change(home, now):
        with st.container(horizontal=True, horizontal_alignment="center"):
            mend(home, now)


def mend(home: Home, document: Document) -> None:
    """What its owner can do about a document without pages."""
    if document.state is DocumentState.NEEDS_PASSWORD:
        if st.button("Enter password", type="primary"):
            dialogs.ask_password(document.id)
    elif not document.state.is_open and st.button("Read again", type="primary"):
        home.queue.retry(document.id)
        st.rerun()


def page(home: Home, before: Document) -> None:
    """The canvas; it runs again by itself while the document is being read."""
    address = ViewerAddress.read(st.query_params)
    document = home.library.document(before.id)
    if document.state is not before.state:
        st.rerun()
    number = min(address.page, document.num_pages)
    statuses = home.library.page_statuses(document.id)
    read = page_if_read(home, document.id, number)
    finding.bar(home, document)
    found = finding.finds(home, document)
    named = [block.bbox for block in read.blocks if block.id in address.blocks] if read else []
    view = View(
        document=document,
        number=number,
        statuses=statuses,
        page=read,
        selected=address.block if read and block_by_id(read, address.block) else "",
        lit_blocks=address.blocks,
        lit=address.boxes or tuple(named),
        found=tuple(find for find in found if find.page_number == number),
        find=found[at - 1] if (at := finding.place(found)) else None,
    )
    if not (read and address.edit and may_change(home, document)):
        canvas(view, addresses(), key=Key.CANVAS, on_event=lambda: follow(home, document.id))
        return
    left, right = st.columns([5, 2])
    with right:
        editing.show(home, document, read, address.block)
    with left:
        canvas(view, addresses(), key=Key.CANVAS, on_event=lambda: follow(home, document.id))


def may_change(home: Home, document: Document) -> bool:
    return document.collection in home.library.people.changeable()


def is_edited() -> bool:
    return ViewerAddress.read(st.query_params).edit


def switch_editing() -> None:
    _set("edit", "1" if st.session_state[Key.EDIT_MODE] else "")


def page_if_read(home: Home, document_id: str, number: int) -> Page | None:
    try:
        return home.library.page(document_id, number)
    except NotFound:
        return None


def follow(home: Home, document_id: str) -> None:
    """Does what was done on the canvas: its page and its chosen block go into the address."""
    events = st.session_state[Key.CANVAS]
    happened = {event: value for event in EVENTS if (value := events.get(event)) is not None}
    if "page" in happened:
        now = ViewerAddress.read(st.query_params)
        looked_for = {finding.TEXT: text} if (text := st.query_params.get(finding.TEXT)) else {}
        address = ViewerAddress(document_id, page=int(happened["page"]), edit=now.edit, listed=now.listed)
        st.query_params.from_dict(address.query() | looked_for)
    if "selected" in happened:
        _set("block", str(happened["selected"]))
    if "cleared" in happened:
        for name in ("block", "blocks", "boxes"):
            _set(name, "")
    if "retry" in happened:
        home.queue.retry(document_id, int(happened["retry"]))


def _set(name: str, value: str) -> None:
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
