"""Corrected pages: each must say what its history makes of what was read, and no part of the history may be gone."""

from collections.abc import Callable, Iterator
from functools import partial

from docintel.checking.findings import Problem
from docintel.corrections import Entry, replay
from docintel.errors import DamagedStore, DocintelError
from docintel.home import Home
from docintel.library import pages
from docintel.library.corrections import rows
from docintel.library.jobs.summary import refresh
from docintel.model import Document, Page
from storage.database import Transaction

GONE = (
    "They were removed by something else than docintel. Restore a backup where they matter; the pages are left as they "
    "are."
)
CORRECTED = "SELECT count(*) FROM audit WHERE document_id = :id AND action = 'corrected'"
KEPT = "SELECT count(*) FROM corrections WHERE document_id = :id"


def newest(home: Home, document: Document) -> int:
    """The number of the document's newest correction, or 0: it rises when somebody corrects a page."""
    with home.library.store.read() as tx:
        return int(tx.value("SELECT coalesce(max(seq), 0) FROM corrections WHERE document_id = :id", id=document.id))


def problems(home: Home, document: Document, read_again: Callable[[Home, Document, int], str]) -> Iterator[Problem]:
    """`read_again` gives a page back to the queue and says so."""
    with home.library.store.read() as tx:
        entries = rows.entries(tx, document.id)
        num_gone = tx.value(CORRECTED, id=document.id) - tx.value(KEPT, id=document.id)
    if num_gone > 0:
        yield Problem("page", document.name, f"{num_gone} corrections of its pages are gone.", advice=GONE)
        return
    for number in sorted({entry.page for entry in entries}):
        yield from _of_page(home, document, number, partial(read_again, home, document, number))


def _of_page(home: Home, document: Document, number: int, read_again: Callable[[], str]) -> Iterator[Problem]:
    name = f"{document.name}, page {number}"
    try:
        with home.library.store.read() as tx:
            right = _as_corrected(tx, document.id, number)
            shown = _as_it_is(tx, document.id, number)
    except DamagedStore:
        yield Problem("page", name, "What was read of it before it was corrected is damaged.", read_again)
        return
    if right is None:
        yield Problem("page", name, "What was read of it before it was corrected is gone.", read_again)
    elif shown is not None and shown != right:
        text = "It does not say what its corrections make of what was read."
        yield Problem("page", name, text, partial(corrected_again, home, document, number))


def corrected_again(home: Home, document: Document, number: int) -> str:
    """The page is made again from what was read and its history. Raises DocintelError where that is not there."""
    with home.library.store.write() as tx:
        right = _as_corrected(tx, document.id, number)
        if right is None:
            raise DocintelError("What was read of it is not there. `docintel retry` reads it again.")
        pages.replace(tx, document.id, right)
        refresh(tx, document.id)
    return "it was made again from what was read and its corrections"


def can_be_made_again(home: Home, document: Document, number: int) -> bool:
    try:
        with home.library.store.read() as tx:
            return _as_corrected(tx, document.id, number) is not None
    except DamagedStore:
        return False


def _as_corrected(tx: Transaction, document_id: str, number: int) -> Page | None:
    """None where the page has no corrections, or what was read of it is not there. Raises DamagedStore."""
    entries: list[Entry] = rows.entries(tx, document_id, number)
    read = rows.reading(tx, document_id, number)
    return replay(read, entries).page if read and entries else None


def _as_it_is(tx: Transaction, document_id: str, number: int) -> Page | None:
    """None where it cannot be read, which is said elsewhere, or waits to be."""
    try:
        return pages.page(tx, document_id, number)
    except DocintelError:
        return None
