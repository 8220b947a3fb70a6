"""What was read, as files: markdown, html, json, text, csv, xlsx. Pure functions from models to bytes.

Text that comes from a scan is hostile until proven otherwise: no format lets it become markup, a link, a picture or a
formula. `json` holds everything; the others leave out repeated running headers and footers (see `Flow`), nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docintel.errors import UsageError
from docintel.export.html import to_html
from docintel.export.markdown import to_markdown
from docintel.export.sheets import to_csv, to_xlsx
from docintel.export.structure import to_json
from docintel.export.text import to_text
from docintel.model import Document, Page

__all__ = ["FORMATS", "Format", "export"]


@dataclass(frozen=True)
class Format:
    name: str
    label: str
    """Its name for people."""
    suffix: str
    media_type: str
    write: Callable[[Document, Sequence[Page]], bytes]


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("markdown", "Markdown", ".md", "text/markdown; charset=utf-8", to_markdown),
        Format("html", "HTML", ".html", "text/html; charset=utf-8", to_html),
        Format("json", "JSON", ".json", "application/json", to_json),
        Format("text", "Plain text", ".txt", "text/plain; charset=utf-8", to_text),
        Format("csv", "CSV", ".csv", "text/csv; charset=utf-8", to_csv),
        Format("xlsx", "XLSX", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    )
}


def export(format: str, document: Document, pages: Sequence[Page]) -> bytes:
    """The document in the format of that name. Raises UsageError, naming the formats there are."""
    if format not in FORMATS:
        raise UsageError(f"There is no export format {format!r}. Choose one of: {', '.join(FORMATS)}.")
    return FORMATS[format].write(document, pages)
