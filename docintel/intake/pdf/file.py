"""PDF files, through MuPDF; what MuPDF cannot render, poppler renders."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pymupdf

from docintel.damage import REPAIRED
from docintel.errors import DamagedFile, FileError, PageError, PasswordRequired, UnsupportedFile
from docintel.intake.page_image import PageImage
from docintel.intake.page_notes import BY_POPPLER, COVERED, FALSE_TEXT, MIRRORED
from docintel.intake.pdf import notes, poppler, scans, textlayer
from docintel.intake.pdf.seen import claims, cover
from docintel.intake.pixels import Pixels, render_scale
from docintel.intake.translating import reason
from docintel.settings import Settings

pymupdf.TOOLS.mupdf_display_errors(False)  # kept by MuPDF and asked for below, not written to stderr
pymupdf.TOOLS.mupdf_display_warnings(False)

FAILURES = (
    pymupdf.mupdf.FzErrorBase,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What MuPDF and its Python layer raise on broken files (MemoryError is none of it)."""
OTHER_LOCK = "unknown encryption handler"
"""What MuPDF says of a file that is encrypted for somebody's certificate: no password opens it."""


def count_pages(path: Path, *, password: str | None, timeout_s: float) -> int:
    """Pages of a PDF; poppler counts where MuPDF sees none. Raises PasswordRequired, DamagedFile."""
    try:
        with _open(path) as document:
            _authenticate(document, password)
            num_pages = int(document.page_count)
        cause: BaseException | None = None
    except FAILURES as error:
        num_pages, cause = 0, error
    num_pages = num_pages or poppler.count_pages(path, timeout_s=timeout_s)
    if not num_pages:
        raise _no_pages(cause) from cause
    return num_pages


def _no_pages(cause: BaseException | None) -> FileError:
    said = reason(cause) if cause else ""
    if OTHER_LOCK in said:
        return UnsupportedFile(
            "The file is locked with a certificate or an access server. Print it to PDF and add that."
        )
    why = f" ({said})" if said else ""
    return DamagedFile(f"The file is damaged: no pages can be found in it{why}. Export or download it again.")


def unlock(path: Path, password: str, target: Path) -> None:
    with _open(path) as document:
        _authenticate(document, password)
        with target.open("wb") as file:
            document.save(_Output(file), encryption=pymupdf.PDF_ENCRYPT_NONE)


class _Output:
    """A file without a name: one that has a name MuPDF would remove and make anew, which its sandbox forbids."""

    def __init__(self, file: BinaryIO) -> None:
        self.write, self.seek, self.tell, self.truncate = file.write, file.seek, file.tell, file.truncate


def render(path: Path, number: int, *, settings: Settings, languages: tuple[str, ...]) -> PageImage:
    """A page of a file that had to be repaired has a note; raises PageError where nothing is left of it."""
    seen, is_repaired = _seen(path, number, settings)
    return PageImage(
        number=number,
        pixels=seen.pixels,
        width=seen.size[0],
        height=seen.size[1],
        words=seen.layer.words,
        slanted=seen.layer.slanted,
        text_rotation=seen.layer.text_rotation,
        notes=(REPAIRED, *seen.notes) if is_repaired else seen.notes,
        languages=languages,
    )


@dataclass(frozen=True)
class _Seen:
    """A page as one of the two libraries shows it."""

    pixels: Pixels
    size: tuple[float, float]
    layer: textlayer.TextLayer = textlayer.NO_TEXT
    notes: tuple[str, ...] = ()
    is_doubtful: bool = False
    """Nothing is to be seen although MuPDF had something to complain about."""


def _seen(path: Path, number: int, settings: Settings) -> tuple[_Seen, bool]:
    """The page, and whether its file is damaged: MuPDF had to repair it, or cannot open it and poppler can."""
    seen, is_repaired, is_lost = None, True, False
    with suppress(*FAILURES), _open(path) as document:
        is_repaired = not document.page_count or document.is_repaired
        seen = _by_mupdf(document, number, settings)
        is_repaired = document.is_repaired  # some damage is met only on the way to the page
        is_lost = is_repaired and _is_lost(document, number)
    if seen is None:
        return _by_poppler(path, number, settings), is_repaired
    if seen.is_doubtful:
        seen = _second_opinion(seen, path, number, settings)
    if is_lost and _is_empty(seen.pixels):
        raise PageError(
            f"Nothing is left of page {number}: the file is damaged or cut off. Export or download it again."
        )
    return seen, is_repaired


def _is_lost(document: pymupdf.Document, number: int) -> bool:
    """Whether a page that a repaired file counts, or all that was on it, is not there any more."""
    page = document.load_page(number - 1)
    if document.xref_object(page.xref) == "null":
        return True
    contents = page.get_contents()
    kept = [xref for xref in contents if xref < document.xref_length() and document.xref_is_stream(xref)]
    return bool(contents) and not kept


def _by_mupdf(document: pymupdf.Document, number: int, settings: Settings) -> _Seen:
    _authenticate(document, None)
    if not document.page_count:
        raise ValueError("MuPDF finds no pages")
    if number > document.page_count:
        raise PageError(f"The file has no page {number}: it ends with page {document.page_count}.")
    pymupdf.TOOLS.reset_mupdf_warnings()
    page = document.load_page(number - 1)
    size = (page.rect.width, page.rect.height)
    own = scans.own_pixels(page, settings)
    if own is not None:
        return _Seen(own, size, notes=notes.notes_on(page))
    scale = _scale(page, settings)
    pixels = _rendered(page, scale)
    if _is_empty(pixels):
        is_doubtful = bool(pymupdf.TOOLS.mupdf_warnings())
        return _Seen(pixels, size, notes=notes.notes_on(page), is_doubtful=is_doubtful)
    seen = cover.seen_text(page, pixels, scale)
    said = ((COVERED,) if seen.is_covered else ()) + notes.notes_on(page, has_covered_text=seen.is_covered)
    layer = textlayer.believed_text(page, pixels, seen)
    if layer.is_mirrored:
        return _Seen(np.ascontiguousarray(pixels[:, ::-1]), size, layer, (MIRRORED, *said))
    if layer.words and not claims.are_true(page, pixels):
        return _Seen(pixels, size, notes=(FALSE_TEXT, *said))
    return _Seen(pixels, size, layer, said)


def _by_poppler(path: Path, number: int, settings: Settings) -> _Seen:
    pixels, size = poppler.render(path, number, settings=settings)
    return _Seen(pixels, size, notes=(BY_POPPLER,))


def _second_opinion(seen: _Seen, path: Path, number: int, settings: Settings) -> _Seen:
    """Poppler's page where there is something on it, else what MuPDF saw."""
    try:
        other = _by_poppler(path, number, settings)
    except PageError:
        return seen
    return seen if _is_empty(other.pixels) else replace(other, notes=other.notes + seen.notes)


def _is_empty(pixels: Pixels) -> bool:
    return int(pixels.min()) == int(pixels.max())


def _scale(page: pymupdf.Page, settings: Settings) -> float:
    if page.rect.is_empty or page.rect.is_infinite:
        raise ValueError("the page has no size")
    return render_scale(page.rect.width, page.rect.height, dpi=settings.dpi, max_pixels=settings.max_pixels)


def _rendered(page: pymupdf.Page, scale: float) -> Pixels:
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csRGB, alpha=False)
    return np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3).copy()


def _open(path: Path) -> pymupdf.Document:
    try:
        return pymupdf.open(str(path), filetype="pdf")
    except pymupdf.FileDataError as error:
        raise ValueError(reason(error.__cause__ or error)) from error  # its own message only repeats the path


def _authenticate(document: pymupdf.Document, password: str | None) -> None:
    if not document.needs_pass or document.authenticate(password or ""):
        return
    if password:
        raise PasswordRequired("The password does not open the file. Try another one.")
    raise PasswordRequired("The file is locked with a password. Give it with --password, or enter it in the app.")
