"""`docintel extract` and `schemas`: rows of values, files, errors of one line."""

from pathlib import Path
from typing import Any

import pytest

from tests.test_commands import docintel, letter, pdf

__all__ = ["docintel", "letter"]
"""Fixtures."""


def test_extract_writes_one_row_a_document_with_the_places_of_its_values(docintel: Any, tmp_path: Path) -> None:
    docintel("ingest", str(pdf(tmp_path / "bill.pdf", "Invoice number: HF-2031", "Invoice total: 1,524.60 EUR")))
    schema = tmp_path / "bill.toml"
    schema.write_text(
        'name = "bill"\nfields = [{ name = "total", type = "amount", description = "What is the total?" }]'
    )
    (row,) = docintel("extract", str(schema), "--json").json
    total = row["fields"]["total"]
    assert (row["name"], total["value"], total["unit"], total["page"]) == ("bill.pdf", "1524.60", "EUR", 2)
    assert total["boxes"]
    table = tmp_path / "out.csv"
    assert docintel("extract", str(schema), "--output", str(table)).code == 0
    assert table.read_text("utf-8-sig").splitlines()[0] == "document,name,total,total currency,in doubt"
    assert "1524.60,EUR" in table.read_text()
    (entry,) = docintel("audit", "--action", "exported", "--json").json
    assert entry["detail"] == "bill csv"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("extract", "nothing-like-it"), 1, "There are: contract, delivery note"),
        (("extract", "receipt", "--output", "x.pdf"), 2, "must end with .xlsx, .csv, .json"),
        (("extract", "not-there.toml"), 2, "cannot be read"),
        (("schemas", "--collection", "nowhere"), 1, "no collection 'nowhere'"),
    ],
)
def test_extract_says_what_is_wrong(
    docintel: Any, letter: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    docintel("ingest", str(letter))
    result = docintel(*arguments)
    assert result.code == code
    assert said in result.err
