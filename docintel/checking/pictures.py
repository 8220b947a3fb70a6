"""A page's pictures: each carries its own checksum, and can be made again from the original."""

from collections.abc import Iterator
from pathlib import Path

from docintel import intake
from docintel.checking.findings import Problem
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.library.store import translate_errors
from docintel.model import Document, Page
from docintel.pipeline import THUMBNAIL_PIXELS, is_sealed, jpeg
from docintel.processes import children
from docintel.settings import Settings


def problems(
    home: Home, document: Document, page: Page, *, picture: str, thumbnail: str, name: str
) -> Iterator[Problem]:
    """`picture` and `thumbnail` are keys of the library's files."""

    def made_again() -> str:
        return _made_again(home, document, page, picture, thumbnail)

    if text := _fault(home, picture):
        yield Problem("picture", name, text, made_again)
    if text := _fault(home, thumbnail):
        yield Problem("thumbnail", name, text, made_again)


def _fault(home: Home, key: str) -> str:
    path = home.library.store.files.path(key)
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"The picture of the page cannot be read ({error.strerror})."
    return "" if is_sealed(data) else "The picture of the page is not what was written: bytes have changed on the disk."


def _made_again(home: Home, document: Document, page: Page, picture: str, thumbnail: str) -> str:
    settings, files = home.settings, home.library.store.files
    try:
        original = home.library.original(document.id)
        data, small = children.call(
            rendered,
            original,
            page.number,
            page.rotation,
            settings.without_secrets(),
            timeout_s=settings.page_timeout_s,
            memory_bytes=settings.reader_memory_bytes,
            sandbox=intake.sandbox(settings, original),
        )
    except DocintelError as error:
        raise type(error)(f"{error} The picture can only be made from the original.") from error
    with translate_errors():
        files.write(picture, data)
        files.write(thumbnail, small)
    return "it was made again from the original"


def rendered(path: Path, number: int, rotation: int, settings: Settings) -> tuple[bytes, bytes]:
    """The picture of a page and its thumbnail, as `pipeline.read_page` makes them; runs in a child process."""
    pixels = intake.render(path, number, settings=settings).turned(rotation).pixels
    return jpeg(pixels), jpeg(pixels, largest=THUMBNAIL_PIXELS)
