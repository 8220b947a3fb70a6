"""A document as one flow of blocks: tables over pages joined, repeated running headers and footers left out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel import tables
from docintel.model import Block, BlockLabel, Page, Table
from docintel.text import one_line
from docintel.text.bidi import runs_right_to_left
from docintel.text.struck import marked_block

MARGINS = (BlockLabel.PAGE_HEADER, BlockLabel.PAGE_FOOTER)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
"""Characters that XML, HTML or a terminal should not be given; tabs and line breaks stay."""
STRUCK, STRUCK_END = "\ufdd0", "\ufdd1"
"""Noncharacters, which no text holds: where struck text begins and ends, until a format writes it in its own way."""


@dataclass(frozen=True)
class FlowTable:
    """A table with the pages its parts stand on, in order; one part and one page for most."""

    table: Table
    pages: tuple[int, ...]
    row_pages: tuple[int, ...]
    """For each row the page it comes from."""

    @property
    def pages_text(self) -> str:
        """`3`, or `3–5` for a table that runs over pages."""
        return str(self.pages[0]) if len(self.pages) == 1 else f"{self.pages[0]}–{self.pages[-1]}"


@dataclass(frozen=True)
class Passage:
    """A block where it stands. Where a table goes on that began earlier, `continues` is the page where it began."""

    page: Page
    block: Block
    table: FlowTable | None = None
    continues: int | None = None


class Flow:
    """The blocks of a document's pages, in reading order, page by page.

    A running header or footer that says the same on several pages (numbers aside) is kept where it stands first. A
    table that goes on at the top of the next page is joined to one, at the place where it begins. Where `has_marks`,
    struck text stands between `STRUCK` and `STRUCK_END`.
    """

    def __init__(self, pages: Sequence[Page], *, has_marks: bool = False) -> None:
        self.pages = sorted(map(_with_marks, pages) if has_marks else pages, key=lambda page: page.number)
        self._parts = _joined(self.pages)
        self._repeated = _repeated_margins(self.pages)

    def passages(self, page: Page) -> Iterator[Passage]:
        """The page's blocks that are to be written, in reading order."""
        for block in page.blocks:
            key = (page.number, block.id)
            if key in self._repeated:
                continue
            parts = self._parts.get(key)
            if parts is None:
                yield Passage(page, block)
            elif parts[0] == key:
                yield Passage(page, block, table=self._table(parts))
            else:
                yield Passage(page, block, continues=parts[0][0])

    def tables(self) -> list[FlowTable]:
        return [found.table for page in self.pages for found in self.passages(page) if found.table]

    def _table(self, parts: Sequence["_Key"]) -> FlowTable:
        blocks = {(page.number, block.id): block for page in self.pages for block in page.blocks}
        pieces = [table for key in parts if (table := blocks[key].table)]
        ends = [tables.join(pieces[: count + 1]).num_rows for count in range(len(pieces))]
        lengths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        numbers = tuple(number for number, _ in parts)
        row_pages = tuple(number for number, length in zip(numbers, lengths, strict=True) for _ in range(length))
        return FlowTable(tables.join(pieces), numbers, row_pages)


_Key = tuple[int, str]
"""Page number and block id."""


def _with_marks(page: Page) -> Page:
    blocks = [
        block if block.label is BlockLabel.CODE else marked_block(block, STRUCK, STRUCK_END) for block in page.blocks
    ]
    return page.model_copy(update={"blocks": tuple(blocks)})


def plain(text: str) -> str:
    """The text without control characters, lines ending in a line feed."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain_line(text: str) -> str:
    return one_line(plain(text))


def rows_once(table: Table) -> list[list[str]]:
    """The table's texts by row and column, a cell that spans several places standing in the first of them only."""
    rows = [["" for _ in range(table.num_columns)] for _ in range(table.num_rows)]
    for cell in table.cells:
        if cell.row < table.num_rows and cell.column < table.num_columns:
            there = rows[cell.row][cell.column]
            rows[cell.row][cell.column] = " ".join(filter(None, (there, plain_line(cell.text))))
    return rows


def header_rows(table: Table) -> int:
    """How many rows at the top are header cells throughout."""
    headers = [[cell.is_header for cell in table.cells if cell.row == row] for row in range(table.num_rows)]
    return next((row for row, cells in enumerate(headers) if not cells or not all(cells)), table.num_rows)


def runs_from_the_right(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table of such texts has its first column at the right."""
    return runs_right_to_left("".join(text for row in rows for text in row))


def _joined(pages: Sequence[Page]) -> dict[_Key, tuple[_Key, ...]]:
    """Every table's block → all the blocks of its table, the first one first."""
    chains: dict[_Key, tuple[_Key, ...]] = {}
    last: tuple[int, Block] | None = None
    for page in pages:
        for place, block in enumerate(_tables_on(page)):
            key = (page.number, block.id)
            goes_on = place == 0 and last and last[0] == page.number - 1 and tables.continues(last[1], block)
            chain = (*chains[(last[0], last[1].id)], key) if goes_on and last else (key,)
            chains |= dict.fromkeys(chain, chain)
            last = (page.number, block)
    return chains


def _tables_on(page: Page) -> list[Block]:
    return [block for block in page.blocks if block.table is not None]


def _repeated_margins(pages: Sequence[Page]) -> set[_Key]:
    """Running headers and footers that were written once already."""
    repeated: set[_Key] = set()
    seen: Counter[tuple[BlockLabel, str]] = Counter()
    for page in pages:
        for block in page.blocks:
            if block.label in MARGINS:
                said = (block.label, re.sub(r"\d+", "0", plain_line(block.text)).casefold())
                seen[said] += 1
                if seen[said] > 1:
                    repeated.add((page.number, block.id))
    return repeated
