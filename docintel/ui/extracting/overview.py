"""What is extracted from which documents, and the way to a file of it."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from docintel.export.extractions import FORMATS
from docintel.extraction.ready import ready_schemas
from docintel.extraction.schema import Schema
from docintel.home import Home
from docintel.library.schemas import Kept
from docintel.model import Document, DocumentState
from docintel.ui import cards, choosing
from docintel.ui.extracting import editing, table
from docintel.ui.state import Key
from docintel.ui.text import html, markdown, plural

MAX_DOCUMENTS = 500
"""The newest are shown; the command line extracts from all."""
READ = (DocumentState.READY, DocumentState.PARTIAL)


def show(home: Home) -> None:
    if not home.library.count(states=READ):
        cards.empty("Nothing to extract from yet", "Add documents; their values come from them alone.")
        return
    looked_at, schema = toolbar(home)
    documents = home.library.documents(collection=looked_at, states=READ, limit=MAX_DOCUMENTS)
    if not documents:
        st.html('<div class="doc-empty"><p>No document of this collection has been read yet.</p></div>')
        return
    kept = home.library.schemas.kept(schema, [each.id for each in documents])
    waiting = [each for each in documents if each.id not in kept or kept[each.id].is_stale]
    actions(home, schema, documents, kept, waiting)
    table.show(schema, documents, kept)


def toolbar(home: Home) -> tuple[str | None, Schema]:
    """The collection that is looked at, and the schema that is chosen: a ready one, or one of the collection.

    Where there is but one collection, its schemas are offered too.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="extract-toolbar"):
        looked_at = choosing.collection(home)
        names = [each.name for each in home.library.collections()]
        collection = looked_at or (names[0] if len(names) == 1 else None)
        own = home.library.schemas.of(collection) if collection else {}
        known = ready_schemas() | own
        if made := st.session_state.pop(Key.SCHEMA_MADE, None):
            st.session_state["schema"] = made
        name = st.selectbox(
            "Schema", list(known), key="schema", label_visibility="collapsed", bind="query-params", width=260
        )
        may_change = collection in home.library.people.changeable()
        editing.offer(known[name], collection if may_change else None, is_own=name in own)
    return looked_at, known[name]


def actions(
    home: Home,
    schema: Schema,
    documents: Sequence[Document],
    kept: Mapping[str, Kept],
    waiting: Sequence[Document],
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="extract-actions"):
        if waiting and st.button(
            f"Extract from {plural(len(waiting), 'document')}", type="primary", icon=":material/dataset:"
        ):
            run(home, schema, waiting)
        with st.popover("Export", icon=":material/download:", disabled=not kept):
            exports(home, schema, documents, kept)
        st.html(f'<p class="doc-note">{html(said_of(documents, kept))}</p>')


def said_of(documents: Sequence[Document], kept: Mapping[str, Kept]) -> str:
    stale = sum(each.is_stale for each in kept.values())
    parts = [f"{len(kept):,} of {plural(len(documents), 'document')} extracted"]
    if stale:
        parts.append(f"{stale:,} out of date, because pages or the schema changed since")
    return "; ".join(parts) + "."


def run(home: Home, schema: Schema, waiting: Sequence[Document]) -> None:
    """What is done when somebody leaves is kept."""
    bar = st.progress(0.0)
    for number, document in enumerate(waiting):
        bar.progress(number / len(waiting), text=f"{number + 1:,} of {len(waiting):,}: {markdown(document.name)}")
        home.extract(schema, [document.id])
    st.rerun()


def exports(home: Home, schema: Schema, documents: Sequence[Document], kept: Mapping[str, Kept]) -> None:
    """Made when one is asked for."""
    read = [(each, kept[each.id].extraction) for each in documents if each.id in kept]

    def made(format: str) -> bytes:
        for document, _ in read:
            home.library.people.record_export(document.id, f"{schema.name} {format}")
        return FORMATS[format](schema, read)

    for format in FORMATS:
        st.download_button(
            format.upper(),
            partial(made, format),
            f"{schema.name}.{format}",
            on_click="ignore",
            key=f"extract-export-{format}",
            width="stretch",
        )
