"""Pages that bend are made flat, and boxes lie on the picture as it was uploaded."""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from docintel.engines.local import LocalEngine
from docintel.engines.local.dewarping import Likely, Surface, surface_of
from docintel.engines.local.geometry import Pixels
from docintel.engines.local.moving import moved_box, moved_page, moved_word
from docintel.engines.local.outlines import Points, sliced
from docintel.model import BBox, Direction, Page, Word
from tests.test_local_engine import LATIN, engine, font, read

WIDTH, HEIGHT = 1400, 1000
ASPECT = WIDTH / HEIGHT
LEFT = [f"The harbour office wrote to {name}" for name in "Amsel Birke Clara Dorn Esche Falke Gans Habicht".split()]
RIGHT = [f"A ship named {name} left the quay" for name in "Iltis Kranich Linde Marder Nelke Otter Pirol Quitte".split()]

__all__ = ["engine"]


def drawn(draw_line: Callable[[ImageDraw.ImageDraw, int, int, str], None]) -> Pixels:
    """Two columns of lines."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for column, lines in enumerate((LEFT, RIGHT)):
        for row, text in enumerate(lines):
            draw_line(draw, 90 + 660 * column, 130 + 90 * row, text)
    return np.asarray(image)


def bend(x: np.ndarray) -> np.ndarray:
    """Pixels by which a column of the picture is lowered."""
    return 55 * np.sin(x / WIDTH * 2.2 * np.pi)


def bent(pixels: Pixels, skew: float = 0.0) -> Pixels:
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    lowered = cv2.remap(pixels, x, (y - bend(x)).astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -skew, 1)
    return np.asarray(cv2.warpAffine(lowered, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def bars(skew: float = 0.0, *, is_bent: bool = True) -> Likely:
    """What a detector would see, ideally."""
    lines = drawn(lambda draw, x, y, _: draw.rectangle((x, y, x + 560, y + 24), "black"))
    return ((255 - (bent(lines, skew) if is_bent else lines)[::2, ::2, 0]) / 255).astype(np.float32)


@pytest.mark.parametrize("skew", [0.0, 4.0, -7.0])
def test_lines_are_straight_and_level_on_the_flat_page(skew: float) -> None:
    likely = bars(skew)
    surface = surface_of(likely, aspect=ASPECT)
    assert surface
    flat = surface.flattened((likely * 255).astype(np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats((flat > 128).astype(np.uint8))
    assert count == 1 + len(LEFT) + len(RIGHT)
    assert boxes[1:, 3].max() <= 18  # 12.5 pixels were drawn, 40 and more are what bent lines take


def test_boxes_go_back_to_where_they_were() -> None:
    likely = bars()
    surface = surface_of(likely, aspect=ASPECT)
    assert surface
    flat = surface.flattened((likely * 255).astype(np.uint8))
    height, width = flat.shape
    _, _, boxes, _ = cv2.connectedComponentsWithStats((flat > 128).astype(np.uint8))
    found = []
    for x, y, w, h, _ in boxes[1:]:
        box = BBox.from_corners(x, y, x + w, y + h, width=width, height=height)
        found.append(moved_box(box, partial(surface.in_picture, aspect=ASPECT)))
    _, _, real, _ = cv2.connectedComponentsWithStats((likely > 0.5).astype(np.uint8))
    for x, y, w, h, _ in real[1:]:
        box = BBox.from_corners(x, y, x + w, y + h, width=likely.shape[1], height=likely.shape[0])
        assert max(box.iou(other) for other in found) > 0.8


def test_outlines_of_words_follow_bent_lines_closer_than_boxes() -> None:
    likely = bars()
    surface = surface_of(likely, aspect=ASPECT)
    assert surface
    seen = (likely > 0.5).astype(np.uint8)
    count, labels = cv2.connectedComponents(seen)
    page = moved_page(flat_page(surface, likely), partial(surface.in_picture, aspect=ASPECT))
    height, width = likely.shape
    for word in page.words:
        assert word.polygon
        assert 4 < len(word.polygon) <= 16
        (left, top), (right, bottom) = word.polygon[0], word.polygon[-1]
        assert top < bottom and left == pytest.approx(right, abs=0.005) == pytest.approx(word.bbox.x0, abs=0.005)
        inside = cv2.fillPoly(np.zeros_like(seen), [np.round(np.array(word.polygon) * (width, height)).astype(int)], 1)
        own = labels == np.bincount(labels[inside == 1], minlength=count)[1:].argmax() + 1
        assert (own & (inside == 1)).sum() > 0.8 * (own | (inside == 1)).sum()
        assert inside.sum() < 0.5 * word.bbox.area * width * height


def flat_page(surface: Surface, likely: Likely) -> Page:
    """Each bar of the page made flat as a word."""
    flat = surface.flattened((likely * 255).astype(np.uint8))
    height, width = flat.shape
    _, _, boxes, _ = cv2.connectedComponentsWithStats((flat > 128).astype(np.uint8))
    words = tuple(
        Word(text="bar", bbox=BBox.from_corners(x, y, x + w, y + h, width=width, height=height))
        for x, y, w, h, _ in boxes[1:].tolist()
    )
    return Page(number=1, width=width, height=height, words=words, engine="test/1")


@pytest.mark.parametrize("direction", [0, 90, 180, 270])
def test_words_have_polygons_only_where_their_boxes_are_too_high(direction: Direction) -> None:
    box = BBox(x0=0.4, y0=0.48, x1=0.6, y1=0.5)
    word = Word(text="harbour", bbox=box).turned(direction)
    assert moved_word(word, lambda points: points).polygon is None
    assert moved_word(word, leaning(0.2)).polygon is None
    leant = moved_word(word, leaning(3.0)).turned(-direction)
    assert leant.polygon and len(leant.polygon) == 4
    assert leant.polygon[0] == pytest.approx((box.x0, box.y0), abs=0.01)


def leaning(degrees: float) -> Callable[[Points], Points]:
    """A turn about the middle of a square page."""
    matrix = cv2.getRotationMatrix2D((0.5, 0.5), -degrees, 1)
    return lambda points: cv2.transform(points[None], matrix)[0].astype(np.float32)


def test_a_part_of_a_leaning_word_leans() -> None:
    word = moved_word(Word(text="( ) yes", bbox=BBox(x0=0.4, y0=0.48, x1=0.6, y1=0.5)), leaning(5.0))
    part = sliced(word, 0.5, 1.0)
    assert word.polygon and part.polygon and len(part.polygon) == 4
    assert part.polygon[1:3] == word.polygon[1:3]
    assert part.bbox.x0 == pytest.approx(word.bbox.center[0], abs=0.002)
    assert part.bbox.height < 0.8 * word.bbox.height


def test_page_with_straight_lines_is_left_alone() -> None:
    assert surface_of(bars(is_bent=False), aspect=ASPECT) is None


def test_what_has_no_lines_is_left_alone() -> None:
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.random((500, 700)).astype(np.float32), (0, 0), 3)
    assert surface_of((noise > 0.52).astype(np.float32), aspect=ASPECT) is None
    assert surface_of(np.zeros((500, 700), np.float32), aspect=ASPECT) is None


def test_bent_columns_are_read_one_after_the_other_with_boxes_on_the_picture(engine: LocalEngine) -> None:
    flat = drawn(lambda draw, x, y, text: draw.text((x, y), text, "black", font=font(LATIN, 30)))
    page = read(engine, bent(flat))
    places = [page.text.find(text.split()[-1]) for text in LEFT] + [page.text.find(text.split()[3]) for text in RIGHT]
    assert -1 not in places
    assert places == sorted(places)
    falke = next(word for word in page.words if word.text.startswith("Falke"))
    x, y = falke.bbox.center
    assert abs(y * HEIGHT - (130 + 90 * 5 + 20 + float(bend(np.array(x * WIDTH))))) < 12
    assert falke.bbox.height * HEIGHT < 70
    assert sum(word.polygon is not None for word in page.words) > 0.5 * len(page.words)
    assert not any(word.polygon for word in read(engine, flat).words)
