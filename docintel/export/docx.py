"""DOCX: headings, lists, tables with their spans, pictures, code, page breaks where the pages end.

Text is text: nothing in it becomes a field, a link or a formula. Right-to-left paragraphs and tables say so.
"""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from docintel.export.flow import (
    STRUCK,
    STRUCK_END,
    Flow,
    FlowTable,
    Passage,
    header_rows,
    plain,
    plain_line,
    rows_once,
    runs_from_the_right,
)
from docintel.export.pictures import pictures
from docintel.export.source import Files
from docintel.export.zips import zipped
from docintel.model import Block, BlockLabel, Document, Page
from docintel.text.bidi import runs_right_to_left
from docintel.text.ticks import signed

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.table import Table
    from docx.text.paragraph import Paragraph

STYLES = {
    BlockLabel.CAPTION: "Caption",
    BlockLabel.LIST_ITEM: "List Bullet",
    BlockLabel.TITLE: "Title",
}
STRETCHES = re.compile(f"({STRUCK}.*?{STRUCK_END})", re.DOTALL)
MONOSPACED = "Courier New"
MAX_HEADING = 9


def to_docx(document: Document, pages: Sequence[Page], files: Files) -> bytes:
    import docx

    word: Word = docx.Document()
    word.core_properties.title = plain_line(document.name)[:255]
    word.core_properties.author = ""
    word.core_properties.comments = ""
    for when in ("created", "modified"):
        setattr(word.core_properties, when, document.added_at.replace(tzinfo=None))
    flow = Flow(pages, has_marks=True)
    found = pictures(document, flow.pages, files)
    for place, page in enumerate(flow.pages):
        if place:
            word.add_page_break()
        for passage in flow.passages(page):
            if picture := found.get((page.number, passage.block.id)):
                _add_picture(word, picture, passage)
            _add(word, passage)
    out = BytesIO()
    word.save(out)
    return _same_each_time(out.getvalue(), document)


def _add(word: "Word", passage: Passage) -> None:
    block = passage.block
    if passage.continues:
        return
    if passage.table:
        _add_table(word, passage.table)
        return
    text = plain(signed(block)).strip()
    if text:
        paragraph = word.add_paragraph(style=_style(block))
        _write(paragraph, text, font=MONOSPACED if block.label is BlockLabel.CODE else None)


def _style(block: Block) -> str | None:
    if block.label is BlockLabel.SECTION_HEADER:
        return f"Heading {min(max(block.level or 1, 1), MAX_HEADING)}"
    return STYLES.get(block.label)


def _write(paragraph: "Paragraph", text: str, *, font: str | None = None, bold: bool = False) -> None:
    """The text with its line breaks, struck stretches struck, from the right where it runs so."""
    for part in STRETCHES.split(text):
        if said := part.strip(STRUCK + STRUCK_END):
            run = paragraph.add_run(said)
            run.font.strike = part.startswith(STRUCK) or None
            run.font.name = font
            run.bold = bold or None
            run.font.rtl = runs_right_to_left(said) or None
    if runs_right_to_left(text):
        _set(paragraph._p.get_or_add_pPr(), "w:bidi", after="w:pStyle")


def _add_table(word: "Word", found: FlowTable) -> None:
    rows, num_headers = rows_once(found.table), header_rows(found.table)
    if not rows or not rows[0]:
        return
    table = word.add_table(len(rows), len(rows[0]), style="Table Grid")
    if runs_from_the_right(rows):
        _set(table._tbl.tblPr, "w:bidiVisual", after="w:tblStyle")
    _merge(table, found)
    for cell in found.table.cells:
        if cell.row < len(rows) and cell.column < len(rows[0]):
            paragraph = table.cell(cell.row, cell.column).paragraphs[0]
            _write(paragraph, plain(cell.text).strip(), bold=cell.row < num_headers or cell.is_header)


def _merge(table: "Table", found: FlowTable) -> None:
    last = (found.table.num_rows - 1, found.table.num_columns - 1)
    taken: set[tuple[int, int]] = set()
    for cell in found.table.cells:
        to = (min(cell.row + cell.row_span - 1, last[0]), min(cell.column + cell.column_span - 1, last[1]))
        places = {(row, column) for row in range(cell.row, to[0] + 1) for column in range(cell.column, to[1] + 1)}
        if len(places) > 1 and not places & taken:
            table.cell(cell.row, cell.column).merge(table.cell(*to))
        taken |= places


def _add_picture(word: "Word", picture: bytes, passage: Passage) -> None:
    from docx.shared import Pt

    section = word.sections[0]
    widest = section.page_width - section.left_margin - section.right_margin
    word.add_picture(BytesIO(picture), width=min(Pt(passage.block.bbox.width * passage.page.width), widest))


def _set(properties: Any, name: str, *, after: str) -> None:
    """A property that is there or not, in its place: Office wants them in the schema's order."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element, before = OxmlElement(name), properties.find(qn(after))
    properties.insert(0 if before is None else properties.index(before) + 1, element)


def _same_each_time(docx: bytes, document: Document) -> bytes:
    """python-docx writes the time of day into the zip."""
    with ZipFile(BytesIO(docx)) as archive:
        return zipped(((name, archive.read(name)) for name in archive.namelist()), document.added_at)
