"""Struck text: seen in text layers, kept in blocks, marked in exports, left out of search and answers."""

from datetime import UTC, datetime
from pathlib import Path

import pymupdf
import pytest

from docintel.answering.evidence import evidence_on
from docintel.chunking import chunk_pages
from docintel.engines.local.engine import LocalEngine
from docintel.export.html import to_html
from docintel.export.markdown import to_markdown
from docintel.export.text import to_text
from docintel.intake import render
from docintel.model import BBox, Block, BlockLabel, Cell, Document, DocumentState, Page, Table, Word
from docintel.settings import Settings
from docintel.tables import to_text as text_of_table
from docintel.text.struck import in_force, pieces_of, struck_in, struck_in_table

SETTINGS = Settings(_env_file=None)
SENTENCE = "The price is 120 euros 95 euros a pallet."
WHOLE = BBox(x0=0, y0=0, x1=1, y1=1)


def a_page(size: float = 11, face: str = "helv") -> pymupdf.Page:
    page = pymupdf.open().new_page(width=595, height=842)
    page.insert_text((72, 100), SENTENCE, fontsize=size, fontname=face)
    return page


def place_of(text: str, size: float, face: str) -> tuple[float, float]:
    """From where to where the text runs in the sentence."""
    before, _, _ = SENTENCE.partition(text)
    start = 72 + pymupdf.get_text_length(before, face, size)
    return start, start + pymupdf.get_text_length(text, face, size)


def struck_on(page: pymupdf.Page, tmp_path: Path) -> list[str]:
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    return [word.text for word in render(path, 1, settings=SETTINGS).words if word.is_struck]


@pytest.mark.parametrize("face", ["helv", "tiro", "cour"])
@pytest.mark.parametrize("size", [8, 11, 20])
@pytest.mark.parametrize("drawn", ["line", "bar", "annotation"])
def test_a_line_through_the_letters_strikes_them(face: str, size: float, drawn: str, tmp_path: Path) -> None:
    page = a_page(size, face)
    start, end = place_of("120 euros", size, face)
    y = 100 - 0.27 * size
    if drawn == "line":
        page.draw_line((start, y), (end, y), width=0.05 * size)
    elif drawn == "bar":
        page.draw_rect((start, y - 0.03 * size, end, y + 0.03 * size), color=None, fill=(0.8, 0, 0))
    else:
        page.add_strikeout_annot(pymupdf.Rect(start, 100 - size, end, 100 + 0.2 * size))
    assert struck_on(page, tmp_path) == ["120", "euros"]


def test_a_page_turned_for_display_has_its_struck_words(tmp_path: Path) -> None:
    page = pymupdf.open().new_page(width=595, height=842)
    page.insert_text((100, 700), SENTENCE, rotate=90)
    page.draw_line((97, 700), (97, 500))
    page.set_rotation(90)
    assert "price" in struck_on(page, tmp_path)


@pytest.mark.parametrize(
    ("rise", "start", "end", "color"),
    [
        (-0.12, 72, 300, (0, 0, 0)),  # underlined
        (0.85, 72, 300, (0, 0, 0)),  # overlined
        (0.3, 10, 590, (0, 0, 0)),  # a rule that runs over the page
        (0.3, 72, 270, (1, 1, 1)),  # white
    ],
)
def test_other_lines_strike_nothing(
    rise: float, start: float, end: float, color: tuple[float, float, float], tmp_path: Path
) -> None:
    page = a_page()
    page.draw_line((start, 100 - rise * 11), (end, 100 - rise * 11), color=color)
    assert struck_on(page, tmp_path) == []


def test_struck_text_is_marked_in_exports_and_left_out_of_search_and_answers(tmp_path: Path) -> None:
    page = a_page()
    start, end = place_of("120 euros", 11, "helv")
    page.draw_line((start, 97), (end, 97))
    path = tmp_path / "page.pdf"
    page.parent.save(str(path))
    [read] = LocalEngine().read([render(path, 1, settings=SETTINGS)])
    assert isinstance(read, Page)
    assert "The price is ~~120 euros~~ 95 euros" in to_markdown(a_document(), [read]).decode()
    assert "The price is <s>120 euros</s> 95 euros" in to_html(a_document(), [read]).decode()
    assert SENTENCE in to_text(a_document(), [read]).decode()
    assert [chunk.text for chunk in chunk_pages("d", [read])] == ["The price is 95 euros a pallet."]
    assert all("120" not in each.value for each in evidence_on(in_force(read)))


def a_document() -> Document:
    return Document(
        id="d",
        collection="c",
        content="0",
        name="n.pdf",
        media_type="application/pdf",
        size=1,
        added_at=datetime.now(UTC),
        state=DocumentState.READY,
    )


def words(text: str) -> list[Word]:
    """The words of a line; what begins with a tilde is struck."""
    return [
        Word(text=word.lstrip("~"), is_struck=word.startswith("~"), bbox=BBox(x0=n / 20, y0=0, x1=(n + 1) / 20, y1=0.1))
        for n, word in enumerate(text.split())
    ]


def test_a_word_broken_over_lines_is_struck_as_one() -> None:
    assert struck_in("a delivered good", words("a ~deli- ~vered good")) == ((2, 11),)


def test_a_struck_word_is_the_one_that_is_struck_and_no_other_like_it() -> None:
    assert struck_in("ten or ten", words("ten or ~ten")) == ((7, 10),)


def test_struck_cells_are_marked_in_their_table() -> None:
    boxes = [BBox(x0=x, y0=0, x1=x + 0.5, y1=0.2) for x in (0, 0.5)]
    cells = tuple(Cell(row=0, column=n, text=t, bbox=boxes[n]) for n, t in enumerate(["Price", "300 200"]))
    table = Table(num_rows=1, num_columns=2, cells=cells)
    said = [
        Word(text="Price", bbox=BBox(x0=0, y0=0, x1=0.2, y1=0.1)),
        Word(text="300", bbox=BBox(x0=0.6, y0=0, x1=0.7, y1=0.1), is_struck=True),
        Word(text="200", bbox=BBox(x0=0.8, y0=0, x1=0.9, y1=0.1)),
    ]
    text = text_of_table(table)
    struck = struck_in_table(table, said)
    assert [text[start:end] for start, end in struck] == ["300"]
    block = Block(id="b1", label=BlockLabel.TABLE, bbox=WHOLE, text=text, table=table, struck=struck)
    page = Page(number=1, width=100, height=100, blocks=(block,), words=tuple(said), engine="fake")
    assert "| ~~300~~ 200 |" in to_markdown(a_document(), [page]).decode()
    assert "<s>300</s> 200" in to_html(a_document(), [page]).decode()
    assert [cell.text for cell in in_force(page).blocks[0].table.cells] == ["Price", "200"]  # type: ignore[union-attr]


def test_a_text_is_cut_into_struck_pieces_and_others() -> None:
    assert pieces_of("at 120 95", ((3, 6),)) == [("at ", False), ("120", True), (" 95", False)]
    assert pieces_of("at 95", ()) == []
