"""A home with a document of two pages, read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docintel.corrections import editing
from docintel.home import Home
from docintel.model import Document
from tests.houses import WordCounts, pdf, settings_in, work

TEXTS = ("green apples and pears", "a contract about rent")


@contextmanager
def opened(folder: Path) -> Iterator[Home]:
    with Home.open(settings_in(folder), owner=True) as home:
        vars(home._models)["embedder"] = WordCounts()
        yield home


def added(home: Home, folder: Path, collection: str = "default") -> Document:
    document = home.library.add(pdf(folder / "two.pdf", *TEXTS), name="two.pdf", collection=collection).document
    work(home.library)
    return home.library.document(document.id)


def say(home: Home, document: Document, text: str, *, number: int = 1, expected: int | None = None) -> int:
    """The first block of a page says something else; the correction's number."""
    shown = home.library.page(document.id, number)
    correction = editing.set_text(shown, shown.blocks[0].id, text)
    return home.correcting.correct(document.id, number, correction, expected=expected).seq


def said(home: Home, document: Document, number: int = 1) -> str:
    return home.library.page(document.id, number).blocks[0].text
