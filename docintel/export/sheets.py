"""Tables for spreadsheets: CSV and XLSX. A document without tables gives its blocks, one a row.

Cells from a scan can never become formulas. In CSV, where a spreadsheet guesses, a cell that begins like one is
prefixed with an apostrophe, unless it is a plain number (-12.50, +3 %), which computes nothing. In XLSX every cell
says what it is: text, or a number where only one reading is possible (1.234 is text: a thousand in Berlin, one and a
bit in London), shown with the decimals it was printed with.
"""

import csv
import re
import unicodedata
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from docintel.export.flow import Flow, FlowTable, header_rows, plain_line, rows_once
from docintel.model import Document, Page

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


def to_csv(document: Document, pages: Sequence[Page]) -> bytes:  # noqa: ARG001 - every format is asked the same way
    """All tables below each other: the table's number, the page that the row stands on, then its cells."""
    flow = Flow(pages)
    found = flow.tables()
    widest = max((table.table.num_columns for table in found), default=0)
    file = StringIO(newline="")
    writer = csv.writer(file)
    if found:
        writer.writerow(["table", "page", *(f"column {place + 1}" for place in range(widest))])
        for number, table in enumerate(found, 1):
            for page, row in zip(table.row_pages, rows_once(table.table), strict=True):
                writer.writerow([number, page, *map(harmless, row)])
    else:
        writer.writerow(BLOCK_COLUMNS)
        writer.writerows([page, label, harmless(text)] for page, label, text in _blocks(flow))
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def to_xlsx(document: Document, pages: Sequence[Page]) -> bytes:
    """A sheet for every table, named by its number and pages, after a sheet that lists them."""
    import xlsxwriter

    flow = Flow(pages)
    file = BytesIO()
    with xlsxwriter.Workbook(file, SAFE) as workbook:
        workbook.set_properties({"title": plain_line(document.name)[:255], "created": document.added_at})
        found = flow.tables()
        if found:
            _write_contents(workbook, found)
            for number, table in enumerate(found, 1):
                _write_table(workbook, number, table)
        else:
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
    if _is_right_to_left(rows):
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


def _is_right_to_left(rows: Sequence[Sequence[str]]) -> bool:
    classes = [unicodedata.bidirectional(character) for row in rows for text in row for character in text]
    return sum(each in ("R", "AL") for each in classes) > classes.count("L")
