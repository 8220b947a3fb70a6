"""What was extracted, as files: every value with its type, nothing that a spreadsheet would compute."""

import io
import json
import zipfile
from datetime import UTC, datetime

from docintel.export.extractions import to_csv, to_json, to_xlsx
from docintel.extraction.schema import Extraction, Field, FieldType, Place, Schema, Value
from docintel.model import BBox, Document, DocumentState

DOCUMENT = Document(
    id="d1",
    collection="default",
    content="c",
    name="=cmd.pdf",
    media_type="application/pdf",
    size=1,
    added_at=datetime(2026, 1, 2, tzinfo=UTC),
    state=DocumentState.READY,
)
SCHEMA = Schema(
    name="order",
    fields=(
        Field(name="buyer"),
        Field(name="paid", type=FieldType.YES_NO),
        Field(name="total", type=FieldType.AMOUNT),
        Field(name="tags", type=FieldType.LIST),
        Field(name="lines: [all]", type=FieldType.LIST, fields=(Field(name="pieces", type=FieldType.NUMBER),)),
    ),
)


def value(text: str, normal: str = "", *, unit: str = "", probability: float = 0.9) -> Value:
    place = Place(page_number=2, boxes=(BBox(x0=0, y0=0, x1=1, y1=1),), quote=f"“{text}”")
    return Value(text=text, value=normal or text, unit=unit, probability=probability, place=place)


FOUND = Extraction(
    values={
        "buyer": (value("=1+1", probability=0.5),),
        "paid": (value("☑", "true"),),
        "total": (value("1.234,50 €", "1234.50", unit="EUR"),),
        "tags": (value("red"), value("blue")),
    },
    rows={"lines: [all]": ({"pieces": value("007", "7")},)},
)


def test_csv_has_one_row_a_document_and_names_what_is_in_doubt() -> None:
    header, row = to_csv(SCHEMA, [(DOCUMENT, FOUND)]).decode("utf-8-sig").splitlines()
    assert header == "document,name,buyer,paid,total,total currency,tags,lines: [all],in doubt"
    assert row == """d1,'=cmd.pdf,'=1+1,true,1234.50,EUR,red; blue,"[{""pieces"": ""7""}]",buyer"""


def test_json_says_of_every_value_where_it_stands() -> None:
    (row,) = json.loads(to_json(SCHEMA, [(DOCUMENT, FOUND)]))
    fields = row["fields"]
    assert fields["paid"]["value"] is True
    assert (fields["total"]["value"], fields["total"]["page"], fields["total"]["sure"]) == ("1234.50", 2, True)
    assert fields["buyer"]["sure"] is False
    assert [each["value"] for each in fields["tags"]] == ["red", "blue"]
    assert fields["lines: [all]"][0]["pieces"]["text"] == "007"
    (empty,) = json.loads(to_json(SCHEMA, [(DOCUMENT, Extraction())]))
    assert empty["fields"] == {"buyer": None, "paid": None, "total": None, "tags": [], "lines: [all]": []}


def test_xlsx_has_numbers_truths_and_a_sheet_for_each_group() -> None:
    with zipfile.ZipFile(io.BytesIO(to_xlsx(SCHEMA, [(DOCUMENT, FOUND)]))) as book:
        names = book.read("xl/workbook.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert 'name="Documents"' in names
    assert 'name="1 lines   all"' in names
    assert 'name="Evidence"' in names
    assert "<v>1234.5</v>" in sheet
    assert 't="b"' in sheet
    assert "<f>" not in sheet
