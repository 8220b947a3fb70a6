"""Image files: PNG, JPEG, TIFF with many pages, WebP, BMP, JPEG 2000."""

import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import ExifTags, Image, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from docintel.damage import BREAKS_OFF
from docintel.errors import DamagedFile, PageError, TooLarge
from docintel.intake.kinds import IMAGE_TYPES, image_format, read_head
from docintel.intake.page_image import PageImage
from docintel.intake.pixels import MAX_DECODED, UNSQUARE, as_array, fit, rgb, size_in_points
from docintel.settings import Settings

NEW_SUBFILE_TYPE = 254
NOT_A_PAGE = 0b101
"""TIFF 6.0, NewSubfileType: bit 0 is a smaller version of another page, bit 2 a transparency mask."""


def count_pages(path: Path, settings: Settings) -> int:
    """Pages of an image file; also checks that the first one has a size that can be read."""
    with _open(path) as opened:
        _check_pixels(opened.image, settings)
        return len(opened.pages(settings.max_pages + 1))


def render(path: Path, number: int, *, settings: Settings, languages: tuple[str, ...]) -> PageImage:
    """A picture that breaks off is shown as far as it goes, with a note."""
    try:
        return _rendered(path, number, settings, languages)
    except (OSError, SyntaxError):
        _last_tiff.close()
        with _breaking_off_allowed():
            page = _rendered(path, number, settings, languages)
        if int(page.pixels.min()) == int(page.pixels.max()):
            raise
        return replace(page, notes=(*page.notes, BREAKS_OFF))


def _rendered(path: Path, number: int, settings: Settings, languages: tuple[str, ...]) -> PageImage:
    with _open(path) as opened:
        image, places = opened.image, opened.pages(number)
        if number > len(places):
            raise PageError(f"The file has no page {number}: it ends with page {len(places)}.")
        opened.seek(places[number - 1])
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


class _OpenImage:
    """An image file whose header is read, and the places of its pages, found as far as they are asked for."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self._next = 0 if isinstance(image, TiffImageFile) else None
        self._places = [0] if self._next is None else []
        self._damaged: int | None = None

    def pages(self, limit: int) -> list[int]:
        """Places of the first `limit` pages. One whose directory is damaged counts, so that it is missed."""
        while self._next is not None and len(self._places) < limit:
            self._next = self._look_at(self._next)
        return self._places[:limit] or [0]

    def seek(self, place: int) -> None:
        """Raises OSError for a page whose directory is damaged: Pillow, asked again, shows what is left of another."""
        if place == self._damaged:
            raise OSError("its directory is damaged")
        self.image.seek(place)

    def _look_at(self, place: int) -> int | None:
        """The place after this one, or None where the file ends."""
        try:
            self.image.seek(place)
        except EOFError:
            return None
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
            self._places.append(place)
            self._damaged = place
            return None
        if not _is_extra(self.image):
            self._places.append(place)
        return place + 1


class _LastTiff:
    """The TIFF that was read last stays open: finding a page means walking over all that come before it."""

    def __init__(self) -> None:
        self._key: tuple[Path, int, int] | None = None
        self._open: _OpenImage | None = None

    def open(self, path: Path) -> _OpenImage:
        found = path.stat()
        key = (path, found.st_mtime_ns, found.st_size)
        if self._open is None or key != self._key:
            self.close()
            self._open, self._key = _OpenImage(Image.open(path, formats=("TIFF",))), key
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.image.close()
        self._open = self._key = None


_last_tiff = _LastTiff()


@contextmanager
def _open(path: Path) -> Iterator[_OpenImage]:
    """A JPEG is opened as what it is, even where a phone has put more pictures behind it."""
    name = image_format(read_head(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow finds odd in metadata changes no pixel; sizes are checked here
        if name == "TIFF":
            yield _last_tiff.open(path)
            return
        opened = JpegImageFile(path) if name == "JPEG" else Image.open(path, formats=tuple(IMAGE_TYPES))
        with opened as image:
            yield _OpenImage(image)


def _is_extra(image: Image.Image) -> bool:
    kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0) if isinstance(image, TiffImageFile) else 0
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
        is_stored_upright = image.getexif().get(ExifTags.Base.Orientation, 1) == 1
        return image if is_stored_upright else ImageOps.exif_transpose(image), ()
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
