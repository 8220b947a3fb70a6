"""Questions and answers: the scope, the conversation, citations that open the viewer with their boxes lit."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from docintel.answering.dialogue import Exchange, last_standing
from docintel.home import Home
from docintel.library.people.access import title_of
from docintel.model import Answer, Citation, Filters
from docintel.server.addresses import Addresses
from docintel.settings import PROJECT
from docintel.ui import cards, choosing, retrieval_view
from docintel.ui.address import VIEWER, ViewerAddress
from docintel.ui.errors import boundary
from docintel.ui.resources import addresses
from docintel.ui.state import Key
from docintel.ui.text import html, plural

MAX_CHOICES = 1_000
MAX_QUESTION = 1_000
MARKER = re.compile(r"\[(\d{1,2})\]")
MAX_SUGGESTIONS = 6
MAX_HISTORY = 6
"""Turns before a question that it may lean on."""
QUESTIONS = PROJECT / "samples" / "questions.json"
"""Name of a sample → questions that it answers."""


@dataclass(frozen=True)
class Turn:
    """A question, where it was asked, and its answer."""

    question: str
    filters: Filters
    answer: Answer
    is_through: bool = False
    """The whole document was looked at, rather than passages found."""

    @property
    def understood(self) -> str:
        """The question so that it stands alone."""
        return self.answer.understood or self.question


def show(home: Home) -> None:
    """The conversation of this session; the question in the address is asked again after a reload."""
    if not home.library.count():
        cards.empty("Nothing to ask yet", "Add documents; answers come from them alone.")
        return
    filters = scope(home)
    is_through = through(home, filters)
    shows_retrieval = retrieval_view.wanted()
    turns: list[Turn] = st.session_state.setdefault(Key.TURNS, [])
    asked = st.query_params.get("question", "")
    if asked and not any(turn.understood == asked for turn in turns):
        turns.append(answered(home, asked, filters, is_through=is_through))
    if not turns:
        suggestions(home)
    for number, turn in enumerate(turns):
        show_turn(turn, number)
    if shows_retrieval and (standing := last_standing(exchanges(turns))):
        retrieval_view.show(home, standing.understood, filters)
    question = st.chat_input("Ask about your documents", max_chars=MAX_QUESTION)
    if question:
        ask(home, question, filters, turns, is_through=is_through)


def ask(home: Home, question: str, filters: Filters, turns: list[Turn], *, is_through: bool) -> None:
    """Asks, keeps the answer, and puts the question into the address."""
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<div class="doc-question" dir="auto">{html(question)}</div>')
    turns.append(answered(home, question, filters, turns, is_through=is_through))
    if standing := last_standing(exchanges(turns)):
        st.query_params["question"] = standing.understood
    st.rerun()


def exchanges(turns: Sequence[Turn]) -> list[Exchange]:
    """What a question may lean on, the oldest first."""
    return [Exchange(turn.question, turn.answer) for turn in turns[-MAX_HISTORY:]]


def answered(home: Home, question: str, filters: Filters, before: Sequence[Turn] = (), *, is_through: bool) -> Turn:
    """The answer is shown while a model writes it. What stands in an address leans on no turns before."""
    history = exchanges(before)
    place = st.empty()

    def show_partial(text: str) -> bool:
        place.html(f'<div class="doc-answer" dir="auto">{marked(text)}</div>')
        return True

    with st.spinner("Looking through the documents…"):
        if is_through:
            answer = home.look_through(question, filters.documents[0], on_text=show_partial, history=history)
        else:
            answer = home.ask(question, filters=filters, on_text=show_partial, history=history)
    place.empty()
    return Turn(question, filters, answer, is_through)


def through(home: Home, filters: Filters) -> bool:
    """Whether one document is to be looked at as a whole; it can be where a model answers."""
    if len(filters.documents) != 1 or not home.can_look_through:
        return False
    wanted = st.toggle(
        "Look at the whole document",
        value=st.query_params.get("through") == "1",
        help="All its pages at once, as many as the model takes in, instead of the passages that search finds.",
    )
    if wanted:
        st.query_params["through"] = "1"
    else:
        st.query_params.pop("through", None)
    return wanted


def scope(home: Home) -> Filters:
    """What is asked: everything, a collection, or some documents. It stands in the address."""
    asked = home.library.names(ids=st.session_state.get(Key.SCOPE, st.query_params.get_all("document")))
    st.session_state[Key.SCOPE] = list(asked)
    with st.container(horizontal=True, vertical_alignment="bottom", key="scope"):
        wanted = choosing.collection(home)
        names = home.library.names(collection=wanted, limit=MAX_CHOICES) | asked
        ids = st.multiselect(
            "Documents",
            list(names),
            key=Key.SCOPE,
            format_func=lambda found: names[found],
            placeholder="All documents",
            label_visibility="collapsed",
        )
    if ids != st.query_params.get_all("document"):
        st.query_params["document"] = ids
    return Filters(documents=tuple(ids), collection=wanted)


def show_turn(turn: Turn, number: int) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<div class="doc-question" dir="auto">{html(turn.question)}</div>')
    with st.chat_message("assistant", avatar=":material/document_search:"), boundary():
        if turn.understood != turn.question:
            st.html(f'<p class="doc-understood">Understood as: <bdi>{html(turn.understood)}</bdi></p>')
        st.html(answer_text(turn.answer))
        show_citations(turn.answer.citations, str(number), are_numbered=True)
        if turn.answer.nearest:
            st.html('<p class="doc-note">What comes nearest, though it may not answer:</p>')
            show_citations(turn.answer.nearest, f"{number}-nearest", are_numbered=False)
        if notes := notes_of(turn):
            st.html("".join(f'<p class="doc-note">{html(note)}</p>' for note in notes))


def show_citations(citations: Sequence[Citation], key: str, *, are_numbered: bool) -> None:
    if not citations:
        return
    with st.grid(3, min_column_width=240, key=f"citations-{key}") as places:
        for place, citation in enumerate(citations, start=1):
            with places.cell():
                show_citation(citation, f"{key}-{place}", place if are_numbered else None)


def notes_of(turn: Turn) -> list[str]:
    """What the answer's reader should know."""
    asked = len(turn.filters.documents)
    is_narrow = not turn.answer.citations and (asked or turn.filters.collection)
    where = plural(asked, "document") if asked else f"the collection “{title_of(turn.filters.collection or '')}”"
    return [
        *turn.answer.notes,
        *([f"Asked in {where} only: widen the choice above to ask in more."] if is_narrow else []),
    ]


def answer_text(answer: Answer) -> str:
    """The answer with its `[1]` as marks; without citations it is shown as the absence that it is."""
    tone = "" if answer.citations else " nothing"
    return f'<div class="doc-answer{tone}" dir="auto">{marked(answer.text)}</div>'


def marked(text: str) -> str:
    return MARKER.sub(r'<sup class="doc-cite">\1</sup>', html(text))


def show_citation(citation: Citation, key: str, place: int | None) -> None:
    """A card that is one link: it opens the viewer on the page, with the boxes lit. `place` is its mark in the text."""
    with st.container(key=f"citation-{key}"):
        st.html(citation_card(citation, place, addresses()))
        st.page_link(VIEWER, label="Show on the page", query_params=ViewerAddress.of(citation).query())


def citation_card(citation: Citation, place: int | None, signed: Addresses) -> str:
    crop = ""
    mark = f'<sup class="doc-cite">{place}</sup>' if place else ""
    if citation.boxes:
        address = html(signed.crop(citation.document_id, citation.page_number, citation.boxes))
        crop = f'<div class="doc-crop"><img src="{address}" alt="" loading="lazy"></div>'
    return (
        f'{crop}<blockquote class="doc-quote" dir="auto">{html(citation.text)}</blockquote>'
        f'<div class="doc-source">{mark}{cards.name(citation.name)}'
        f"<span>page {citation.page_number}</span></div>"
    )


def suggestions(home: Home) -> None:
    """What to try first."""
    st.html(
        '<div class="doc-empty"><h3>Ask in your own words</h3><p>Every answer comes with the places it was taken from. '
        "“What is the invoice total?” finds the value; “Which deadline does the contract name?” the sentence.</p></div>"
    )
    names = set(home.library.names(limit=MAX_CHOICES).values())
    questions = [asked[0]["question"] for name, asked in sample_questions().items() if name in names]
    with st.container(horizontal=True, horizontal_alignment="center", key="suggestions"):
        for question in questions[:MAX_SUGGESTIONS]:
            if st.button(question, type="secondary"):
                st.query_params["question"] = question
                st.rerun()


@st.cache_data
def sample_questions() -> dict[str, list[dict[str, Any]]]:
    """What the samples can be asked; nothing where they aren't installed."""
    if not QUESTIONS.is_file():
        return {}
    found: dict[str, list[dict[str, Any]]] = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    return found
