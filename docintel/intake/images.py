"""Image files: PNG, JPEG, TIFF with many pages, WebP, BMP, JPEG 2000."""

import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from docintel.engines import PageImage
from docintel.errors import DamagedFile, PageError, TooLarge
from docintel.intake.kinds import IMAGE_TYPES, image_format, read_head
from docintel.intake.pixels import MAX_DECODED, UNSQUARE, as_array, fit, rgb, size_in_points
from docintel.settings import Settings

NEW_SUBFILE_TYPE = 254
NOT_A_PAGE = 0b101
"""TIFF 6.0, NewSubfileType: bit 0 is a smaller version of another page, bit 2 a transparency mask."""

BREAKS_OFF = "The file is damaged or cut off inside this picture; the page shows it as far as it could be read."


def count_pages(path: Path, settings: Settings) -> int:
    """Pages of an image file; also checks that the first one has a size that can be read."""
    with _open(path) as image:
        _check_pixels(image, settings)
        return len(_frames(image, settings.max_pages + 1))


def render(path: Path, number: int, *, settings: Settings, languages: tuple[str, ...]) -> PageImage:
    """A picture that breaks off is shown as far as it goes, with a note."""
    try:
        return _rendered(path, number, settings, languages)
    except (OSError, SyntaxError):
        with _breaking_off_allowed():
            page = _rendered(path, number, settings, languages)
        if int(page.pixels.min()) == int(page.pixels.max()):
            raise
        return replace(page, notes=(*page.notes, BREAKS_OFF))


def _rendered(path: Path, number: int, settings: Settings, languages: tuple[str, ...]) -> PageImage:
    with _open(path) as image:
        frames = _frames(image, number)
        if number > len(frames):
            raise PageError(f"The file has no page {number}: it ends with page {len(frames)}.")
        image.seek(frames[number - 1])
        _check_pixels(image, settings)
        dpi, stored = _dpi(image), image.size
        picture, notes = _upright(image)
        points = size_in_points(*picture.size, dpi[::-1] if dpi and picture.size != stored else dpi)
        picture = fit(_square(rgb(picture), points), settings.max_pixels)
    return PageImage(
        number=number,
        pixels=as_array(picture),
        width=points[0],
        height=points[1],
        notes=notes,
        languages=languages,
    )


@contextmanager
def _breaking_off_allowed() -> Iterator[None]:
    """Pillow keeps this for the whole process; a reading process does one thing at a time."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@contextmanager
def _open(path: Path) -> Iterator[Image.Image]:
    """The image, header read. A JPEG is opened as what it is, even where a phone has put more pictures behind it."""
    name = image_format(read_head(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow finds odd in metadata changes no pixel; sizes are checked here
        if name == "JPEG":
            with JpegImageFile(path) as image:
                yield image
        else:
            with Image.open(path, formats=tuple(IMAGE_TYPES)) as image:
                yield image


def _frames(image: Image.Image, limit: int) -> list[int]:
    """Places of the first `limit` pages in the file. A page whose directory is damaged counts, so that it is missed."""
    if not isinstance(image, TiffImageFile):
        return [0]
    frames: list[int] = []
    place = 0
    while len(frames) < limit:
        try:
            image.seek(place)
        except EOFError:
            break
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
            frames.append(place)
            break
        if not _is_extra(image):
            frames.append(place)
        place += 1
    return frames or [0]


def _is_extra(image: TiffImageFile) -> bool:
    kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & NOT_A_PAGE)


def _check_pixels(image: Image.Image, settings: Settings) -> None:
    pixels = image.width * image.height
    if pixels == 0:
        raise DamagedFile("The file is damaged: its picture has no pixels. Scan or export it again.")
    if pixels > MAX_DECODED * settings.max_pixels:
        raise TooLarge(
            f"The file has a picture of {pixels / 1e6:,.0f} megapixels, the limit is "
            f"{MAX_DECODED * settings.max_pixels / 1e6:,.0f}. Make it smaller, or raise DOCINTEL_MAX_PIXELS."
        )


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Dots an inch across and down as the file says, if it says something that can be a number."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if math.isfinite(across) and math.isfinite(down) else None


def _upright(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """The decoded picture, turned as its EXIF says."""
    image.load()
    try:
        return ImageOps.exif_transpose(image), ()
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return image, ("The orientation in the file's EXIF data cannot be read; the page is shown as stored.",)


def _square(picture: Image.Image, points: tuple[float, float]) -> Image.Image:
    """The picture with pixels as high as they are wide, the coarser direction made finer."""
    across, down = picture.width / points[0], picture.height / points[1]
    if max(across, down) / min(across, down) < UNSQUARE:
        return picture
    finer = max(across, down)
    size = (round(points[0] * finer), round(points[1] * finer))
    return picture.resize(size, Image.Resampling.BICUBIC)
