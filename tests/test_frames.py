"""Tables as DataFrames."""

import math

from docintel.export.frames import frame
from docintel.model import Cell, Table


def table(*rows: tuple[str, ...], num_headers: int = 1) -> Table:
    cells = tuple(
        Cell(row=row, column=column, text=text, is_header=row < num_headers)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    )
    return Table(num_rows=len(rows), num_columns=len(rows[0]), cells=cells)


def test_headers_name_the_columns_and_numbers_are_numbers() -> None:
    data = frame(table(("Item", "Amount"), ("Maps", "1,234.50"), ("Boxes", "")))
    assert list(data.columns) == ["Item", "Amount"]
    assert data["Amount"][0] == 1234.5
    assert math.isnan(data["Amount"][1])
    assert list(data["Item"]) == ["Maps", "Boxes"]


def test_what_could_be_read_in_two_ways_stays_text() -> None:
    data = frame(table(("Betrag",), ("1.234,50",), ("12,00",)))
    assert list(data["Betrag"]) == ["1.234,50", "12,00"]


def test_columns_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    data = frame(table(("", "Price", "Price"), ("a", "1", "2")))
    assert list(data.columns) == ["1", "Price", "Price (3)"]
    assert list(frame(table(("a", "b"), num_headers=0)).columns) == ["1", "2"]
