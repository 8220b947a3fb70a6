"""The pages' own parts: text made safe, addresses of views, what the canvas is handed."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docintel.library import PageStatus
from docintel.model import (
    BBox,
    Block,
    BlockLabel,
    Cell,
    Citation,
    Document,
    DocumentState,
    Page,
    Table,
    Word,
)
from docintel.server.addresses import Addresses, read_boxes, write_boxes
from docintel.ui import cards, text
from docintel.ui.address import ViewerAddress
from docintel.ui.assets import asset
from docintel.ui.components import canvas, dropzone
from docintel.ui.components.canvas import View, canvas_data
from docintel.ui.viewer import tables

HOSTILE = (
    '<img src=x onerror="alert(1)"> ![x](http://evil.example/x.png) :red[a] $x$ :material/delete: www.evil.example'
)
SIGNED = Addresses(b"key")
BOX = BBox(x0=0.1, y0=0.2, x1=0.9, y1=0.3)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

COMPONENTS = [
    asset("elements.js"),
    *(canvas.HERE / name for name in canvas.SCRIPTS),
    *(dropzone.HERE / name for name in dropzone.SCRIPTS),
]


def a_document(**changes: object) -> Document:
    values: dict[str, object] = {
        "id": "d1",
        "collection": "default",
        "content": "0" * 64,
        "name": "report.pdf",
        "media_type": "application/pdf",
        "size": 2_500_000,
        "added_at": NOW - timedelta(minutes=5),
        "state": DocumentState.READY,
        "num_pages": 3,
        "pages_read": 3,
    }
    return Document.model_validate(values | changes)


def a_page(*blocks: Block, number: int = 1) -> Page:
    words = (Word(text="word", bbox=BOX, confidence=0.5),)
    return Page(number=number, width=595, height=842, blocks=blocks, words=words, engine="fake/1", confidence=0.9)


def statuses(num_pages: int, state: str = "done") -> list[PageStatus]:
    return [PageStatus.model_validate({"number": n, "state": state}) for n in range(1, num_pages + 1)]


def test_html_keeps_no_markup_of_a_hostile_name() -> None:
    assert "<" not in text.html(HOSTILE)
    assert '"' not in text.html(HOSTILE)
    assert text.html("a\nb") == "a\nb"


def test_markdown_leaves_nothing_that_streamlit_would_turn_into_something_else() -> None:
    safe = text.markdown(HOSTILE)
    assert not re.search(r"(?<!\\)[<\[$!`*_]", safe)
    assert not re.search(rf"(?<!{text.WORD_JOINER}\\)[:.]", safe)


@given(st.text())
def test_markdown_shows_what_clean_shows(shown: str) -> None:
    unescaped = text.PUNCTUATION.sub("", text.clean(shown))
    assert text.PUNCTUATION.sub("", text.markdown(shown)).replace("\\", "").replace(text.WORD_JOINER, "") == (
        unescaped.replace(text.WORD_JOINER, "")
    )


def test_names_cannot_reverse_the_direction_of_what_follows() -> None:
    assert "\u202e" not in text.clean("invoice\u202efdp.exe")


def test_an_address_reads_back_as_it_was_written() -> None:
    address = ViewerAddress("d1", page=7, block="b2", blocks=("b2", "b3"), boxes=(BOX,))
    assert ViewerAddress.read(address.query()) == address


@given(st.dictionaries(st.sampled_from(["document", "page", "block", "blocks", "boxes"]), st.text(max_size=40)))
def test_any_query_that_someone_types_is_read(query: dict[str, str]) -> None:
    assert ViewerAddress.read(query).page >= 1


def test_a_citation_opens_its_page_with_all_its_boxes() -> None:
    citation = Citation(document_id="d1", name="n", page_number=2, boxes=(BOX, BOX), text="t", block_ids=("b1", "b9"))
    query = ViewerAddress.of(citation).query()
    assert query["page"] == "2"
    assert query["blocks"] == "b1,b9"
    assert ViewerAddress.read(query).boxes == (BOX, BOX)


def test_canvas_numbers_blocks_in_reading_order_and_keeps_table_spans() -> None:
    cells = (
        Cell(row=1, column=0, text="total", column_span=2),
        Cell(row=0, column=1, text="price", is_header=True),
        Cell(row=0, column=0, text="item", is_header=True),
    )
    table = Table(num_rows=2, num_columns=2, cells=cells)
    first = Block(id="z", label=BlockLabel.TITLE, bbox=BOX, text="Title")
    second = Block(id="a", label=BlockLabel.TABLE, bbox=BOX, text="", table=table)
    view = View(a_document(num_pages=1), 1, statuses(1), a_page(first, second), selected="a", lit=(BOX,))
    data = canvas_data(view, SIGNED)
    assert [(block["number"], block["id"]) for block in data["blocks"]] == [(1, "z"), (2, "a")]
    rows = data["blocks"][1]["table"]
    assert [[cell["text"] for cell in row] for row in rows] == [["item", "price"], ["total"]]
    assert rows[1][0]["columns"] == 2
    assert data["selected"] == "a"
    assert data["lit"] == [{"box": [0.1, 0.2, 0.9, 0.3], "polygon": None}]
    assert data["words"] == [[0.1, 0.2, 0.9, 0.3, 0.5, "word"]]


def test_canvas_draws_words_and_what_is_lit_within_their_polygons() -> None:
    leaning = ((0.1, 0.2), (0.9, 0.25), (0.9, 0.3), (0.1, 0.25))
    page = a_page().model_copy(update={"words": (Word(text="word", bbox=BOX, polygon=leaning),)})
    data = canvas_data(View(a_document(), 1, statuses(1), page, lit=read_boxes(write_boxes([BOX]))), SIGNED)
    assert data["words"] == [[0.1, 0.2, 0.9, 0.3, None, "word", leaning]]
    assert data["lit"] == [{"box": [0.1, 0.2, 0.9, 0.3], "polygon": leaning}]


def test_canvas_shows_whether_a_box_is_ticked() -> None:
    box = BBox(x0=0.1, y0=0.1, x1=0.4, y1=0.12)
    ticked = Block(id="b1", label=BlockLabel.CHECKBOX, bbox=box, text="Own van", is_checked=True)
    struck = Block(id="b2", label=BlockLabel.CHECKBOX, bbox=box, text="By rail", is_checked=False, struck=((0, 7),))
    page = a_page().model_copy(update={"blocks": (ticked, struck)})
    data = canvas_data(View(a_document(), 1, statuses(1), page), SIGNED)
    assert [block["text"] for block in data["blocks"]] == ["☑ Own van", "☐ By rail"]
    assert data["blocks"][1]["pieces"] == [("☐ ", False), ("By rail", True)]


def test_canvas_offers_no_image_of_a_page_that_was_not_read() -> None:
    data = canvas_data(View(a_document(), 2, statuses(3, "queued"), None), SIGNED)
    assert data["page"]["image"] is None
    assert data["page"]["state"] == "queued"
    assert [page["thumbnail"] for page in data["pages"]] == [None] * 3


def test_canvas_stays_light_for_a_document_of_thousands_of_pages() -> None:
    data = canvas_data(View(a_document(num_pages=5_000), 2_500, statuses(5_000), a_page(number=2_500)), SIGNED)
    assert len(data["pages"]) < 200
    assert any(page["number"] == 2_500 for page in data["pages"])


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_components_never_read_text_as_markup_or_code(path: Path) -> None:
    script = path.read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http:"):
        assert way not in script.replace("http://www.w3.org/2000/svg", "")


def test_sheets_are_offered_without_formulas() -> None:
    """Streamlit writes them as CSV in the browser, just as they are."""
    shown = tables.as_shown(pd.DataFrame({"=1+1": ["@SUM(1)", "-5"], "n": ["-1.5", "2.00"]}))
    assert list(shown.columns) == ["'=1+1", "n"]
    assert shown.to_numpy().tolist() == [["'@SUM(1)", "-1.5"], ["-5", "2.00"]]


def test_right_to_left_tables_run_from_the_right() -> None:
    shown = tables.as_shown(pd.DataFrame({"الاسم": ["خالد"], "المدينة": ["الواحة"]}))
    assert list(shown.columns) == ["المدينة", "الاسم"]
    assert shown.to_numpy().tolist() == [["الواحة", "خالد"]]


def test_a_row_shows_a_hostile_name_as_text_and_whole_in_its_tooltip() -> None:
    row = cards.document_row(a_document(name=HOSTILE), SIGNED, now=NOW)
    assert "<img src=x" not in row
    assert f'title="{text.html(HOSTILE)}"' in row


def test_a_collection_whose_name_runs_from_the_right_turns_nothing_else_round() -> None:
    row = cards.document_row(a_document(collection="عقود 2024"), SIGNED, now=NOW)
    assert " · <bdi>عقود 2024</bdi> · " in row


def test_a_document_that_failed_says_why_and_what_to_do() -> None:
    row = cards.document_row(
        a_document(state=DocumentState.FAILED, error="It is empty.", pages_read=0), SIGNED, now=NOW
    )
    assert "It is empty." in row
    assert "Read again" in row


def test_every_state_has_words() -> None:
    assert set(cards.STATES) == set(DocumentState)
