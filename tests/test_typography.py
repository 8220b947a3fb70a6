"""What typesetters do to letters, read as somebody would type it; and fonts that claim what they do not paint."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from docintel.engines.local.engine import LocalEngine
from docintel.intake import render
from docintel.intake.pdf.seen.claims import are_true
from docintel.model import Page
from docintel.settings import Settings
from docintel.text.terms import index_terms, words

SETTINGS = Settings(_env_file=None)
FACES = ("helv", "tibo", "cour")
Stretch = tuple[str, float, float]
"""Text, its size and its rise, in points."""


def put(page: pymupdf.Page, y: float, stretches: Sequence[Stretch], *, face: str = "helv", x: float = 72) -> None:
    for text, size, rise in stretches:
        page.insert_text((x, y - rise), text, fontsize=size, fontname=face)
        x += pymupdf.get_text_length(text, face, size)


def texts_on(page: pymupdf.Page, tmp_path: Path) -> list[str]:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return [word.text for word in render(path, 1, settings=SETTINGS).words]


def new_page() -> pymupdf.Page:
    return pymupdf.open().new_page(width=595, height=842)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("size", [8, 11, 24])
def test_raised_digits_never_join_a_number(face: str, size: float, tmp_path: Path) -> None:
    page = new_page()
    for place, (share, rise) in enumerate([(0.65, 0.33), (0.83, 0.4), (0.6, 0.5)]):
        line = [("Rent 4,250", size, 0.0), ("12", share * size, rise * size), (" euros", size, 0.0)]
        put(page, 100 + 40 * place, line, face=face)
    assert texts_on(page, tmp_path) == ["Rent", "4,250¹²", "euros"] * 3


def test_marks_painted_after_all_else_are_found(tmp_path: Path) -> None:
    page = new_page()
    put(page, 100, [("4,250", 11, 0)])
    put(page, 100, [("3,980", 11, 0)], x=200)
    for x, mark in ((72, "1"), (200, "2")):
        put(page, 100, [(mark, 7, 4)], x=x + pymupdf.get_text_length("4,250", "helv", 11))
    assert texts_on(page, tmp_path) == ["4,250¹", "3,980²"]


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([("10", 11, 0), ("6", 7, 4), (" litres on 450 m", 11, 0), ("2", 7, 4)], ["10⁶", "litres", "on", "450", "m²"]),
        ([("H", 11, 0), ("2", 7, -2), ("O", 11, 0)], ["H₂O"]),
        ([("1", 11, 0), ("st", 7, 4), (" and 2", 11, 0), ("o", 7, 4)], ["1st", "and", "2º"]),
        ([("1,200", 11, 0), ("a", 7, 4), (" or 7", 11, 0), ("*", 7, 4)], ["1,200", "a", "or", "7", "*"]),
        ([("e", 11, 0), ("n-1", 7, 4), (" and 10", 11, 0), ("-3", 7, 4)], ["eⁿ⁻¹", "and", "10⁻³"]),
        ([("1", 6, 3), (" Restated", 9, 0)], ["¹", "Restated"]),
        ([("2", 11, 0), ("1", 7, 4), ("/", 11, 0), ("2", 7, 0), (" cups", 11, 0)], ["2½", "cups"]),
        ([("2", 11, 0), ("3", 7, 4), ("/", 11, 0), ("16", 7, -2), (" inch", 11, 0)], ["2", "3⁄16", "inch"]),
        ([("Total 120", 14, 0), ("  all taxes included 19", 9, 0)], ["Total", "120", "all", "taxes", "included", "19"]),
    ],
)
def test_size_and_baseline_say_what_is_raised(stretches: list[Stretch], expected: list[str], tmp_path: Path) -> None:
    page = new_page()
    put(page, 100, stretches)
    assert texts_on(page, tmp_path) == expected


def test_a_digit_over_another_is_a_fraction(tmp_path: Path) -> None:
    page = new_page()
    put(page, 100, [("Add 2", 11, 0)])
    x = 73 + pymupdf.get_text_length("Add 2", "helv", 11)
    put(page, 100, [("3", 7, 4)], x=x)
    put(page, 100, [("4", 7, -4)], x=x)
    page.draw_line((x, 98), (x + 5, 98))
    put(page, 100, [("cups", 11, 0)], x=x + 9)
    assert texts_on(page, tmp_path) == ["Add", "2¾", "cups"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("4,250¹", "4,250"),
        ("4,250¹,² euros", "4,250 euros"),
        ("profit³", "profit"),
        ("¹ Restated", "Restated"),
        ("450 m²", "450 m2"),
        ("H₂O", "H2O"),
        ("2½", "2 1/2"),
    ],
)
def test_notes_marks_are_not_searched_by(written: str, asked: str) -> None:
    assert words(written) == words(asked)
    assert index_terms(written) == index_terms(asked)


def track(page: pymupdf.Page, y: float, text: str, face: str, size: float, gap: float) -> None:
    x = 72.0
    for character in text:
        page.insert_text((x, y), character, fontname=face, fontsize=size)
        x += pymupdf.get_text_length(character, face, size) + gap * size


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("gap", [0.12, 0.25, 0.4, 0.6])
def test_letter_spaced_words_are_whole(face: str, gap: float, tmp_path: Path) -> None:
    page = new_page()
    track(page, 100, "TOTAL DUE: 1,860.00 EUR", face, 11, gap)
    track(page, 200, "Annual report", face, 16, gap)
    assert texts_on(page, tmp_path) == ["TOTAL", "DUE:", "1,860.00", "EUR", "Annual", "report"]


def test_letters_at_places_of_one_width_are_words(tmp_path: Path) -> None:
    page = new_page()
    for place, character in enumerate("BILL PAID: 1,860.00"):
        page.insert_text((72 + 12 * place, 100), character, fontname="hebo", fontsize=12)
    assert texts_on(page, tmp_path) == ["BILL", "PAID:", "1,860.00"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("I N V O I C E   D A T E", ["INVOICE", "DATE"]),
        ("The word S p e r r s a t z is set apart", ["The", "word", "Sperrsatz", "is", "set", "apart"]),
        ("a + b = c + d", None),
        ("A B C D E F G", None),
        ("1 2 3 4 5 6", None),
        ("Y N Y N N Y", None),
        ("Price . . . . . . 4.50", None),
        ("J. R. R. Tolkien and A. B. Cee", None),
    ],
)
def test_typed_spaces_part_letters_or_words(line: str, expected: list[str] | None, tmp_path: Path) -> None:
    page = new_page()
    put(page, 100, [(line, 11, 0)])
    assert texts_on(page, tmp_path) == (expected or line.split())


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("apart", "first", "pitch"), [(3, 104, 12), (10, 110.5, 17.5)])
def test_drop_capitals_belong_to_their_word(
    face: str, apart: float, first: float, pitch: float, tmp_path: Path
) -> None:
    page = new_page()
    put(page, 128, [("O", 45, 0)], face=face)
    lines = ["nce upon a time there was", "a house in the woods, and", "nobody lived in it at all."]
    for number, line in enumerate(lines):
        at = 72 + apart + pymupdf.get_text_length("O", face, 45)
        put(page, first + pitch * number, [(line, 10, 0)], face=face, x=at)
    assert texts_on(page, tmp_path) == ("O" + " ".join(lines)).split()


def with_map(face: str, text: str, claimed: dict[str, str]) -> pymupdf.Document:
    """A page in an embedded font whose ToUnicode map claims other characters than it paints."""
    document, font = pymupdf.open(), pymupdf.Font(face)
    page = document.new_page()
    page.insert_font(fontname="F0", fontbuffer=font.buffer)
    page.insert_text((72, 100), text, fontname="F0", fontsize=11)
    document = pymupdf.open("pdf", document.tobytes())
    [entry] = document[0].get_fonts()
    _, reference = document.xref_get_key(entry[0], "ToUnicode")
    lines = [f"<{font.has_glyph(ord(c)):04x}> <{ord(claimed.get(c, c)):04x}>" for c in sorted(set(text))]
    stream = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(lines)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    document.update_stream(int(reference.split()[0]), stream.encode())
    return document


TOTAL = "Total to pay: 365.00 of 1,248.79 euros"


@pytest.mark.parametrize("face", [*FACES, "heit", "tiit"])
def test_a_font_that_paints_other_digits_than_it_claims_is_found_out(face: str, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    with_map(face, TOTAL, dict(zip("0123456789", "5820137964", strict=True))).save(str(path))
    image = render(path, 1, settings=SETTINGS)
    assert image.words == ()
    assert any("painted" in note for note in image.notes)


@pytest.mark.parametrize("face", [*FACES, "heit", "tiit"])
def test_a_font_that_paints_what_it_claims_is_believed(face: str, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    with_map(face, TOTAL, {}).save(str(path))
    image = render(path, 1, settings=SETTINGS)
    assert [word.text for word in image.words] == TOTAL.split()
    assert not image.notes


def test_letters_that_are_not_those_painted_are_found_out(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    path = tmp_path / "page.pdf"
    shifted = dict(zip(letters, letters[4:] + letters[:4], strict=True))
    with_map("tiro", "the vehicle is delivered by the seller in working order", shifted).save(str(path))
    assert render(path, 1, settings=SETTINGS).words == ()


def test_small_capitals_are_letters_of_their_own_name() -> None:
    page = with_map("helv", "THE VEHICLE IS DELIVERED", {c: c.lower() for c in "THEVICLSDR"})[0]
    pixmap = page.get_pixmap(dpi=200)
    assert are_true(page, np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3))


def test_readings_over_characters_stand_apart_from_their_line(tmp_path: Path) -> None:
    page = new_page()
    page.insert_text((72, 100), "東京に住んでいる私の友達", fontname="japan", fontsize=14)
    page.insert_text((72, 130), "電車で会社に行きます", fontname="japan", fontsize=14)
    for x, y, reading in ((72, 87, "とうきょう"), (114, 87, "す"), (184, 87, "わたし"), (72, 117, "でんしゃ")):
        page.insert_text((x, y), reading, fontname="japan", fontsize=6)
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    [read] = LocalEngine().read([render(path, 1, settings=SETTINGS)])
    assert isinstance(read, Page)
    assert [block.text for block in read.blocks][-1] == "とうきょう す わたし でんしゃ"
    assert "".join(block.text for block in read.blocks[:-1]) == "東京に住んでいる私の友達電車で会社に行きます"
