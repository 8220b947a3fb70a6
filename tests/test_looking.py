"""What the local engine looks at twice: small type, narrow pictures, pages that may stand on their heads."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from docintel.engines.local.closer import joined, look
from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.line_classifier import INVERTED, UPRIGHT, LineClassifier, LineScores
from docintel.engines.local.lines.rapid import MAX_ENLARGED, Rapid
from docintel.engines.local.orientation import page_orientation
from tests.test_local_engine import ENGLISH, LATIN, drawn, font


@pytest.fixture(scope="module")
def rapid() -> Rapid:
    return Rapid()


def test_small_type_on_a_large_sheet_is_found(rapid: Rapid) -> None:
    sheet = Image.new("RGB", (4200, 3000), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((1500, 200), "Boiler house", "black", font=font(LATIN, 90))
    places = [(300 + 900 * column, 700 + 500 * row) for column in range(4) for row in range(4)]
    for number, place in enumerate(places):
        draw.text(place, f"Valve V-{100 + number}  DN 25", "black", font=font(LATIN, 15))
    found = look(rapid, np.asarray(sheet)).quads
    assert len(found) == len(places) + 1
    for x, y in places:
        assert any(_holds(quad, x + 60, y + 10) for quad in found), (x, y)


def test_small_type_on_a_dark_photograph_is_found(rapid: Rapid) -> None:
    sheet = Image.new("RGB", (4200, 3000), (90, 88, 80))
    draw = ImageDraw.Draw(sheet)
    draw.text((1500, 200), "Boiler house", (20, 20, 20), font=font(LATIN, 90))
    places = [(300 + 900 * column, 700 + 500 * row) for column in range(4) for row in range(4)]
    for number, place in enumerate(places):
        draw.text(place, f"Valve V-{100 + number}  DN 25", (20, 20, 20), font=font(LATIN, 15))
    found = look(rapid, np.asarray(sheet)).quads
    assert len(rapid.look(np.asarray(sheet)).quads) == 1
    assert sum(any(_holds(quad, x + 60, y + 10) for quad in found) for x, y in places) >= 12


def faint(mirrored: bool) -> Pixels:
    """A heading and lines so pale that a detector hardly sees them, as they stand or as a sheet's back shows them."""
    sheet = Image.new("L", (1600, 1100), 255)
    draw = ImageDraw.Draw(sheet)
    for number in range(9):
        draw.text((200, 250 + 80 * number), f"Harbour Street {number + 10} is closed", 255 - 68, font=font(LATIN, 24))
    sheet = sheet.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else sheet
    ImageDraw.Draw(sheet).text((500, 80), "Notice", 0, font=font(LATIN, 90))
    noise = np.random.default_rng(1).normal(0, 7, (1100, 1600))
    grey = np.clip(np.asarray(sheet) - 4 + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def test_faint_lines_are_found_and_those_that_shine_through_are_not(rapid: Rapid) -> None:
    assert len(look(rapid, faint(mirrored=False)).quads) >= 10
    assert len(look(rapid, faint(mirrored=True)).quads) <= len(rapid.look(faint(mirrored=True)).quads) + 1


def _holds(quad: Quad, x: float, y: float) -> bool:
    low, high = quad.min(axis=0), quad.max(axis=0)
    return bool(low[0] <= x <= high[0] and low[1] <= y <= high[1])


def test_line_that_two_parts_saw_is_one() -> None:
    def box(x0: float, x1: float, y: float = 100) -> Quad:
        return np.array([(x0, y), (x1, y), (x1, y + 20), (x0, y + 20)], np.float32)

    whole = joined([box(0, 500), box(400, 900), box(420, 480), box(0, 500, 130)])
    assert sorted((round(quad[0][0]), round(quad[1][0]), round(quad[0][1])) for quad in whole) == [
        (0, 500, 130),
        (0, 900, 100),
    ]


def test_lines_that_lean_are_parted_by_their_paper_and_joined_along_it() -> None:
    def leaning(x0: float, x1: float, lower: float = 0) -> Quad:
        """A line of 20 pixels that falls by 30 in 100."""
        top, bottom = ([(x, 100 + 0.3 * x + lower + depth) for x in (x0, x1)] for depth in (0, 20))
        return np.array([*top, *bottom[::-1]], np.float32)

    assert len(joined([leaning(0, 400), leaning(0, 400, 30)])) == 2
    whole = joined([leaning(0, 400), leaning(300, 700)])
    assert len(whole) == 1
    assert whole[0][0] == pytest.approx((0, 100), abs=8)
    assert whole[0][2] == pytest.approx((700, 330), abs=8)


def test_what_was_found_before_is_not_found_again(rapid: Rapid, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = Image.new("RGB", (4200, 3000), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((200, 200), "Boiler house and pumps", "black", font=font(LATIN, 90))
    for row in range(12):
        draw.text((2500, 900 + 100 * row), f"Valve V-{100 + row}  DN 25", "black", font=font(LATIN, 15))
    pixels = np.asarray(sheet)
    large = rapid.look(pixels)
    words = [np.array([(x, 210), (x + 300, 210), (x + 300, 290), (x, 290)], np.float32) for x in (220, 700)]
    real = rapid.detect_at
    monkeypatch.setattr(rapid, "look", lambda _: large)
    monkeypatch.setattr(rapid, "detect_at", lambda part, scale: [*real(part, scale), *words])
    found = look(rapid, pixels).quads
    assert sum(_holds(quad, 370, 250) for quad in found) == 1


def test_narrow_picture_is_not_blown_up(rapid: Rapid, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = rapid._likely

    def spy(pixels: Pixels) -> np.ndarray:
        sizes.append(pixels.shape)
        return real(pixels)

    monkeypatch.setattr(rapid, "_likely", spy)
    strip = np.full((3000, 30, 3), 255, np.uint8)
    strip[::40] = 0
    rapid.detect(strip)
    for height, width, _ in sizes:
        scale = max(1.0, 736 / min(height, width))
        assert height * width * scale**2 < 1.2 * MAX_ENLARGED


@pytest.mark.parametrize(("turned", "expected"), [(False, 0), (True, 180)])
def test_page_is_turned_as_it_reads_where_the_eye_is_misled(rapid: Rapid, turned: bool, expected: int) -> None:
    class Misled(LineClassifier):
        """Sees most lines on their heads, whichever way they stand."""

        def classify(self, crops: Sequence[Pixels]) -> LineScores:
            scores = super().classify(crops)
            scores.turns[:] = -4.0
            scores.turns[:, INVERTED] = -0.5
            scores.turns[::3, [UPRIGHT, INVERTED]] = [-0.5, -4.0]
            return scores

    pixels = drawn([(text, LATIN) for text in ENGLISH])
    pixels = np.ascontiguousarray(pixels[::-1, ::-1]) if turned else pixels
    found = page_orientation(Misled(), pixels, rapid.detect(pixels), rapid.recognise)
    assert found.rotation == expected
