"""Questions and answers: the scope, the conversation, and the question that is being asked."""

from dataclasses import dataclass, replace

import streamlit as st

from docintel.answering.dialogue import last_standing
from docintel.errors import NotFound, UsageError
from docintel.home import Home, converse
from docintel.home.conversing import history
from docintel.library import Conversation, KeptExchange
from docintel.model import Filters
from docintel.ui import cards, choosing, retrieval_view, suggestions
from docintel.ui.address import ASK
from docintel.ui.answers import marked, show_exchange, show_question
from docintel.ui.conversations import listing
from docintel.ui.errors import boundary
from docintel.ui.state import Key

MAX_CHOICES = 1_000
MAX_QUESTION = 1_000
MAX_SHOWN = 20
"""Exchanges of a conversation that are shown unless all are asked for."""


@dataclass(frozen=True)
class Asking:
    """A question on its way."""

    question: str
    conversation: str | None
    """None: a new one."""
    filters: Filters
    is_through: bool
    has_failed: bool = False


def show(home: Home) -> None:
    """The conversation that the address names, or a new one; the address may ask a question, once."""
    conversation = opened(home)
    listing.show(home, conversation)
    if not home.library.count() and conversation is None:
        cards.empty("Nothing to ask yet", "Add documents; answers come from them alone.")
        return
    exchanges = shown_exchanges(home, conversation)
    filters = scope(home, conversation)
    is_through = through(home, filters)
    shows_retrieval = retrieval_view.wanted()
    if conversation:
        listing.header(home, conversation)
    chosen = None if exchanges else suggestions.show(home, filters)
    for exchange in exchanges:
        if show_exchange(exchange):
            chosen = exchange.understood
    if shows_retrieval and conversation and (standing := last_standing(history(home, conversation.id))):
        retrieval_view.show(home, standing.understood, filters)
    place = st.container()
    written = st.chat_input("Ask about your documents", max_chars=MAX_QUESTION)
    question = written or chosen or (st.query_params.get("question") or "").strip()
    st.query_params.pop("question", None)
    with place, boundary():
        if len(question) > MAX_QUESTION:
            raise UsageError(f"This question is too long: at most {MAX_QUESTION:,} characters can be asked.")
        if question:
            name = conversation.id if conversation else None
            st.session_state[Key.ASKING] = Asking(question, name, filters, is_through)
        show_asking(home, conversation)


def opened(home: Home) -> Conversation | None:
    """The one that the address names, if any."""
    name = st.query_params.get("conversation", "")
    if not name:
        return None
    try:
        return home.library.conversations.find(name)
    except NotFound as error:
        st.warning(f"{error} What you ask now begins a new one.", icon=":material/info:")
        return None


def shown_exchanges(home: Home, conversation: Conversation | None) -> list[KeptExchange]:
    if conversation is None:
        return []
    shows_all = st.query_params.get("all") == "1"
    if conversation.num_questions > MAX_SHOWN and not shows_all:
        st.page_link(
            ASK,
            label=f"Show all {conversation.num_questions:,} questions",
            icon=":material/expand_less:",
            query_params={"conversation": conversation.id, "all": "1"},
        )
    return home.library.conversations.exchanges(conversation.id, last=None if shows_all else MAX_SHOWN)


def show_asking(home: Home, conversation: Conversation | None) -> None:
    """The question that is on its way in this conversation, asked unless it has failed."""
    asking: Asking | None = st.session_state.get(Key.ASKING)
    if asking is None or asking.conversation != (conversation.id if conversation else None):
        return
    show_question(asking.question)
    with st.chat_message("assistant", avatar=":material/document_search:"), boundary():
        if not asking.has_failed:
            ask(home, asking)
        st.html('<p class="doc-note">This question was not answered.</p>')
    if st.button("Ask again", icon=":material/refresh:"):
        st.session_state[Key.ASKING] = replace(asking, has_failed=False)
        st.rerun()


def ask(home: Home, asking: Asking) -> None:
    """The answer is shown while a model writes it, and kept. Whatever makes the page run again
    meanwhile asks again."""
    place = st.empty()

    def show_partial(text: str) -> bool:
        place.html(f'<div class="doc-answer" dir="auto">{marked(text)}</div>')
        return True

    try:
        with st.spinner("Looking through the documents…"):
            kept = converse(
                home,
                asking.question,
                asking.conversation,
                filters=asking.filters,
                is_through=asking.is_through,
                on_text=show_partial,
            )
            go_on(kept)
    except Exception:
        st.session_state[Key.ASKING] = replace(asking, has_failed=True)
        raise


def go_on(conversation: Conversation) -> None:
    """Shows the conversation with what was just added to it."""
    st.session_state.pop(Key.ASKING, None)
    st.session_state[Key.CONVERSATION] = conversation.id
    st.query_params["conversation"] = conversation.id
    st.rerun()


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


def scope(home: Home, conversation: Conversation | None) -> Filters:
    """What is asked: everything, a collection, or some documents. It stands in the address."""
    current = conversation.id if conversation else ""
    if st.session_state.get(Key.CONVERSATION, current) != current:
        st.session_state.pop(Key.SCOPE, None)
    st.session_state[Key.CONVERSATION] = current
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
