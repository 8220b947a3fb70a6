"""What was read, as files: nothing is lost, and nothing from a scan becomes markup, a link or a formula."""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docintel.errors import UsageError
from docintel.export import FORMATS, export
from docintel.export.markdown import escaped
from docintel.export.sheets import harmless
from docintel.export.structure import Structure
from docintel.model import SCHEMA_VERSION, BBox, Block, BlockLabel, Cell, Document, DocumentState, Page, Table, Word
from tests.exporting import SomeFiles, jpeg

FROM_PAGES = tuple(name for name in FORMATS if name not in ("pdf", "original"))
HOSTILE = (
    '<script>alert(1)</script> ![x](http://evil.example/p.png) [a](javascript:b) =cmd|" /C calc"!A0 www.evil.example'
)


def a_document(name: str = "invoice.pdf") -> Document:
    return Document(
        id="d1",
        collection="default",
        content="0" * 64,
        name=name,
        media_type="application/pdf",
        size=1,
        added_at=datetime(2024, 3, 1, tzinfo=UTC),
        state=DocumentState.READY,
        num_pages=1,
    )


def a_block(
    id: str, text: str, label: BlockLabel = BlockLabel.TEXT, *, top: float = 0.1, bottom: float = 0.2, **fields: object
) -> Block:
    box = BBox(x0=0.1, y0=top, x1=0.9, y1=bottom)
    return Block.model_validate({"id": id, "label": label, "bbox": box, "text": text, **fields})


def a_table(rows: Sequence[Sequence[str]], *, headers: int = 1) -> Table:
    cells = tuple(
        Cell(row=row, column=column, text=text, is_header=row < headers)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    return Table(num_rows=len(rows), num_columns=max(map(len, rows)), cells=cells)


def a_page(*blocks: Block, number: int = 1) -> Page:
    return Page(number=number, width=595, height=842, blocks=blocks, engine="fake")


def table_over_two_pages() -> list[Page]:
    first = a_table([["Code", "Pieces"], ["K-1", "12"], ["K-2", "-12.50"]])
    second = a_table([["Code", "Pieces"], ["K-3", "=1+1"]])
    return [
        a_page(a_block("b1", "", BlockLabel.TABLE, top=0.2, bottom=0.92, table=first)),
        a_page(a_block("b1", "", BlockLabel.TABLE, top=0.05, bottom=0.3, table=second), number=2),
    ]


def exported(name: str, pages: Sequence[Page], document: Document | None = None) -> bytes:
    """In a format that needs no files."""
    return export(name, document or a_document(), pages, SomeFiles(Path("nowhere")))


def written(name: str, *pages: Page) -> str:
    return exported(name, pages).decode("utf-8-sig")


def sheets_of(xlsx: bytes) -> dict[str, str]:
    """Sheet name → its XML, and "strings" → the shared strings' XML."""
    with ZipFile(BytesIO(xlsx)) as archive:
        names = re.findall(r'<sheet name="([^"]*)"', archive.read("xl/workbook.xml").decode())
        sheets = {name: archive.read(f"xl/worksheets/sheet{n}.xml").decode() for n, name in enumerate(names, 1)}
        return sheets | {"strings": archive.read("xl/sharedStrings.xml").decode()}


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def test_unknown_format_names_the_ones_there_are() -> None:
    with pytest.raises(
        UsageError,
        match="markdown, html, json, text, csv, xlsx, hocr, alto, pagexml, docx, markdown-zip, pdf, original",
    ):
        exported("wordperfect", [])


@pytest.mark.parametrize("name", FROM_PAGES)
def test_formats_made_of_pages_write_a_document_without_pages(name: str) -> None:
    assert isinstance(exported(name, []), bytes)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_bytes_again(name: str, tmp_path: Path) -> None:
    original = tmp_path / "original.jpg"
    original.write_bytes(jpeg())
    first, second = (export(name, a_document(), table_over_two_pages(), SomeFiles(original)) for _ in range(2))
    assert first == second


def test_json_reads_back_to_what_was_written() -> None:
    page = a_page(a_block("b1", HOSTILE), a_block("b2", "فاتورة", BlockLabel.TITLE, level=1))
    leaning = ((0.1, 0.1), (0.3, 0.15), (0.3, 0.2), (0.1, 0.15))
    words = (Word(text="فاتورة", bbox=BBox(x0=0.1, y0=0.1, x1=0.3, y1=0.2), polygon=leaning),)
    page = page.model_copy(update={"words": words})
    structure = Structure.model_validate_json(exported("json", [page]))
    assert (structure.schema_version, structure.document, structure.pages) == (SCHEMA_VERSION, a_document(), (page,))


def test_html_from_hostile_text_has_no_active_elements() -> None:
    table = a_table([[HOSTILE, "b"]])
    html = written(
        "html", a_page(a_block('b"1><img src=x>', HOSTILE), a_block("b2", "", BlockLabel.TABLE, table=table))
    )
    tags = Tags(html)
    assert not [tag for tag, _ in tags.seen if tag in ("script", "img", "a", "iframe")]
    assert html.count("&lt;script&gt;") == 2


def test_html_title_is_the_escaped_document_name() -> None:
    html = exported("html", [], a_document("</title><script>x")).decode()
    assert "<title>&lt;/title&gt;&lt;script&gt;x</title>" in html


def test_html_anchors_pages_and_blocks_and_lets_text_find_its_direction() -> None:
    html = written("html", a_page(a_block("b7", "فاتورة", BlockLabel.SECTION_HEADER, level=2, language="ar"), number=3))
    tags = Tags(html)
    assert [section["id"] for section in tags.named("section")] == ["page-3"]
    heading = {"class": "block section_header", "id": "page-3-b7", "dir": "auto", "lang": "ar"}
    assert tags.named("h3") == [heading]


def test_html_groups_list_items_and_keeps_lines() -> None:
    html = written(
        "html",
        a_page(
            a_block("b1", "one", BlockLabel.LIST_ITEM),
            a_block("b2", "two", BlockLabel.LIST_ITEM),
            a_block("b3", "street\ntown"),
        ),
    )
    assert len(Tags(html).named("ul")) == 1
    assert "street<br>\ntown" in html


def rendered(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(markdown))


@given(st.text(max_size=60))
@example(HOSTILE)
@example("# not a heading\n- not a list\n1. nor this\n> nor that\n---\n===\n    nor code")
@example("`code` *a* _b_ ~~c~~ |x| $y$ &lt; <!-- z --> ***")
def test_escaped_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    html = rendered(escaped(text))
    assert not [tag for tag, _ in Tags(html).seen if tag not in ("p",)]


def test_markdown_of_bare_addresses_cannot_become_links() -> None:
    assert escaped("see https://evil.example and www.evil.example or me@evil.example") == (
        r"see https\://evil.example and www\.evil.example or me\@evil.example"
    )


def test_markdown_has_headings_lists_captions_and_page_marks() -> None:
    page = a_page(
        a_block("b1", "Report #1", BlockLabel.TITLE),
        a_block("b2", "Results", BlockLabel.SECTION_HEADER, level=2),
        a_block("b3", "first\nsecond", BlockLabel.LIST_ITEM),
        a_block("b4", "Table 1", BlockLabel.CAPTION),
        a_block("b5", "x = ```1```", BlockLabel.CODE),
        number=2,
    )
    assert written("markdown", page) == (
        "<!-- page 2 -->\n\n# Report \\#1\n\n### Results\n\n- first\n  second\n\n*Table 1*\n\n````\nx = ```1```\n````\n"
    )


def test_markdown_table_cells_cannot_break_the_table() -> None:
    table = a_table([["a", "b"], ["x | y", "two\nlines"]])
    markdown = written("markdown", a_page(a_block("b1", "", BlockLabel.TABLE, table=table)))
    assert "| x \\| y | two lines |" in markdown
    assert len(Tags(rendered(markdown)).named("td")) == 2


def test_spanning_cell_is_written_once_in_markdown_and_as_a_span_in_html() -> None:
    cells = (Cell(row=0, column=0, column_span=2, text="wide"), Cell(row=1, column=0, text="l"))
    table = Table(num_rows=2, num_columns=2, cells=cells)
    page = a_page(a_block("b1", "", BlockLabel.TABLE, table=table))
    assert "| wide |  |" in written("markdown", page)
    assert 'colspan="2"' in written("html", page)


def test_table_over_two_pages_is_written_once_without_the_repeated_header() -> None:
    pages = table_over_two_pages()
    assert written("markdown", *pages).count("| Code | Pieces |") == 1
    assert written("text", *pages).count("Code\tPieces") == 1
    html = written("html", *pages)
    assert html.count("<table>") == 1
    assert 'id="page-2-b1">The table of <a href="#page-1">page 1</a> goes on here.' in html


def test_csv_has_one_shape_for_tables_key_values_and_text() -> None:
    first, second = table_over_two_pages()
    first = first.model_copy(
        update={
            "blocks": (
                a_block("b0", "Invoice\nof May", BlockLabel.TITLE),
                a_block("b2", "Number\tHF-01067\nTotal: 118.00", BlockLabel.KEY_VALUE),
                *first.blocks,
            )
        }
    )
    last = a_block("b2", "=1+1", top=0.5, bottom=0.6)
    second = second.model_copy(update={"blocks": (*second.blocks, last)})
    rows = list(csv.reader(StringIO(written("csv", first, second))))
    assert rows == [
        ["page", "block", "label", "column 1", "column 2"],
        ["1", "1", "title", "Invoice of May", ""],
        ["1", "2", "key_value", "Number", "HF-01067"],
        ["1", "2", "key_value", "Total", "118.00"],
        ["1", "3", "table", "Code", "Pieces"],
        ["1", "3", "table", "K-1", "12"],
        ["1", "3", "table", "K-2", "-12.50"],
        ["2", "3", "table", "K-3", "'=1+1"],
        ["2", "4", "text", "'=1+1", ""],
    ]


def test_xlsx_has_a_sheet_of_key_values() -> None:
    page = a_page(a_block("b1", "Number\t01067\nTotal\t118.00", BlockLabel.KEY_VALUE))
    sheets = sheets_of(exported("xlsx", [page]))
    assert list(sheets) == ["Key values", "strings"]
    assert re.findall("<t>(.*?)</t>", sheets["strings"]) == ["page", "key", "value", "Number", "01067", "Total"]
    assert "<v>118</v>" in sheets["Key values"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "＋1", "－1+1", "＠x", "-"],
)
def test_csv_cell_that_begins_like_a_formula_is_made_text(text: str) -> None:
    assert harmless(text) == "'" + text


def test_csv_cell_is_safe_too_where_the_separator_is_a_semicolon() -> None:
    assert harmless('x;=HYPERLINK("http://evil.example"); +cmd;-5;y') == (
        "x;'=HYPERLINK(\"http://evil.example\");' +cmd;-5;y"
    )


@pytest.mark.parametrize("text", ["-12.50", "+3 %", "-1.234,50", "+49 171 2345", "12", "", "a=b"])
def test_csv_cell_that_computes_nothing_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_csv_begins_with_a_byte_order_mark_for_excel() -> None:
    assert exported("csv", []).startswith(b"\xef\xbb\xbf")


def test_xlsx_has_a_sheet_for_each_table_and_no_formulas() -> None:
    sheets = sheets_of(exported("xlsx", table_over_two_pages()))
    assert list(sheets) == ["Tables", "Table 1, p. 1–2", "strings"]
    assert "<f>" not in "".join(sheets.values())
    assert "<t>=1+1</t>" in sheets["strings"]


def test_xlsx_keeps_numbers_as_numbers_only_where_one_reading_is_possible() -> None:
    table = a_table([["-12.50", "1,524.60", "1.234", "007", "12/05/2024"]], headers=0)
    sheets = sheets_of(exported("xlsx", [a_page(a_block("b1", "", BlockLabel.TABLE, table=table))]))
    values = re.findall(r"<c [^>]*?(?:t=\"(s)\")?><v>([^<]*)</v>", sheets["Table 1, p. 1"])
    assert values[:2] == [("", "-12.5"), ("", "1524.6")]
    assert [kind for kind, _ in values[2:]] == ["s", "s", "s"]


def test_xlsx_of_right_to_left_tables_runs_from_the_right() -> None:
    table = a_table([["الاسم", "خالد"]])
    sheets = sheets_of(exported("xlsx", [a_page(a_block("b1", "", BlockLabel.TABLE, table=table))]))
    assert 'rightToLeft="1"' in sheets["Table 1, p. 1"]


def test_document_without_tables_gives_its_blocks_as_rows() -> None:
    page = a_page(a_block("b1", "Hello\nthere"), a_block("b2", "=1+1", BlockLabel.TITLE))
    rows = list(csv.reader(StringIO(written("csv", page))))
    assert rows == [
        ["page", "block", "label", "column 1"],
        ["1", "1", "text", "Hello there"],
        ["1", "2", "title", "'=1+1"],
    ]
    assert list(sheets_of(exported("xlsx", [page]))) == ["Text", "strings"]


def test_repeated_running_headers_are_written_once_and_kept_in_json() -> None:
    pages = [
        a_page(a_block("h", f"Acme Ltd · page {n}", BlockLabel.PAGE_HEADER), a_block("b", f"body {n}"), number=n)
        for n in (1, 2, 3)
    ]
    for name in ("markdown", "text", "html", "csv"):
        assert written(name, *pages).count("Acme Ltd") == 1
        assert [f"body {n}" in written(name, *pages) for n in (1, 2, 3)] == [True] * 3
    assert written("json", *pages).count("Acme Ltd") == 3


def test_text_parts_pages_by_form_feeds_and_drops_control_characters() -> None:
    text = written("text", a_page(a_block("b1", "one\x00\x1b[31m")), a_page(a_block("b1", "two"), number=2))
    assert text == "one[31m\n\n\ftwo\n"


def test_pages_are_written_in_their_order() -> None:
    text = written("text", a_page(a_block("b1", "two"), number=2), a_page(a_block("b1", "one")))
    assert text.index("one") < text.index("two")
