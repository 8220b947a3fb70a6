"""Find in this document: a field, which of how many is shown, the next and the one before, across pages."""

from collections.abc import Sequence

import streamlit as st

from docintel.home import Home
from docintel.model import Document
from docintel.text.query.finds import Find, finds_on
from docintel.text.query.language import MAX_QUERY
from docintel.ui.address import ViewerAddress
from docintel.ui.components import shortcut
from docintel.ui.state import Key
from docintel.ui.text import html

TEXT, PLACE = "find", "at"
"""In the address: what is looked for, and which of the places is shown, from 1."""
MAX_FINDS = 5_000
PAUSE = "250ms"


def bar(home: Home, document: Document) -> None:
    """Shows the field; what is typed goes into the address, and the first place from this page on is shown."""
    key = f"find-{document.id}"
    if key not in st.session_state:
        st.session_state[key] = st.query_params.get(TEXT, "")
    with st.container(horizontal=True, vertical_alignment="center", key="find"):
        with st.container(key="find-field", width=260):
            st.text_input(
                "Find in this document",
                key=key,
                type="search",
                max_chars=MAX_QUERY,
                placeholder="Find in this document",
                label_visibility="collapsed",
                icon=":material/search:",
                live=PAUSE,
                on_change=_look,
                args=(home, document, key),
            )
        if st.query_params.get(TEXT):
            _steps(home, document)
        shortcut.to_find()


def _steps(home: Home, document: Document) -> None:
    found = finds(home, document)
    at = place(found)
    where = f"{at} of {len(found):,}" if found and at else f"{len(found):,} found" if found else "Not found"
    st.html(f'<span class="doc-meta" role="status">{html(where)}</span>')
    for name, by, icon in (("previous", -1, "keyboard_arrow_up"), ("next", 1, "keyboard_arrow_down")):
        st.button(
            f"{name.capitalize()} place",
            key=f"find-{name}",
            type="tertiary",
            icon=f":material/{icon}:",
            disabled=not found,
            on_click=_step,
            args=(home, document, by),
        )


def finds(home: Home, document: Document) -> list[Find]:
    """Every place in the document; those found last are kept until its collection changes."""
    text = st.query_params.get(TEXT, "")
    if not text:
        return []
    versions = {each.name: each.version for each in home.library.collections()}
    key = (document.id, versions.get(document.collection), document.pages_read, text)
    kept = st.session_state.get(Key.FINDS)
    if kept is None or kept[0] != key:
        found: list[Find] = []
        for page in home.library.each_page(document.id):
            found += finds_on(page, text)
            if len(found) >= MAX_FINDS:
                break
        kept = st.session_state[Key.FINDS] = (key, found[:MAX_FINDS])
    finds_kept: list[Find] = kept[1]
    return finds_kept


def place(found: Sequence[Find]) -> int:
    """Which place is shown, from 1: the one in the address if it is on this page; 0 where another page is shown."""
    asked = st.query_params.get(PLACE, "")
    at = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 0
    page = ViewerAddress.read(st.query_params).page
    return at if 1 <= at <= len(found) and found[at - 1].page_number == page else 0


def _look(home: Home, document: Document, key: str) -> None:
    """Something else is looked for: from this page on."""
    st.query_params[TEXT] = st.session_state[key] or ""
    st.query_params.pop(PLACE, None)
    if not st.query_params[TEXT]:
        st.query_params.pop(TEXT, None)
        return
    _step(home, document, 1)


def _step(home: Home, document: Document, by: int) -> None:
    """To the next place, or the one before; from the last to the first."""
    found = finds(home, document)
    if not found:
        return
    page = ViewerAddress.read(st.query_params).page
    if at := place(found):
        number = (at - 1 + by) % len(found) + 1
    elif by > 0:
        number = next((n for n, each in enumerate(found, start=1) if each.page_number >= page), 1)
    else:
        number = next((n for n in range(len(found), 0, -1) if found[n - 1].page_number < page), len(found))
    st.query_params[PLACE] = str(number)
    if found[number - 1].page_number != page:
        for name in ("block", "blocks", "boxes"):
            st.query_params.pop(name, None)
    st.query_params["page"] = str(found[number - 1].page_number)
