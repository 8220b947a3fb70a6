"""Documents that are ticked in the list, and what can be done with all of them at once."""

from collections.abc import Sequence

import streamlit as st

from docintel.home import Home
from docintel.model import Document
from docintel.ui.components.ranges import ranges
from docintel.ui.documents.filters import Wanted
from docintel.ui.state import Key
from docintel.ui.text import markdown, plural

EXPORT, MOVE, TAG, READ, DELETE = "Export", "Move", "Tag", "Read in another way", "Delete"
ICONS = {
    EXPORT: ":material/download:",
    MOVE: ":material/drive_file_move:",
    TAG: ":material/label:",
    READ: ":material/autorenew:",
    DELETE: ":material/delete:",
}


def chosen() -> list[str]:
    """Ids, in the order in which they were ticked."""
    ids: dict[str, None] = st.session_state.setdefault(Key.SELECTION, {})
    return list(ids)


def choose(ids: Sequence[str], *, is_ticked: bool) -> None:
    found = dict.fromkeys(chosen())
    for each in ids:
        found.pop(each, None)
        if is_ticked:
            found[each] = None
    st.session_state[Key.SELECTION] = found


def tick(document: Document) -> None:
    """The box in front of a document."""
    key = f"tick-{document.id}"
    st.session_state[key] = document.id in st.session_state.get(Key.SELECTION, {})
    st.checkbox(
        markdown(f"Choose {document.name}"),
        key=key,
        label_visibility="collapsed",
        on_change=_ticked,
        args=(document.id,),
    )


def _ticked(document_id: str) -> None:
    choose([document_id], is_ticked=st.session_state[f"tick-{document_id}"])


def with_shift(shown: Sequence[Document]) -> None:
    """Ticks ranges among the documents that are shown."""
    ids = [document.id for document in shown]
    ranges(key=Key.RANGES, on_range=lambda: _range(ids))


def _range(ids: Sequence[str]) -> None:
    found = st.session_state[Key.RANGES].get("range")
    if found and {found["first"], found["last"]} <= set(ids):
        low, high = sorted((ids.index(found["first"]), ids.index(found["last"])))
        choose(ids[low : high + 1], is_ticked=bool(found["is_ticked"]))


def bar(home: Home, wanted: Wanted, num_documents: int) -> None:
    """What can be done with those that are ticked; nothing while none is."""
    ids = chosen()
    if not ids:
        return
    with st.container(key="selection", horizontal=True, vertical_alignment="center"):
        st.html(f'<span class="doc-chosen" role="status">{plural(len(ids), "document")} chosen</span>')
        if len(ids) < num_documents:
            st.button(f"Choose all {num_documents:,}", type="tertiary", on_click=_choose_all, args=(home, wanted))
        st.button("Choose none", type="tertiary", on_click=lambda: choose(ids, is_ticked=False))
        is_own = _are_own(home, ids)
        for action, icon in ICONS.items():
            st.button(
                action,
                icon=icon,
                key=f"all-{action}",
                disabled=action != EXPORT and not is_own,
                help=None if action == EXPORT or is_own else "Some of these are in other people's collections.",
                on_click=remember,
                args=(action, ids),
            )


def _are_own(home: Home, ids: Sequence[str]) -> bool:
    own = home.library.people.changeable()
    return all(document.collection in own for document in home.library.documents(ids=ids))


def _choose_all(home: Home, wanted: Wanted) -> None:
    choose(list(home.library.names(**wanted.filter())), is_ticked=True)


def remember(action: str, ids: Sequence[str]) -> None:
    """To be done when the whole page runs next: dialogs open outside the part of it that polls."""
    st.session_state[Key.MENU_ACTION] = (action, tuple(ids))
