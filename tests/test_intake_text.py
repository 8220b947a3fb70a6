"""The text layer: believed where it says what the page shows, in the order in which it is read, and otherwise not."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docintel.intake import render
from docintel.intake.pdf.written.bidi import logical
from docintel.intake.pdf.written.glyphs import Glyph, clean, is_text, words_of
from docintel.model import Word
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
SENTENCE = "The quick brown fox jumps over the lazy dog and runs home again before the rain begins."


def a_page(*, lines: int = 12) -> pymupdf.Page:
    page = pymupdf.open().new_page(width=595, height=842)
    for line in range(lines):
        page.insert_text((72, 100 + 20 * line), SENTENCE)
    return page


def words_on(page: pymupdf.Page, tmp_path: Path) -> tuple[Word, ...]:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return render(path, 1, settings=SETTINGS).words


def texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


def noise(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (height, width), np.uint8)
    return png(width, height, pixels.tobytes())


def png(width: int, height: int, greys: bytes) -> bytes:
    return bytes(pymupdf.Pixmap(pymupdf.csGRAY, width, height, greys, False).tobytes("png"))


def scanned_text() -> bytes:
    """A picture of a page full of text."""
    pixmap = a_page(lines=30).get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    return bytes(pixmap.tobytes("png"))


def test_printed_text_is_believed_word_for_word(tmp_path: Path) -> None:
    assert texts(words_on(a_page(lines=2), tmp_path)) == (SENTENCE + " " + SENTENCE).split()


def test_boxes_are_fractions_of_the_page_as_displayed(tmp_path: Path) -> None:
    upright = words_on(a_page(lines=1), tmp_path)[0].bbox
    assert upright.x0 == pytest.approx(72 / 595, abs=0.002)
    assert upright.y1 == pytest.approx(103 / 842, abs=0.005)
    page = a_page(lines=1)
    page.set_rotation(90)
    turned = words_on(page, tmp_path)[0].bbox
    assert (turned.x0, turned.y0) == pytest.approx((1 - upright.y1, upright.x0), abs=1e-6)


def test_boxes_count_from_the_crop(tmp_path: Path) -> None:
    page = a_page(lines=1)
    page.set_cropbox(pymupdf.Rect(72, 80, 572, 280))
    box = words_on(page, tmp_path)[0].bbox
    assert box.x0 == pytest.approx(0, abs=0.01)
    assert 0 < box.y0 < box.y1 < 0.2


def test_invisible_text_is_not_believed(tmp_path: Path) -> None:
    page = a_page(lines=1)
    page.insert_text((72, 300), "Not painted", render_mode=3)
    page.insert_text((72, 320), "Transparent", fill_opacity=0.01)
    page.insert_text((72, 340), "White on white", color=(1, 1, 1))
    assert texts(words_on(page, tmp_path)) == SENTENCE.split()


def test_text_under_a_picture_is_not_believed(tmp_path: Path) -> None:
    page = a_page(lines=2)
    page.insert_image(pymupdf.Rect(60, 85, 560, 104), stream=noise(50, 4), keep_proportion=False)
    assert texts(words_on(page, tmp_path)) == SENTENCE.split()


def test_white_text_on_a_dark_ground_is_believed(tmp_path: Path) -> None:
    page = pymupdf.open().new_page()
    page.draw_rect((60, 80, 400, 120), fill=(0, 0, 0.3))
    page.insert_text((72, 105), "Annual report", color=(1, 1, 1))
    assert texts(words_on(page, tmp_path)) == ["Annual", "report"]


def test_text_printed_twice_to_make_it_bold_is_one_text(tmp_path: Path) -> None:
    page = a_page(lines=1)
    page.insert_text((72.4, 100), SENTENCE)
    assert texts(words_on(page, tmp_path)) == SENTENCE.split()


def test_text_beyond_the_edge_is_not_on_the_page(tmp_path: Path) -> None:
    page = a_page(lines=1)
    page.insert_text((700, 300), "beside")
    page.insert_text((72, 900), "below")
    assert texts(words_on(page, tmp_path)) == SENTENCE.split()


def test_form_fields_and_notes_are_part_of_the_page(tmp_path: Path) -> None:
    page = a_page(lines=1)
    field = pymupdf.Widget()
    field.field_type, field.field_name, field.field_value = pymupdf.PDF_WIDGET_TYPE_TEXT, "name", "Ada"
    field.rect = pymupdf.Rect(72, 200, 300, 230)
    page.add_widget(field)
    assert "Ada" in texts(words_on(page, tmp_path))


def test_stamp_over_a_scan_does_not_hide_that_the_scan_must_be_read(tmp_path: Path) -> None:
    page = pymupdf.open().new_page(width=595, height=842)
    page.insert_image(page.rect, stream=scanned_text())
    page.insert_text((300, 30), "Received 12 March 2024, file 118", fontsize=9)
    assert words_on(page, tmp_path) == ()


def test_half_a_page_of_text_under_half_a_scan_is_read_from_the_picture(tmp_path: Path) -> None:
    page = a_page(lines=6)
    page.insert_image(pymupdf.Rect(0, 300, 595, 842), stream=scanned_text(), keep_proportion=False)
    assert words_on(page, tmp_path) == ()


def test_text_beside_a_photograph_is_believed(tmp_path: Path) -> None:
    page = a_page()
    smooth = png(256, 256, bytes(range(256)) * 256)
    page.insert_image(pymupdf.Rect(72, 400, 400, 700), stream=smooth)
    assert len(words_on(page, tmp_path)) == 12 * len(SENTENCE.split())


def test_empty_page_has_no_words(tmp_path: Path) -> None:
    assert words_on(pymupdf.open().new_page(), tmp_path) == ()


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " \n ",
        "\ufffd\ufffd\ufffd text",
        "مرحبا با\ufffdعالم " * 10,
        "\ue001\ue002\ue003",
        "\x01\x02\x03\x04 abc",
        "(cid:12)(cid:7)(cid:44)",
        "7KLV LV D VKLIWHG WH[W WKDW QRERGB FDQ UHDG EHFDXVH LWV IRQW KDG QR PDS " * 3,
        "التووووووسع الصوووحية العموووول فووووا " * 6,
    ],
)
def test_what_is_no_text_is_told_from_text(raw: str) -> None:
    assert not is_text(raw)


@pytest.mark.parametrize(
    "raw",
    [
        SENTENCE * 3,
        "Príliš žluťoučký kůň úpěl ďábelské ódy " * 5,
        "Przeszedł szczęśliwie przez chrząszcz " * 5,
        "הכל בסדר עם הטקסט הזה " * 10,
        "監測站將在白沙河增設兩個自動監測點",
        "Visit www.example.org or read part III of the guide " * 5,
        "1,524.60 13.04.2024 HF-2024-0387 " * 10,
        "\uf0b7 Use pencils only; pens stay in the lockers. " * 4,
        "f(x) = ∑ xⁿ / n! ≤ ∞",
    ],
)
def test_text_of_many_languages_is_text(raw: str) -> None:
    assert is_text(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("of\ufb01ce", "office"),
        ("co\u00adoperation", "cooperation"),
        ("exam\u00ad", "exam-"),
        ("\ufe8d\ufedf\ufeb4\ufefc\ufee1", "السلام"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u202bשלום\u202c", "שלום"),
        ("e\u0301", "é"),
        ("a\x00b\u200bc", "abc"),
        ("\uf0b7", "•"),
        ("a\ufffdb\ue000", "ab"),
        ("½²", "½²"),
    ],
)
def test_words_are_cleaned_to_what_somebody_would_type(raw: str, expected: str) -> None:
    assert clean(raw) == expected


def on_paper(seen: str, *, start: float = 0.0) -> list[Glyph]:
    """Glyphs of equal width from left to right, as they are seen."""
    return [Glyph(c, (start + 10 * i, 0.0, start + 10 * (i + 1), 16.0)) for i, c in enumerate(seen)]


def read(glyphs: Sequence[Glyph]) -> str:
    return "".join(glyph.text for glyph in logical(glyphs))


@pytest.mark.parametrize(
    "text",
    [
        "السلام عليكم",
        "פתח תקווה",
        "رقم 12/05/2024 هنا",
        "المبلغ 1,250.50 ريال",
        "سنة ١٢٣٤٫٥٠ درهم",
        "لغة Python سهلة",
        "السلام (عام 2024) عليكم",
        "חשבונית 123-45 מקור",
        "הנחה 60% היום",
    ],
)
def test_right_to_left_lines_are_read_from_what_is_seen(text: str) -> None:
    assert read(on_paper(displayed(text))) == text


def displayed(text: str) -> str:
    """The text as it stands on paper, left to right: all of it turned round, Latin words and numbers turned back."""
    return re.sub("[A-Za-z0-9٠-٩%][A-Za-z0-9٠-٩.,/٫-]*(?<=[A-Za-z0-9٠-٩])", lambda run: run[0][::-1], text[::-1])


def test_order_in_which_the_file_paints_does_not_matter() -> None:
    glyphs = on_paper(displayed("رقم 118 في السجل"))
    assert read(glyphs[::-1]) == read(glyphs) == "رقم 118 في السجل"


def test_brackets_that_the_file_gives_as_seen_are_turned() -> None:
    glyphs = on_paper("(ب)")
    assert read(glyphs) == "(ب)"


def test_hebrew_word_in_an_english_line_is_turned_alone() -> None:
    assert read(on_paper("the word " + "שלום"[::-1] + " means peace")) == "the word שלום means peace"


def test_letters_of_a_ligature_come_in_their_order() -> None:
    lam = Glyph("ل", (2.0, 0.0, 10.0, 16.0))
    at_its_end, at_its_start = Glyph("ا", (10.0, 0.0, 10.0, 16.0)), Glyph("ا", (2.0, 0.0, 2.0, 16.0))
    assert read([at_its_end, lam]) == read([lam, at_its_start]) == "لا"


def test_marks_stay_with_their_letter() -> None:
    meem, mark = Glyph("م", (20.0, 0.0, 28.0, 16.0)), Glyph("\u064f", (20.0, 0.0, 20.0, 16.0))
    rest = Glyph("ح", (10.0, 0.0, 20.0, 16.0))
    assert read([meem, mark, rest]) == "مُح"


def test_columns_of_a_right_to_left_table_are_separate_words() -> None:
    glyphs = on_paper("316") + on_paper(displayed("القطعة"), start=100)
    assert [piece.text for piece in words_of(logical(glyphs))] == ["القطعة", "316"]


@given(st.text(st.sampled_from("abאבلا12 ().,-"), max_size=30))
def test_reading_order_keeps_every_glyph(seen: str) -> None:
    assert sorted(read(on_paper(seen)).replace(")", "(")) == sorted(seen.replace(")", "("))


def test_words_leave_out_what_nobody_sees() -> None:
    glyphs = [Glyph(c, (i, 0, i + 1, 2), is_visible=c != "x") for i, c in enumerate("axb xx c")]
    assert [piece.text for piece in words_of(glyphs)] == ["ab", "c"]


def test_sign_that_is_given_twice_is_kept_once() -> None:
    glyphs = [
        Glyph("क", (0, 0, 10, 16)),
        Glyph("ा", (10, 0, 10, 16)),
        Glyph("ा", (10, 0, 14, 16)),
    ]
    assert [piece.text for piece in words_of(glyphs)] == ["का"]


def test_word_boxes_stay_on_the_page(tmp_path: Path) -> None:
    page = a_page(lines=1)
    page.insert_text((560, 400), "overhanging")
    last = words_on(page, tmp_path)[-1]
    assert last.text.startswith("over")
    assert last.bbox.x0 == pytest.approx(560 / 595, abs=0.005)
    assert last.bbox.x1 == 1
