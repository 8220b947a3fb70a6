"""Tables as DataFrames."""

from docintel.export.frames import frame
from docintel.model import Cell, Table


def table(*rows: tuple[str, ...], num_headers: int = 1) -> Table:
    cells = tuple(
        Cell(row=row, column=column, text=text, is_header=row < num_headers)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    return Table(num_rows=len(rows), num_columns=len(rows[0]), cells=cells)


def test_headers_name_the_columns() -> None:
    data = frame(table(("Item", "Amount"), ("Maps", "1,234.50"), ("Boxes", "")))
    assert list(data.columns) == ["Item", "Amount"]
    assert list(data["Item"]) == ["Maps", "Boxes"]


def test_amounts_and_identifiers_stay_as_they_are_written() -> None:
    data = frame(table(("Postcode", "Amount"), ("01067", "118.00"), ("10115", "3.20"), ("", "1,234.50")))
    assert list(data["Postcode"]) == ["01067", "10115", ""]
    assert list(data["Amount"]) == ["118.00", "3.20", "1,234.50"]


def test_columns_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    data = frame(table(("", "Price", "Price"), ("a", "1", "2")))
    assert list(data.columns) == ["1", "Price", "Price (3)"]
    assert list(frame(table(("a", "b"), num_headers=0)).columns) == ["1", "2"]
