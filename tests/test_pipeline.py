"""docintel.pipeline: one page of a file, read once, with its pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docintel.engines.fake import FakeEngine, page_of_its_words
from docintel.errors import DocintelError, PageError
from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.pipeline import THUMBNAIL_PIXELS, ReadPage, is_sealed, jpeg, picture_keys, read_page
from docintel.pipeline.cache import Cache
from docintel.settings import Settings
from storage.files import Files
from tests.houses import pdf, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(Files(tmp_path / "cache"))


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A picture that is wider than high, its left half black."""
    picture = Image.new("RGB", (400, 300), "white")
    picture.paste((0, 0, 0), (0, 0, 200, 300))
    picture.save(tmp_path / "scan.png")
    return tmp_path / "scan.png"


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


def read(path: Path, engine: FakeEngine, cache: Cache, settings: Settings) -> ReadPage:
    """And keeps what was read, as the worker does once it is committed."""
    return kept(read_page(path, 1, engine=engine, cache=cache, settings=settings), cache)


def kept(done: ReadPage, cache: Cache) -> ReadPage:
    if done.cache_entry:
        cache.put(done.cache_key, done.cache_entry)
    return done


def test_a_page_is_read_and_comes_with_its_pictures(scan: Path, cache: Cache, settings: Settings) -> None:
    done = read(scan, FakeEngine(), cache, settings)
    assert done.page.text.startswith("page ")
    assert not done.cached
    assert opened(done.image).size == (400, 300)
    assert max(opened(done.thumbnail).size) <= THUMBNAIL_PIXELS


def test_engine_reads_only_what_is_not_cached(scan: Path, cache: Cache, settings: Settings) -> None:
    engine = FakeEngine()
    first, second = read(scan, engine, cache, settings), read(scan, engine, cache, settings)
    assert len(engine.seen) == 1
    assert (first.cached, second.cached) == (False, True)
    assert second.page == first.page


def test_the_same_pixels_in_another_container_are_not_read_again(scan: Path, cache: Cache, settings: Settings) -> None:
    engine = FakeEngine()
    read(scan, engine, cache, settings)
    again = scan.with_suffix(".bmp")
    Image.open(scan).save(again)
    done = read(again, engine, cache, settings)
    assert done.cached
    assert len(engine.seen) == 1


def test_another_engine_reads_for_itself(scan: Path, cache: Cache, settings: Settings) -> None:
    read(scan, FakeEngine(), cache, settings)
    assert not read(scan, FakeEngine(fingerprint="fake/2"), cache, settings).cached


def test_pictures_are_turned_as_the_page_is_displayed(scan: Path, cache: Cache, settings: Settings) -> None:
    def on_its_side(image: PageImage) -> Page:
        turn = {"rotation": 90, "width": image.height, "height": image.width}
        return page_of_its_words(image).model_copy(update=turn)

    done = read(scan, FakeEngine(on_its_side), cache, settings)
    shown = opened(done.image)
    assert shown.size == (300, 400)
    top, bottom = shown.getpixel((150, 20)), shown.getpixel((150, 380))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] < 50 < 200 < bottom[0], "clockwise: what was left is on top"
    assert done.image_key.endswith("-90.jpg")


def test_pictures_that_are_kept_are_not_made_again(scan: Path, cache: Cache, settings: Settings) -> None:
    done = read_page(
        scan, 1, engine=FakeEngine(), cache=cache, settings=settings, is_kept=lambda key: key.startswith(("im", "th"))
    )
    assert (done.image, done.thumbnail) == (b"", b"")
    assert (done.image_key, done.thumbnail_key) == picture_keys(done.image_hash, 0)


def test_an_engine_s_error_is_the_page_s_and_is_not_cached(scan: Path, cache: Cache, settings: Settings) -> None:
    def fails(_image: PageImage) -> Page | DocintelError:
        return PageError("The page is torn.")

    with pytest.raises(PageError, match="torn"):
        read(scan, FakeEngine(fails), cache, settings)
    assert not read(scan, FakeEngine(), cache, settings).cached


def test_a_page_that_is_not_there_is_an_error(tmp_path: Path, cache: Cache, settings: Settings) -> None:
    path = pdf(tmp_path / "one.pdf", "only one page")
    with pytest.raises(PageError):
        read_page(path, 2, engine=FakeEngine(), cache=cache, settings=settings)


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (0, 1)), (180, (1, 1)), (270, (1, 0))])
def test_turning_is_clockwise(rotation: int, corner: tuple[int, int]) -> None:
    pixels = np.zeros((2, 2, 3), dtype=np.uint8)
    pixels[0, 0] = 255
    page = PageImage(number=1, pixels=pixels, width=10, height=20).turned(rotation)
    assert page.pixels[corner].tolist() == [255, 255, 255]
    assert (page.width, page.height) == ((10, 20) if rotation % 180 == 0 else (20, 10))


def test_jpegs_are_made_smaller_but_never_larger() -> None:
    pixels = np.zeros((30, 60, 3), dtype=np.uint8)
    assert opened(jpeg(pixels, largest=20)).size == (20, 10)
    assert opened(jpeg(pixels, largest=600)).size == (60, 30)


def test_a_picture_s_own_checksum_sees_every_flipped_byte() -> None:
    picture = jpeg(np.arange(12 * 16 * 3, dtype=np.uint8).reshape(12, 16, 3))
    assert is_sealed(picture)
    for place in range(len(picture)):
        damaged = bytearray(picture)
        damaged[place] ^= 1
        assert not is_sealed(bytes(damaged)), place
    assert not is_sealed(picture[:-1])
    assert not is_sealed(b"")


def test_a_page_is_shown_before_it_is_read_and_a_cached_one_is_not(
    scan: Path, cache: Cache, settings: Settings
) -> None:
    shown: list[bytes] = []

    def script(image: PageImage) -> Page:
        assert len(shown) == 1
        return page_of_its_words(image)

    for _ in range(2):
        done = read_page(scan, 1, engine=FakeEngine(script), cache=cache, settings=settings, show=shown.append)
        kept(done, cache)
        assert shown == [done.thumbnail]
    assert opened(shown[0]).size == (320, 240)
