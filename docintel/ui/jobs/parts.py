"""What the sections of the jobs page are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from docintel.model import Document
from docintel.ui import cards
from docintel.ui.address import VIEWER
from docintel.ui.resources import addresses

MAX_SHOWN = 15
"""Rows in a section; the documents page has them all."""


@contextmanager
def section(title: str, num_shown: int, count: int) -> Iterator[None]:
    """A list under a heading; nothing at all where it is empty."""
    if not num_shown:
        yield
        return
    st.html(f'<h3 class="doc-section">{title}<span>{count:,}</span></h3>')
    with st.container(key=f"documents-{title.replace(' ', '-').lower()}"):
        yield
    if count > num_shown:
        st.caption(f"and {count - num_shown:,} more")


def line(place: str, document_id: str) -> DeltaGenerator:
    """A document's line. A document may change its place while the page is drawn: it then stands in both for once."""
    return st.container(horizontal=True, vertical_alignment="center", key=f"document-{place}-{document_id}")


def act(label: str, icon: str, does: Callable[[], object], *, advice: str = "", key: str = "") -> None:
    """A button that does one thing and shows what came of it."""
    if st.button(
        label, icon=f":material/{icon}:", help=advice or None, key=key or None, type="tertiary" if key else "secondary"
    ):
        does()
        st.rerun()


def open_link(document_id: str, number: int = 1) -> None:
    st.page_link(VIEWER, label="Open", query_params={"document": document_id, "page": str(number)})


def document_row(document: Document, *, now: datetime) -> None:
    with line("done", document.id):
        st.html(cards.document_row(document, addresses(), now=now))
        open_link(document.id)
