"""The list of documents: found by name, narrowed, sorted, a page of it at a time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from docintel.home import Home
from docintel.model import Document, DocumentState
from docintel.ui import cards
from docintel.ui.address import VIEWER
from docintel.ui.documents import binned, collections, dialogs, filters, selection
from docintel.ui.documents.filters import Wanted
from docintel.ui.people import sharing, trail
from docintel.ui.resources import addresses
from docintel.ui.state import Key
from docintel.ui.text import plural

BUSY_POLL_S, IDLE_POLL_S = 1.5, 10.0
"""While anything is being read, and else: the command line may add documents at any time."""
PAGE_SIZE = 20
OPEN, RENAME, AGAIN, AGAIN_ALL, CANCEL, PASSWORD, HISTORY = (
    "Open",
    "Rename",
    "Read failed pages again",
    "Read again",
    "Stop reading",
    "Enter password",
    "History",
)


def show(home: Home) -> None:
    """The toolbar and the list; it runs again by itself, often while anything is being read."""
    filters.restore()
    _do_menu_action(home)
    with st.container(horizontal=True, vertical_alignment="bottom", key="listing-toolbar"):
        wanted = filters.toolbar(home)
        if st.button("Collections", icon=":material/folder:", type="tertiary"):
            collections.dialog()
        binned.offer(home)
        if home.library.user is not None and st.button("Sharing", icon=":material/group:", type="tertiary"):
            sharing.show()
    binned.undo(home)
    is_busy = not home.queue.is_idle()
    st.fragment(rows, run_every=BUSY_POLL_S if is_busy else IDLE_POLL_S)(home, wanted, is_busy)


def rows(home: Home, wanted: Wanted, was_busy: bool) -> None:
    """One page of the list."""
    if Key.MENU_ACTION in st.session_state or was_busy is home.queue.is_idle():
        st.rerun()
    num_documents = home.library.count(**wanted.filter())
    if not num_documents:
        nothing(home, wanted)
        return
    selection.bar(home, wanted, num_documents)
    place = st.container(key="documents")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(plural(num_documents, "document"))
        num_parts = math.ceil(num_documents / PAGE_SIZE)
        number = st.pagination(num_parts, key="part", bind="query-params") if num_parts > 1 else 1
    shown = part_of(home, wanted, number)
    context = Context.of(home)
    with place:
        for document in shown:
            row(document, context)
    selection.with_shift(shown)


def nothing(home: Home, wanted: Wanted) -> None:
    """Why the list is empty."""
    why = "No document is called that. Search for a part of its name." if wanted.name else "No document is like that."
    narrowed = f"{why} Clearing the filters shows all." if home.library.count() else "No documents are here."
    st.html(f'<div class="doc-empty"><p>{narrowed}</p></div>')


def part_of(home: Home, wanted: Wanted, number: int) -> list[Document]:
    """The documents on one page of the list."""
    return home.library.documents(
        order=filters.SORTS[wanted.sort], limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE, **wanted.filter()
    )


@dataclass(frozen=True)
class Context:
    """What all rows share."""

    now: datetime
    changeable: set[str]
    """Names of the user's own collections."""
    others: dict[str, str]
    """Collection → whose it is, of those that are another's."""
    is_paused: bool
    carried: dict[str, str]
    """What the viewer's address takes along, to come back to the same list."""

    @classmethod
    def of(cls, home: Home) -> "Context":
        people = home.library.people
        return cls(datetime.now(UTC), people.changeable(), people.others(), home.queue.paused, filters.carried(home))


def row(document: Document, context: Context) -> None:
    may_change = document.collection in context.changeable
    with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
        selection.tick(document)
        card(document, context)
        st.menu_button(
            "",
            actions(document) if may_change else [selection.EXPORT],
            key=f"menu-{document.id}",
            type="tertiary",
            icon=":material/more_vert:",
            help="More",
            disabled=not may_change and not document.pages_read,
            on_click=_remember_menu_action,
            args=(document.id,),
        )


def card(document: Document, context: Context) -> None:
    """A document with its picture; all of it opens the viewer."""
    whose = context.others.get(document.collection, "")
    st.html(cards.document_row(document, addresses(), now=context.now, whose=whose, is_paused=context.is_paused))
    query = {"document": document.id, "page": "1", **context.carried}
    st.page_link(VIEWER, label="Open", query_params=query)


def _remember_menu_action(document_id: str) -> None:
    selection.remember(st.session_state[f"menu-{document_id}"], [document_id])


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
        found.append(selection.EXPORT)
    again = [] if document.state.is_open else [selection.READ]
    return [*found, RENAME, selection.MOVE, selection.TAG, *again, HISTORY, selection.DELETE]


def _do_menu_action(home: Home) -> None:
    """Does what was chosen in a menu. Dialogs open here, outside the part of the page that polls."""
    action, ids = st.session_state.pop(Key.MENU_ACTION, ("", ()))
    if action == selection.DELETE:
        binned.put(home, ids)
    elif action in DIALOGS:
        DIALOGS[action](ids)
    elif action == CANCEL:
        home.queue.cancel(ids[0])
    elif action in {AGAIN, AGAIN_ALL}:
        home.queue.retry(ids[0])


DIALOGS: dict[str, Callable[[Sequence[str]], None]] = {
    selection.EXPORT: dialogs.export,
    selection.MOVE: dialogs.move,
    selection.TAG: dialogs.tag,
    selection.READ: dialogs.read_again,
    RENAME: lambda ids: dialogs.rename(ids[0]),
    PASSWORD: lambda ids: dialogs.ask_password(ids[0]),
    HISTORY: lambda ids: trail.show(ids[0]),
}


def choose(home: Home) -> None:
    """Where no document is named: the newest ones to choose from."""
    documents = home.library.documents(limit=12)
    if not documents:
        cards.empty("Nothing to look at yet", "Add documents first.")
        return
    st.subheader("Which document?", anchor=False)
    context = Context.of(home)
    with st.container(key="documents"):
        for document in documents:
            with st.container(horizontal=True, vertical_alignment="center", key=f"document-{document.id}"):
                card(document, context)
