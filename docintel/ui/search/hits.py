"""Hits as cards, grouped by document: the line in its picture with the words marked, its text, its page."""

from collections.abc import Sequence
from itertools import groupby
from urllib.parse import urlencode

import streamlit as st

from docintel.home import Home
from docintel.model import BBox, Document
from docintel.server.addresses import Addresses, read_boxes, write_boxes
from docintel.text.query.occurrences import Span
from docintel.ui import cards
from docintel.ui.address import ViewerAddress
from docintel.ui.resources import addresses
from docintel.ui.search.places import Place
from docintel.ui.text import html, plural

MAX_LIT = 40
"""Boxes that an address carries."""


def show(home: Home, places: Sequence[Place]) -> None:
    """Documents in the order of their best hit."""
    ids = list(dict.fromkeys(place.document_id for place in places))
    documents = {document.id: document for document in home.library.documents(ids=ids)}
    order = {document_id: number for number, document_id in enumerate(ids)}
    for document_id, group in groupby(
        sorted(places, key=lambda place: order[place.document_id]), key=lambda place: place.document_id
    ):
        if document := documents.get(document_id):
            show_document(document, list(group))


def show_document(document: Document, places: Sequence[Place]) -> None:
    with st.container(key=f"found-in-{document.id}"):
        st.html(f'<h2 class="doc-found-in">{cards.name(document.name)}<span>{plural(len(places), "place")}</span></h2>')
        with st.grid(2, min_column_width=340, key=f"places-{document.id}") as cells:
            for number, place in enumerate(places):
                with cells.cell(), st.container(key=f"hit-{document.id}-{number}"):
                    st.html(card(place, addresses()))


def address_of(place: Place) -> ViewerAddress:
    return ViewerAddress(
        document=place.document_id, page=place.page_number, blocks=place.block_ids, boxes=place.lit[:MAX_LIT]
    )


def card(place: Place, signed: Addresses) -> str:
    """Its link is a plain one: after `st.page_link` Back leads to this page with the other's query (Streamlit 1.67)."""
    link = f"viewer?{urlencode(address_of(place).query())}"
    [frame] = read_boxes(write_boxes([place.frame])) or [place.frame]
    source = html(signed.part(place.document_id, place.page_number, frame))
    marks = "".join(mark(box, frame) for box in place.marks)
    return (
        f'<div class="doc-part" style="aspect-ratio:{place.aspect:.3f};--aspect:{place.aspect:.3f}">'
        f'<img src="{source}" alt="" loading="lazy">{marks}</div>'
        f'<p class="doc-found-text" dir="auto">{marked(place.text, place.spans)}</p>'
        f'<a class="doc-found-page" href="{html(link)}" target="_self">Page {place.page_number}</a>'
    )


def mark(box: BBox, frame: BBox) -> str:
    """A box over the picture of `frame`, in per cent of it."""
    left, top = 100 * (box.x0 - frame.x0) / frame.width, 100 * (box.y0 - frame.y0) / frame.height
    width, height = 100 * box.width / frame.width, 100 * box.height / frame.height
    return f'<i style="left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%"></i>'


def marked(text: str, spans: Sequence[Span]) -> str:
    """`text` as HTML, what was found in it marked."""
    parts, at = [], 0
    for start, end in spans:
        parts += [_between(text[at:start]), f"<mark>{html(text[start:end])}</mark>"]
        at = end
    return "".join([*parts, _between(text[at:])])


def _between(text: str) -> str:
    """`html` takes away the spaces at a text's ends."""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return f"{before}{html(text)}{after}"
