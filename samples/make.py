"""Makes the sample documents: python samples/make.py [NAME…]

Each is printed by Chromium from html/NAME.html, then scanned or photographed by samples/scan.py with a fixed seed, and
written beside this file. The same Chromium and fonts give the same files. Everything in them is made up.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Picture

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from samples.scan import Pixels, pages_from_pdf, pdf_from_html, photographed, scanned  # noqa: E402

DPI = 200
JPEG_QUALITY = 45
PHOTO_QUALITY = 72
MADE_AT = time.struct_time((2024, 1, 1, 0, 0, 0, 0, 1, 0))
"""Written into every PDF, so that the same pixels give the same bytes."""


@dataclass(frozen=True)
class Sample:
    """A document's name with its suffix, and how its printed pages become that file."""

    name: str
    write: Callable[[bytes, Path], None]

    @property
    def html(self) -> Path:
        return HERE / "html" / f"{Path(self.name).stem}.html"


def in_grey(*, seed: int, skew: float, noise: float = 6.0, blur: float = 0.6) -> Callable[[bytes, Path], None]:
    """A greyscale scan, JPEG inside a PDF."""

    def write(printed: bytes, target: Path) -> None:
        pages = _scans(printed, seed=seed, skew=skew, noise=noise, blur=blur)
        _write_pdf([_grey(page) for page in pages], target)

    return write


def in_colour(*, seed: int, skew: float) -> Callable[[bytes, Path], None]:
    def write(printed: bytes, target: Path) -> None:
        _write_pdf([Picture.fromarray(page) for page in _scans(printed, seed=seed, skew=skew)], target)

    return write


def in_black_and_white(*, seed: int, skew: float) -> Callable[[bytes, Path], None]:
    """A fax-like scan of one bit a pixel, CCITT group 4 inside a PDF or TIFF."""

    def write(printed: bytes, target: Path) -> None:
        pages = [_black_and_white(page) for page in _scans(printed, seed=seed, skew=skew, noise=9.0)]
        if target.suffix == ".tif":
            pages[0].save(target, save_all=True, append_images=pages[1:], compression="group4", dpi=(DPI, DPI))
        else:
            _write_pdf(pages, target)

    return write


def as_photo(*, seed: int) -> Callable[[bytes, Path], None]:
    """A phone's JPEG: the sheet lies on its side, tilted, unevenly lit."""

    def write(printed: bytes, target: Path) -> None:
        page = pages_from_pdf(printed, dpi=DPI)[0]
        photo = np.rot90(photographed(page, seed=seed), 1)
        Picture.fromarray(np.ascontiguousarray(photo)).save(target, quality=PHOTO_QUALITY, optimize=True)

    return write


def as_printed(printed: bytes, target: Path) -> None:
    """No scan at all: the PDF with its text layer."""
    target.write_bytes(printed)


SAMPLES = (
    Sample("invoice-english.pdf", in_colour(seed=1, skew=0.8)),
    Sample("letter-german.tif", in_black_and_white(seed=2, skew=-0.6)),
    Sample("report-chinese.pdf", in_colour(seed=3, skew=-0.7)),
    Sample("notice-japanese.pdf", in_grey(seed=4, skew=1.0)),
    Sample("form-arabic.pdf", in_grey(seed=5, skew=0.5)),
    Sample("circular-hindi.pdf", in_grey(seed=6, skew=-1.0)),
    Sample("contract-russian.pdf", in_grey(seed=7, skew=0.7)),
    Sample("stock-two-pages.pdf", in_black_and_white(seed=8, skew=0.4)),
    Sample("guide-digital.pdf", as_printed),
    Sample("photo-spanish.jpg", as_photo(seed=10)),
)


def main(names: Sequence[str]) -> None:
    for sample in SAMPLES:
        if not names or sample.name in names:
            target = HERE / sample.name
            sample.write(pdf_from_html(sample.html.read_text(encoding="utf-8")), target)
            print(f"{target.stat().st_size / 1e3:7.0f} kB  {sample.name}")


def _scans(printed: bytes, *, seed: int, skew: float, noise: float = 6.0, blur: float = 0.6) -> list[Pixels]:
    """Every page a little differently, as sheets go through a feeder."""
    return [
        scanned(page, seed=seed + place, dpi=DPI, skew_degrees=skew * 0.7**place, blur=blur, noise=noise)
        for place, page in enumerate(pages_from_pdf(printed, dpi=DPI))
    ]


def _grey(page: Pixels) -> Picture.Image:
    return Picture.fromarray(page).convert("L")


def _black_and_white(page: Pixels) -> Picture.Image:
    grey = cv2.GaussianBlur(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), (0, 0), 0.8)
    return Picture.fromarray(np.where(grey > 150, 255, 0).astype(np.uint8)).convert("1")


def _write_pdf(pages: Sequence[Picture.Image], target: Path) -> None:
    options: dict[str, Any] = {"resolution": DPI, "creationDate": MADE_AT, "modDate": MADE_AT}
    if pages[0].mode != "1":
        options["quality"] = JPEG_QUALITY
    pages[0].save(target, save_all=True, append_images=pages[1:], **options)


if __name__ == "__main__":
    main(sys.argv[1:])
