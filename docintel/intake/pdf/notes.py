"""What a PDF page has beside what is painted, in sentences: attached files, forms that only Adobe shows, signatures,
comments. Nothing of it is left out silently."""

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pymupdf

from docintel.intake.names import plain

BROKEN = (
    pymupdf.mupdf.FzErrorBase,
    ElementTree.ParseError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What broken files raise here: a page is shown without what cannot be said of it."""
MAX_LISTED = 40
MAX_LETTERS = 300
MAX_XML_BYTES = 4 * 1024**2
UNSEEN = pymupdf.PDF_ANNOT_IS_HIDDEN | pymupdf.PDF_ANNOT_IS_NO_VIEW
COMMENTS = {
    pymupdf.PDF_ANNOT_TEXT: "Comment",
    pymupdf.PDF_ANNOT_CARET: "Comment",
    pymupdf.PDF_ANNOT_STAMP: "Comment on a stamp",
    pymupdf.PDF_ANNOT_HIGHLIGHT: "Comment on highlighted text",
    pymupdf.PDF_ANNOT_UNDERLINE: "Comment on underlined text",
    pymupdf.PDF_ANNOT_SQUIGGLY: "Comment on underlined text",
    pymupdf.PDF_ANNOT_STRIKE_OUT: "Comment on struck text",
    pymupdf.PDF_ANNOT_SQUARE: "Comment on a frame",
    pymupdf.PDF_ANNOT_CIRCLE: "Comment on a circle",
    pymupdf.PDF_ANNOT_LINE: "Comment on a line",
    pymupdf.PDF_ANNOT_POLYGON: "Comment on a drawing",
    pymupdf.PDF_ANNOT_POLY_LINE: "Comment on a drawing",
    pymupdf.PDF_ANNOT_INK: "Comment on a drawing",
}
"""Those whose words stand in a window of their own. What others say is painted."""
log = logging.getLogger(__name__)


def notes_on(page: pymupdf.Page, *, has_covered_text: bool = False) -> tuple[str, ...]:
    """In the reader's words; the first page speaks for the file too.

    Where text is covered comments on marks are not quoted: programs put the marked text there.
    """
    document = page.parent
    sources: list[Callable[[], Iterator[str]]] = [
        lambda: _comments(page, with_marks=not has_covered_text),
        lambda: _signatures(page),
        lambda: _attached(_pinned(page), "on this page"),
    ]
    if page.number == 0:
        sources[:0] = [lambda: _attached(_embedded(document), "to this file"), lambda: _xfa(document)]
    return tuple(note for source in sources for note in _said(source))


def _said(source: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(source())
    except BROKEN as error:
        log.info("something beside a page cannot be read (%s)", type(error).__name__)
        return []


def _attached(files: Iterator[tuple[str, int]], where: str) -> Iterator[str]:
    listed = [f"{plain(name)} ({_size(size)})" for name, size in files]
    if listed:
        yield f"Attached {where} and not read: {_joined(listed)}. Save what you need and add it as a file."


def _embedded(document: pymupdf.Document) -> Iterator[tuple[str, int]]:
    for number in range(document.embfile_count()):
        info = document.embfile_info(number)
        yield _in_utf8(info.get("ufilename") or info.get("filename") or info["name"]), max(info["size"], info["length"])


def _in_utf8(name: str) -> str:
    """PyMuPDF gives the bytes of these names as so many letters."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _pinned(page: pymupdf.Page) -> Iterator[tuple[str, int]]:
    for annotation in page.annots(types=[pymupdf.PDF_ANNOT_FILE_ATTACHMENT]):
        info = annotation.file_info
        yield info["filename"], max(info["size"], info["length"])


def _size(num_bytes: int) -> str:
    if num_bytes < 0:
        return "size unknown"
    return f"{num_bytes / 1e6:,.1f} MB" if num_bytes >= 1_000_000 else f"{max(num_bytes / 1000, 0.1):,.1f} kB"


def _xfa(document: pymupdf.Document) -> Iterator[str]:
    """Forms of which the page is only a placeholder: none of their fields is one of the page's own."""
    kind, value = document.xref_get_key(document.pdf_catalog(), "AcroForm/XFA")
    if kind == "null" or (document.is_form_pdf or 0) > 0:
        return
    note = "This is an XFA form, which only Adobe Reader shows: its fields are not on the page."
    if filled := [f"{name}: {said}" for name, said in _filled(_part(document, kind, value, "datasets"))]:
        yield f"{note} Filled in: {_joined(filled)}."
    elif asked := list(dict.fromkeys(_asked(_part(document, kind, value, "template")))):
        yield f"{note} It asks for: {_joined(asked)}."
    else:
        yield f"{note} Open it there and print it to PDF."


def _part(document: pymupdf.Document, kind: str, value: str, name: str) -> ElementTree.Element | None:
    """A part of the form, from an array of names and streams, or from one stream with all of them."""
    if kind == "xref" and not document.xref_is_stream(int(value.split()[0])):
        value = document.xref_object(int(value.split()[0]))
    found = re.search(rf"\({name}\)\s*(\d+)\s+0\s+R", value) or re.fullmatch(r"\s*(\d+)\s+0\s+R\s*", value)
    xml = (document.xref_stream(int(found[1])) or b"") if found else b""
    if not xml or len(xml) > MAX_XML_BYTES or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return None
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return None


def _filled(datasets: ElementTree.Element | None) -> Iterator[tuple[str, str]]:
    for data in _all(datasets, "data"):
        for element in data.iter():
            said = _short(element.text or "")
            if said and not len(element):
                yield _name(element), said


def _asked(template: ElementTree.Element | None) -> Iterator[str]:
    """The fields by their captions, or else by their names."""
    for field in _all(template, "field"):
        captions = [text for caption in _all(field, "caption") for text in caption.itertext()]
        if said := _short(" ".join(captions)) or _short(field.get("name", "")):
            yield said


def _all(element: ElementTree.Element | None, name: str) -> list[ElementTree.Element]:
    return [each for each in element.iter() if _name(each) == name] if element is not None else []


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _signatures(page: pymupdf.Page) -> Iterator[str]:
    for widget in page.widgets(types=[pymupdf.PDF_WIDGET_TYPE_SIGNATURE]):
        document = page.parent
        if document.xref_get_key(widget.xref, "V")[0] == "null":
            yield "A field for a digital signature is on this page; it is not signed."
            continue
        name, day = (_text(document, widget.xref, f"V/{key}") for key in ("Name", "M"))
        by = f" by {name}" if name else ""
        found = re.match(r"D:(\d{4})(\d{2})(\d{2})", day)
        on = f" on {found[1]}-{found[2]}-{found[3]}" if found else ""
        yield f"Signed digitally{by}{on}; whether the signature is valid was not checked."


def _text(document: pymupdf.Document, xref: int, key: str) -> str:
    kind, value = document.xref_get_key(xref, key)
    return _short(value) if kind == "string" else ""


def _comments(page: pymupdf.Page, *, with_marks: bool) -> Iterator[str]:
    quoted = 0
    for annotation in page.annots(types=list(COMMENTS)):
        is_mark = annotation.type[0] != pymupdf.PDF_ANNOT_TEXT
        said = _short(_info(annotation, "content"))
        if not said or annotation.flags & UNSEEN or (is_mark and not with_marks):
            continue
        quoted += 1
        if quoted > MAX_LISTED:
            yield "There are more comments on this page."
            return
        author = _short(_info(annotation, "title"))
        yield f"{COMMENTS[annotation.type[0]]}{f' by {author}' if author else ''}: “{said}”"


def _info(annotation: Any, key: str) -> str:
    return str(annotation.info.get(key) or "")


def _short(text: str) -> str:
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return one_line if len(one_line) <= MAX_LETTERS else one_line[:MAX_LETTERS].rstrip() + "…"


def _joined(listed: list[str]) -> str:
    rest = len(listed) - MAX_LISTED
    return ", ".join(listed[:MAX_LISTED]) + (f" and {rest} more" if rest > 0 else "")
