"""What was extracted by a schema, as a file: one row a document, one column a field.

CSV has the values alone, after the documents' ids and names, and last the names of the fields in doubt; entries of a
list are parted by semicolons, rows of a repeated group are JSON. XLSX has a sheet for each repeated group, and one that
says of every value how it is written and where. JSON says everything.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from docintel.export.sheets import BYTE_ORDER_MARK, MAX_CELL, SAFE, harmless
from docintel.extraction.schema import Extraction, Field, FieldType, Schema, Value
from docintel.model import Document

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Extractions = Sequence[tuple[Document, Extraction]]
EVIDENCE = ("document", "name", "field", "row", "value", "unit", "as written", "confidence", "sure", "page", "quote")
NUMERIC = (FieldType.AMOUNT, FieldType.NUMBER)
MAX_SHEET_NAME = 31
UNSURE_COLOUR = "#9C5700"


def to_json(schema: Schema, extractions: Extractions) -> bytes:
    return json.dumps(rows_of(schema, extractions), ensure_ascii=False, indent=1).encode()


def rows_of(schema: Schema, extractions: Extractions) -> list[dict[str, Any]]:
    """As JSON. A field is an object, null where nothing was found; of a list, a list; of a group, a list of rows."""
    return [
        {
            "document": document.id,
            "name": document.name,
            "fields": {field.name: _json_of(field, extraction) for field in schema.fields},
        }
        for document, extraction in extractions
    ]


def to_csv(schema: Schema, extractions: Extractions) -> bytes:
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["document", "name", *_columns(schema.fields), "in doubt"])
    for document, extraction in extractions:
        cells = [text for field in schema.fields for text in _texts(field, extraction)]
        doubt = "; ".join(unsure(schema, extraction))
        writer.writerow([document.id, *map(harmless, (document.name, *cells, doubt))])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def to_xlsx(schema: Schema, extractions: Extractions) -> bytes:
    import xlsxwriter

    file = BytesIO()
    with xlsxwriter.Workbook(file, SAFE) as workbook:
        doubt = workbook.add_format({"font_color": UNSURE_COLOUR, "italic": True})
        single = [field for field in schema.fields if not field.fields]
        sheet = _sheet(workbook, "Documents", ["document", "name", *_columns(single)])
        for row, (document, extraction) in enumerate(extractions, start=1):
            _write_texts(sheet, row, [document.id, document.name])
            _write_values(
                sheet, row, single, {each.name: extraction.values.get(each.name, ()) for each in single}, doubt
            )
        for number, group in enumerate((each for each in schema.fields if each.fields), start=1):
            _write_group(workbook, f"{number} {group.name}", group, extractions, doubt)
        _write_evidence(workbook, schema, extractions)
        for each in workbook.worksheets():
            each.autofit()
    return file.getvalue()


FORMATS = {"json": to_json, "csv": to_csv, "xlsx": to_xlsx}


def unsure(schema: Schema, extraction: Extraction) -> list[str]:
    """Names of the fields that have a value in doubt."""
    return [field.name for field in schema.fields if any(not each.is_sure for each in _every(field, extraction))]


def _every(field: Field, extraction: Extraction) -> Iterator[Value]:
    yield from extraction.values.get(field.name, ())
    for row in extraction.rows.get(field.name, ()):
        yield from row.values()


def _json_of(field: Field, extraction: Extraction) -> Any:
    if field.fields:
        rows = extraction.rows.get(field.name, ())
        return [{each.name: _object(each, row.get(each.name)) for each in field.fields} for row in rows]
    values = extraction.values.get(field.name, ())
    if field.type is FieldType.LIST:
        return [_object(field, each) for each in values]
    return _object(field, next(iter(values), None))


def _object(field: Field, value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    is_yes_or_no = field.type is FieldType.YES_NO
    return {
        "value": value.value == "true" if is_yes_or_no else value.value or None,
        "unit": value.unit or None,
        "text": value.text,
        "confidence": round(value.probability, 3),
        "sure": value.is_sure,
        "page": value.place.page_number,
        "boxes": [box.model_dump() for box in value.place.boxes],
        "quote": value.place.quote,
    }


def _columns(fields: Sequence[Field]) -> list[str]:
    """An amount has a column for its currency beside it."""
    return [
        name
        for field in fields
        for name in ([field.name, f"{field.name} currency"] if field.type is FieldType.AMOUNT else [field.name])
    ]


def _texts(field: Field, extraction: Extraction) -> list[str]:
    if field.fields:
        rows = [{name: each.value for name, each in row.items()} for row in extraction.rows.get(field.name, ())]
        return [json.dumps(rows, ensure_ascii=False) if rows else ""]
    values = extraction.values.get(field.name, ())
    text = "; ".join(each.value or each.text for each in values)
    return [text, values[0].unit if values else ""] if field.type is FieldType.AMOUNT else [text]


def _sheet(workbook: "Workbook", name: str, columns: Sequence[str]) -> "Worksheet":
    """Excel refuses some signs in the names of sheets."""
    plain = "".join(" " if c in "[]:*?/\\'" else c for c in name)[:MAX_SHEET_NAME].strip()
    sheet = workbook.add_worksheet(plain)
    _write_texts(sheet, 0, columns, workbook.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    return sheet


def _write_texts(sheet: "Worksheet", row: int, texts: Sequence[str], format: "Format | None" = None) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text[:MAX_CELL], format)


def _write_values(
    sheet: "Worksheet", row: int, fields: Sequence[Field], values: dict[str, Sequence[Value]], doubt: "Format"
) -> None:
    """From the third column on."""
    column = 2
    for field in fields:
        found = values[field.name]
        format = doubt if any(not each.is_sure for each in found) else None
        if field.type in NUMERIC and len(found) == 1 and found[0].value:
            sheet.write_number(row, column, float(found[0].value), format)
        elif field.type is FieldType.YES_NO and len(found) == 1:
            sheet.write_boolean(row, column, found[0].value == "true", format)
        elif found:
            sheet.write_string(row, column, "; ".join(each.value or each.text for each in found)[:MAX_CELL], format)
        if field.type is FieldType.AMOUNT:
            column += 1
            sheet.write_string(row, column, found[0].unit if found else "")
        column += 1


def _write_group(workbook: "Workbook", name: str, group: Field, extractions: Extractions, doubt: "Format") -> None:
    sheet = _sheet(workbook, name, ["document", "name", *_columns(group.fields)])
    every = [(document, row) for document, extraction in extractions for row in extraction.rows.get(group.name, ())]
    for number, (document, row) in enumerate(every, start=1):
        _write_texts(sheet, number, [document.id, document.name])
        values: dict[str, Sequence[Value]] = {
            each.name: (row[each.name],) if each.name in row else () for each in group.fields
        }
        _write_values(sheet, number, group.fields, values, doubt)


def _write_evidence(workbook: "Workbook", schema: Schema, extractions: Extractions) -> None:
    sheet = _sheet(workbook, "Evidence", EVIDENCE)
    every = (
        (document, *found)
        for document, extraction in extractions
        for field in schema.fields
        for found in _numbered(field, extraction)
    )
    for number, (document, name, row, value) in enumerate(every, start=1):
        said = [value.value, value.unit, value.text, f"{value.probability:.2f}", "yes" if value.is_sure else "no"]
        place = [str(value.place.page_number), value.place.quote]
        _write_texts(sheet, number, [document.id, document.name, name, row, *said, *place])


def _numbered(field: Field, extraction: Extraction) -> Iterator[tuple[str, str, Value]]:
    """Each value with the name of its field, and of a group its row, from 1."""
    yield from ((field.name, "", each) for each in extraction.values.get(field.name, ()))
    for number, row in enumerate(extraction.rows.get(field.name, ()), start=1):
        yield from ((f"{field.name}: {name}", str(number), each) for name, each in row.items())
