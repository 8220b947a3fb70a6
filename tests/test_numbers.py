"""Latin digits in lines of other scripts, drawn here and read by the real recognisers."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docintel.engines.local.geometry import Pixels, Quad, crop, quad_of
from docintel.engines.local.lines.letters import LineLetters
from docintel.engines.local.lines.line_classifier import LineClassifier
from docintel.engines.local.lines.mending.numbers import are_latin, may_be_number, with_numbers
from docintel.engines.local.lines.rapid import LINE_HEIGHT, Rapid
from docintel.engines.local.lines.recognise import Recogniser
from docintel.engines.local.lines.tesseract import Tesseract
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.model import BBox

FONTS = Path("/usr/share/fonts")
LATIN, ARABIC = "NotoSans-Regular.ttf", "NotoNaskhArabic-Regular.ttf"
WHOLE = BBox(x0=0, y0=0, x1=1, y1=1)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(Rapid(), Tesseract(), LineClassifier(), LineLetters())


@pytest.fixture(scope="module")
def rapid() -> Rapid:
    return Rapid()


def line_pixels(*pieces: tuple[str, str], gap: int = 12) -> tuple[Pixels, list[tuple[float, float]]]:
    """Pieces of text with their fonts, drawn from left to right; and where each is, in fractions of the width."""
    image = Image.new("RGB", (1200, 64), "white")
    draw, x, places = ImageDraw.Draw(image), 20.0, []
    for text, name in pieces:
        font = ImageFont.truetype(str(next(FONTS.rglob(name))), 36)
        draw.text((x, 48), text, "black", font=font, anchor="ls")
        places.append((x, x + draw.textlength(text, font=font)))
        x = places[-1][1] + gap
    width = round(x + 20)
    return np.asarray(image)[:, :width], [(start / width, end / width) for start, end in places]


def looked_again(pixels: Pixels, line: ReadLine, rapid: Rapid) -> ReadLine:
    tesseract = Tesseract()

    def rapidly(page: Pixels, quads: list[Quad]) -> list[ReadLine]:
        return rapid.recognise([crop(page, quad, height=LINE_HEIGHT) for quad in quads])

    def english(page: Pixels, quads: list[Quad]) -> list[ReadLine]:
        return tesseract.recognise([crop(page, quad, height=60) for quad in quads], "eng")

    quad = quad_of(WHOLE, pixels.shape[1], pixels.shape[0])
    return with_numbers(line, pixels, quad, (partial(english), partial(rapidly)))


def line_of(*words: ReadWord) -> ReadLine:
    return ReadLine(" ".join(word.text for word in words), 0.9, words)


@pytest.mark.parametrize("number", ["2150", "1800", "784120936", "17/09/2023", "482,750"])
def test_number_whose_digits_were_dropped_is_read_whole(rapid: Rapid, number: str) -> None:
    pixels, (word, digits) = line_pixels(("درهما", ARABIC), (number, LATIN))
    middle = sum(digits) / 2
    line = line_of(ReadWord("0", 0.95, middle, digits[1]), ReadWord("درهما", 0.9, *word))
    assert looked_again(pixels, line, rapid).text == f"{number} درهما"


def test_digits_of_the_scripts_own_stay(rapid: Rapid) -> None:
    pixels, (word, digits) = line_pixels(("درهما", ARABIC), ("٢١٥٠", ARABIC))
    line = line_of(ReadWord("٢١٥٠", 0.2, *digits), ReadWord("درهما", 0.9, *word))
    assert looked_again(pixels, line, rapid) == line


def test_number_beside_another_does_not_swallow_it(rapid: Rapid) -> None:
    pixels, (first, second) = line_pixels(("16", LATIN), ("2023", LATIN))
    line = line_of(ReadWord("6", 0.1, *first), ReadWord("2023", 0.9, *second))
    assert looked_again(pixels, line, rapid).text == "16 2023"


def test_marks_stay_where_the_scripts_own_model_read_them(rapid: Rapid) -> None:
    pixels, (digits,) = line_pixels((":5821", LATIN))
    line = line_of(ReadWord("821:", 0.9, *digits))
    assert looked_again(pixels, line, rapid).text == "5821:"


@pytest.mark.parametrize("drawn", ["60%", "%60"])
def test_per_cent_sign_that_was_taken_for_digits_is_one(rapid: Rapid, drawn: str) -> None:
    pixels, (word, digits) = line_pixels(("منها", ARABIC), (drawn, LATIN))
    line = line_of(ReadWord("9060", 0.9, *digits), ReadWord("منها", 0.9, *word))
    assert looked_again(pixels, line, rapid).text == "60% منها"


def test_letters_are_never_made_digits(rapid: Rapid) -> None:
    pixels, (word,) = line_pixels(("Tesla", LATIN))
    line = line_of(ReadWord("7", 0.1, *word))
    assert looked_again(pixels, line, rapid) == line


def test_pages_with_numbers_in_their_own_digits_are_told() -> None:
    own, latin = (line_of(ReadWord(text, 0.9, 0, 1)) for text in ("١٢٣", "45"))
    assert are_latin([latin]) and not are_latin([own]) and not are_latin([own, latin])


@pytest.mark.parametrize(
    ("text", "confidence", "expected"),
    [("2150", 0.9, True), (".", 0.1, True), (".", 0.9, False), ("१५०", 0.1, False), ("पत्र", 0.1, False)],
)
def test_only_latin_digits_and_hardly_believed_marks_may_be_numbers(
    text: str, confidence: float, expected: bool
) -> None:
    assert may_be_number(ReadWord(text, confidence, 0, 1)) is expected


def test_recogniser_looks_at_numbers_of_such_scripts_again(recogniser: Recogniser) -> None:
    pixels, _ = line_pixels(("للعام", ARABIC), ("2150", LATIN), ("المبلغ", ARABIC))
    quad = quad_of(WHOLE, pixels.shape[1], pixels.shape[0])
    (line,) = recogniser.read(pixels, [quad], recogniser._classifier.classify([crop(pixels, quad, height=32)]))
    assert "2150" in line.text.split()
