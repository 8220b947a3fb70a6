"""Pages that lie on their side or stand on their head, read by engines whose model writes what it sees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docintel.engines.fake import FakeEngine
from docintel.engines.generative import GenerativeEngine
from docintel.engines.generative.turning import turn_of
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Page, Word
from docintel.pipeline import read_page
from docintel.pipeline.cache import Cache
from docintel.runtime import Generated, Request
from docintel.runtime.fake import FakeGenerator
from storage.files import Files
from tests.houses import settings_in

LINES = [
    "Stadtwerke Königsbrück",
    "Der Wasserzähler wird am 27. Februar",
    "getauscht. Bitte sorgen Sie für Zugang.",
    "Danke!",
]
SAID = "<p data-bbox='100 50 900 150'>Stadtwerke Königsbrück</p>"


def printed() -> NDArray[np.uint8]:
    picture = Image.new("RGB", (600, 800), "white")
    font = ImageFont.truetype("DejaVuSans.ttf", 26)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(picture).text((40, 60 + 60 * number), line, fill="black", font=font)
    return np.asarray(picture)


def scanned(rotation: int) -> PageImage:
    """A page that has to be turned clockwise by `rotation` degrees to be read."""
    pixels = np.ascontiguousarray(np.rot90(printed(), rotation // 90))
    height, width = pixels.shape[:2]
    return PageImage(number=1, pixels=pixels, width=width * 0.72, height=height * 0.72)


def reads(generator: FakeGenerator) -> GenerativeEngine:
    return GenerativeEngine("test", generator, FakeEngine, turn_of=turn_of)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_page_is_shown_upright_and_its_boxes_are_those_of_the_page_as_displayed(rotation: int) -> None:
    generator = FakeGenerator(lambda _: SAID)
    [page] = reads(generator).read([scanned(rotation)])
    assert isinstance(page, Page)
    [[request]] = generator.asked
    assert np.array_equal(request.images[0], printed())
    assert (page.rotation, page.width, page.height) == (rotation, 600 * 0.72, 800 * 0.72)
    assert page.blocks[0].bbox == BBox(x0=0.1, y0=0.05, x1=0.9, y1=0.15)


def test_a_page_whose_file_says_what_stands_on_it_is_not_turned() -> None:
    word = Word(text="Stadtwerke", bbox=BBox(x0=0.1, y0=0.1, x1=0.2, y1=0.2))
    assert turn_of(scanned(180)) == 180
    assert turn_of(replace(scanned(180), words=(word,))) == 0


@pytest.mark.parametrize("shape", [(800, 600, 3), (1, 5_000, 3), (1, 1, 3)])
def test_a_blank_page_or_a_strip_is_not_turned(shape: tuple[int, int, int]) -> None:
    pixels = np.full(shape, 250, dtype=np.uint8)
    pixels[:, ::4] = 250 if shape[0] > 1 else 0
    assert turn_of(replace(scanned(0), pixels=pixels)) == 0


def test_a_turned_page_is_read_anew_as_it_was_turned() -> None:
    asked = reads(FakeGenerator(lambda _: SAID))
    image = scanned(90)
    [page] = asked.read([image])
    assert isinstance(page, Page)
    assert asked.parsed(image, page.model_copy(update={"blocks": ()})) == page


def test_what_the_model_cannot_read_is_turned_by_the_local_engine_as_it_sees_it() -> None:
    def script(request: Request) -> Generated | str:
        is_page = request.images[0].shape[:2] == (800, 600)
        return Generated("", "loop", 1, 1, 0.1) if is_page else "a part"

    def local(image: PageImage) -> Page:
        assert image.pixels.shape[:2] == (600, 800), "as it lies in the file"
        word = Word(text="x", bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2))
        [page] = FakeEngine().read([replace(image.turned(90), words=(word,))])
        assert isinstance(page, Page)
        return page.model_copy(update={"rotation": 90})

    asked = GenerativeEngine("test", FakeGenerator(script), lambda: FakeEngine(local), turn_of=turn_of)
    [page] = asked.read([scanned(90)])
    assert isinstance(page, Page)
    assert (page.rotation, page.text) == (90, "a part")


def test_a_turned_scan_is_kept_upright(tmp_path: Path) -> None:
    Image.fromarray(scanned(270).pixels).save(tmp_path / "scan.png")
    settings, cache = settings_in(tmp_path), Cache(Files(tmp_path / "cache"))
    engine = reads(FakeGenerator(lambda _: SAID))
    first = read_page(tmp_path / "scan.png", 1, engine=engine, cache=cache, settings=settings)
    cache.put(first.cache_key, first.cache_entry)
    again = read_page(tmp_path / "scan.png", 1, engine=engine, cache=cache, settings=settings)
    assert first.image_key.endswith("-270.jpg")
    assert (first.page.width < first.page.height, again.cached) == (True, True)
    assert again.page == first.page
