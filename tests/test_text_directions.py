"""Text layers and scans whose lines run another way than from left to right, drawn here in many ways."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from docintel.engines import open_engine
from docintel.engines.local import LocalEngine
from docintel.engines.local.layer import lines_of_layer
from docintel.intake import render
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Page, Table, Word
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
FONTS = Path("/usr/share/fonts")
TURNS = (0, 90, 180, 270)
FONT_OF = {"AL": "NotoNaskhArabic-Regular.ttf", "R": "NotoSansHebrew-Regular.ttf"}
LATIN_OR_HAN = "NotoSerifCJK-Regular.ttc"
ENGLISH = [
    "The lease begins on the first of March",
    "and ends in autumn. Rent is 840 euros,",
    "due on the third day of every month.",
]
ARABIC = ["يبدأ العقد في أول شهر مارس", "وينتهي في الخريف والإيجار 840 يورو", "يدفع في اليوم الثالث من كل شهر"]
HEBREW = ["החוזה מתחיל באחד במרץ", "ומסתיים בסתיו הדירה עולה 840 שקל", "התשלום בשלישי בכל חודש"]
JAPANESE = [
    "契約は三月一日に始まり秋に終わります",
    "家賃は毎月八万円で三日までに払います",
    "鍵は管理人が預かることになっています",
]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    opened = open_engine("local", SETTINGS)
    assert isinstance(opened, LocalEngine)
    return opened


def font_file(name: str) -> str:
    return str(next(FONTS.rglob(name)))


def blank(width: float = 500, height: float = 700) -> pymupdf.Page:
    return pymupdf.open().new_page(width=width, height=height)


def saved(page: pymupdf.Page, tmp_path: Path) -> PageImage:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return render(path, 1, settings=SETTINGS)


def read(engine: LocalEngine, image: PageImage) -> Page:
    (page,) = engine.read([image])
    assert isinstance(page, Page), page
    return page


def lines_on(image: PageImage) -> list[str]:
    """The page's lines in reading order, as an upright page shows them."""
    upright = image.turned(image.text_rotation)
    columns = upright.turned(270) if upright.words[0].direction == 90 else upright
    return [line.text for line in lines_of_layer(columns.words, aspect=columns.width / columns.height)]


def turned_on_paper(page: pymupdf.Page, turn: int) -> pymupdf.Page:
    """A page that shows `page` turned clockwise, as a file whose text runs so."""
    width, height = (page.rect.height, page.rect.width) if turn % 180 else (page.rect.width, page.rect.height)
    sheet = pymupdf.open().new_page(width=width, height=height)
    sheet.show_pdf_page(sheet.rect, page.parent, 0, rotate=-turn)
    return sheet


def written(lines: Sequence[str]) -> pymupdf.Page:
    """Lines as they are seen, those in Arabic and Hebrew from the right."""
    page = blank()
    font = pymupdf.Font(fontfile=font_file(FONT_OF.get(unicodedata.bidirectional(lines[0][0]), LATIN_OR_HAN)))
    writer = pymupdf.TextWriter(page.rect)
    for row, line in enumerate(lines):
        seen = as_seen(line)
        left = 60.0 if seen == line else 440 - font.text_length(seen, 14)
        writer.append((left, 90 + 22 * row), seen, font=font, fontsize=14)
    writer.write_text(page)
    return page


def as_seen(line: str) -> str:
    """From left to right: right-to-left lines turned round, numbers in them turned back."""
    if unicodedata.bidirectional(line[0]) not in FONT_OF:
        return line
    return re.sub("[0-9]+", lambda run: run[0][::-1], line[::-1])


def in_columns(lines: Sequence[str], *, size: float = 14) -> pymupdf.Page:
    """Vertical Japanese, every letter placed by itself."""
    page = blank()
    font = pymupdf.Font(fontfile=font_file("NotoSerifCJK-Regular.ttc"))
    writer = pymupdf.TextWriter(page.rect)
    for column, line in enumerate(lines):
        for place, letter in enumerate(line):
            writer.append((400 - 1.8 * size * column, 90 + size * place), letter, font=font, fontsize=size)
    writer.write_text(page)
    return page


@pytest.mark.parametrize("page_turn", TURNS)
@pytest.mark.parametrize("text_turn", TURNS)
@pytest.mark.parametrize(
    ("make", "lines"),
    [(written, ENGLISH), (written, ARABIC), (written, HEBREW), (written, JAPANESE), (in_columns, JAPANESE)],
    ids=["english", "arabic", "hebrew", "japanese", "japanese-columns"],
)
def test_lines_are_read_whichever_way_text_and_page_are_turned(
    make: object, lines: list[str], text_turn: int, page_turn: int, tmp_path: Path
) -> None:
    assert callable(make)
    sheet = turned_on_paper(make(lines), text_turn)
    sheet.set_rotation(page_turn)
    image = saved(sheet, tmp_path)
    assert (image.text_rotation + text_turn + page_turn) % 360 == 0
    assert lines_on(image) == lines


def test_words_know_their_direction_and_where_they_stand(tmp_path: Path) -> None:
    page = blank()
    page.insert_text((60, 80), "Upright words fill most of this page.")
    page.insert_text((60, 600), "upwards", rotate=90)
    page.insert_text((200, 400), "downwards", rotate=-90)
    page.insert_text((400, 500), "inverted", rotate=180)
    words = {word.text: word for word in saved(page, tmp_path).words}
    found = {text: words[text].direction for text in ("Upright", "upwards", "downwards", "inverted")}
    assert found == {"Upright": 0, "upwards": 270, "downwards": 90, "inverted": 180}
    box = words["upwards"].bbox
    assert box.y1 == pytest.approx(600 / 700, abs=0.01)
    assert box.height * 700 > 2 * box.width * 500


def test_mirrored_page_is_shown_the_right_way_round(tmp_path: Path) -> None:
    page = blank()
    writer = pymupdf.TextWriter(page.rect)
    for row, line in enumerate(ENGLISH):
        writer.append((60, 90 + 22 * row), line)
    writer.write_text(page, morph=(pymupdf.Point(250, 0), pymupdf.Matrix(-1, 0, 0, 1, 0, 0)))
    image = saved(page, tmp_path)
    assert lines_on(image) == ENGLISH
    assert image.words[0].bbox.x0 == pytest.approx(60 / 500, abs=0.01)
    assert "mirrored" in image.notes[0]


def test_columns_set_in_a_vertical_font_are_read(tmp_path: Path) -> None:
    path = tmp_path / "vertical.pdf"
    path.write_bytes(with_vertical_font(JAPANESE))
    image = render(path, 1, settings=SETTINGS)
    assert lines_on(image) == JAPANESE
    assert {word.direction for word in image.words} == {90}


def with_vertical_font(lines: Sequence[str]) -> bytes:
    """A PDF whose font writes from top to bottom by itself."""
    shown = "".join(
        f"BT /F 14 Tf 1 0 0 1 {400 - 25 * n} 600 Tm <{line.encode('utf-16-be').hex()}> Tj ET\n"
        for n, line in enumerate(lines)
    )
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 700] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}endstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UTF16-V /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /FontDescriptor 7 0 R"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 4 >> >>",
        "<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 -120 1000 880] /ItalicAngle 0"
        " /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>",
    ]
    body = "".join(f"{n} 0 obj\n{part}\nendobj\n" for n, part in enumerate(parts, 1))
    return f"%PDF-1.5\n{body}trailer << /Root 1 0 R >>\n%%EOF\n".encode()


def test_latin_words_and_numbers_in_a_column_stay_in_it(tmp_path: Path) -> None:
    page = blank()
    font = pymupdf.Font(fontfile=font_file("NotoSerifCJK-Regular.ttc"))
    for first, part in [(0, "今年は"), (3, "PDF"), (5, "形式の文書が"), (11, "12"), (12, "月に届いた")]:
        if part == "PDF":
            page.insert_text((303, 90 + 14 * 2 + 3), part, fontsize=14, rotate=-90)
            continue
        writer = pymupdf.TextWriter(page.rect)
        for place, letters in [(first, part)] if part == "12" else enumerate(part, first):
            writer.append((300, 90 + 14 * place), letters, font=font, fontsize=12 if part == "12" else 14)
        writer.write_text(page)
    assert lines_on(saved(page, tmp_path)) == ["今年はPDF形式の文書が12月に届いた"]


def test_furigana_stand_aside(engine: LocalEngine, tmp_path: Path) -> None:
    page = in_columns(["昔ある村に漁師が住んでいました", "毎朝早く起きて海へ出かけました"])
    font = pymupdf.Font(fontfile=font_file("NotoSerifCJK-Regular.ttc"))
    writer = pymupdf.TextWriter(page.rect)
    for place, letter in enumerate("りょうし"):
        writer.append((415, 155 + 7 * place), letter, font=font, fontsize=7)
    writer.write_text(page)
    texts = [block.text for block in read(engine, saved(page, tmp_path)).blocks]
    assert texts[-1] == "りょうし"
    assert "".join(texts[:-1]) == "昔ある村に漁師が住んでいました毎朝早く起きて海へ出かけました"


HEADS = ["Patients seen", "Beds occupied", "Nurses on duty", "Referrals sent"]
CLINICS = [("Northgate", 12, 8, 4, 1), ("Eastfield", 30, 21, 9, 0), ("Lowmoor", 7, 5, 2, 3), ("Highbank", 19, 11, 6, 2)]


def with_turned_heads(*, is_ruled: bool, rotate: int) -> pymupdf.Page:
    page = blank()
    xs, ys = [60, 150, 190, 230, 270, 310], [100, 190, 210, 230, 250, 270]
    if is_ruled:
        for x in xs:
            page.draw_line((x, ys[0]), (x, ys[-1]))
        for y in ys:
            page.draw_line((xs[0], y), (xs[-1], y))
    page.insert_text((65, 185), "Clinic", fontsize=10)
    for x, head in zip(xs[1:], HEADS, strict=False):
        page.insert_text((x + 15, 185) if rotate == 90 else (x + 8, 105), head, fontsize=10, rotate=rotate)
    for y, row in zip(ys[1:], CLINICS, strict=False):
        for x, value in zip(xs, row, strict=False):
            page.insert_text((x + 5, y + 14), str(value), fontsize=10)
    return page


def rows_of(page: Page) -> list[list[str]]:
    (table,) = [block.table for block in page.blocks if block.table]
    return grid_of(table)


def grid_of(table: Table) -> list[list[str]]:
    rows = [[""] * table.num_columns for _ in range(table.num_rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


EXPECTED = [["Clinic", *HEADS], *([str(value) for value in row] for row in CLINICS)]


@pytest.mark.parametrize(("is_ruled", "rotate"), [(True, 90), (True, -90), (False, 90)])
def test_turned_heads_are_whole_phrases_in_their_cells(
    engine: LocalEngine, is_ruled: bool, rotate: int, tmp_path: Path
) -> None:
    page = read(engine, saved(with_turned_heads(is_ruled=is_ruled, rotate=rotate), tmp_path))
    assert page.rotation == 0
    assert rows_of(page) == EXPECTED


def test_turned_heads_do_not_turn_a_scanned_table(engine: LocalEngine) -> None:
    page = read(engine, scanned(with_turned_heads(is_ruled=True, rotate=90)))
    assert page.rotation == 0
    assert rows_of(page)[0] == EXPECTED[0]


def scanned(page: pymupdf.Page) -> PageImage:
    pixmap = page.get_pixmap(dpi=200)
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    return PageImage(number=1, pixels=pixels, width=page.rect.width, height=page.rect.height)


def test_turned_labels_stand_in_the_cells_of_their_rows(engine: LocalEngine, tmp_path: Path) -> None:
    page = blank()
    page.draw_rect((60, 100, 260, 240))
    for x in (85, 180):
        page.draw_line((x, 100), (x, 240))
    for y in (120, 140, 160, 180, 200, 220):
        page.draw_line((60 if y in (120, 180) else 85, y), (260, y))
    page.insert_text((76, 170), "Fruit", fontsize=10, rotate=90)
    page.insert_text((76, 235), "Vegetables", fontsize=10, rotate=90)
    rows = [("Product", "Stock"), ("Apples", "140"), ("Pears", "85"), ("Plums", "60")]
    rows += [("Carrots", "200"), ("Leeks", "35"), ("Beets", "90")]
    for n, (name, number) in enumerate(rows):
        page.insert_text((90, 114 + 20 * n), name, fontsize=10)
        page.insert_text((185, 114 + 20 * n), number, fontsize=10)
    found = rows_of(read(engine, saved(page, tmp_path)))
    assert [row[0] for row in found] == ["", "Fruit", "", "", "Vegetables", "", ""]


def paragraphs_on(page: pymupdf.Page, count: int = 4) -> list[str]:
    text = " ".join(ENGLISH)
    for n in range(count):
        page.insert_textbox((90, 60 + 80 * n, 450, 130 + 80 * n), text, fontsize=11)
    return [text] * count


@pytest.mark.parametrize(("place", "rotate"), [((50, 330), 90), ((470, 80), -90)])
def test_stamp_at_the_margin_is_a_block_of_its_own(
    engine: LocalEngine, place: tuple[float, float], rotate: int, tmp_path: Path
) -> None:
    page = blank()
    texts = paragraphs_on(page)
    page.insert_text(place, "Received 14 March 2023, file 2291", fontsize=12, rotate=rotate)
    read_page = read(engine, saved(page, tmp_path))
    assert [block.text for block in read_page.blocks][-1] == "Received 14 March 2023, file 2291"
    assert " ".join(block.text for block in read_page.blocks[:-1]) == " ".join(texts)


@pytest.mark.parametrize("degrees", [30, 45, -55])
def test_watermark_eats_and_scrambles_no_words(engine: LocalEngine, degrees: float, tmp_path: Path) -> None:
    page = blank()
    texts = paragraphs_on(page)
    writer = pymupdf.TextWriter(page.rect, opacity=0.3)
    writer.append((100, 230), "NOT FOR RELEASE", fontsize=36)
    writer.write_text(page, morph=(pymupdf.Point(260, 220), pymupdf.Matrix(degrees)))
    blocks = read(engine, saved(page, tmp_path)).blocks
    assert " ".join(block.text for block in blocks) == " ".join([*texts, "NOT FOR RELEASE"])


def test_table_drawn_sideways_is_turned_and_its_page_number_kept(engine: LocalEngine, tmp_path: Path) -> None:
    page = blank()
    page.insert_text((90, 640), "Table 3. Members and fees", fontsize=13, rotate=90)
    table = [
        ["Name", "Number", "Town", "Fee"],
        ["Brandt", "1201", "Berlin", "14.50"],
        ["Okafor", "1202", "Lagos", "22.10"],
    ]
    table += [["Silva", "1203", "Porto", "9.75"], ["Weber", "1205", "Ulm", "17.25"]]
    for n, row in enumerate(table):
        for y, text in zip((640, 530, 420, 310), row, strict=True):
            page.insert_text((130 + 18 * n, y), text, fontsize=10, rotate=90)
    page.insert_text((245, 680), "27", fontsize=9)
    found = read(engine, saved(page, tmp_path))
    assert (found.rotation, found.width, found.height) == (90, 700, 500)
    assert rows_of(found) == table
    assert {word.text: word.direction for word in found.words}["27"] == 90
    assert found.blocks[-1].text == "27"


def receipt(name: str, rows: Sequence[tuple[str, str]]) -> pymupdf.Page:
    page = blank(260, 260)
    page.insert_text((20, 40), name, fontsize=12)
    for n, (label, amount) in enumerate(rows):
        page.insert_text((20, 80 + 18 * n), label, fontsize=12)
        page.insert_text((190, 80 + 18 * n), amount, fontsize=12)
    return page


SHOP = receipt("GREEN CORNER SHOP", [("Apples", "3.20"), ("Bread", "2.75"), ("Milk", "1.40"), ("Total", "7.35")])
PHARMACY = receipt("HARBOUR PHARMACY", [("Plasters", "4.10"), ("Cough syrup", "8.95"), ("Total", "13.05")])


def two_receipts(turn: int) -> pymupdf.Page:
    page = blank(700, 500)
    page.show_pdf_page(pymupdf.Rect(20, 40, 320, 340), SHOP.parent, 0)
    page.show_pdf_page(pymupdf.Rect(380, 140, 680, 440), PHARMACY.parent, 0, rotate=turn)
    return page


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("is_scan", [False, True])
def test_two_receipts_are_read_each_its_way(engine: LocalEngine, turn: int, is_scan: bool, tmp_path: Path) -> None:
    page = two_receipts(turn)
    found = read(engine, scanned(page) if is_scan else saved(page, tmp_path))
    text = " ".join(re.findall(r"[\w.]+", found.text))
    assert "GREEN CORNER SHOP Apples 3.20 Bread 2.75 Milk 1.40 Total 7.35" in text
    assert text.index("HARBOUR PHARMACY") < text.index("Plasters") < text.index("Cough syrup") < text.index("Total", 60)
    total = next(word for word in found.words if word.text == "13.05")
    pharmacy = next(word for word in found.words if word.text == "HARBOUR")
    shop = next(word for word in found.words if word.text == "GREEN")
    assert total.direction == pharmacy.direction != shop.direction


def test_two_small_words_on_a_large_sheet_are_read_from_its_picture(engine: LocalEngine) -> None:
    page = blank(595, 842)
    page.insert_text((62, 73), "habibi amici", fontsize=12, fontname="tiro")
    assert "habibi amici" in read(engine, scanned(page)).text


def test_arabic_beside_english_is_read_from_the_right_line_by_line(engine: LocalEngine, tmp_path: Path) -> None:
    page = blank(600, 400)
    font = pymupdf.Font(fontfile=font_file("NotoNaskhArabic-Regular.ttf"))
    writer = pymupdf.TextWriter(page.rect)
    for row, (english, arabic) in enumerate(zip(ENGLISH, ARABIC, strict=True)):
        writer.append((40, 90 + 22 * row), english, fontsize=12)
        seen = as_seen(arabic)
        writer.append((560 - font.text_length(seen, 12), 90 + 22 * row), seen, font=font, fontsize=12)
    writer.write_text(page)
    found = read(engine, saved(page, tmp_path)).text
    assert " ".join(ENGLISH) in found
    assert " ".join(ARABIC) in found


def test_words_are_read_once_whatever_turns_they_have() -> None:
    words = [Word(text="a", bbox=BBox(x0=0.1, y0=0.2, x1=0.3, y1=0.25)).turned(turn) for turn in TURNS]
    assert sorted(line.direction for line in lines_of_layer(words, aspect=0.7)) == list(TURNS)
    assert [word.turned(90).turned(270).direction for word in words] == list(TURNS)


def test_a_words_polygon_turns_with_its_page() -> None:
    corners = ((0.125, 0.25), (0.375, 0.25), (0.375, 0.3125), (0.125, 0.3125))
    word = Word(text="a", bbox=BBox(x0=0.125, y0=0.25, x1=0.375, y1=0.3125), polygon=corners)
    turned = word.turned(90)
    assert turned.polygon and turned.polygon[0] == (turned.bbox.x1, turned.bbox.y0), "where its reader begins"
    assert turned.turned(270) == word.turned(180).turned(180) == word
