"""Tables and key-values for spreadsheets.

CSV is one table of the whole document, in reading order. Its columns: `page`, `block` (its number in the document, the
same for all rows of a table), `label`, then `column 1` and so on. A row of a table is a row, with a cell a column; a
line of a key-value block is a row, key and value; any other block is a row, its text in `column 1`.

XLSX has a sheet for each table and one for all key-values; a document without either gives its blocks, one a row.

Cells from a scan can never become formulas. In CSV, where a spreadsheet guesses, a cell that begins like one is
prefixed with an apostrophe, unless it is a plain number (-12.50, +3 %), which computes nothing. In XLSX every cell
says what it is: text, or a number where only one reading is possible (1.234 is text: a thousand in Berlin, one and a
bit in London), shown with the decimals it was printed with.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from docintel.export.flow import Flow, FlowTable, header_rows, plain_line, rows_once, runs_from_the_right
from docintel.model import BlockLabel, Document, Page
from docintel.text.ticks import signed

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PLAIN_NUMBER = re.compile(r"[+-]?\s?\d[\d.,'\u00a0\u202f ]*\s?%?")
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,2})?|-?[1-9]\d{0,2}(?:,\d{3}){1,4}\.\d{2}")
BYTE_ORDER_MARK = "\ufeff"
"""Excel takes a CSV without it for the machine's own old code page."""
MAX_CELL = 32_767
"""Characters; Excel's own limit."""
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
BLOCK_COLUMNS = ("page", "label", "text")
PAIR_COLUMNS = ("page", "key", "value")


def to_csv(document: Document, pages: Sequence[Page]) -> bytes:  # noqa: ARG001 - every format is asked the same way
    rows = list(_rows(Flow(pages)))
    widest = max((len(cells) for *_, cells in rows), default=1)
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["page", "block", "label", *(f"column {place}" for place in range(1, widest + 1))])
    for page, number, label, cells in rows:
        writer.writerow([page, number, label, *map(harmless, cells), *[""] * (widest - len(cells))])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def to_xlsx(document: Document, pages: Sequence[Page]) -> bytes:
    """A sheet for every table, named by its number and pages, after a sheet that lists them; then the key-values."""
    import xlsxwriter

    flow = Flow(pages)
    file = BytesIO()
    with xlsxwriter.Workbook(file, SAFE) as workbook:
        workbook.set_properties({"title": plain_line(document.name)[:255], "created": document.added_at})
        found, pairs = flow.tables(), _key_values(flow)
        if found:
            _write_contents(workbook, found)
            for number, table in enumerate(found, 1):
                _write_table(workbook, number, table)
        if pairs:
            _write_rows(workbook, "Key values", [PAIR_COLUMNS, *pairs], num_headers=1)
        if not found and not pairs:
            _write_rows(workbook, "Text", [BLOCK_COLUMNS, *_blocks(flow)], num_headers=1)
    return file.getvalue()


def harmless(text: str) -> str:
    """The text as a CSV cell that no spreadsheet computes, nor any part of it.

    Where Excel's own separator is a semicolon, as in much of Europe, it also cuts cells at theirs.
    """
    return ";".join(map(_harmless_part, text.split(";")))


def _harmless_part(text: str) -> str:
    if text.lstrip(" ").startswith(FORMULA_STARTS) and not PLAIN_NUMBER.fullmatch(text.strip(" ")):
        return "'" + text
    return text


def _rows(flow: Flow) -> Iterator[tuple[int, int, str, list[str]]]:
    """Page, number of the block, its label, cells."""
    number = 0
    for page in flow.pages:
        for passage in flow.passages(page):
            label = str(passage.block.label)
            if passage.continues:
                continue
            number += 1
            if passage.table:
                rows = rows_once(passage.table.table)
                yield from ((at, number, label, row) for at, row in zip(passage.table.row_pages, rows, strict=True))
            elif passage.block.label is BlockLabel.KEY_VALUE:
                yield from ((page.number, number, label, [*pair]) for pair in _pairs(passage.block.text))
            elif said := plain_line(signed(passage.block)):
                yield page.number, number, label, [said]


def _key_values(flow: Flow) -> list[tuple[str, str, str]]:
    return [
        (str(page.number), *pair)
        for page in flow.pages
        for passage in flow.passages(page)
        if passage.block.label is BlockLabel.KEY_VALUE and not passage.table and not passage.continues
        for pair in _pairs(passage.block.text)
    ]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Key and value of each line, which a tab parts, or else a colon."""
    lines = [line for line in text.splitlines() if line.strip()]
    parts = [line.partition("\t") if "\t" in line else line.partition(":") for line in lines]
    return [(plain_line(key), plain_line(value)) for key, _, value in parts]


def _blocks(flow: Flow) -> list[tuple[str, str, str]]:
    return [
        (str(page.number), str(passage.block.label), plain_line(passage.block.text))
        for page in flow.pages
        for passage in flow.passages(page)
    ]


def _write_contents(workbook: "Workbook", found: Sequence[FlowTable]) -> None:
    rows = [
        (_sheet_name(number, table), table.pages_text, str(table.table.num_rows), str(table.table.num_columns))
        for number, table in enumerate(found, 1)
    ]
    _write_rows(workbook, "Tables", [("sheet", "pages", "rows", "columns"), *rows], num_headers=1)


def _write_table(workbook: "Workbook", number: int, table: FlowTable) -> None:
    rows = rows_once(table.table)
    _write_rows(workbook, _sheet_name(number, table), rows, num_headers=header_rows(table.table))


def _sheet_name(number: int, table: FlowTable) -> str:
    return f"Table {number}, p. {table.pages_text}"


def _write_rows(workbook: "Workbook", name: str, rows: Sequence[Sequence[str]], *, num_headers: int) -> None:
    sheet = workbook.add_worksheet(name)
    if runs_from_the_right(rows):
        sheet.right_to_left()
    bold = workbook.add_format({"bold": True})
    shown = {text: workbook.add_format({"num_format": text}) for text in _number_formats(rows[num_headers:])}
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if row < num_headers:
                sheet.write_string(row, column, text[:MAX_CELL], bold)
            elif NUMBER.fullmatch(text):
                sheet.write_number(row, column, float(text.replace(",", "")), shown[_number_format(text)])
            else:
                sheet.write_string(row, column, text[:MAX_CELL])
    sheet.freeze_panes(num_headers, 0)
    sheet.autofit()


def _number_formats(rows: Sequence[Sequence[str]]) -> list[str]:
    return sorted({_number_format(text) for row in rows for text in row if NUMBER.fullmatch(text)})


def _number_format(text: str) -> str:
    """Excel's format that shows the number as it was printed."""
    decimals = len(text.partition(".")[2])
    return ("#,##0" if "," in text else "0") + ("." + "0" * decimals if decimals else "")
