"""Extraction by schema: schemas from files, values made alike, fields found on written pages."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from docintel.embedding import open_embedder
from docintel.errors import UsageError
from docintel.extraction.files import parse_schema, read_schema
from docintel.extraction.finding import extract
from docintel.extraction.json_schema import from_json_schema, schema_from
from docintel.extraction.normalising import currency_on, normalised
from docintel.extraction.ready import ready_schemas
from docintel.extraction.schema import Extraction, Field, FieldType, Schema
from docintel.model import BBox, Block, BlockLabel, Document, DocumentState, Page
from docintel.settings import Settings
from docintel.text.spans import words_in
from tests.shelf import written_page

INVOICE = """
Nordholt Elektro GmbH
Lindenallee 8
20095 Hamburg

# Rechnung

Rechnungsnummer:   2023-0457
Rechnungsdatum:   5. Mai 2023
Fällig am:   4. Juni 2023
Kundennummer:   88-1200

| Bezeichnung | Menge | Einzelpreis | Gesamtpreis |
| Steckdose | 4 | 12,50 | 50,00 |
| Montage | 2 | 60,00 | 120,00 |

Nettobetrag   170,00 EUR
USt 19 %   32,30 EUR
Gesamtbetrag   202,30 EUR
"""
MODEL = """
import datetime
from pydantic import BaseModel, Field

class Line(BaseModel):
    item: str = Field(description="What was bought?")
    pieces: int

class Order(BaseModel):
    day: datetime.date | None
    paid: bool
    total: float = Field(json_schema_extra={"x-type": "amount"})
    tags: list[str]
    lines: list[Line]
"""


def extracted(schema: Schema, *pages: Page) -> Extraction:
    document = Document(
        id="d",
        collection="default",
        content="d",
        name="d.pdf",
        media_type="application/pdf",
        size=1,
        added_at=datetime.now(UTC),
        state=DocumentState.READY,
        num_pages=len(pages),
    )
    return extract(schema, document, pages, open_embedder(Settings()))


@pytest.mark.parametrize(
    ("type", "text", "value", "unit"),
    [
        (FieldType.DATE, "am 5. Mai 2023 geliefert", "2023-05-05", ""),
        (FieldType.DATE, "令和5年3月7日", "2023-03-07", ""),
        (FieldType.AMOUNT, "1.524,60 €", "1524.60", "EUR"),
        (FieldType.AMOUNT, "RM 15.00", "15.00", "MYR"),
        (FieldType.AMOUNT, "$ 15.00", "15.00", "$"),
        (FieldType.AMOUNT, "12,345円", "12345", "JPY"),
        (FieldType.NUMBER, "12,5 kg", "12.5", "kg"),
        (FieldType.NUMBER, "1.250", "1250", ""),
        (FieldType.NUMBER, "0.250 l", "0.250", "l"),
        (FieldType.NUMBER, "1,234,567.8", "1234567.8", ""),
        (FieldType.CODE, "No. HF-2024-0387", "No. HF-2024-0387", ""),
        (FieldType.CODE, "DE 123 456 789", "DE 123 456 789", ""),
        (FieldType.CODE, "Your reference number is AB-17 as agreed", "AB-17", ""),
        (FieldType.YES_NO, "no: ☐ Student", "false", ""),
        (FieldType.YES_NO, "☑", "true", ""),
        (FieldType.YES_NO, "Nein", "false", ""),
        (FieldType.YES_NO, "はい", "true", ""),
    ],
)
def test_what_is_written_becomes_what_a_program_wants(type: FieldType, text: str, value: str, unit: str) -> None:
    found = normalised(type, text)
    assert found
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize(
    ("type", "text"),
    [
        (FieldType.DATE, "soon"),
        (FieldType.AMOUNT, "none"),
        (FieldType.CODE, "Hamburg"),
        (FieldType.YES_NO, "☑ red ☐ blue"),
        (FieldType.YES_NO, "perhaps"),
        (FieldType.TEXT, "—"),
    ],
)
def test_what_has_not_the_form_of_the_type_is_no_value(type: FieldType, text: str) -> None:
    assert normalised(type, text) is None


def test_a_page_that_names_one_currency_tells_that_of_its_amounts() -> None:
    assert currency_on("All prices in CHF\nTotal 12.50") == "CHF"
    assert currency_on("Total 12.50 EUR, about 11.20 £") == ""


def test_an_invoice_in_another_language_is_extracted_with_its_places() -> None:
    page = written_page(INVOICE)
    found = extracted(ready_schemas()["invoice"], page)
    said = {name: (values[0].value, values[0].unit) for name, values in found.values.items()}
    assert said["number"] == ("2023-0457", "")
    assert said["date"] == ("2023-05-05", "")
    assert said["total"] == ("202.30", "EUR")
    assert said["tax"] == ("32.30", "EUR")
    for values in found.values.values():
        for value in values:
            boxed = " ".join(word.text for box in value.place.boxes for word in words_in(box, page.words))
            assert value.text in boxed, "each value stands in its boxes"


def test_a_repeated_group_is_read_from_the_table_whose_headers_fit() -> None:
    found = extracted(ready_schemas()["invoice"], written_page(INVOICE))
    rows = [{name: value.value for name, value in row.items()} for row in found.rows["lines"]]
    assert rows == [
        {"description": "Steckdose", "quantity": "4", "unit price": "12.50", "amount": "50.00"},
        {"description": "Montage", "quantity": "2", "unit price": "60.00", "amount": "120.00"},
    ]


def test_what_a_document_does_not_say_is_left_out() -> None:
    found = extracted(ready_schemas()["identity document"], written_page("The bridge was closed in winter."))
    assert not found.values
    assert not found.rows


def test_ticked_boxes_are_true_and_others_false() -> None:
    blocks = tuple(
        Block(
            id=text,
            label=BlockLabel.CHECKBOX,
            bbox=BBox(x0=0.1, y0=top, x1=0.4, y1=top + 0.02),
            text=text,
            is_checked=is_checked,
            language="en",
        )
        for text, is_checked, top in (("Student", False, 0.1), ("Married", True, 0.2))
    )
    schema = Schema(
        name="form",
        fields=(Field(name="student", type=FieldType.YES_NO), Field(name="married", type=FieldType.YES_NO)),
    )
    found = extracted(schema, Page(number=1, width=595, height=842, blocks=blocks, engine="test/1"))
    assert {name: values[0].value for name, values in found.values.items()} == {"student": "false", "married": "true"}


def test_a_pydantic_model_is_a_schema(tmp_path: Path) -> None:
    path = tmp_path / "order.py"
    path.write_text(MODEL)
    schema = read_schema(path, "Order")
    assert schema.name == "Order"
    assert {field.name: field.type.value for field in schema.fields} == {
        "day": "date",
        "paid": "yes/no",
        "total": "amount",
        "tags": "list",
        "lines": "list",
    }
    assert [(each.name, each.type.value, each.question) for each in schema.fields[-1].fields] == [
        ("item", "text", "What was bought?"),
        ("pieces", "number", "pieces"),
    ]
    with pytest.raises(UsageError, match="several models: Line, Order"):
        read_schema(path)


def test_a_json_schema_in_a_file_is_a_schema() -> None:
    data = {"type": "object", "properties": {"when": {"type": "string", "format": "date"}}}
    schema = parse_schema(json.dumps(data).encode(), "visit.json")
    assert (schema.name, schema.fields[0].type) == ("visit", FieldType.DATE)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"properties": {"a": {"type": "object"}}}, "field a is of the type object"),
        ({"properties": {"a": {"$ref": "#/$defs/B"}}}, "not in it"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, "refers to itself"),
        ({"properties": {}}, "fields"),
    ],
)
def test_a_json_schema_that_cannot_be_used_says_why(data: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        from_json_schema(data, "x")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([{"name": "a"}, {"name": "a"}], "two fields are called a"),
        ([{"name": "a", "type": "money"}], "'text', 'date', 'amount'"),
        ([{"name": "a", "fields": [{"name": "b"}]}], "type must be list"),
        ([{"name": " "}], "name"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(fields: list[object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        schema_from({"name": "x", "fields": fields})
