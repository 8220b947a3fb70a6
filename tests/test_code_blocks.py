"""Program text keeps its lines and its indentation; typed prose and tables are none."""

from pathlib import Path

import pymupdf
import pytest

from docintel.engines.local.engine import LocalEngine
from docintel.export.markdown import to_markdown
from docintel.intake import render
from docintel.model import BlockLabel, Document, DocumentState, Page
from docintel.settings import Settings

SETTINGS = """database:
  url: postgres://db.example/main
  pool: 12

workers:
  - name: alpha
    threads: 4"""
SCRIPT = """def total(rows):
    amount = 0
    for row in rows:
        if row["paid"]:
            amount += row["sum"]
    return amount"""
LETTER = """Dear Mr Penrose,

   thank you for your letter of 12 March. We have looked
into the matter and have found that the parcel was handed
to the carrier on the same day. The carrier says that the
parcel was left with a neighbour, whose name we were not
given. Would you be so kind as to ask the neighbours?

   We shall of course send another parcel if it is lost.
Yours sincerely"""
PRICES = """oak board      4711    12.50    25.00
pine board     4712     7.25    29.00
screws: 100    4713     3.10     6.20
glue, wood     4714     5.80     5.80"""


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine()


def drawn(path: Path, typed: str, *, before: str = "") -> Path:
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((60, 80), before, fontsize=11, fontname="tiro")
        for number, line in enumerate(typed.split("\n")):
            page.insert_text((66, 120 + 12.5 * number), line, fontsize=10, fontname="cour")
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


@pytest.mark.parametrize("typed", [SETTINGS, SCRIPT])
@pytest.mark.parametrize("is_scan", [False, True])
def test_program_text_keeps_its_lines(tmp_path: Path, engine: LocalEngine, typed: str, *, is_scan: bool) -> None:
    path = drawn(tmp_path / "manual.pdf", typed, before="Write the following lines into the file that you have opened:")
    page = read(engine, scanned(path) if is_scan else path)
    [code] = [block for block in page.blocks if block.label is BlockLabel.CODE]
    if is_scan:
        assert indentations(code.text) == indentations(typed)
    else:
        assert code.text == typed
    assert page.blocks[0].text.startswith("Write the following lines")


@pytest.mark.parametrize("typed", [LETTER, PRICES])
@pytest.mark.parametrize("is_scan", [False, True])
def test_typed_prose_and_tables_are_no_program(
    tmp_path: Path, engine: LocalEngine, typed: str, *, is_scan: bool
) -> None:
    path = drawn(tmp_path / "typed.pdf", typed, before="Copy of what was sent in the year before:")
    page = read(engine, scanned(path) if is_scan else path)
    assert BlockLabel.CODE not in {block.label for block in page.blocks}


def test_an_address_set_flush_right_is_no_program(tmp_path: Path, engine: LocalEngine) -> None:
    lines = ["Odell & Sons", "12 Quay Rd", "Tel: 059/98", "info@odell.example", "web: odell.example"]
    path = drawn(tmp_path / "letter.pdf", "\n".join(f"{line:>40}" for line in lines))
    for page in (read(engine, path), read(engine, scanned(path))):
        assert BlockLabel.CODE not in {block.label for block in page.blocks}


def test_program_text_is_fenced_in_markdown(tmp_path: Path, engine: LocalEngine) -> None:
    page = read(engine, drawn(tmp_path / "manual.pdf", SETTINGS, before="The settings of the server are these:"))
    assert f"\n```\n{SETTINGS}\n```\n" in to_markdown(card(), [page]).decode()


def card() -> Document:
    return Document.model_validate(
        {
            "id": "d1",
            "collection": "default",
            "content": "0" * 64,
            "name": "manual.pdf",
            "media_type": "application/pdf",
            "size": 1,
            "added_at": "2024-01-01T00:00:00Z",
            "state": DocumentState.READY,
        }
    )


def indentations(text: str) -> list[int]:
    return [len(line) - len(line.lstrip()) for line in text.split("\n") if line.strip()]
