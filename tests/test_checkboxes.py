"""Check boxes: form fields, symbol fonts, drawn boxes, brackets; what is none; what they answer."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from docintel.answering.evidence import evidence_on
from docintel.chunking import chunk_pages
from docintel.engines import open_engine
from docintel.engines.local.engine import LocalEngine
from docintel.export.markdown import to_markdown
from docintel.export.text import to_text
from docintel.intake.page_image import PageImage
from docintel.intake.pdf import render
from docintel.intake.pdf.fields import character
from docintel.model import BBox, Block, BlockLabel, Document, DocumentState, Page
from docintel.settings import Settings

DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
PARAGRAPH = "Only one box should be ticked for each question, and O. Doyle signs below."


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    opened = open_engine("local", Settings(_env_file=None))
    assert isinstance(opened, LocalEngine)
    return opened


def pdf_page(engine: LocalEngine, folder: Path, draw: Callable[[pymupdf.Page], None]) -> Page:
    with pymupdf.open() as document:
        draw(document.new_page())
        document.save(folder / "form.pdf")
    (page,) = engine.read([render(folder / "form.pdf", 1, settings=Settings(_env_file=None), languages=())])
    assert isinstance(page, Page), page
    return page


def scan_page(engine: LocalEngine, draw: Callable[[pymupdf.Page], None]) -> Page:
    with pymupdf.open() as document:
        page = document.new_page()
        draw(page)
        pixmap = page.get_pixmap(dpi=200, alpha=False)
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3).copy()
    grain = np.random.default_rng(5).normal(0, 5, pixels.shape)
    noisy = np.clip(pixels.astype(np.float32) - 8 + grain, 0, 255).astype(np.uint8)
    (read,) = engine.read([PageImage(number=1, pixels=noisy, width=595, height=842)])
    assert isinstance(read, Page), read
    return read


def states(page: Page) -> dict[str, bool | None]:
    return {block.text: block.is_checked for block in page.blocks if block.label is BlockLabel.CHECKBOX}


def drawn_form(page: pymupdf.Page) -> None:
    page.insert_text((60, 80), "Gender:")
    for x, text, is_checked in ((130, "Female", False), (220, "Male", True)):
        option(page, x, 80, text, is_checked=is_checked)
    page.insert_text((60, 120), "What was done:")
    for row, (text, is_checked) in enumerate((("Wound cleaned", False), ("Ice pack used", True), ("Sent home", True))):
        option(page, 60, 145 + 22 * row, text, is_checked=is_checked)
    page.insert_text((60, 260), PARAGRAPH)


def option(page: pymupdf.Page, x: float, y: float, text: str, *, is_checked: bool) -> None:
    box = pymupdf.Rect(x, y - 10, x + 11, y + 1)
    page.draw_rect(box, width=0.8)
    if is_checked:
        page.draw_line(box.tl, box.br, width=1)
        page.draw_line(box.bl, box.tr, width=1)
    page.insert_text((x + 18, y), text)


DRAWN = {"Female": False, "Male": True, "Wound cleaned": False, "Ice pack used": True, "Sent home": True}


def test_boxes_drawn_in_a_pdf_have_their_state(engine: LocalEngine, tmp_path: Path) -> None:
    assert states(pdf_page(engine, tmp_path, drawn_form)) == DRAWN


def test_boxes_on_a_scan_have_their_state(engine: LocalEngine) -> None:
    assert states(scan_page(engine, drawn_form)) == DRAWN


def test_form_fields_have_their_state_and_no_digits(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        for row, (text, is_checked) in enumerate((("Student", False), ("Pensioner", True))):
            y = 100 + 26 * row
            widget = pymupdf.Widget()
            widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, text
            widget.rect, widget.field_value = pymupdf.Rect(60, y - 12, 75, y + 3), is_checked
            widget.border_color, widget.border_width = (0, 0, 0), 1
            page.add_widget(widget)
            page.insert_text((84, y), text)

    page = pdf_page(engine, tmp_path, draw)
    assert states(page) == {"Student": False, "Pensioner": True}
    assert "3" not in page.text


def test_symbols_in_the_text_have_their_state(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        page.insert_text((60, 90), "Paid in advance:")
        for y, sign, text in ((112, "☐", "yes"), (134, "☒", "no")):
            page.insert_text((60, y), sign, fontname="dejavu", fontfile=DEJAVU)
            page.insert_text((80, y), text)

    page = pdf_page(engine, tmp_path, draw)
    assert states(page) == {"yes": False, "no": True}


@pytest.mark.parametrize(
    ("code", "font", "shown"),
    [
        ("\uf0fe", "ABCDEF+Wingdings-Regular", "☑"),
        ("\xa8", "Wingdings", "☐"),
        ("\uf0a8", "renamed", "☐"),
        ("\uf0fc", "renamed", "✔"),
        ("R", "Wingdings2", "☑"),
        ("4", "ZapfDingbats", "✔"),
        ("4", "Helvetica", "4"),
    ],
)
def test_codes_of_symbol_fonts_are_what_they_show(code: str, font: str, shown: str) -> None:
    assert character(code, font) == shown


def test_a_tick_drawn_on_a_sign_marks_it(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), "■", fontname="dejavu", fontfile=DEJAVU)
        page.insert_text((80, 60), "Remarks")
        page.insert_text((60, 80), PARAGRAPH)
        for y, text, is_ticked in ((112, "yes", False), (134, "no", True), (156, "unknown", False)):
            page.insert_text((60, y), f"□{text}", fontname="dejavu", fontfile=DEJAVU)
            if is_ticked:
                page.draw_polyline([(61.5, y - 4), (64, y - 1.5), (68, y - 8)], width=1.2)

    page = pdf_page(engine, tmp_path, draw)
    assert states(page) == {"yes": False, "no": True, "unknown": False}
    assert "■ Remarks" in page.text


def test_full_rings_are_bullets_where_rings_are_marked_otherwise(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        signs = ((100, "○", "cash"), (120, "◉", "card"), (160, "●", "Bring the receipt."), (180, "●", "Keep the box."))
        for y, sign, text in signs:
            page.insert_text((60, y), sign, fontname="dejavu", fontfile=DEJAVU)
            page.insert_text((80, y), text)

    assert states(pdf_page(engine, tmp_path, draw)) == {"cash": False, "card": True}


def test_brackets_are_boxes(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        page.insert_text((60, 90), "[x] Railway", fontname="cour")
        page.insert_text((60, 112), "[ ] Own car", fontname="cour")
        page.insert_text((60, 150), "The sum f(x) of all parts (x) is given in the list [1].")

    page = pdf_page(engine, tmp_path, draw)
    assert states(page) == {"Railway": True, "Own car": False}
    assert "f(x)" in page.text
    assert "[1]" in page.text


def test_brackets_with_nothing_between_are_code(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        for row, text in enumerate(("values = []", "for name in names():", "    values.append(name)")):
            page.insert_text((60, 90 + 14 * row), text, fontname="cour")

    page = pdf_page(engine, tmp_path, draw)
    assert states(page) == {}
    assert "values = []" in page.text


def rings(page: pymupdf.Page, y: float, chosen: int) -> None:
    for number in range(5):
        middle = pymupdf.Point(300 + 40 * number, y - 4)
        page.draw_circle(middle, 6, width=0.8)
        if number == chosen:
            page.draw_circle(middle, 3.5, fill=(0, 0, 0))


def test_rows_of_rings_without_heads_are_a_table(engine: LocalEngine) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        for row, (text, chosen) in enumerate(
            (("The room was clean", 3), ("The staff were kind", 0), ("Fair price", 4))
        ):
            page.insert_text((60, 100 + 26 * row), text)
            rings(page, 100 + 26 * row, chosen)

    (table,) = [block.table for block in scan_page(engine, draw).blocks if block.table]
    marked = {table.cells[6 * row].text: [c.text for c in table.cells if c.row == row].index("☑") for row in range(3)}
    assert marked == {"The room was clean": 4, "The staff were kind": 1, "Fair price": 5}


def test_heads_of_boxes_may_have_two_lines(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        for x, (first, second) in zip((250, 350, 450), (("Very", "good"), ("", "Fair"), ("Very", "bad")), strict=True):
            page.insert_text((x - 12, 100), first)
            page.insert_text((x - 12, 112), second)
        for row, text in enumerate(("Rooms", "Breakfast", "Price")):
            page.insert_text((60, 138 + 24 * row), text)
            for column in range(3):
                page.draw_circle((250 + 100 * column, 134 + 24 * row), 6, width=0.9)
        page.draw_circle((350, 158), 3, fill=(0, 0, 0))

    [table] = [block.table for block in pdf_page(engine, tmp_path, draw).blocks if block.table]
    heads = [cell.text for cell in table.cells if cell.row == 0]
    assert heads == ["", "Very good", "Fair", "Very bad"]
    assert [cell.text for cell in table.cells if cell.row == 2] == ["Breakfast", "☐", "☑", "☐"]


def test_a_scale_has_its_numbers_below(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        rings(page, 100, 2)
        for number in range(5):
            page.insert_text((297 + 40 * number, 120), str(number + 1))

    (table,) = [block.table for block in pdf_page(engine, tmp_path, draw).blocks if block.table]
    rows = [[cell.text for cell in table.cells if cell.row == row] for row in range(2)]
    assert dict(zip(*rows, strict=True)) == {"": "", "1": "☐", "2": "☐", "3": "☑", "4": "☐", "5": "☐"}


def test_words_above_boxes_that_are_no_table_are_kept(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        page.insert_text((290, 100), "never")
        rings(page, 120, 2)

    page = pdf_page(engine, tmp_path, draw)
    assert "never" in page.text
    assert page.text.count("☐") == 4
    assert page.text.count("☑") == 1


def no_boxes(page: pymupdf.Page) -> None:
    page.insert_text((60, 60), PARAGRAPH)
    for row, text in enumerate(("Oslo", "Dublin", "Orders")):
        page.insert_text((60, 90 + 20 * row), "l", fontname="zadb", fontsize=8)
        page.insert_text((76, 90 + 20 * row), text)
    for row in range(4):
        for column in range(5):
            x, y = 60 + 20 * column, 180 + 20 * row
            page.draw_rect((x, y, x + 20, y + 20), width=0.7)
            page.insert_text((x + 6, y + 14), "O8D07"[(row + column) % 5])
    for number in range(8):
        page.draw_rect((60 + 20 * number, 300, 74 + 20 * number, 314), width=0.7)
    page.draw_rect((60, 340, 140, 380))
    page.insert_text((70, 364), "Start")
    page.insert_text((60, 420), PARAGRAPH)


def test_nothing_is_taken_for_a_box_in_a_pdf(engine: LocalEngine, tmp_path: Path) -> None:
    page = pdf_page(engine, tmp_path, no_boxes)
    assert states(page) == {}
    assert not set("☐☑") & set(page.text)


def test_nothing_is_taken_for_a_box_on_a_scan(engine: LocalEngine) -> None:
    page = scan_page(engine, no_boxes)
    assert states(page) == {}
    assert not set("☐☑") & set(page.text)


def test_table_keeps_its_boxes_as_signs(engine: LocalEngine, tmp_path: Path) -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((60, 60), PARAGRAPH)
        for y in range(90, 211, 30):
            page.draw_line((60, y), (400, y))
        for x in (60, 220, 310, 400):
            page.draw_line((x, 90), (x, 210))
        for x, text in ((66, "Item"), (226, "Good"), (316, "Bad")):
            page.insert_text((x, 110), text)
        for row, (text, good) in enumerate((("Doors", True), ("Lamps", False), ("Tyres", True))):
            y = 140 + 30 * row
            page.insert_text((66, y), text)
            option(page, 255, y, "", is_checked=good)
            option(page, 345, y, "", is_checked=not good)

    page = pdf_page(engine, tmp_path, draw)
    (table,) = [block.table for block in page.blocks if block.table]
    signs = {(cell.row, cell.column): cell.text for cell in table.cells if cell.row and cell.column}
    assert signs == {(1, 1): "☑", (1, 2): "☐", (2, 1): "☐", (2, 2): "☑", (3, 1): "☑", (3, 2): "☐"}


def form_page() -> Page:
    def block(number: int, label: BlockLabel, text: str, is_checked: bool | None = None) -> Block:
        box = BBox(x0=0.1, y0=0.03 * number, x1=0.5, y1=0.03 * number + 0.02)
        return Block(id=f"b{number}", label=label, bbox=box, text=text, is_checked=is_checked)

    blocks = (
        block(1, BlockLabel.TEXT, "Paid in advance:"),
        block(2, BlockLabel.CHECKBOX, "yes", False),
        block(3, BlockLabel.CHECKBOX, "no", True),
        block(4, BlockLabel.TEXT, "Means of transport:"),
        block(5, BlockLabel.CHECKBOX, "Railway", True),
        block(6, BlockLabel.CHECKBOX, "Own car", False),
    )
    return Page(number=1, width=595, height=842, blocks=blocks, engine="fake")


def test_ticks_answer_their_question() -> None:
    said = {(each.label, each.value) for each in evidence_on(form_page())}
    assert ("Paid in advance", "no") in said
    assert ("Means of transport", "Railway") in said
    assert ("Means of transport", "Own car") not in said


def test_signs_stand_in_exports_and_chunks() -> None:
    page = form_page()
    document = Document.model_validate(
        {"id": "d", "collection": "c", "content": "0", "name": "form.pdf", "media_type": "application/pdf", "size": 1}
        | {"added_at": "2026-11-27T00:00:00Z", "state": DocumentState.READY}
    )
    assert b"\xe2\x98\x91 no" in to_text(document, [page])
    assert "☐ yes" in to_markdown(document, [page]).decode()
    assert any("Paid in advance:\n☐ yes\n☑ no" in chunk.text for chunk in chunk_pages("d", [page]))
