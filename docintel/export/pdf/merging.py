"""The original's pages with a text layer: runs in a child process, since it opens the original.

A page keeps its own drawing where that says nothing but what is to be seen: one whose text is believed stays as it is,
a scan gets the layer. A page where something is hidden under something else, and one whose own text is wrong, becomes a
picture of what is seen. Nothing but pages is taken over: no scripts, attached files, form logic or earlier versions.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

import pymupdf

from docintel.errors import DocintelError
from docintel.export.pdf.pictures import add_picture
from docintel.export.pdf.text_layer import TextLayer
from docintel.export.pdf.wanted import WantedPage
from docintel.export.pdf.writing import LayerWriter
from docintel.intake import media_type
from docintel.intake import pdf as intake
from docintel.intake.kinds import PDF
from docintel.intake.page_notes import BY_POPPLER, COVERED, FALSE_TEXT, MIRRORED
from docintel.intake.pdf.file import FAILURES
from docintel.settings import Settings

PICTURE_NOTES = (BY_POPPLER, COVERED, FALSE_TEXT, MIRRORED)
"""What intake notes on pages whose drawing and whose text are not the same thing."""
COVERS = ("fill-path", "fill-shade", "fill-image")
WHOLE_PAGE = 0.5
"""What is painted over this share of the page is a part of a scan (its colours apart from its letters), no cover."""
HARMLESS_ANNOTATIONS = (pymupdf.PDF_ANNOT_LINK, pymupdf.PDF_ANNOT_POPUP)
INVISIBLE = 3
"""The render mode of text that is not painted."""


class _Kept(Enum):
    """What a page keeps of its own."""

    EVERYTHING = "everything"
    """Its text too."""
    DRAWING = "drawing"
    NOTHING = "nothing"


def merge(
    original: Path,
    layer: TextLayer,
    pages: Sequence[WantedPage],
    picture: Callable[[int], bytes],
    title: str,
    settings: Settings,
) -> bytes:
    """A PDF of `pages` of the original, at least one; `layer` has a content for each.

    `picture` gives the JPEG of a page as displayed.
    """
    with pymupdf.open() as made, _opened(original) as source:
        writer = LayerWriter(made, layer)
        for place, wanted in enumerate(pages):
            kept = _kept(source, original, wanted.number, settings) if source.is_pdf else _Kept.NOTHING
            if kept is _Kept.NOTHING:
                page = add_picture(made, original, wanted, picture, settings)
            else:
                made.insert_pdf(source, from_page=wanted.number - 1, to_page=wanted.number - 1, final=False)
                page = made[-1]
                page.set_rotation((page.rotation + wanted.rotation) % 360)
            if kept is not _Kept.EVERYTHING:
                writer.write(page, place)
        made.set_metadata({"title": title, "producer": "docintel"})
        return bytes(made.tobytes(garbage=3, deflate=True, use_objstms=1, no_new_id=True))


def _opened(original: Path) -> pymupdf.Document:
    """The PDF, or an empty one where the original is none, is locked, or cannot be opened."""
    if media_type(original) == PDF:
        try:
            document = pymupdf.open(original, filetype="pdf")
            if not document.needs_pass:
                return document
        except FAILURES:
            pass
    return pymupdf.open()


def _kept(source: pymupdf.Document, original: Path, number: int, settings: Settings) -> _Kept:
    try:
        page = source[number - 1]
        has_annotations = any(kind not in HARMLESS_ANNOTATIONS for _, kind, _ in page.annot_xrefs())
        trace = page.get_texttrace()
        if not trace and not has_annotations:
            return _Kept.NOTHING if _hides_pixels(page) else _Kept.DRAWING
        seen = intake.render(original, number, settings=settings, languages=())
        if any(note in seen.notes for note in PICTURE_NOTES):
            return _Kept.NOTHING
        if seen.words:
            return _Kept.EVERYTHING
        if has_annotations or any(span["type"] != INVISIBLE for span in trace) or _hides_pixels(page):
            return _Kept.NOTHING
        _remove_invisible_text(page)
    except (*FAILURES, DocintelError):
        return _Kept.NOTHING
    return _Kept.DRAWING


def _hides_pixels(page: pymupdf.Page) -> bool:
    """Whether something smaller than the page is painted over a picture: a bar over a scan leaves its pixels there."""
    area = page.rect.width * page.rect.height
    pictures: list[pymupdf.Rect] = []
    for kind, box in page.get_bboxlog():
        place = pymupdf.Rect(box)
        if kind in COVERS and place.get_area() < WHOLE_PAGE * area and any(place.intersects(each) for each in pictures):
            return True
        if kind == "fill-image":
            pictures.append(place)
    return False


def _remove_invisible_text(page: pymupdf.Page) -> None:
    """What somebody else recognised, and was not believed."""
    page.add_redact_annot(page.rect)
    page.apply_redactions(
        images=pymupdf.PDF_REDACT_IMAGE_NONE,
        graphics=pymupdf.PDF_REDACT_LINE_ART_NONE,
        text=pymupdf.PDF_REDACT_TEXT_REMOVE_INVISIBLE,
    )
