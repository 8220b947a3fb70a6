"""Poppler, through pdf2image: the second opinion on PDFs that MuPDF cannot open or render."""

from pathlib import Path

from pdf2image import convert_from_path, pdfinfo_from_path
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

from docintel.errors import EngineUnavailable, PageError
from docintel.intake.pixels import Pixels, as_array, render_scale
from docintel.settings import Settings

FAILURES = (PDFPageCountError, PDFSyntaxError, PDFPopplerTimeoutError, OSError, ValueError, KeyError, IndexError)


def count_pages(path: Path, *, timeout_s: float) -> int:
    """Pages that poppler sees; 0 where it cannot open the file either."""
    try:
        return int(pdfinfo_from_path(str(path.absolute()), timeout=timeout_s)["Pages"])
    except PDFInfoNotInstalledError as error:
        raise _missing() from error
    except FAILURES:
        return 0


def render(path: Path, number: int, *, settings: Settings) -> tuple[Pixels, tuple[float, float]]:
    """One page's pixels and its size in points. Raises PageError."""
    file, timeout_s = str(path.absolute()), settings.page_timeout_s / 2
    try:
        stored, is_turned = _size(
            pdfinfo_from_path(file, first_page=number, last_page=number, timeout=timeout_s), number
        )
        scale = render_scale(*stored, dpi=settings.dpi, max_pixels=settings.max_pixels)
        pixels = (max(round(stored[0] * scale), 1), max(round(stored[1] * scale), 1))
        images = convert_from_path(
            file, first_page=number, last_page=number, size=pixels, use_cropbox=True, timeout=timeout_s
        )
        return as_array(images[0].convert("RGB")), stored[::-1] if is_turned else stored
    except PDFInfoNotInstalledError as error:
        raise _missing() from error
    except FAILURES as error:
        raise PageError(
            f"Page {number} is damaged: neither MuPDF nor poppler can render it. Other pages are not affected."
        ) from error


def _size(info: dict[str, str], number: int) -> tuple[tuple[float, float], bool]:
    """Width and height before the page is turned (poppler scales by those), and whether it is turned on its side.

    From `Page    1 size: 595 x 842 pts (A4)` and `Page    1 rot: 90`.
    """
    fields = {" ".join(key.split()): str(value) for key, value in info.items()}
    width, _, height = fields[f"Page {number} size"].split()[:3]
    size = (float(width), float(height))
    if min(size) <= 0:
        raise ValueError("the page has no size")
    return size, fields.get(f"Page {number} rot", "0") in ("90", "270")


def _missing() -> EngineUnavailable:
    return EngineUnavailable("poppler is not installed. Install it: apt install poppler-utils.")
