"""Numbers at the margin that count lines are no part of the text; those of lists and tables are."""

from pathlib import Path

import pymupdf
import pytest

from docintel.engines.local.engine import LocalEngine
from docintel.intake import render
from docintel.model import BlockLabel, Page
from docintel.settings import Settings

PAPER = """The tenant states that the lift of the house has been
out of order since the first of May and that he has
written to the landlord four times about it. No reply
was received. The tenant has therefore paid 820 euros
instead of 950 euros in each of the last three months.
He asks the court to find that he was right to do so,
and that the landlord has to bear the costs."""
VERSE = """The kettle sang upon the hob,
The cat lay by the door,
And no one heard the farmer sob
Who had been brave before,
Until the cuckoo told the hour
And then he wept no more.
The fields were white from hedge to hedge,
The river did not run,
A heron stood upon the edge
And waited for the sun,
Until the evening brought the snow
And all the day was done."""
ITEMS = ["Oil the hinges.", "Wash the floor.", "Count the keys.", "Close the shed.", "Feed the hens.", "Lock up."]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine()


def drawn(path: Path, lines: list[str], numbers: list[str], *, step: float, numbers_at: float = 70) -> Path:
    with pymupdf.open() as document:
        page = document.new_page()
        for place, (line, number) in enumerate(zip(lines, numbers, strict=True)):
            page.insert_text((110, 100 + step * place), line, fontsize=12, fontname="tiro")
            page.insert_text((numbers_at, 100 + step * place), number, fontsize=12, fontname="tiro")
        document.save(path)
    return path


def scanned(path: Path) -> Path:
    with pymupdf.open(path) as document:
        target = path.with_suffix(".png")
        document[0].get_pixmap(dpi=200).save(target)
    return target


def read(engine: LocalEngine, path: Path) -> Page:
    [page] = engine.read([render(path, 1, settings=Settings(home=path.parent))])
    assert isinstance(page, Page)
    return page


def body(page: Page) -> list[str]:
    return [block.text for block in page.blocks if block.label is not BlockLabel.PAGE_HEADER]


@pytest.mark.parametrize("is_scan", [False, True])
@pytest.mark.parametrize("first", [1, 18])
def test_numbered_lines_are_a_paragraph(tmp_path: Path, engine: LocalEngine, first: int, *, is_scan: bool) -> None:
    lines = PAPER.split("\n")
    numbers = [str(first + place) for place in range(len(lines))]
    path = drawn(tmp_path / "paper.pdf", lines, numbers, step=24)
    page = read(engine, scanned(path) if is_scan else path)
    assert body(page) == [" ".join(lines)]
    assert [b.text for b in page.blocks if b.label is BlockLabel.PAGE_HEADER] == [" ".join(numbers)]


@pytest.mark.parametrize("numbers_at", [70, 400])
def test_every_fifth_line_of_a_poem_is_numbered(tmp_path: Path, engine: LocalEngine, numbers_at: float) -> None:
    lines = VERSE.split("\n")
    numbers = [str(n) if n % 5 == 0 else "" for n in range(1, len(lines) + 1)]
    page = read(engine, drawn(tmp_path / "poem.pdf", lines, numbers, step=16, numbers_at=numbers_at))
    assert " ".join(body(page)).split() == VERSE.split()
    assert [b.text for b in page.blocks if b.label is BlockLabel.PAGE_HEADER] == ["5 10"]


def test_numbers_of_a_list_stay(tmp_path: Path, engine: LocalEngine) -> None:
    numbers = [str(n) for n in range(1, len(ITEMS) + 1)]
    page = read(engine, drawn(tmp_path / "list.pdf", ITEMS, numbers, step=20))
    said = page.text.split()
    assert all(number in said for number in numbers)
    assert BlockLabel.PAGE_HEADER not in {block.label for block in page.blocks}


def test_numbers_of_a_tables_rows_stay(tmp_path: Path, engine: LocalEngine) -> None:
    with pymupdf.open() as document:
        page = document.new_page()
        for n in range(1, 9):
            for x, text in ((70, str(n)), (110, f"oak board {n}0 cm"), (300, f"{n}.50"), (380, f"{n * 3}.00")):
                page.insert_text((x, 100 + 18 * n), text, fontsize=11)
        document.save(tmp_path / "rows.pdf")
    said = read(engine, tmp_path / "rows.pdf")
    assert not any(block.text == "1 2 3 4 5 6 7 8" for block in said.blocks)
