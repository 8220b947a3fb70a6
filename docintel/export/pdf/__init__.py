"""Searchable PDF: the original's pages, the text that was read under them unseen, each word in its place.

See `merging` for what becomes of a page, and `text_layer` for how words are placed.
"""

from collections.abc import Sequence

from docintel import intake
from docintel.errors import UsageError
from docintel.export.flow import plain_line
from docintel.export.pdf.wanted import WantedPage
from docintel.export.source import Files
from docintel.model import Document, Page
from docintel.processes import children
from docintel.processes.arguments import Owned

PAGE_TIMEOUT_S = 5.0
"""For each page, beside the time for opening a file."""


def to_pdf(document: Document, pages: Sequence[Page], files: Files) -> bytes:
    """The pages that have been read. Raises UsageError where there are none."""
    from docintel.export.pdf.merging import merge
    from docintel.export.pdf.text_layer import text_layer

    if not pages:
        raise UsageError("No page of the document has been read yet, and a PDF has at least one.")
    original, settings = files.original(document.id), files.settings

    def picture(number: int) -> bytes:
        return files.page_image(document.id, number)

    content: bytes = children.call(
        merge,
        original,
        text_layer(pages),
        [WantedPage(number=p.number, rotation=p.rotation, width=p.width, height=p.height) for p in pages],
        Owned(picture),
        plain_line(document.name),
        settings,
        timeout_s=settings.open_timeout_s + PAGE_TIMEOUT_S * len(pages),
        memory_bytes=settings.reader_memory_bytes,
        sandbox=intake.sandbox(settings, original),
    )
    return content
