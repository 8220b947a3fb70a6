"""The CPU engine on pages that are drawn here: real recognisers, real models."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docintel.engines import open_engine
from docintel.engines.local import LocalEngine
from docintel.engines.local.lines.mending.orthography import normalised_spelling
from docintel.engines.local.lines.tesseract import Tesseract, package
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.engines.local.scripts import main_script, script_of
from docintel.errors import EngineUnavailable, PageError
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Page, Word
from docintel.settings import Settings

Pixels = NDArray[np.uint8]
FONTS = Path("/usr/share/fonts")
LATIN, ARABIC, THAI = "NotoSans-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "NotoSansThai-Regular.ttf"
HINDI, HAN = "NotoSansDevanagari-Regular.ttf", "NotoSansCJK-Regular.ttc"

ENGLISH = [
    "The committee met on Tuesday and",
    "approved the budget for the harbour.",
    "Work starts in March and ends before",
    "the summer, said the chairwoman.",
]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    opened = open_engine("local", Settings(_env_file=None))
    assert isinstance(opened, LocalEngine)
    return opened


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(next(FONTS.rglob(name))), size)


def drawn(lines: Sequence[tuple[str, str]], *, size: int = 34, width: int = 900, left: int = 60) -> Pixels:
    """Lines of text, each with its font, one under the other."""
    image = Image.new("RGB", (width, 120 + len(lines) * 2 * size), "white")
    draw = ImageDraw.Draw(image)
    for n, (text, name) in enumerate(lines):
        draw.text((left, 60 + n * 2 * size), text, "black", font=font(name, size))
    return np.asarray(image)


def page_image(pixels: Pixels, **more: object) -> PageImage:
    height, width = pixels.shape[:2]
    return PageImage(number=1, pixels=pixels, width=width * 0.36, height=height * 0.36, **more)  # type: ignore[arg-type]


def read(engine: LocalEngine, pixels: Pixels, **more: object) -> Page:
    (result,) = engine.read([page_image(pixels, **more)])
    assert isinstance(result, Page), result
    return result


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


@pytest.fixture(scope="module")
def english() -> Pixels:
    return drawn([(line, LATIN) for line in ENGLISH])


@pytest.fixture(scope="module")
def english_page(engine: LocalEngine, english: Pixels) -> Page:
    return read(engine, english)


def test_page_says_what_is_written_and_how_sure_that_is(english_page: Page) -> None:
    assert letters(english_page.text) == letters(" ".join(ENGLISH))
    assert english_page.languages == ("en",)
    assert english_page.confidence is not None and english_page.confidence > 0.8
    assert english_page.rotation == 0


def test_page_is_less_sure_where_lines_were_seen_that_nobody_can_read(
    engine: LocalEngine, english: Pixels, english_page: Page
) -> None:
    """Half of it has pixels as large as letters."""
    height, width = english.shape[:2]
    few = cv2.resize(english, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    coarse = np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    page = read(engine, np.concatenate([english, coarse]))
    assert page.confidence is not None and english_page.confidence is not None
    words = [(word.confidence or 0.0, len(word.text)) for word in page.words]
    assert page.confidence < 0.95 * sum(c * n for c, n in words) / sum(n for _, n in words)
    assert page.confidence < english_page.confidence - 0.1


def test_page_that_is_read_badly_says_so_and_what_to_do(
    engine: LocalEngine, english: Pixels, english_page: Page
) -> None:
    blurred = read(engine, np.asarray(cv2.GaussianBlur(english, (0, 0), 6), np.uint8))
    assert blurred.confidence is not None and blurred.confidence < 0.7
    assert any("Photograph it again" in note for note in blurred.notes)
    assert not english_page.notes


def test_words_lie_on_their_ink(english_page: Page, english: Pixels) -> None:
    height, width = english.shape[:2]
    ink = english.min(axis=2) < 128
    for word in english_page.words:
        box = word.bbox
        inside = ink[int(box.y0 * height) : int(box.y1 * height) + 1, int(box.x0 * width) : int(box.x1 * width) + 1]
        assert inside.any(), word
    first = english_page.words[0]
    assert first.text == "The" and first.bbox.x0 < 0.1 and first.bbox.x1 < 0.2


def test_same_pixels_give_the_same_page(engine: LocalEngine, english: Pixels, english_page: Page) -> None:
    assert read(engine, english.copy()) == english_page


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_page_that_lies_on_its_side_or_head_is_put_right(
    engine: LocalEngine, english: Pixels, english_page: Page, turns: int
) -> None:
    page = read(engine, np.ascontiguousarray(np.rot90(english, turns)))
    assert page.rotation == 90 * turns
    assert letters(page.text) == letters(english_page.text)
    assert (round(page.width), round(page.height)) == (round(english_page.width), round(english_page.height))
    assert page.words[0].bbox.iou(english_page.words[0].bbox) > 0.5


def test_skewed_page_is_read_and_its_boxes_lean_with_it(engine: LocalEngine, english: Pixels) -> None:
    leaning = np.asarray(Image.fromarray(english).rotate(-4, fillcolor="white", resample=Image.Resampling.BICUBIC))
    page = read(engine, leaning)
    assert letters(page.text) == letters(" ".join(ENGLISH))
    first_line = [word for word in page.words if word.text in ENGLISH[0].split()]
    assert first_line[-1].bbox.center[1] - first_line[0].bbox.center[1] > 0.03
    longest = max(first_line, key=lambda word: len(word.text))
    assert longest.polygon
    assert longest.polygon[0][1] < longest.polygon[1][1], "its upper edge falls"


def test_each_line_is_read_in_its_own_script(engine: LocalEngine) -> None:
    lines = [
        ("Der Vertrag gilt ab dem ersten Januar.", LATIN),
        ("Договор вступает в силу с января.", LATIN),
        ("Η σύμβαση ισχύει από τον Ιανουάριο.", LATIN),
        ("合同自一月一日起生效，为期三年。", HAN),
        ("계약은 일월 일일부터 효력을 가진다", HAN),
        ("يسري العقد من أول يناير", ARABIC),
        ("यह अनुबंध पहली जनवरी से लागू होगा", HINDI),
        ("สัญญามีผลตั้งแต่วันที่หนึ่งมกราคม", THAI),
    ]
    page = read(engine, drawn(lines, size=40, width=1000))
    said = letters(page.text)
    for text in (
        "VertraggiltabdemerstenJanuar",
        "вступаетвсилу",
        "σύμβασηισχύει",
        "合同自一月一日起生效",
        "효력을",
        "العقد",
        "अनुबंध",
        "สัญญา",
    ):
        assert letters(text) in said, text


def test_arabic_is_in_logical_order_from_the_right(engine: LocalEngine) -> None:
    page = read(engine, drawn([("تغلق المكتبة العامة أبوابها", ARABIC), ("من يونيو إلى أغسطس", ARABIC)], size=44))
    assert page.text.split()[0] == "تغلق"
    assert page.languages == ("ar",)
    first, second = page.words[:4], page.words[4:]
    assert [word.text for word in second][:2] == ["من", "يونيو"]
    assert [word.bbox.x0 for word in first] == sorted((word.bbox.x0 for word in first), reverse=True)
    assert max(word.bbox.y1 for word in first) < min(word.bbox.y0 for word in second)


def test_columns_are_read_one_after_the_other(engine: LocalEngine) -> None:
    left, right = (
        drawn([(line, LATIN) for line in ENGLISH] * 2, width=760),
        drawn([(f"{n} second column here", LATIN) for n in range(8)], width=760),
    )
    text = read(engine, np.hstack([left, right])).text
    assert text.index("chairwoman") < text.index("second column")


def test_columns_of_arabic_are_read_from_the_right(engine: LocalEngine) -> None:
    first = ["تغلق المكتبة العامة", "أبوابها في المساء", "من كل يوم جمعة"]
    second = ["يبدأ العقد الجديد", "في أول الشهر القادم", "وينتهي بعد سنة"]
    right, left = (drawn([(line, ARABIC) for line in lines], width=620, size=40) for lines in (first, second))
    text = read(engine, np.hstack([left, right])).text
    assert text.index("المكتبة") < text.index("العقد")


def test_blank_page_has_no_blocks(engine: LocalEngine) -> None:
    page = read(engine, np.full((800, 600, 3), 255, np.uint8))
    assert page.blocks == () and page.words == () and page.text == ""


def test_believed_text_layer_is_used_and_not_read_again(engine: LocalEngine, english: Pixels) -> None:
    words = tuple(
        Word(text=text, bbox=BBox(x0=0.07 + 0.15 * n, y0=0.16, x1=0.2 + 0.15 * n, y1=0.24))
        for n, text in enumerate(["quite", "another", "text"])
    )
    page = read(engine, english, words=words)
    assert page.text == "quite another text"
    assert page.words == words


def test_vertical_lines_are_read_from_the_right(engine: LocalEngine) -> None:
    columns = ["春はあけぼのやうやう白くなりゆく", "山ぎは少しあかりて紫だちたる雲", "の細くたなびきたる夏は夜月のころ"]
    image = Image.new("RGB", (700, 900), "white")
    draw = ImageDraw.Draw(image)
    for column, text in enumerate(columns):
        for row, character in enumerate(text):
            draw.text((560 - column * 90, 60 + row * 48), character, "black", font=font(HAN, 42))
    page = read(engine, np.asarray(image))
    assert page.text.split() == columns
    first = page.words[0]
    assert first.direction == 90
    assert first.bbox.overlap(BBox(x0=560 / 700, y0=60 / 900, x1=602 / 700, y1=108 / 900)) > 0


def test_page_that_cannot_be_read_does_not_touch_the_others(engine: LocalEngine, english: Pixels) -> None:
    broken = page_image(np.zeros((0, 10, 3), np.uint8))
    failed, page = engine.read([broken, page_image(english)])
    assert isinstance(failed, PageError) and "could not be read" in str(failed)
    assert "/" not in str(failed)  # what the library says of it is in the log, with paths of this machine
    assert isinstance(page, Page)


def test_named_languages_are_the_only_ones_considered(engine: LocalEngine, english: Pixels) -> None:
    assert read(engine, english, languages=("de",)).languages == ("de",)


def test_fingerprint_names_what_a_reading_depends_on(engine: LocalEngine) -> None:
    named = LocalEngine(languages=("de",)).fingerprint
    assert named != engine.fingerprint
    for part in ("local/", "rapidocr-", "tesseract-", "line-scripts-", "layout-", "langid-"):
        assert part in engine.fingerprint


def test_missing_language_says_which_package_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eng.traineddata").write_bytes((Tesseract().folder / "eng.traineddata").read_bytes())
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="apt install tesseract-ocr-pol"):
        Tesseract().recognise([drawn([("Ogłoszenie", LATIN)])], "pol")


def test_packages_are_debians_names() -> None:
    names = {model: package(model) for model in ("deu", "chi_sim", "Cyrillic", "HanS", "Lao", "Malayalam")}
    assert names["chi_sim"] == "tesseract-ocr-chi-sim"
    assert names["Cyrillic"] == "tesseract-ocr-script-cyrl"
    assert names["Lao"] == "tesseract-ocr-script-laoo" and names["Malayalam"] == "tesseract-ocr-script-mlym"


@pytest.mark.parametrize(
    ("character", "script"),
    [
        ("a", "Latn"),
        ("ß", "Latn"),
        ("ж", "Cyrl"),
        ("の", "Hani"),
        ("한", "Hang"),
        ("7", None),
        ("٣", None),
        ("،", None),
    ],
)
def test_script_of_a_letter(character: str, script: str | None) -> None:
    assert script_of(character) == script


def test_main_script_is_what_most_letters_belong_to() -> None:
    assert main_script("Договор № 7 (PDF)") == "Cyrl"
    assert main_script("12 – 14") is None


def line_of(*texts: str) -> ReadLine:
    words = tuple(ReadWord(text=text, confidence=1.0, start=0.0, end=1.0) for text in texts)
    return ReadLine(text=" ".join(texts), confidence=1.0, words=words)


def test_persian_is_spelled_with_its_own_letters_and_marks() -> None:
    assert normalised_spelling(line_of("كتاب", "علي,", "1,5"), "fa").text == "کتاب علی، 1,5"


def test_modern_greek_has_no_breathings() -> None:
    assert (
        normalised_spelling(line_of("ὁ", "δῆμος", "αποφάσισε", "χθες", "το", "βράδυ"), "el").text
        == "ο δήμος αποφάσισε χθες το βράδυ"
    )
