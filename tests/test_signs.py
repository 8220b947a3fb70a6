"""Signs of measure, note marks, lost digits and look-alike letters on scans, read by the real recognisers."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.reports.drawings.sheets import Placed, paper, printed, scanned
from docintel.engines import open_engine
from docintel.engines.local.lines.mending.raised import with_raised_digits
from docintel.engines.local.lines.mending.signs import with_signs
from docintel.engines.local.lines.recognise import better
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.settings import Settings

SERIF, SANS = "LiberationSerif-Regular.ttf", "LiberationSans-Regular.ttf"
Pixels = NDArray[np.uint8]


def pixels_of(texts: list[Placed], *, file: str = SERIF, height: float = 300) -> Pixels:
    image = paper(595, height)
    printed(image, texts, file=file, size=12)
    return np.asarray(Image.open(io.BytesIO(scanned(image))).convert("RGB"))


def text_of(texts: list[Placed], *, file: str = SERIF) -> str:
    pixels = pixels_of(texts, file=file)
    height, width = pixels.shape[:2]
    image = PageImage(number=1, pixels=pixels, width=width * 0.36, height=height * 0.36)
    (page,) = open_engine("local", Settings(_env_file=None)).read([image])
    assert isinstance(page, Page), page
    return page.text


def spread(line: str, confidence: float = 0.9) -> ReadLine:
    """A line whose words share its width evenly."""
    texts = line.split()
    words = tuple(ReadWord(text, confidence, n / len(texts), (n + 1) / len(texts)) for n, text in enumerate(texts))
    return ReadLine(line, confidence, words)


@pytest.mark.parametrize("file", [SERIF, SANS])
def test_signs_of_measure_are_read(file: str) -> None:
    rows = ["6.3 µg/l", "≤ 25 mg/l", "4.20 ± 0.05", "68 kΩ", "≥ 15 kΩ", "18 m²"]
    text = text_of([(72, 60 + 30 * n, row) for n, row in enumerate(rows)], file=file).replace(" ", "")
    assert [row for row in rows if row.replace(" ", "") not in text] == []


@pytest.mark.parametrize(
    ("read", "seen", "text"),
    [
        ("2.4 pg/l", "2.4 μg/l", "2.4 µg/l"),
        ("0.31 mg/l + 0.02", "0.31 mg/l ± 0.02", "0.31 mg/l ± 0.02"),
        ("x? + y?.", "x³ + y².", "x³ + y²."),
        ("7450,", "₹450,", "₹450,"),
        ("12 pg/l", "34 μg/l", "12 pg/l"),
        ("7450,", "8450,", "7450,"),
        ("5 pm sharp", "5 pm sharp", "5 pm sharp"),
    ],
)
def test_only_signs_are_taken_from_the_second_reader(read: str, seen: str, text: str) -> None:
    place = np.array([[0, 0], [200, 0], [200, 30], [0, 30]], np.float32)
    line = with_signs(spread(read), np.full((30, 200, 3), 255, np.uint8), place, lambda *_: [spread(seen, 0.99)])
    assert line.text == text == " ".join(word.text for word in line.words)


def test_a_note_mark_on_a_scan_joins_no_number() -> None:
    image = paper(300, 80)
    printed(image, [(20, 40, "7,630")], file=SERIF, size=12)
    printed(image, [(49, 35.5, "1")], file=SERIF, size=7)
    pixels = np.asarray(image.convert("RGB"))
    left, right, top, bottom = (round(value * 200 / 72) for value in (17, 56, 27, 46))
    quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    line = ReadLine("7,6301", 0.9, (ReadWord("7,6301", 0.9, 0.07, 0.95),))
    assert with_raised_digits(line, pixels, quad).text == "7,630¹"


def test_codes_in_russian_and_greek_lines_are_latin() -> None:
    text = text_of(
        [(72, 60, "Разъём HDMI на плате QR-5512-Z, цена 310 CHF."), (72, 100, "Το καλώδιο HDMI έχει μήκος 3 m.")]
    )
    assert "Разъём HDMI на плате QR-5512-Z" in text and "310 CHF" in text and "καλώδιο HDMI" in text


def test_russian_words_of_letters_that_latin_has_too_stay_russian() -> None:
    text = text_of([(72, 60, "ООО РОСТ и СССР"), (72, 100, "Состав комиссии утверждён приказом министра.")])
    assert "ООО РОСТ" in text and "СССР" in text and "Состав комиссии" in text


def test_capitals_and_numbers_on_a_latin_page_are_latin() -> None:
    rows = ["CHF 145.00", "CHF 72.50", "EK 2207", "CH44 3199 9123 0008 8901 2"]
    text = text_of([(72, 60 + 30 * n, row) for n, row in enumerate(rows)], file=SANS)
    assert [row for row in rows if row not in text] == []


def test_a_decimal_point_is_not_lost() -> None:
    texts: list[Placed] = [(72, 60, "Heat"), (200, 60, "8.5 °C"), (72, 90, "Coil"), (200, 90, "3.5 °C")]
    text = text_of(texts)
    assert "8.5" in text and "3.5" in text


def test_vietnamese_lines_are_not_read_by_who_cannot_write_them() -> None:
    assert better(ReadLine("Số tài khoản", 0.6), ReadLine("S tài khon", 0.99)).text == "Số tài khoản"
