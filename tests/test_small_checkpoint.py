"""The small checkpoint that comes with docintel reads; its benchmark counts what it should."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import teds
from benchmarks.drawn import Drawer, Drawn
from benchmarks.small_checkpoint import (
    compared,
    opened,
    rate,
    read_pages,
    read_regions,
    read_scans,
    structure_similarity,
    summary,
)
from docintel import tables
from docintel.markup.cells import WrittenCell, table_of
from docintel.model import Block, Table
from docintel.runtime import Generated, Generator, Request
from docintel.runtime.fake import FakeGenerator
from tests.drawing import declaration_drawer


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Drawer:
    return declaration_drawer(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def small() -> Generator:
    return opened("small", "cpu")[1]


def test_a_page_that_was_never_seen_is_read(drawer: Drawer, small: Generator) -> None:
    [result] = read_pages(small, [drawer.page("clean", 6)], 1)
    assert result.outcomes == ("read",)
    assert rate([result]) < 0.03, (result.truth, result.read)
    assert result.num_matched >= 0.9 * result.num_boxes
    assert min(result.tables) > 0.9


@pytest.mark.parametrize("language", ["de", "ru"])
def test_parts_of_a_scanned_page_are_read(drawer: Drawer, small: Generator, language: str) -> None:
    results = read_regions(small, drawer.texts("scanned", language, 4), 8)
    assert all(result.is_read for result in results)
    assert rate(results) < 0.03, [(result.truth, result.read) for result in results if result.errors]


def html(blocks: Sequence[Block]) -> str:
    """What a model that errs nowhere says of a page."""
    return "".join(
        f'<div class="{block.label.value}" data-bbox="{box(block)}">{inside(block)}</div>' for block in blocks
    )


def box(block: Block) -> str:
    return " ".join(f"{1_000 * side:.1f}" for side in (block.bbox.x0, block.bbox.y0, block.bbox.x1, block.bbox.y1))


def inside(block: Block) -> str:
    return tables.to_html(block.table) if block.table else escape(block.text)


def test_a_page_without_errors_is_counted_as_one(drawer: Drawer) -> None:
    page = drawer.page("scanned", 3)
    [result] = read_pages(FakeGenerator(lambda _: html(page.blocks)), [page], 1)
    assert result.errors == 0, (result.truth, result.read)
    assert result.num_matched == result.num_boxes == len(page.blocks)
    assert set(result.tables) == {1.0}


def test_parts_without_errors_are_counted_as_such(drawer: Drawer) -> None:
    pages = drawer.texts("clean", "de", 4)
    said = iter([block.text for page in pages for block in page.blocks])
    results = read_regions(FakeGenerator(lambda _: next(said)), pages, 1)
    assert [result.errors for result in results] == [0] * 4
    assert sum(len(page.blocks) for page in pages) == 4


def test_scans_are_compared_with_the_texts_beside_them(tmp_path: Path) -> None:
    for name in ("letter.png", "untold.jpg"):
        Image.new("L", (60, 80), "white").save(tmp_path / name)
    (tmp_path / "letter.txt").write_text("Dear read-\ner,\n", encoding="utf-8")
    [result] = read_scans(FakeGenerator(lambda _: '<p data-bbox="0 0 900 90">Dear read- er;</p>'), tmp_path)
    assert (result.name, result.truth, result.errors) == ("letter", "Dear reader,", 1)


def round_and_round(_request: Request) -> Generated:
    return Generated("<p>and so on", "loop", num_prompt_tokens=1, num_tokens=200, seconds=0.0)


def test_a_page_that_stays_unread_is_all_errors(drawer: Drawer) -> None:
    page: Drawn = drawer.page("clean", 4)
    results = read_pages(FakeGenerator(round_and_round), [page], 1)
    found = summary(results)
    assert (found["loops"], found["failed"]) == (1, 1)
    assert found["cer"] == 1.0
    assert found["cer_of_those_read"] == 0.0
    assert found["tables"] == 0.0


@pytest.mark.parametrize(
    ("text", "as_compared"),
    [
        ("Name: ________________________ Date", "Name: ____________ Date"),
        ("Chapter . . . . . . . . . . . . 12", "Chapter . . . . . . 12"),
        ("a word bro- ken,\n over\u00a0lines", "a word broken, over lines"),
        ("1000000000000000", "1000000000000000"),
    ],
)
def test_rows_of_marks_broken_words_and_white_space_are_no_errors(text: str, as_compared: str) -> None:
    assert compared(text) == as_compared


def table(*rows: Sequence[int]) -> Table:
    """A table of cells with these column spans."""
    found = table_of([[WrittenCell("x", column_span=span) for span in row] for row in rows])
    assert found
    return found


@pytest.mark.parametrize("other", [table((1, 1), (1, 1)), table((2,), (1, 1), (1, 1)), table((1, 1, 1))])
def test_table_structure_is_that_of_teds(other: Table) -> None:
    truth = table((2,), (1, 1))
    trees = [teds.structure(teds.tables_in_html(tables.to_html(each))[0]) for each in (truth, other)]
    assert structure_similarity(truth, other) == pytest.approx(teds.teds(*trees))
