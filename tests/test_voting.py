"""Words in doubt are put to the vote; numbers that stand alone in their column are found."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docintel.engines.local.engine import LocalEngine
from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.mending.voting import SURE_CODE, may_be_code, voted, whole
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.engines.local.lone import lone_words
from docintel.intake.page_image import PageImage
from docintel.model import Page

NOTHING: Pixels = np.zeros((1, 1, 3), np.uint8)
QUAD: Quad = np.zeros((4, 2), np.float32)
FACE = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def line(*words: tuple[str, float]) -> ReadLine:
    """Words of one width, with their confidences."""
    parts = [
        ReadWord(text, confidence, n / len(words), (n + 0.9) / len(words)) for n, (text, confidence) in enumerate(words)
    ]
    return ReadLine(" ".join(text for text, _ in words), 0.9, tuple(parts))


def reading(*words: tuple[str, float]) -> Callable[[Pixels, Sequence[Quad]], list[ReadLine]]:
    return lambda _, quads: [line(*words) for _ in quads]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("1kg", 0.99), ("1kg", 0.97), "Apples 1kg"),
        (("1kg", 0.99), ("Ikg", 0.97), "Apples ikg"),
        (("1kg", 0.99), ("1kg", 0.6), "Apples ikg"),
    ],
)
def test_a_doubted_word_is_what_two_others_read(
    one: tuple[str, float], other: tuple[str, float], expected: str
) -> None:
    readers = (reading(("Pears", 0.99), one), reading(("Pears", 0.99), other))
    (found,) = voted([line(("Apples", 0.97), ("ikg", 0.9))], NOTHING, [QUAD], readers)
    assert found.text == expected


@pytest.mark.parametrize(
    ("old", "new"), [("boîtes", "boites"), ("anch’io", "anch'io"), ("l'", "1'"), ("14", "l4"), ("dumbre", "duınbre")]
)
def test_nothing_that_others_see_less_well_is_voted_away(old: str, new: str) -> None:
    (found,) = voted([line((old, 0.8))], NOTHING, [QUAD], [reading((new, 0.99))] * 2)
    assert found.text == old


def test_codes_on_a_line_of_another_script_are_put_to_the_vote() -> None:
    own = line(("Счёт", 0.9), ("CH7", 1.0), ("СОСТАВ", 0.9), ("318", 0.9), ("BТCHZН", 0.8))
    readers = [reading(("Cuet", 0.9), ("CH70", 0.9), ("COCTAB", 0.9), ("313", 0.9), ("BTCHZH", 0.9))] * 2
    (found,) = voted([own], NOTHING, [QUAD], readers, ask=may_be_code, sure=SURE_CODE)
    assert found.text == "Счёт CH70 СОСТАВ 313 BTCHZH"


@pytest.mark.parametrize(
    ("other", "expected"), [("av årsmötet den", "av årsmötet den"), ("av Arsmötet den", "av år s m öt e t den")]
)
def test_words_read_as_single_letters_are_whole(other: str, expected: str) -> None:
    torn = line(*((word, 1.0) for word in "av år s m öt e t den".split()))
    (found,) = whole([torn], NOTHING, [QUAD], reading(*((word, 1.0) for word in other.split())))
    assert found.text == expected


def box(x: float, y: float, width: float, height: float = 20) -> Quad:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def test_a_letter_is_alone_in_its_column_and_row() -> None:
    lines = [box(10, 10, 60), box(300, 10, 50), box(10, 50, 80), box(10, 90, 70), box(300, 90, 50)]
    inside = np.array([[305, 53, 312, 67]], np.float32)
    assert len(lone_words(inside, lines)) == 1
    beside_nothing = inside + np.array([0, 20, 0, 20], np.float32)
    in_no_column = inside + np.array([200, 0, 200, 0], np.float32)
    dash = np.array([[305, 58, 312, 61]], np.float32)
    in_dirt = np.concatenate([inside, inside + np.array([15, 0, 15, 0], np.float32)])
    for other in (beside_nothing, in_no_column, dash, in_dirt):
        assert not lone_words(other, lines)


def test_a_digit_that_stands_alone_is_read() -> None:
    image = Image.new("RGB", (1240, 1754), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(FACE, 26)
    rows = [("Work", "Hours", "Price"), ("Hedge cut", "28 h", "120.00"), ("Leaves taken away", "1", "307.35")]
    rows += [("Pond cleaned", "14 h", "80.00"), ("Gate oiled", "1", "9.00"), ("Path swept", "2 h", "15.00")]
    for number, row in enumerate(rows):
        for x, text in zip((120, 620, 900), row, strict=True):
            pen.text((x, 200 + 48 * number), text, "black", font=font)
    (page,) = LocalEngine().read([PageImage(number=1, pixels=np.asarray(image), width=595, height=842)])
    assert isinstance(page, Page)
    assert [word.text for word in page.words].count("1") == 2
