"""Poppler: the second opinion on PDFs that MuPDF cannot open or render. Its programs see the file, nothing else."""

from pathlib import Path

from pdf2image.parsers import parse_buffer_to_ppm

from docintel.errors import EngineUnavailable, PageError
from docintel.intake.pixels import Pixels, as_array, render_scale
from docintel.processes import programs
from docintel.settings import Settings

FAILURES = (programs.ProgramFailed, OSError, ValueError, LookupError)


def count_pages(path: Path, *, timeout_s: float) -> int:
    """Pages that poppler sees; 0 where it cannot open the file either."""
    try:
        return int(_info(path, timeout_s=timeout_s)["Pages"])
    except programs.NotInstalled as error:
        raise _missing() from error
    except FAILURES:
        return 0


def render(path: Path, number: int, *, settings: Settings) -> tuple[Pixels, tuple[float, float]]:
    """One page's pixels and its size in points. Raises PageError."""
    timeout_s = settings.page_timeout_s / 2
    only = ("-f", str(number), "-l", str(number))
    try:
        stored, is_turned = _size(_info(path, *only, timeout_s=timeout_s), number)
        scale = render_scale(*stored, dpi=settings.dpi, max_pixels=settings.max_pixels)
        width, height = (max(round(side * scale), 1) for side in stored)
        size = ("-scale-to-x", str(width), "-scale-to-y", str(height))
        drawn = programs.run("pdftoppm", (*only, *size, "-cropbox", _file(path)), timeout_s=timeout_s)
        return as_array(parse_buffer_to_ppm(drawn)[0].convert("RGB")), stored[::-1] if is_turned else stored
    except programs.NotInstalled as error:
        raise _missing() from error
    except FAILURES as error:
        raise PageError(f"Page {number} is damaged: neither MuPDF nor poppler can render it.") from error


def _info(path: Path, *options: str, timeout_s: float) -> dict[str, str]:
    """What `pdfinfo` prints: names, each with its value."""
    said = programs.run("pdfinfo", (*options, _file(path)), timeout_s=timeout_s).decode("utf-8", "replace")
    pairs = (line.partition(":") for line in said.splitlines())
    return {" ".join(name.split()): value.strip() for name, _, value in pairs}


def _file(path: Path) -> str:
    """Never taken for an option."""
    return str(path.absolute())


def _size(info: dict[str, str], number: int) -> tuple[tuple[float, float], bool]:
    """Width and height before the page is turned (poppler scales by those), and whether it is turned on its side.

    From `Page    1 size: 595 x 842 pts (A4)` and `Page    1 rot: 90`.
    """
    width, _, height = info[f"Page {number} size"].split()[:3]
    size = (float(width), float(height))
    if min(size) <= 0:
        raise ValueError("the page has no size")
    return size, info.get(f"Page {number} rot", "0") in ("90", "270")


def _missing() -> EngineUnavailable:
    return EngineUnavailable("poppler is not installed. Install it: apt install poppler-utils.")
