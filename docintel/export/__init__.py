"""What was read, as files: `FORMATS` lists them. Functions from models and the document's files to bytes.

Text that comes from a scan is hostile until proven otherwise: no format lets it become markup, a link, a picture or a
formula. `json` and the formats that place text hold everything; the others leave out repeated running headers and
footers (see `Flow`), nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from docintel.errors import UsageError
from docintel.export.alto import to_alto
from docintel.export.docx import to_docx
from docintel.export.hocr import to_hocr
from docintel.export.html import to_html
from docintel.export.markdown import to_markdown
from docintel.export.markdown_zip import to_markdown_zip
from docintel.export.original import to_original
from docintel.export.page_xml import to_page_xml
from docintel.export.pdf import to_pdf
from docintel.export.sheets import to_csv, to_xlsx
from docintel.export.source import Files
from docintel.export.structure import to_json
from docintel.export.text import to_text
from docintel.model import Document, Page

__all__ = ["FORMATS", "Files", "Format", "export"]


@dataclass(frozen=True)
class Format:
    name: str
    label: str
    """Its name for people."""
    suffix: str
    media_type: str
    write: Callable[[Document, Sequence[Page], Files], bytes]


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANY = "application/octet-stream"


def _of_pages(write: Callable[[Document, Sequence[Page]], bytes]) -> Callable[[Document, Sequence[Page], Files], bytes]:
    """For formats that need nothing but what was read."""
    return lambda document, pages, files: write(document, pages)  # noqa: ARG005 - every format is asked the same way


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("markdown", "Markdown", ".md", "text/markdown; charset=utf-8", _of_pages(to_markdown)),
        Format("html", "HTML", ".html", "text/html; charset=utf-8", _of_pages(to_html)),
        Format("json", "JSON", ".json", "application/json", _of_pages(to_json)),
        Format("text", "Plain text", ".txt", "text/plain; charset=utf-8", _of_pages(to_text)),
        Format("csv", "CSV", ".csv", "text/csv; charset=utf-8", _of_pages(to_csv)),
        Format(
            "xlsx",
            "XLSX",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _of_pages(to_xlsx),
        ),
        Format("hocr", "hOCR", ".hocr", "application/xhtml+xml", _of_pages(to_hocr)),
        Format("alto", "ALTO XML", ".alto.xml", "application/xml", _of_pages(to_alto)),
        Format("pagexml", "PAGE-XML", ".page.zip", "application/zip", _of_pages(to_page_xml)),
        Format("docx", "Word", ".docx", DOCX, to_docx),
        Format("markdown-zip", "Markdown with pictures", ".md.zip", "application/zip", to_markdown_zip),
        Format("pdf", "Searchable PDF", ".searchable.pdf", "application/pdf", to_pdf),
        Format("original", "Original file", "", ANY, to_original),
    )
}


def export(format: str, document: Document, pages: Sequence[Page], files: Files) -> bytes:
    """The document in the format of that name. Raises UsageError, naming the formats there are, and what reading the
    document's files raises."""
    if format not in FORMATS:
        raise UsageError(f"There is no export format {format!r}. Choose one of: {', '.join(FORMATS)}.")
    return FORMATS[format].write(document, pages, files)
