"""Pages that are one picture: a JPEG original's own bytes, black and white as fax coding, else the JPEG of the page."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

from docintel import intake
from docintel.errors import DocintelError
from docintel.export.pdf.wanted import WantedPage
from docintel.intake.kinds import PDF
from docintel.settings import Settings

JPEG = "image/jpeg"
DISPLAYED = {1: 0, 3: 180, 6: 90, 8: 270}
"""EXIF's orientation → degrees clockwise; the mirrored ones are not here."""
PLAIN = ("L", "RGB")
"""CMYK JPEGs are read in more than one way."""


def add_picture(
    made: pymupdf.Document, original: Path, wanted: WantedPage, picture: Callable[[int], bytes], settings: Settings
) -> pymupdf.Page:
    """A new last page of `made`, of the size as displayed, with the picture of the page."""
    kind = intake.media_type(original)
    if kind == JPEG and (turn := _displayed(original)) is not None:
        return _added(made, wanted, original.read_bytes(), (turn + wanted.rotation) % 360)
    if kind not in (JPEG, PDF) and (fax := _fax_coded(original, wanted, settings)):
        return _added_pdf(made, wanted, fax)
    return _added(made, wanted, picture(wanted.number), 0)


def _displayed(original: Path) -> int | None:
    """Degrees by which its pixels are turned for display; None where they cannot be shown by turning alone."""
    try:
        with JpegImageFile(original) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            return DISPLAYED.get(orientation) if image.mode in PLAIN else None
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return None


def _fax_coded(original: Path, wanted: WantedPage, settings: Settings) -> bytes | None:
    """A PDF of the page where its pixels are black and white, without loss (ITU-T T.6)."""
    try:
        pixels = intake.render(original, wanted.number, settings=settings).turned(wanted.rotation).pixels
    except DocintelError:
        return None
    grey = pixels[:, :, 0]
    if not (pixels == grey[:, :, None]).all() or not np.isin(grey, (0, 255)).all():
        return None
    file = BytesIO()
    Image.fromarray(grey).convert("1", dither=Image.Dither.NONE).save(file, "PDF")
    return file.getvalue()


def _added(made: pymupdf.Document, wanted: WantedPage, jpeg: bytes, turn: int) -> pymupdf.Page:
    sides = (wanted.width, wanted.height) if turn % 180 == 0 else (wanted.height, wanted.width)
    page = made.new_page(width=sides[0], height=sides[1])
    page.insert_image(page.rect, stream=jpeg, keep_proportion=False)
    page.set_rotation(turn)
    return page


def _added_pdf(made: pymupdf.Document, wanted: WantedPage, content: bytes) -> pymupdf.Page:
    page = made.new_page(width=wanted.width, height=wanted.height)
    with pymupdf.open(stream=content, filetype="pdf") as drawn:
        page.show_pdf_page(page.rect, drawn, keep_proportion=False)
    return page
