"""Our own recogniser of lines: what it reads, in which order, and when it is believed."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from docintel.engines.local import LocalEngine
from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.letters import HEIGHT, LineLetters, calibrated, has_others_digits
from docintel.engines.local.lines.line_classifier import SCRIPT_CODES, LineClassifier, LineScores
from docintel.engines.local.lines.mending.alike import in_one_script, with_native_twins
from docintel.engines.local.lines.rapid import Rapid
from docintel.engines.local.lines.recognise import Recogniser
from docintel.engines.local.lines.tesseract import Tesseract
from docintel.engines.local.lines.words import ReadLine, ReadWord
from tests.test_local_engine import ARABIC, HINDI, LATIN, THAI, engine, font, page_image

HEBREW, KOREAN = "NotoSansHebrew-Regular.ttf", "NotoSansCJK-Regular.ttc"
LINES = {
    "Latn": (LATIN, "Ngày 12 tháng 5, phòng đọc đóng cửa"),
    "Cyrl": (LATIN, "Договор вступает в силу 12.05.2021"),
    "Grek": (LATIN, "Η συσκευή λειτουργεί με τάση 230 V"),
    "Arab": (ARABIC, "يبدأ العمل في المكتبة يوم الأحد"),
    "Hebr": (HEBREW, "הספרייה תהיה סגורה ביום ראשון"),
    "Deva": (HINDI, "पुस्तकालय रविवार को बंद रहेगा"),
    "Thai": (THAI, "ห้องสมุดปิดทำการวันอาทิตย์"),
    "Hang": (KOREAN, "도서관은 일요일에 문을 닫습니다"),
}

__all__ = ["engine"]


@pytest.fixture(scope="module")
def letters() -> LineLetters:
    return LineLetters()


def drawn(text: str, name: str, *, size: int = 30, blur: float = 0.0) -> Pixels:
    """A line as a detector cuts it out, 40 pixels high."""
    face = font(name, size)
    left, top, right, bottom = map(int, face.getbbox(text))
    image = Image.new("RGB", (right - left + 16, bottom - top + 12), "white")
    ImageDraw.Draw(image).text((8 - left, 6 - top), text, "black", font=face)
    pixels = np.asarray(image)
    pixels = cv2.GaussianBlur(pixels, (0, 0), blur) if blur else pixels
    width = round(pixels.shape[1] * HEIGHT / pixels.shape[0])
    return np.asarray(cv2.resize(pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("script", LINES)
def test_line_is_read_sharp_and_out_of_focus(letters: LineLetters, script: str) -> None:
    name, text = LINES[script]
    for line in letters.recognise([drawn(text, name), drawn(text, name, blur=2.0)]):
        assert Levenshtein.normalized_distance(line.text, text) < 0.12, line.text
        assert len(line.words) == len(line.text.split())


def test_number_and_latin_word_keep_their_direction_in_a_line_from_the_right(letters: LineLetters) -> None:
    (line,) = letters.recognise([drawn("החשבון מיום 12.05.2021 עבור Siemens", "DejaVuSans.ttf", size=34)])
    assert "12.05.2021" in line.text
    assert line.text.split()[0] == "החשבון"
    assert line.words[0].start > line.words[-1].start


def test_lines_of_any_length_and_none(letters: LineLetters) -> None:
    long = " ".join(["Договор вступает в силу"] * 7)
    read = letters.recognise([drawn("1", LATIN), drawn(long, LATIN), np.full((HEIGHT, 300, 3), 255, np.uint8)])
    assert Levenshtein.normalized_distance(read[1].text, long) < 0.05
    assert (read[2].text, read[2].words) == ("", ())
    assert letters.recognise([]) == []


def test_words_lie_where_they_stand(letters: LineLetters) -> None:
    text = "Договор вступает"
    (line,) = letters.recognise([drawn(text, LATIN)])
    split = font(LATIN, 30).getlength("Договор ") / font(LATIN, 30).getlength(text)
    assert line.words[0].end == pytest.approx(split - 0.015, abs=0.03)
    assert line.words[1].start == pytest.approx(split, abs=0.03)


class Doubting(Tesseract):
    """Says the same of every line, with a given confidence."""

    def __init__(self, confidence: float) -> None:
        super().__init__()
        self.confidence = confidence

    def recognise(self, crops: Sequence[Pixels], _model: str) -> list[ReadLine]:
        return [ReadLine("Логовор", self.confidence, (ReadWord("Логовор", self.confidence, 0, 1),)) for _ in crops]


@pytest.mark.parametrize(("confidence", "is_own"), [(0.4, True), (0.95, False)])
def test_letters_are_taken_where_tesseract_is_much_less_sure(confidence: float, is_own: bool) -> None:
    line = drawn("Договор о поставке", LATIN)
    quad = np.array([(0, 0), (line.shape[1], 0), (line.shape[1], HEIGHT), (0, HEIGHT)], np.float32)
    recogniser = Recogniser(Rapid(), Doubting(confidence), LineClassifier(), LineLetters())
    scores = LineScores(np.full((1, len(SCRIPT_CODES)), -9, np.float32), np.zeros((1, 4), np.float32))
    scores.scripts[0, SCRIPT_CODES.index("Cyrl")] = -0.01
    (read,) = recogniser.read(line, [quad], scores, languages=("ru",))
    assert read.text == ("Договор о поставке" if is_own else "Логовор")


def test_script_of_labels_is_told_by_reading_them(engine: LocalEngine) -> None:
    sheet = Image.new("RGB", (1600, 1000), "white")
    draw = ImageDraw.Draw(sheet)
    for number in range(12):
        draw.text(
            (100 + 500 * (number % 3), 100 + 200 * (number // 3)),
            f"V-10{number} DN{20 + number}",
            "black",
            font=font(LATIN, 17),
        )
    (page,) = engine.read([page_image(np.asarray(sheet))])
    assert "V-104 DN24" in page.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("HDΜΙ", "HDMI"),
        ("Чeмy", "Чему"),
        ("ПAPK", "ПАРК"),
        ("CР", "CР"),
        ("ПrА", "ПrА"),
        ("СОСТАВ", "СОСТАВ"),
        ("Total", "Total"),
    ],
)
def test_twins_of_letters_follow_those_that_have_none(read: str, text: str) -> None:
    assert in_one_script(read) == text


def test_handwriting_is_told(letters: LineLetters) -> None:
    printed = letters.recognise([drawn("Договор вступает в силу", LATIN), drawn("The reading room is closed", LATIN)])
    assert not any(line.is_by_hand for line in printed)


def test_confidence_is_lower_than_its_reader_says_where_it_doubts() -> None:
    line = ReadLine("notice", 0.6, (ReadWord("notice", 0.6, 0.0, 1.0),), by_hand=0.1)
    assert calibrated(line).confidence == calibrated(line).words[0].confidence < 0.2
    assert calibrated(replace(line, confidence=0.98)).confidence > 0.95
    assert calibrated(replace(line, confidence=0.98, by_hand=0.9)).confidence < 0.92


def test_words_of_twins_alone_are_in_the_line_s_script() -> None:
    line = ReadLine("CYMA 3 USD Kaca", 0.9, tuple(ReadWord(text, 0.9, 0, 1) for text in ("CYMA", "3", "USD", "Kaca")))
    assert with_native_twins(line, "Cyrl").text == "СУМА 3 USD Каса"


@pytest.mark.parametrize(
    ("text", "script", "has_them"), [("०० 0", "Latn", True), ("२०२४", "Deva", False), ("12", "Thai", False)]
)
def test_digits_of_other_scripts_are_seen(text: str, script: str, has_them: bool) -> None:
    assert has_others_digits(text, script) is has_them
