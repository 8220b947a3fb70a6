"""A PDF page that is exactly one image: its own pixels, so that the same scan is the same in every container.

The page's drawing is looked at for what was painted last; a small rendering then proves that the image, decoded by
itself, is what the page shows (no clipping, inverting or blending that the list of what was painted doesn't tell).
"""

from io import BytesIO
from typing import Any

import numpy as np
import pymupdf
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from docintel.intake.pixels import MAX_DECODED, UNSQUARE, Pixels, as_array, fit, rgb
from docintel.settings import Settings

EDGE = 0.01
"""How far an image may end from the page's edge and still fill it, as a fraction of the page."""
PROOF_SIDE = 256
PROOF_MEAN = 20.0
PROOF_WORST = 80.0
"""Grey levels by which the proof may differ on average and at worst: colour profiles change levels a little."""
MODES = {1: "L", 3: "RGB", 4: "CMYK"}
TRANSPOSES = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Degrees clockwise → Pillow's names, which count the other way round."""


def own_pixels(page: pymupdf.Page, settings: Settings) -> Pixels | None:
    """The pixels of the one image that is all there is to see on the page, turned as displayed; else None."""
    found = _only_image(page)
    if found is None or found["width"] * found["height"] > MAX_DECODED * settings.max_pixels:
        return None
    turn = _quarter_turn(pymupdf.Matrix(*found["transform"]) * page.rotation_matrix)
    if turn is None:
        return None
    image = _decoded(page.parent, found["xref"])
    if image is None:
        return None
    image = image.transpose(TRANSPOSES[turn]) if turn else image
    if not _is_square(image, page.rect) or not _is_proven(image, page):
        return None
    return as_array(fit(image, settings.max_pixels))


def _only_image(page: pymupdf.Page) -> dict[str, Any] | None:
    """What MuPDF knows of the image that was painted last, over the whole page and opaque; text that is never painted
    may follow."""
    painted = [(kind, pymupdf.Rect(box)) for kind, box in page.get_bboxlog() if kind != "ignore-text"]
    if not painted or painted[-1][0] != "fill-image":
        return None
    shown = (page.rect * page.derotation_matrix).normalize()
    images = [image for image in _placed_images(page) if _fills(pymupdf.Rect(image["bbox"]), shown)]
    if not images or not _fills(painted[-1][1], shown):
        return None
    last: dict[str, Any] = images[-1]
    return last if last["xref"] and not last["has-mask"] else None


def _placed_images(page: pymupdf.Page) -> list[dict[str, Any]]:
    """Where which image is painted. Told by MuPDF's matching of hashes, which decodes every image twice, only where
    there is something to match."""
    placed, stored = page.get_image_info(), page.get_images(full=True)
    if len(placed) == len(stored) == 1:
        return [{**placed[0], "xref": stored[0][0]}]
    return list(page.get_image_info(xrefs=True))


def _fills(box: pymupdf.Rect, shown: pymupdf.Rect) -> bool:
    across = max(abs(box.x0 - shown.x0), abs(box.x1 - shown.x1)) / shown.width
    down = max(abs(box.y0 - shown.y0), abs(box.y1 - shown.y1)) / shown.height
    return bool(max(across, down) <= EDGE)


def _quarter_turn(matrix: pymupdf.Matrix) -> int | None:
    """Degrees clockwise by which the image's upright pixels are turned; None for mirrored or slanted ones."""
    largest = max(abs(value) for value in (matrix.a, matrix.b, matrix.c, matrix.d))
    a, b, c, d = (int(np.sign(round(value / largest, 2))) for value in (matrix.a, matrix.b, matrix.c, matrix.d))
    return {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}.get((a, b, c, d))


def _decoded(document: pymupdf.Document, xref: int) -> Image.Image | None:
    """The image as Pillow would read it from a file of its own: JPEG and JPEG 2000 by Pillow, the rest by MuPDF."""
    _, filters = document.xref_get_key(xref, "Filter")
    if filters.endswith(("DCTDecode", "DCTDecode]", "JPXDecode", "JPXDecode]")):
        return _encoded(document.extract_image(xref)["image"], is_jpeg="DCTDecode" in filters)
    pixmap = pymupdf.Pixmap(document, xref)
    if pixmap.alpha or pixmap.colorspace is None or pixmap.n not in MODES:
        return None
    size = (pixmap.width, pixmap.height)
    return rgb(Image.frombytes(MODES[pixmap.n], size, pixmap.samples))


def _encoded(data: bytes, *, is_jpeg: bool) -> Image.Image | None:
    try:
        file = BytesIO(data)
        with JpegImageFile(file) if is_jpeg else Image.open(file, formats=("JPEG2000",)) as image:
            image.load()
            return rgb(image)
    except (OSError, SyntaxError, ValueError):
        return None


def _is_square(image: Image.Image, shown: pymupdf.Rect) -> bool:
    ratio = (image.width / shown.width) / (image.height / shown.height)
    return bool(1 / UNSQUARE < ratio < UNSQUARE)


def _is_proven(image: Image.Image, page: pymupdf.Page) -> bool:
    scale = PROOF_SIDE / max(page.rect.width, page.rect.height)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)
    shown = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    own = image.resize(shown.size, Image.Resampling.BOX, reducing_gap=2.0).convert("L")
    coarse = (max(shown.width // 4, 1), max(shown.height // 4, 1))
    first, second = (np.asarray(picture.resize(coarse, Image.Resampling.BOX), np.float32) for picture in (shown, own))
    difference = np.abs(first - second)
    return float(difference.mean()) <= PROOF_MEAN and float(difference.max()) <= PROOF_WORST
