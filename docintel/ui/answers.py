"""A question and its answer, with citations that open the viewer with their boxes lit."""

import re
from collections.abc import Sequence

import streamlit as st

from docintel.library import KeptExchange
from docintel.library.conversations import is_gone
from docintel.library.people.access import title_of
from docintel.model import Answer, Citation
from docintel.server.addresses import Addresses
from docintel.ui import cards
from docintel.ui.address import VIEWER, ViewerAddress
from docintel.ui.components.copy_button import copy_button
from docintel.ui.errors import boundary
from docintel.ui.resources import addresses
from docintel.ui.text import html, plural

MARKER = re.compile(r"\[(\d{1,2})\]")


def show_question(question: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<div class="doc-question" dir="auto">{html(question)}</div>')


def show_exchange(exchange: KeptExchange) -> bool:
    """Whether it is to be asked again."""
    answer, key = exchange.answer, str(exchange.number)
    show_question(exchange.question)
    with st.chat_message("assistant", avatar=":material/document_search:"), boundary():
        if exchange.understood != exchange.question:
            st.html(f'<p class="doc-understood">Understood as: <bdi>{html(exchange.understood)}</bdi></p>')
        st.html(answer_text(answer))
        show_citations(answer.citations, key, are_numbered=True)
        if answer.nearest:
            st.html('<p class="doc-note">What comes nearest, though it may not answer:</p>')
            show_citations(answer.nearest, f"{key}-nearest", are_numbered=False)
        if notes := notes_of(exchange):
            st.html("".join(f'<p class="doc-note">{html(note)}</p>' for note in notes))
        with st.container(horizontal=True, vertical_alignment="center", key=f"answer-actions-{key}"):
            copy_button(as_text(answer), label="Copy", key=f"copy-{key}")
            return st.button(
                "Ask again",
                key=f"again-{key}",
                type="tertiary",
                help="Asks this once more, of the documents that are chosen above.",
            )
    return False


def show_citations(citations: Sequence[Citation], key: str, *, are_numbered: bool) -> None:
    if not citations:
        return
    with st.grid(3, min_column_width=240, key=f"citations-{key}") as places:
        for place, citation in enumerate(citations, start=1):
            with places.cell():
                show_citation(citation, f"{key}-{place}", place if are_numbered else None)


def notes_of(exchange: KeptExchange) -> list[str]:
    """What the answer's reader should know."""
    asked = len(exchange.filters.documents)
    is_narrow = not exchange.answer.citations and (asked or exchange.filters.collection)
    where = plural(asked, "document") if asked else f"the collection “{title_of(exchange.filters.collection or '')}”"
    return [
        *exchange.answer.notes,
        *([f"Asked in {where} only: widen the choice above to ask in more."] if is_narrow else []),
    ]


def answer_text(answer: Answer) -> str:
    """The answer with its `[1]` as marks, each a link to where it stands; without citations it is shown as the absence
    that it is."""
    tone = "" if answer.citations else " nothing"
    return f'<div class="doc-answer{tone}" dir="auto">{marked(answer.text, answer.citations)}</div>'


def marked(text: str, citations: Sequence[Citation] = ()) -> str:
    """While an answer is being written, its citations are not known yet."""

    def mark(found: re.Match[str]) -> str:
        number = int(found[1])
        if not 0 < number <= len(citations):
            return f'<sup class="doc-cite">{number}</sup>'
        citation = citations[number - 1]
        link = html(ViewerAddress.of(citation).link)
        place = html(f"{number}: {citation.name}, page {citation.page_number}")
        return f'<a class="doc-cite" href="{link}" target="_self" title="{place}" aria-label="{place}">{number}</a>'

    return MARKER.sub(mark, html(text))


def as_text(answer: Answer) -> str:
    """An answer and its places, as one would paste it somewhere."""
    places = [f"[{number}] {each.name}, page {each.page_number}" for number, each in enumerate(answer.citations, 1)]
    return "\n".join([answer.text, *([""] if places else []), *places])


def show_citation(citation: Citation, key: str, place: int | None) -> None:
    """A card that is one link: it opens the viewer on the page, with the boxes lit. `place` is its mark in the text."""
    if is_gone(citation):
        with st.container(key=f"gone-{key}"):
            st.html(gone_card(citation, place))
        return
    with st.container(key=f"citation-{key}"):
        st.html(citation_card(citation, place, addresses()))
        st.page_link(VIEWER, label="Show on the page", query_params=ViewerAddress.of(citation).query())


def citation_card(citation: Citation, place: int | None, signed: Addresses) -> str:
    crop = ""
    if citation.boxes:
        address = html(signed.crop(citation.document_id, citation.page_number, citation.boxes))
        crop = f'<div class="doc-crop"><img src="{address}" alt="" loading="lazy"></div>'
    return f'{crop}<blockquote class="doc-quote" dir="auto">{html(citation.text)}</blockquote>{source(citation, place)}'


def gone_card(citation: Citation, place: int | None) -> str:
    return f'<p class="doc-note">It was deleted, or is no longer shared with you.</p>{source(citation, place)}'


def source(citation: Citation, place: int | None) -> str:
    """The page that is cited, by name."""
    mark = f'<sup class="doc-cite">{place}</sup>' if place else ""
    return f'<div class="doc-source">{mark}{cards.name(citation.name)}<span>page {citation.page_number}</span></div>'
