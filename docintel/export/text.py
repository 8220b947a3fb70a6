"""Plain text: blocks parted by an empty line, pages by a form feed (as pdftotext does), table cells by tabs."""

from collections.abc import Sequence

from docintel.export.flow import Flow, Passage, plain, rows_once
from docintel.model import Document, Page
from docintel.text.ticks import signed


def to_text(document: Document, pages: Sequence[Page]) -> bytes:  # noqa: ARG001 - every format is asked the same way
    flow = Flow(pages)
    written = ["\n\n".join(filter(None, map(_text, flow.passages(page)))) for page in flow.pages]
    return ("\n\n\f".join(written) + "\n").encode()


def _text(passage: Passage) -> str:
    if passage.continues:
        return ""
    if passage.table:
        return "\n".join("\t".join(row).rstrip("\t") for row in rows_once(passage.table.table))
    return plain(signed(passage.block)).strip()
