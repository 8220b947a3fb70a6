"""Label and amount are one row, prose is no table, columns and frames are read one after the other: on drawn pages."""

import re
from collections.abc import Sequence
from pathlib import Path

import pymupdf
import pytest

from docintel import intake
from docintel.engines.local.engine import LocalEngine
from docintel.engines.local.geometry import Upright
from docintel.engines.local.layout.blocks import build_blocks
from docintel.engines.local.layout.grids import Ruling
from docintel.engines.local.layout.placed import PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, Block, BlockLabel, Page, Word
from docintel.settings import Settings
from docintel.tables import grid
from docintel.tables.aligned import split_region
from docintel.tables.lattice import Text

PROSE = (
    "The committee met again on Tuesday and has asked me to write to you about the state of the old bridge. It was "
    "agreed that the railings are to be painted before the winter sets in and that the gravel on the northern side "
    "will be raked twice a month. We should be glad to hear from you whether the engineer has looked at the second "
    "arch, since some of the members noticed small cracks there when they walked across it in May."
)


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return LocalEngine()


class Sheet:
    """A page of a PDF, written on at given places (points)."""

    def __init__(self, *, width: float = 595, height: float = 842, font: str = "helv", size: float = 10) -> None:
        self._document = pymupdf.open()
        self._font, self._size = font, size
        self.page = self._document.new_page(width=width, height=height)

    def width_of(self, text: str, size: float | None = None) -> float:
        return float(pymupdf.get_text_length(text, fontname=self._font, fontsize=size or self._size))

    def write(self, x: float, y: float, text: str, *, size: float | None = None) -> None:
        self.page.insert_text((x, y), text, fontname=self._font, fontsize=size or self._size)

    def end(self, x: float, y: float, text: str) -> None:
        self.write(x - self.width_of(text), y, text)

    def centre(self, x: float, y: float, text: str) -> None:
        self.write(x - self.width_of(text) / 2, y, text)

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.page.draw_line((x0, y0), (x1, y1), width=0.7)

    def column(self, x: float, y: float, width: float, text: str, *, pitch: float = 12) -> float:
        """Justified text; where it ended."""
        lines: list[list[str]] = [[]]
        for word in text.split():
            if lines[-1] and self.width_of(" ".join([*lines[-1], word])) > width:
                lines.append([])
            lines[-1].append(word)
        for number, line in enumerate(lines):
            place, spaces = x, max(len(line) - 1, 1)
            space = self.width_of(" ")
            if number < len(lines) - 1:
                space = (width - sum(map(self.width_of, line))) / spaces
            for word in line:
                self.write(place, y, word)
                place += self.width_of(word) + space
            y += pitch
        return y

    def save(self, folder: Path) -> Path:
        path = folder / "page.pdf"
        self._document.save(path)
        return path


def read(engine: LocalEngine, path: Path) -> Page:
    (page,) = engine.read([intake.render(path, 1, settings=Settings())])
    assert isinstance(page, Page)
    return page


def rows_of(page: Page) -> list[list[str]]:
    """Rows of tables and lines of lists, cells that are empty left out."""
    return [row for block in page.blocks for row in _rows(block)]


def _rows(block: Block) -> list[list[str]]:
    if block.table:
        return [[cell for cell in row if cell] for row in grid(block.table)]
    return [line.split("\t") for line in block.text.splitlines()]


def text_of_page(page: Page) -> str:
    return " ".join(" ".join(block.text.split()) for block in page.blocks)


RECEIPTS = [
    (
        "cour",
        9,
        226,
        [("Vollmilch 1,5% 1L", "1,19"), ("Roggenbrot 750g", "3,49"), ("Pfand 0,25", "0,25"), ("SUMME", "4,93")],
    ),
    (
        "helv",
        9,
        226,
        [("Pain de campagne", "2,40 EUR"), ("Camembert", "13,85 EUR"), ("REMISE", "-1,00 EUR"), ("TOTAL", "15,25 EUR")],
    ),
    (
        "tiro",
        11,
        595,
        [("12 Mar Room 204", "$120.00"), ("Minibar", "$8.50"), ("City tax", "$6.00"), ("Total due", "$134.50")],
    ),
]


@pytest.mark.parametrize(("font", "size", "width", "items"), RECEIPTS)
def test_label_and_amount_are_one_row_whatever_the_white_between(
    engine: LocalEngine, tmp_path: Path, font: str, size: float, width: float, items: Sequence[tuple[str, str]]
) -> None:
    sheet = Sheet(width=width, height=260, font=font, size=size)
    sheet.centre(width / 2, 30, "Harbour Stores 5")
    for number, (label, amount) in enumerate(items):
        sheet.write(14, 60 + 15 * number, label)
        sheet.end(width - 14, 60 + 15 * number, amount)
    page = read(engine, sheet.save(tmp_path))
    assert [row for row in rows_of(page) if len(row) > 1] == [list(item) for item in items]
    assert ":" not in text_of_page(page)


def test_long_till_rolls_keep_their_rows(engine: LocalEngine, tmp_path: Path) -> None:
    items = [(f"Article no {n}", f"{n % 30}.{n % 100:02d}") for n in range(11, 70)]
    sheet = Sheet(width=226, height=60 + 13 * len(items), font="cour", size=9)
    sheet.centre(113, 25, "SUPERFRESH 24 Mill Lane")
    for number, (label, amount) in enumerate(items):
        sheet.write(14, 50 + 13 * number, label)
        sheet.end(212, 50 + 13 * number, amount)
    page = read(engine, sheet.save(tmp_path))
    assert [" ".join(row) for row in rows_of(page) if row[-1] != "SUPERFRESH 24 Mill Lane"] == [
        " ".join(item) for item in items
    ]


def test_columns_of_amounts_are_told_apart_though_they_are_sparse(engine: LocalEngine, tmp_path: Path) -> None:
    rows = [
        ["Date", "Details", "Paid out", "Paid in", "Balance"],
        ["02 Jan", "Balance brought forward", "", "", "1,204.18"],
        ["03 Jan", "DD Northern Gas", "84.20", "", "1,119.98"],
        ["05 Jan", "Salary Birch & Co", "", "2,310.00", "3,429.98"],
        ["08 Jan", "Card Oakfield Books", "12.99", "", "3,416.99"],
        ["09 Jan", "Transfer to savings", "500.00", "", "2,916.99"],
        ["20 Jan", "Refund Petty Shoes", "", "45.00", "2,961.99"],
    ]
    sheet = Sheet(size=9)
    sheet.write(50, 70, "Statement of account", size=16)
    for number, row in enumerate(rows):
        for column, (x, text) in enumerate(zip([50.0, 115.0, 370.0, 450.0, 540.0], row, strict=True)):
            (sheet.end if column > 1 else sheet.write)(x, 130 + 17 * number, text)
    (table,) = [block.table for block in read(engine, sheet.save(tmp_path)).blocks if block.table]
    assert grid(table) == rows


def _words(texts: Sequence[str], starts: Sequence[float], y: float) -> list[Text]:
    boxes = [BBox(x0=x, y0=y, x1=x + 0.009 * len(text), y1=y + 0.014) for x, text in zip(starts, texts, strict=True)]
    return [
        Text(text, box, round(y * 1000), rank)
        for rank, (text, box) in enumerate(zip(texts, boxes, strict=True))
        if text
    ]


def test_dots_lead_from_a_label_to_its_own_numbers(engine: LocalEngine, tmp_path: Path) -> None:
    rows = [
        ("Adults visiting once", "4.5", "5.6"),
        ("Children under six", "11.7", "15.0"),
        ("Pensioners", "2.2", "1.5"),
    ]
    sheet = Sheet(font="tiro", size=11)
    sheet.end(400, 120, "URBAN")
    sheet.end(500, 120, "RURAL")
    for number, (label, *amounts) in enumerate(rows):
        y = 138 + 18 * number
        dots = "." * int((364 - 70 - sheet.width_of(label)) / sheet.width_of("."))
        sheet.write(70, y, f"{label} {dots}")
        for x, amount in zip((400, 500), amounts, strict=True):
            sheet.end(x, y, amount)
    page = read(engine, sheet.save(tmp_path))
    (table,) = [block.table for block in page.blocks if block.table]
    assert grid(table) == [["", "URBAN", "RURAL"], *map(list, rows)]


def test_sums_below_a_bill_are_rows_of_their_own(engine: LocalEngine, tmp_path: Path) -> None:
    sheet = Sheet()
    columns: list[tuple[float, bool]] = [(60, False), (95, False), (300, False), (430, True), (535, True)]
    rows = [
        ["Pos", "Description", "Quantity", "Unit price", "Amount"],
        ["1", "Cutting hedges", "14 hrs", "GBP 38.00", "GBP 532.00"],
        ["2", "Removal of cuttings", "1", "GBP 85.50", "GBP 85.50"],
    ]
    for number, row in enumerate(rows):
        for (x, is_right), text in zip(columns, row, strict=True):
            (sheet.end if is_right else sheet.write)(x, 165 + 18 * number, text)
    for number, (label, amount) in enumerate([("Net", "GBP 617.50"), ("VAT 20%", "GBP 123.50")]):
        sheet.write(380, 240 + 18 * number, label)
        sheet.end(535, 240 + 18 * number, amount)
    found = rows_of(read(engine, sheet.save(tmp_path)))
    assert rows[2] in found and ["Net", "GBP 617.50"] in found and ["VAT 20%", "GBP 123.50"] in found


def test_a_name_beside_many_rows_and_a_head_over_two_columns_span_them(engine: LocalEngine, tmp_path: Path) -> None:
    sheet, xs = Sheet(size=9), [60, 140, 290, 380, 470]
    for y in (100, 120, 240):
        sheet.rule(60, y, 470, y)
    for x in xs:
        sheet.rule(x, 100, x, 240)
    for x, text in zip(xs, ["Carrier", "Route", "Passengers", "Change"], strict=False):
        sheet.write(x + 4, 114, text)
    sheet.write(64, 184, "North Air")
    routes = [["Atlantic", "157,642", "107.1"], ["Baltic", "42,097", "88.3"], ["Iberia", "276,197", "104.6"]]
    routes += [["Iceland", "13,435", "115.0"], ["Alps", "13,156", "101.1"]]
    for number, (route, *amounts) in enumerate(routes):
        sheet.write(144, 140 + 20 * number, route)
        for x, amount in zip((375, 465), amounts, strict=True):
            sheet.end(x, 140 + 20 * number, amount)
    (table,) = [block.table for block in read(engine, sheet.save(tmp_path)).blocks if block.table]
    (name,) = [cell for cell in table.cells if cell.text == "North Air"]
    assert (table.num_rows, name.row, name.row_span) == (6, 1, 5)
    assert [row[1:] for row in grid(table)[1:]] == routes


def test_rows_of_words_inside_outer_rules_part(engine: LocalEngine, tmp_path: Path) -> None:
    sheet, xs = Sheet(size=9), [60, 200, 340, 480]
    for y in (100, 122, 190):
        sheet.rule(60, y, 480, y)
    for x in xs:
        sheet.rule(x, 100, x, 190)
    rows = [["Day", "Morning", "Evening"], ["Monday", "Anna", "Boris"], ["Tuesday", "Clara", "Dmitri"]]
    rows += [["Wednesday", "Emil", "Franka"]]
    for number, row in enumerate(rows):
        for x, text in zip(xs, row, strict=False):
            sheet.write(x + 6, 115 if number == 0 else 119 + 21 * number, text)
    (table,) = [block.table for block in read(engine, sheet.save(tmp_path)).blocks if block.table]
    assert grid(table) == rows


def test_a_head_centred_over_two_columns_is_over_both(engine: LocalEngine, tmp_path: Path) -> None:
    sheet, places = Sheet(size=9), [260.0, 350.0, 420.0, 515.0]
    sheet.rule(60, 97, 540, 97)
    sheet.centre(295, 110, "2023")
    sheet.centre(457, 110, "2024")
    rows = [["Region", "Units", "Value", "Units", "Value"], ["North", "120", "3,400", "132", "3,812"]]
    rows += [
        ["South", "98", "2,100", "101", "2,290"],
        ["East", "45", "987", "40", "902"],
        ["West", "7", "60", "8", "75"],
    ]
    for number, row in enumerate(rows):
        sheet.write(60, 128 + 17 * number, row[0])
        for x, text in zip(places, row[1:], strict=True):
            sheet.end(x, 128 + 17 * number, text)
    (table,) = [block.table for block in read(engine, sheet.save(tmp_path)).blocks if block.table]
    assert [(c.text, c.column, c.column_span) for c in table.cells if c.text.startswith("20")] == [
        ("2023", 1, 2),
        ("2024", 3, 2),
    ]
    assert grid(table)[1:] == rows


def test_white_that_runs_through_typed_lines_by_chance_parts_nothing() -> None:
    lines = [
        "In facsimile  a photocell is made to scan the whole",
        "copy of texts The variations of print on the paper",
        "cause thecell to generate an electric video signal",
        "which is then used to modulate a carrier and so it",
        "goes over any line to the other end of the circuit",
    ]
    texts = []
    for number, line in enumerate(lines):
        found = [(match.group(), 0.1 + 0.0095 * match.start()) for match in re.finditer(r"\S+", line)]
        texts += _words([text for text, _ in found], [x for _, x in found], 0.2 + 0.018 * number)
    assert not any(part.table or part.pairs for part in split_region(texts, (), aspect=0.707))


def test_text_beside_text_is_read_column_by_column(engine: LocalEngine, tmp_path: Path) -> None:
    left = ["Never once considering how", "in the world she was to get", "out again."]
    right = ["So suddenly that Alice had", "not a moment to think about", "stopping herself."]
    sheet = Sheet(size=12)
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        sheet.write(75, 120 + 22 * number, one)
        sheet.write(300, 120 + 22 * number, other)
    text = text_of_page(read(engine, sheet.save(tmp_path)))
    assert " ".join(left) in text and " ".join(right) in text and ":" not in text


def test_first_lines_that_were_seen_as_one_text_are_read_column_by_column() -> None:
    columns = [PROSE.split()[start : start + 48] for start in (0, 30)]
    lines = []
    for number in range(8):
        words = [words[6 * number : 6 * number + 6] for words in columns]
        boxes = [
            BBox(
                x0=x + 0.054 * n + 0.002 * (n > 0) * (number % 3),
                y0=0.2 + 0.018 * number,
                x1=x + 0.054 * n + 0.05 - 0.004 * (n == 5),
                y1=0.212 + 0.018 * number,
            )
            for x in (0.1, 0.435)
            for n in range(6)
        ]
        both = [word for part in words for word in part]
        placed = tuple(zip(both, boxes, strict=True))
        known = tuple(Word(text=text, bbox=box) for text, box in placed)
        lines.append(PlacedLine(" ".join(both), 1.0, BBox.around(boxes), known, placed))
    places = [(0.1, 0.2, 0.76, 0.23), (0.1, 0.235, 0.42, 0.34), (0.435, 0.235, 0.76, 0.34)]
    regions = [Region(BlockLabel.TEXT, BBox(x0=a, y0=b, x1=c, y1=d), 1.0) for a, b, c, d in places]
    blocks = build_blocks(lines, regions, Ruling(), Upright(595, 842))
    assert " ".join(block.text for block in blocks) == " ".join(word for words in columns for word in words)


def test_frames_are_read_one_by_one_row_by_row(engine: LocalEngine, tmp_path: Path) -> None:
    sheet = Sheet(width=842, height=595, size=12)
    heads = ["Why boats", "What wood", "How long", "Who pays"]
    for number, head in enumerate(heads):
        x, y = 40 + 390 * (number % 2), 40 + 265 * (number // 2)
        sheet.page.draw_rect((x, y, x + 370, y + 245))
        sheet.write(x + 30, y + 45, head, size=18)
        sheet.column(x + 30, y + 80, 310, PROSE[:200], pitch=16)
    found = text_of_page(read(engine, sheet.save(tmp_path)))
    assert sorted(heads, key=found.index) == heads
