"""The part of a page image that a citation or a search hit points at."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from docintel.errors import DamagedStore
from docintel.model import BBox, Word
from docintel.server.addresses import polygons_at

MARGIN = 0.02
MIN_HEIGHT = 0.06
MAX_PIXELS = 1_000
MARK = (245, 184, 0)


def crop(image: bytes, boxes: Sequence[BBox], words: Sequence[Word] = ()) -> bytes:
    """A JPEG of what stands in and around `boxes`, each of them marked; at most 1000 pixels wide and high. Of `words`,
    which are the page's, those that have polygons are marked by these.

    Raises DamagedStore where `image` is none.
    """
    page = _opened(image)
    pixels = _pixels(frame_around(boxes), page.width, page.height)
    corners = [
        [(x * page.width, y * page.height) for x, y in polygon] if polygon else _corners(box, page.width, page.height)
        for box, polygon in zip(boxes, polygons_at(boxes, words), strict=True)
    ]
    return _jpeg(_mark(page.crop(pixels), corners, origin=pixels[:2]))


def part(image: bytes, box: BBox) -> bytes:
    """A JPEG of what stands in `box`; at most 1000 pixels wide and high. Raises DamagedStore where `image` is none."""
    page = _opened(image)
    return _jpeg(page.crop(_pixels(box, page.width, page.height)))


def frame_around(boxes: Sequence[BBox]) -> BBox:
    """All boxes and a margin; a single line gets some of its surroundings, so that it can be recognised."""
    around = BBox.around(boxes)
    spare = max(MARGIN, (MIN_HEIGHT - around.height) / 2)
    return BBox.from_corners(around.x0 - MARGIN, around.y0 - spare, around.x1 + MARGIN, around.y1 + spare)


def _opened(image: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(image)).convert("RGB")
    except OSError as error:
        raise DamagedStore("The image of this page is damaged. Read the page again.") from error


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((MAX_PIXELS, MAX_PIXELS))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def _pixels(box: BBox, width: int, height: int) -> tuple[int, int, int, int]:
    left, top = int(box.x0 * width), int(box.y0 * height)
    return left, top, max(round(box.x1 * width), left + 1), max(round(box.y1 * height), top + 1)


def _corners(box: BBox, width: int, height: int) -> list[tuple[float, float]]:
    x0, y0, x1, y1 = _pixels(box, width, height)
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _mark(
    part: Image.Image, polygons: Sequence[Sequence[tuple[float, float]]], *, origin: Sequence[int]
) -> Image.Image:
    overlay = Image.new("RGBA", part.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(overlay)
    for polygon in polygons:
        corners = [(x - origin[0], y - origin[1]) for x, y in polygon]
        pen.polygon(corners, fill=(*MARK, 56), outline=(*MARK, 230), width=2)
    return Image.alpha_composite(part.convert("RGBA"), overlay).convert("RGB")
