"""What a search is narrowed to; every choice stands in the address."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from docintel.display import language_name
from docintel.home import Home
from docintel.model import BlockLabel, DocumentState, Filters
from docintel.ui import cards, choosing

STATES = (DocumentState.READY, DocumentState.PARTIAL, DocumentState.READING)
"""Those in which a document has text."""


@dataclass(frozen=True)
class Narrowed:
    """Filters of the search itself, and the labels of blocks that hits may stand in."""

    filters: Filters
    labels: tuple[BlockLabel, ...] = ()

    @property
    def is_narrow(self) -> bool:
        return self != Narrowed(Filters())


def choose(home: Home) -> Narrowed:
    """The choices as they are; a popover holds all but the collection."""
    collection = choosing.collection(home)
    with st.popover("Filters", icon=":material/filter_list:"):
        name = st.text_input("Document name", key="name", bind="query-params", placeholder="A part of it", live=True)
        languages = _several("Language", "language", {code: language_name(code) for code in home.library.languages()})
        states = _several("State", "state", {state.value: cards.STATES[state][0] for state in STATES})
        labels = _several("Kind of text", "label", {label.value: label_name(label) for label in BlockLabel})
        first = st.date_input("Added from", value=None, key="from", bind="query-params")
        last = st.date_input("Added until", value=None, key="until", bind="query-params")
    filters = Filters(
        collection=collection,
        name=name or "",
        languages=tuple(languages),
        states=tuple(map(DocumentState, states)),
        added_from=_start_of(first),
        added_before=_start_of(last + timedelta(days=1)) if isinstance(last, date) else None,
    )
    return Narrowed(filters, tuple(map(BlockLabel, labels)))


def label_name(label: BlockLabel) -> str:
    return label.value.replace("_", " ").capitalize()


def _several(label: str, key: str, names: dict[str, str]) -> list[str]:
    return st.multiselect(
        label, list(names), key=key, bind="query-params", format_func=lambda value: names[value], placeholder="Any"
    )


def _start_of(day: object) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if isinstance(day, date) else None
