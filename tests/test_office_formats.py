"""DOCX, Markdown with pictures, and many documents as one zip."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from docintel.errors import NotFound
from docintel.export.bundle import bundle
from docintel.export.docx import to_docx
from docintel.export.markdown_zip import to_markdown_zip
from docintel.export.original import has_covered_text, to_original
from docintel.export.pdf import to_pdf
from docintel.intake import render
from docintel.model import BBox, Block, BlockLabel, Cell, Document, Page, Table
from tests.exporting import SomeFiles, document, line_of, page_of
from tests.test_searchable_pdf import a_redacted_pdf


def a_block(id: str, text: str, label: BlockLabel = BlockLabel.TEXT, **fields: object) -> Block:
    box = BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2)
    return Block.model_validate({"id": id, "label": label, "bbox": box, "text": text, **fields})


def a_page(*blocks: Block, number: int = 1) -> Page:
    return Page(number=number, width=595, height=842, blocks=blocks, engine="fake")


def a_table(right_to_left: bool = False) -> Table:
    texts = ("الاسم", "خالد") if right_to_left else ("Name", "Ann")
    return Table(
        num_rows=2,
        num_columns=2,
        cells=(
            Cell(row=0, column=0, column_span=2, text=texts[0], is_header=True),
            Cell(row=1, column=0, text=texts[1]),
            Cell(row=1, column=1, text="01067"),
        ),
    )


def as_word(*pages: Page) -> "docx.document.Document":
    return docx.Document(BytesIO(to_docx(document(), pages, SomeFiles(Path("nowhere")))))


def test_docx_has_headings_lists_and_text_in_their_styles() -> None:
    word = as_word(
        a_page(
            a_block("b1", "Report", BlockLabel.TITLE),
            a_block("b2", "Results", BlockLabel.SECTION_HEADER, level=2),
            a_block("b3", "first", BlockLabel.LIST_ITEM),
            a_block("b4", "Street 1\nTown\x00"),
        )
    )
    assert [(each.style.name, each.text) for each in word.paragraphs] == [
        ("Title", "Report"),
        ("Heading 2", "Results"),
        ("List Bullet", "first"),
        ("Normal", "Street 1\nTown"),
    ]


def test_docx_tables_keep_spans_and_texts_as_they_are_written() -> None:
    (table,) = as_word(a_page(a_block("b1", "", BlockLabel.TABLE, table=a_table()))).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Name", "Name"], ["Ann", "01067"]]
    assert table.cell(0, 0)._tc is table.cell(0, 1)._tc
    assert table.cell(0, 0).paragraphs[0].runs[0].bold


def test_docx_runs_from_the_right_where_the_text_does() -> None:
    word = as_word(
        a_page(a_block("b1", "فاتورة"), a_block("b2", "", BlockLabel.TABLE, table=a_table(right_to_left=True)))
    )
    assert word.paragraphs[0]._p.pPr.find(qn("w:bidi")) is not None
    assert word.paragraphs[0].runs[0].font.rtl
    properties = [each.tag for each in word.tables[0]._tbl.tblPr]
    assert properties.index(qn("w:bidiVisual")) == properties.index(qn("w:tblStyle")) + 1


def test_docx_strikes_what_is_struck() -> None:
    word = as_word(a_page(a_block("b1", "10 12 boxes", struck=((0, 2),))))
    assert [(run.text, bool(run.font.strike)) for run in word.paragraphs[0].runs] == [
        ("10", True),
        (" 12 boxes", False),
    ]


def test_docx_and_markdown_show_the_pictures_of_the_page() -> None:
    page = a_page(a_block("b1", "", BlockLabel.PICTURE), a_block("b2", "after"))
    assert len(as_word(page).inline_shapes) == 1
    with ZipFile(BytesIO(to_markdown_zip(document(), [page], SomeFiles(Path("nowhere"))))) as archive:
        text = archive.read("document.md").decode()
        with Image.open(archive.open("pictures/page-1-1.jpg")) as picture:
            assert picture.size == (476, 84)
    assert text == "<!-- page 1 -->\n\n![](pictures/page-1-1.jpg)\n\nafter\n"


def test_original_is_the_file_itself_and_told_to_hold_covered_text(tmp_path: Path) -> None:
    files = a_redacted_pdf(tmp_path)
    assert to_original(document(), [], files) == files.path.read_bytes()
    notes = render(files.path, 1, settings=files.settings).notes
    page = page_of(line_of(["agreement"], 0.1)).model_copy(update={"notes": notes})
    assert has_covered_text([page])
    assert b"123,456" not in to_pdf(document(), [page], files)


def test_bundle_names_every_document_once_and_says_what_is_missing() -> None:
    documents = [document(name) for name in ("a.pdf", "A.pdf", "../b.pdf", "gone.pdf")]

    def write(each: Document) -> bytes:
        if each.name == "gone.pdf":
            raise NotFound("It is gone.")
        return each.name.encode()

    pieces = list(bundle(documents, "text", write))
    assert len(pieces) > len(documents) - 1
    with ZipFile(BytesIO(b"".join(pieces))) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {
        "a.pdf.txt": b"a.pdf",
        "A (2).pdf.txt": b"A.pdf",
        "_b.pdf.txt": b"../b.pdf",
        "not exported.txt": b"gone.pdf: It is gone.\n",
    }


def test_bundle_holds_one_document_at_a_time() -> None:
    written: list[str] = []

    def write(each: Document) -> bytes:
        written.append(each.name)
        return b"x" * 1000

    pieces = bundle([document("a.pdf"), document("b.pdf")], "original", write)
    assert len(next(pieces)) >= 1000
    assert written == ["a.pdf"]


@pytest.mark.parametrize("label", [BlockLabel.CODE, BlockLabel.TEXT])
def test_docx_of_hostile_text_has_no_fields_or_links(label: BlockLabel) -> None:
    data = to_docx(
        document(), [a_page(a_block("b1", "=1+1 http://evil.example { MERGEFIELD x }", label))], SomeFiles(Path("x"))
    )
    with ZipFile(BytesIO(data)) as archive:
        body = archive.read("word/document.xml").decode()
        relations = archive.read("word/_rels/document.xml.rels").decode()
    assert "w:fld" not in body
    assert "w:hyperlink" not in body
    assert "evil.example" not in relations
