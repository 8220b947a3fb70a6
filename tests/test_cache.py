"""docintel.pipeline.cache: the same pixels are not read again, and a damaged entry is noticed."""

import json
import zlib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.pipeline.cache import Cache, cache_entry, cache_key, is_sound
from storage.files import Files
from tests.houses import page_of

ENGINE = "test/1"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "cache")


def image(shade: int = 7, *, number: int = 1, width: float = 600, notes: tuple[str, ...] = ()) -> PageImage:
    pixels = np.full((8, 6, 3), shade, dtype=np.uint8)
    return PageImage(number=number, pixels=pixels, width=width, height=800, notes=notes)


def keep(cache: Cache, of: PageImage, page: Page) -> None:
    cache.put(cache_key(of.hash, ENGINE), cache_entry(of, ENGINE, page))


def entry_of(files: Files, of: PageImage) -> Path:
    return files.path(cache_key(of.hash, ENGINE))


def test_the_same_pixels_are_known_again(files: Files) -> None:
    cache = Cache(files)
    assert cache.page(image(), ENGINE) is None
    keep(cache, image(), page_of("hello"))
    assert cache.page(image(), ENGINE) == page_of("hello")


def test_other_pixels_and_other_engines_are_not(files: Files) -> None:
    cache = Cache(files)
    keep(cache, image(), page_of("hello"))
    assert cache.page(image(8), ENGINE) is None
    assert cache.page(image(), "test/2") is None


def test_number_size_and_notes_are_those_of_the_file_at_hand(files: Files) -> None:
    cache = Cache(files)
    first = image(number=3, notes=("rendered by poppler",))
    kept = page_of("hello", number=3).model_copy(update={"notes": ("rendered by poppler", "vertical text")})
    keep(cache, first, kept)
    found = cache.page(image(number=9, width=300, notes=("from a fax",)), ENGINE)
    assert found is not None
    assert (found.number, found.width, found.notes) == (9, 300, ("from a fax", "vertical text"))


def test_a_turned_page_is_as_wide_as_its_image_is_high(files: Files) -> None:
    cache = Cache(files)
    keep(cache, image(), page_of("hello", rotation=90))
    found = cache.page(image(width=300), ENGINE)
    assert found is not None
    assert (found.width, found.height) == (800, 300)


def test_the_first_answer_stays(files: Files) -> None:
    cache = Cache(files)
    keep(cache, image(), page_of("first"))
    keep(cache, image(), page_of("second"))
    found = cache.page(image(), ENGINE)
    assert found is not None
    assert found.text == "first"


def test_any_flipped_byte_is_no_sound_entry(files: Files) -> None:
    keep(Cache(files), image(), page_of("hello"))
    key, entry = cache_key(image().hash, ENGINE), entry_of(files, image()).read_bytes()
    assert is_sound(key, entry)
    for place in range(len(entry)):
        damaged = bytearray(entry)
        damaged[place] ^= 1
        assert not is_sound(key, bytes(damaged)), place
    assert not is_sound(cache_key(image(8).hash, ENGINE), entry), "in another's place"


@pytest.mark.parametrize("version", [1, 2])
def test_an_entry_of_an_older_release_is_sound(files: Files, version: int) -> None:
    body = zlib.compress(page_of("hello").model_dump_json().encode())
    header = {"docintel": version, "image": image().hash, "engine": ENGINE, "sha256": sha256(body).hexdigest()}
    files.write(cache_key(image().hash, ENGINE), json.dumps(header).encode() + b"\n" + body)
    assert is_sound(cache_key(image().hash, ENGINE), entry_of(files, image()).read_bytes())
    assert Cache(files).page(image(), ENGINE) == page_of("hello")


@pytest.mark.parametrize("place", [0, 40, -1])
def test_one_flipped_byte_is_noticed_and_the_page_read_anew(files: Files, place: int) -> None:
    cache = Cache(files)
    keep(cache, image(), page_of("hello"))
    path = entry_of(files, image())
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 1
    path.write_bytes(damaged)
    assert cache.page(image(), ENGINE) is None
    keep(cache, image(), page_of("read anew"))
    assert isinstance(cache.page(image(), ENGINE), Page)


@pytest.mark.parametrize("content", [b"", b"{}", b"no json\nbody", b"[1]\nbody"])
def test_anything_else_in_an_entry_s_place_is_noticed(files: Files, content: bytes) -> None:
    cache = Cache(files)
    files.write(cache_key(image().hash, ENGINE), content)
    assert not is_sound(cache_key(image().hash, ENGINE), content)
    assert cache.page(image(), ENGINE) is None
