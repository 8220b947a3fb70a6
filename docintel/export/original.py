"""The original, byte for byte, as it was added."""

from collections.abc import Iterable, Sequence

from docintel.export.source import Files
from docintel.intake.page_notes import COVERED
from docintel.model import Document, Page

WARNING = (
    "Text lies under something opaque in this document. The original still holds it: whoever gets it can read it. "
    "Export the searchable PDF instead, which shows such pages as pictures."
)


def to_original(document: Document, pages: Sequence[Page], files: Files) -> bytes:  # noqa: ARG001 - all are asked alike
    return files.original(document.id).read_bytes()


def has_covered_text(pages: Iterable[Page]) -> bool:
    return any(COVERED in page.notes for page in pages)
