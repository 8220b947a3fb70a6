"""Pieces of HTML that pages share: thumbnails, state badges, progress, document rows. All text goes through `html`."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from docintel.display import age, file_size
from docintel.export import FORMATS
from docintel.library.people.access import title_of
from docintel.model import Document, DocumentState
from docintel.server.addresses import Addresses
from docintel.ui.address import DOCUMENTS
from docintel.ui.text import clean, html, in_a_row, plural

STATES: dict[DocumentState, tuple[str, str]] = {
    DocumentState.QUEUED: ("Waiting", "waiting"),
    DocumentState.READING: ("Reading", "busy"),
    DocumentState.READY: ("Ready", "good"),
    DocumentState.PARTIAL: ("Partly read", "fair"),
    DocumentState.FAILED: ("Failed", "poor"),
    DocumentState.NEEDS_PASSWORD: ("Needs a password", "fair"),
    DocumentState.QUARANTINED: ("Set aside", "poor"),
    DocumentState.CANCELLED: ("Cancelled", "waiting"),
}
"""State → its words and its tone, which style.css colours."""

ADVICE: dict[DocumentState, str] = {
    DocumentState.PARTIAL: "The pages that were read can be used. “Read failed pages again” tries the others.",
    DocumentState.FAILED: "“Read again” tries once more; if it fails the same way, the file itself needs care.",
    DocumentState.NEEDS_PASSWORD: "The file is encrypted. “Enter password” opens it; the password is not kept.",
    DocumentState.QUARANTINED: "Reading it broke the reader twice, so it is left alone. “Read again” insists.",
    DocumentState.CANCELLED: "“Read again” goes on where it stopped.",
}
"""What the user can do about a state."""

MEDIA = {"application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF", "image/webp": "WebP"}


def badge(state: DocumentState, *, is_paused: bool = False) -> str:
    """`is_paused`: nothing more is being read."""
    words, tone = ("Paused", "waiting") if is_paused and state.is_open else STATES[state]
    return f'<span class="doc-badge {tone}">{words}</span>'


def progress(done: int, failed: int, total: int) -> str:
    """A bar of pages: read, failed, still to come."""
    share = [100 * count / max(total, 1) for count in (done, failed)]
    return (
        f'<span class="doc-progress" role="progressbar" aria-valuenow="{done + failed}" aria-valuemax="{total}">'
        f'<i style="width:{share[0]:.1f}%"></i><i class="poor" style="width:{share[1]:.1f}%"></i></span>'
    )


def thumbnail(address: str | None, *, size: str = "") -> str:
    if address is None:
        return f'<span class="doc-thumbnail blank {size}"></span>'
    return f'<img class="doc-thumbnail {size}" src="{html(address)}" alt="" loading="lazy">'


def name(text: str) -> str:
    """A file name: cut off where it doesn't fit, whole in the tooltip."""
    shown = html(clean(text))
    return f'<span class="doc-name" dir="auto" title="{shown}">{shown}</span>'


def document_row(
    document: Document, addresses: Addresses, *, now: datetime, whose: str = "", is_paused: bool = False
) -> str:
    """A document as the list shows it; `whose` names its owner where it is another's."""
    image = addresses.thumbnail(document.id) if document.pages_read else None
    return (
        f'<div class="doc-row">{thumbnail(image)}<div class="doc-facts">{name(document.name)}'
        f'<span class="doc-meta">{in_a_row(facts(document, now=now, whose=whose))}</span>'
        f'<span class="doc-state">{badge(document.state, is_paused=is_paused)}{_progress_of(document)}</span>'
        f"{tags(document)}{trouble(document)}</div></div>"
    )


def tags(document: Document) -> str:
    found = "".join(f"<li><bdi>{html(tag)}</bdi></li>" for tag in document.tags)
    return f'<ul class="doc-tags" aria-label="Tags">{found}</ul>' if found else ""


def facts(document: Document, *, now: datetime, whose: str = "") -> list[str]:
    kind = MEDIA.get(document.media_type, document.media_type.rpartition("/")[2].upper())
    pages = plural(document.num_pages, "page") if document.num_pages else ""
    languages = ", ".join(document.languages[:4])
    title = title_of(document.collection)
    collection = title if title != "default" else ""
    collection = f"{title} of {whose}" if whose else collection
    parts = (kind, pages, file_size(document.size), languages, collection, age(document.added_at, now=now))
    return [part for part in parts if part]


def _progress_of(document: Document) -> str:
    settled = document.pages_read + document.pages_failed
    if document.state.is_open and document.num_pages:
        bar = progress(document.pages_read, document.pages_failed, document.num_pages)
        return f'{bar}<span class="doc-meta">{settled} of {plural(document.num_pages, "page")}</span>'
    if document.state is DocumentState.PARTIAL:
        failed = plural(document.pages_failed, "page")
        return f'<span class="doc-meta">{failed} of {document.num_pages} could not be read</span>'
    return ""


def trouble(document: Document) -> str:
    """Why a document isn't ready and what to do, or what is missing from one that is, or nothing."""
    if document.state is DocumentState.READY and document.error:
        return f'<span class="doc-trouble" dir="auto">{html(document.error)}</span>'
    advice = ADVICE.get(document.state)
    if advice is None:
        return ""
    is_told = document.state is DocumentState.NEEDS_PASSWORD
    why = f"{html(document.error)} " if document.error and not is_told else ""
    return f'<span class="doc-trouble" dir="auto">{why}<span class="doc-advice">{advice}</span></span>'


def empty(title: str, advice: str) -> None:
    """What a page says that has nothing to show, and the way to where that changes."""
    st.html(f'<div class="doc-empty"><h3>{html(title)}</h3><p>{html(advice)}</p></div>')
    with st.container(horizontal=True, horizontal_alignment="center"):
        st.page_link(DOCUMENTS, label="Go to Documents", icon=":material/folder_open:")


def export_links(documents: Sequence[Document], addresses: Addresses) -> str:
    """A download for each format; of several documents a zip."""
    ids = [document.id for document in documents]
    links = (
        f'<a class="doc-export" download href="{html(_download(ids, name, addresses))}">{kind.label}'
        f"<i>{kind.suffix if len(ids) == 1 else '.zip'}</i></a>"
        for name, kind in FORMATS.items()
    )
    return f'<div class="doc-exports">{"".join(links)}</div>'


def _download(document_ids: Sequence[str], format_name: str, addresses: Addresses) -> str:
    if len(document_ids) == 1:
        return addresses.export(document_ids[0], format_name)
    return addresses.bundle(document_ids, format_name)
