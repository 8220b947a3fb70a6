"""Which documents the list shows, and in which order: chosen above it, kept in the address."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from docintel.home import Home
from docintel.library import DocumentFilter, DocumentOrder
from docintel.model import DocumentState
from docintel.ui import cards, choosing
from docintel.ui.address import DOCUMENTS, LISTED

NEWEST = "Newest first"
EMPTY: dict[str, object] = {
    "name": "",
    "collection": choosing.ALL,
    "state": [],
    "language": [],
    "tag": [],
    "from": None,
    "until": None,
    "sort": NEWEST,
    "part": 1,
    "into": None,
}
"""Keys of what is chosen for uploads, above the list and below, which are names in its address; and what is first."""
SORTS = {
    NEWEST: DocumentOrder.NEWEST,
    "Oldest first": DocumentOrder.OLDEST,
    "Name": DocumentOrder.NAME,
    "Most pages": DocumentOrder.MOST_PAGES,
    "State": DocumentOrder.STATE,
}
STATES = {words: state for state, (words, _) in cards.STATES.items()}


@dataclass(frozen=True)
class Wanted:
    """Which documents, in which order; dates are whole days in the time zone of who looks."""

    name: str = ""
    collection: str | None = None
    states: tuple[DocumentState, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    sort: str = NEWEST

    def filter(self) -> DocumentFilter:
        return DocumentFilter(
            name_contains=self.name,
            collection=self.collection,
            states=self.states or None,
            languages=self.languages or None,
            tags=self.tags or None,
            added_from=_midnight(self.first_day) if self.first_day else None,
            added_before=_midnight(self.last_day + timedelta(days=1)) if self.last_day else None,
        )


def _midnight(day: date) -> datetime:
    try:
        zone: tzinfo = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):  # a browser may name one that is not known here
        zone = UTC
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def toolbar(home: Home) -> Wanted:
    """The filters; whoever calls it adds what else stands in the bar."""
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
    states, languages, tags, first_day, last_day = narrowing(home)
    sort = st.selectbox("Sort", list(SORTS), key="sort", label_visibility="collapsed", bind="query-params", width=170)
    return Wanted(
        name=name or "",
        collection=collection,
        states=states,
        languages=languages,
        tags=tags,
        first_day=first_day,
        last_day=last_day,
        sort=sort,
    )


def narrowing(
    home: Home,
) -> tuple[tuple[DocumentState, ...], tuple[str, ...], tuple[str, ...], date | None, date | None]:
    """What is narrowed by less often, behind a button."""
    num_set = sum(bool(st.session_state.get(name)) for name in ("state", "language", "tag", "from", "until"))
    with st.popover(f"Filter ({num_set})" if num_set else "Filter", icon=":material/filter_alt:"):
        states = st.multiselect("State", list(STATES), key="state", bind="query-params")
        languages = st.multiselect("Language", home.library.languages(), key="language", bind="query-params")
        tags = st.multiselect("Tags", home.library.filing.tags(), key="tag", bind="query-params")
        left, right = st.columns(2)
        first_day = left.date_input("Added from", value=None, key="from", bind="query-params", format="YYYY-MM-DD")
        last_day = right.date_input("until", value=None, key="until", bind="query-params", format="YYYY-MM-DD")
        if num_set:
            st.button("Clear all filters", icon=":material/filter_alt_off:", on_click=clear)
    return tuple(STATES[each] for each in states), tuple(languages), tuple(tags), first_day, last_day


def clear() -> None:
    """Everything is shown again, in the order that was chosen."""
    for name in EMPTY.keys() - {"sort", "into"}:
        if name in st.session_state:
            st.session_state[name] = EMPTY[name]


def carried(home: Home) -> dict[str, str]:
    """What the list shows, as a part of a document's address: Streamlit drops the list's own parts on the way there."""
    values = {name: st.session_state.get(name) for name in EMPTY}
    shown = {name: value for name, value in values.items() if value and value != EMPTY[name]}
    if "collection" in shown:
        shown["collection"] = choosing.label_of(home, str(shown["collection"]))
    return {LISTED: urlencode(shown, doseq=True)} if shown else {}


def restore() -> None:
    """First call of the list: shows what `carried` says, where one comes back from a document.

    Going back leads to an address with the list's path and the document's query, which Streamlit leaves in the
    browser's history.
    """
    if LISTED in st.query_params or "document" in st.query_params:
        query = parse_qs(st.query_params.get(LISTED, ""))
        st.switch_page(DOCUMENTS, query_params={name: query[name] for name in EMPTY if name in query})
