"""One page of a file → Page and pictures: rendered, looked up, read, turned upright."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docintel import intake
from docintel.engines import Engine, Rereads
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.pipeline.cache import Cache, cache_entry, cache_key
from docintel.runtime import ProgressCallback, ignore_progress
from docintel.settings import Settings

JPEG_QUALITY = 88
THUMBNAIL_PIXELS = 320


@dataclass(frozen=True)
class ReadPage:
    """A page as read, its pictures (JPEG, as displayed), and the keys under which they are kept.

    Pictures are empty where the reader was told that they are kept already.
    """

    page: Page
    image_hash: str
    image_key: str
    image: bytes
    thumbnail_key: str
    thumbnail: bytes
    cache_key: str
    cache_entry: bytes
    """What is to be kept under `cache_key`; empty where it is there already."""
    cached: bool
    is_final: bool
    """Whether its engine would say the same of the same pixels until its fingerprint changes."""
    seconds: float


@dataclass(frozen=True)
class Twin:
    """A page that was read before of the same bytes in the same way (see `source_key`): its pixels are the same too."""

    page: Page
    image_hash: str


def source_key(content: str, number: int, languages: Sequence[str], settings: Settings) -> str:
    """What a page's pixels and text layer follow from: the file (SHA-256), the page, and how it is rendered."""
    made = (intake.RENDERING, *_renderers(), settings.dpi, settings.max_pixels)
    return sha256(repr((content, number, sorted(languages), made)).encode()).hexdigest()


@lru_cache(maxsize=1)
def _renderers() -> tuple[str, ...]:
    return tuple(version(name) for name in ("pymupdf", "pillow"))


def read_page(
    path: Path,
    number: int,
    *,
    engine: Engine,
    cache: Cache,
    settings: Settings,
    languages: tuple[str, ...] = (),
    is_kept: Callable[[str], bool] = lambda _key: False,
    on_progress: ProgressCallback = ignore_progress,
    show: Callable[[bytes], None] = lambda _preview: None,
) -> ReadPage:
    """Reads page `number` (from 1) of the file at `path`, unless the cache knows its pixels.

    `is_kept` says whether a picture's key is there already; `show` is given a small JPEG of the page before it is read,
    `on_progress` what is said of it meanwhile (see `docintel.engines.Engine`).
    Raises PageError, and whatever the engine says of it.
    """
    began = time.perf_counter()
    image = intake.render(path, number, settings=settings, languages=languages)
    page = cache.page(image, engine.fingerprint)
    if page is not None and isinstance(engine, Rereads):
        page = engine.parsed(image, page)
    cached, preview, entry = page is not None, b"", b""
    if page is None:
        preview = jpeg(image.pixels, largest=THUMBNAIL_PIXELS)
        show(preview)
        page = _read(image, engine, on_progress)
        entry = cache_entry(image, engine.fingerprint, page)
    picture, thumbnail = picture_keys(image.hash, page.rotation)
    wanted = not (is_kept(picture) and is_kept(thumbnail))
    pixels = image.turned(page.rotation).pixels if wanted else image.pixels
    upright = b"" if page.rotation else preview
    return ReadPage(
        page=page,
        image_hash=image.hash,
        image_key=picture,
        image=jpeg(pixels) if wanted else b"",
        thumbnail_key=thumbnail,
        thumbnail=(upright or jpeg(pixels, largest=THUMBNAIL_PIXELS)) if wanted else b"",
        cache_key=cache_key(image.hash, engine.fingerprint),
        cache_entry=entry,
        cached=cached,
        is_final=not isinstance(engine, Rereads),
        seconds=time.perf_counter() - began,
    )


def as_twin(twin: Twin, is_kept: Callable[[str], bool]) -> ReadPage | None:
    """The page as its twin, neither rendered nor read; None where a picture of it is missing."""
    picture, thumbnail = picture_keys(twin.image_hash, twin.page.rotation)
    if not (is_kept(picture) and is_kept(thumbnail)):
        return None
    return ReadPage(
        page=twin.page,
        image_hash=twin.image_hash,
        image_key=picture,
        image=b"",
        thumbnail_key=thumbnail,
        thumbnail=b"",
        cache_key=cache_key(twin.image_hash, twin.page.engine),
        cache_entry=b"",
        cached=True,
        is_final=True,
        seconds=0.0,
    )


def _read(image: PageImage, engine: Engine, on_progress: ProgressCallback) -> Page:
    [result] = engine.read([image], on_progress)
    if isinstance(result, DocintelError):
        raise result
    return result


def picture_keys(image_hash: str, rotation: int) -> tuple[str, str]:
    """Where a page's picture and its thumbnail are kept: by pixels and turn, so that equal pages share them."""
    place = f"{image_hash[:2]}/{image_hash}-{rotation}.jpg"
    return f"images/{place}", f"thumbnails/{place}"


def jpeg(pixels: NDArray[np.uint8], *, largest: int | None = None) -> bytes:
    """(height, width, 3) RGB as JPEG, made smaller where a side has more than `largest` pixels."""
    picture = Image.fromarray(pixels)
    if largest:
        picture.thumbnail((largest, largest), reducing_gap=2.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    return _sealed(out.getvalue())


def is_sealed(picture: bytes) -> bool:
    """Whether a picture that `jpeg` made is, byte by byte, what it was."""
    seal = len(_seal(b""))
    start = _first_segment(picture)
    rest = picture[:start] + picture[start + seal :]
    return picture[start : start + seal] == _seal(rest)


def _sealed(picture: bytes) -> bytes:
    """JPEG has no checksum: its own stands in a comment behind the first segment, where every reader skips it."""
    start = _first_segment(picture)
    return picture[:start] + _seal(picture) + picture[start:]


def _first_segment(picture: bytes) -> int:
    """Where the segment that follows the start of a JPEG ends: it is JFIF's, which must be the first."""
    return 4 + int.from_bytes(picture[4:6])


def _seal(picture: bytes) -> bytes:
    comment = sha256(picture).hexdigest().encode()
    return b"\xff\xfe" + (2 + len(comment)).to_bytes(2) + comment
