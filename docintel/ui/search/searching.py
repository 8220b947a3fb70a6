"""The search page's flow: the field and its filters, one call, hits or kind words."""

import streamlit as st

from docintel.home import Home
from docintel.retrieval import Found
from docintel.text.query import SearchQuery, parse
from docintel.text.query.language import MAX_QUERY
from docintel.ui import cards
from docintel.ui.errors import boundary
from docintel.ui.search import filters, hits
from docintel.ui.search.filters import Narrowed
from docintel.ui.search.places import PAGE_OF_HITS, places
from docintel.ui.text import html

PAUSE = "200ms"
MAX_HITS = 10 * PAGE_OF_HITS
SHOWN = "shown"
"""In the address: how many times “Show more” was chosen, and one."""
LABELLED = 10
"""How many times as many hits are looked through where only some kinds of text are wanted."""
TIPS = (
    ("unpaid invoice", "passages with both words, or with words that begin so"),
    ("“notice period”", "these words in this order"),
    ("invoice -draft", "without this word"),
)


def show(home: Home) -> None:
    """What is searched for stands in the address."""
    if not home.library.count():
        cards.empty("Nothing to search yet", "Add documents; every word on their pages can be found here.")
        return
    st.fragment(search)(home)


def search(home: Home) -> None:
    """Runs again by itself while somebody types."""
    with boundary():
        query = field()
        with st.container(horizontal=True, vertical_alignment="center", key="search-filters"):
            narrowed = filters.choose(home)
            by_meaning = st.toggle(
                "By meaning",
                key="meaning",
                bind="query-params",
                help="Finds also passages that say the same in other words or another language.",
            )
        asked = parse(query)
        if not query.strip():
            st.html(tips())
        elif asked.is_empty:
            st.html(said("Nothing to look for yet", why_not(asked)))
        else:
            results(home, query, asked, narrowed, by_meaning=by_meaning)


def field() -> str:
    with st.container(key="search-field"):
        query = st.text_input(
            "Search all pages",
            key="q",
            type="search",
            max_chars=MAX_QUERY,
            placeholder="Search all pages",
            label_visibility="collapsed",
            icon=":material/search:",
            live=PAUSE,
            bind="query-params",
            on_change=_from_the_top,
        )
    return query or ""


def results(home: Home, query: str, asked: SearchQuery, narrowed: Narrowed, *, by_meaning: bool) -> None:
    limit = PAGE_OF_HITS * pages_shown()
    found = found_for(home, query, narrowed, limit, by_meaning=by_meaning)
    placed = places(home.library, found, asked, loosely=by_meaning, labels=narrowed.labels)
    for note in found.notes:
        st.html(f'<p class="doc-note">{html(note)}</p>')
    if not placed:
        st.html(said("Nothing found", advice(asked, narrowed, by_meaning=by_meaning)))
        return
    hits.show(home, placed)
    if len(found.hits) >= limit and limit < MAX_HITS and st.button("Show more", key="more"):
        st.query_params[SHOWN] = str(pages_shown() + 1)
        st.rerun(scope="fragment")


def found_for(home: Home, query: str, narrowed: Narrowed, limit: int, *, by_meaning: bool) -> Found:
    wanted = limit * LABELLED if narrowed.labels else limit
    look = home.search if by_meaning else home.find
    return look(query, limit=wanted, filters=narrowed.filters)


def pages_shown() -> int:
    asked = st.query_params.get(SHOWN, "1")
    return min(max(int(asked), 1), MAX_HITS // PAGE_OF_HITS) if asked.isascii() and asked.isdecimal() else 1


def _from_the_top() -> None:
    st.query_params.pop(SHOWN, None)


def why_not(asked: SearchQuery) -> str:
    """Why a query finds nothing, whatever the documents say."""
    if asked.excluded:
        return "A minus leaves a word out. Type also what should be found, like: invoice -draft"
    return "Type a word or a number."


def advice(asked: SearchQuery, narrowed: Narrowed, *, by_meaning: bool) -> str:
    """What may help where nothing was found."""
    tries = []
    if narrowed.is_narrow:
        tries.append("search in more documents: the filters above leave some out")
    if asked.phrases:
        tries.append("leave out the quotes")
    if asked.excluded:
        tries.append("leave out the minus")
    if not by_meaning:
        tries.append("switch on “By meaning”")
    return f"You could {', or '.join(tries)}." if tries else "Try other words."


def said(title: str, text: str) -> str:
    return f'<div class="doc-empty"><h3>{html(title)}</h3><p>{html(text)}</p></div>'


def tips() -> str:
    rows = "".join(f"<div><dt>{html(example)}</dt><dd>{html(finds)}</dd></div>" for example, finds in TIPS)
    return f'<div class="doc-empty"><h3>Find any word on any page</h3><dl class="doc-tips">{rows}</dl></div>'
