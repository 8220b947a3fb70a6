"""The page of extraction, run through app.py as Streamlit runs it: values kept, schemas made in the grid."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from docintel.errors import UsageError
from docintel.extraction.ready import ready_schemas
from docintel.extraction.schema import Extraction, FieldType, Place, Value
from docintel.home import Home
from docintel.model import BBox
from docintel.settings import Settings
from docintel.ui.extracting.editing import grid_of, schema_of
from docintel.ui.extracting.table import cell_of
from tests.houses import picture, settings_in, work
from tests.test_pages import opened, shown, started


def value(text: str, probability: float) -> Value:
    place = Place(page_number=1, boxes=(BBox(x0=0.1, y0=0.1, x1=0.5, y1=0.2),), quote=f"Total {text}")
    return Value(text=text, value=text, unit="EUR", probability=probability, place=place)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Iterator[Home]:
    with Home.open(settings, owner=True) as opened:
        opened.library.add(picture(tmp_path / "a.png"), name="bill.png")
        work(opened.library)
        yield opened


@pytest.fixture
def app(home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    assert home.is_owner
    yield from started(settings, monkeypatch)


def test_values_stand_in_a_table_and_those_in_doubt_are_marked(home: Home, app: AppTest) -> None:
    id = next(iter(home.library.names()))
    found = Extraction(values={"total": (value("12.50", 0.95),), "tax": (value("2.00", 0.5),)})
    home.library.schemas.keep(ready_schemas()["receipt"], id, found, reading=home.library.schemas.reading(id))
    page = opened(app, "extract", schema="receipt")
    row = page.dataframe[0].value.iloc[0]
    assert (row["Document"], row["total"], row["tax"], row["date"]) == ("bill.png", "12.50 EUR", "2.00 EUR ?", "")
    assert "1 of 1 document extracted." in shown(page)


def test_a_document_that_was_read_anew_is_offered_again(home: Home, app: AppTest) -> None:
    id = next(iter(home.library.names()))
    home.library.schemas.keep(ready_schemas()["receipt"], id, Extraction(), reading="another")
    page = opened(app, "extract", schema="receipt")
    assert "1 out of date" in shown(page)
    next(each for each in page.button if each.label.startswith("Extract from")).click().run()
    assert "1 of 1 document extracted." in shown(page)
    assert not home.library.schemas.kept(ready_schemas()["receipt"], [id])[id].is_stale


def test_a_schema_of_the_collection_is_offered_beside_the_ready_ones(home: Home, app: AppTest) -> None:
    home.library.schemas.save("default", schema_of("visit", [{"name": "day", "type": "date"}]))
    page = opened(app, "extract")
    assert page.selectbox(key="schema").options == [*ready_schemas(), "visit"]


@pytest.mark.parametrize("name", list(ready_schemas()))
def test_a_grid_gives_the_schema_that_it_shows(name: str) -> None:
    schema = ready_schemas()[name]
    made = schema_of(name, grid_of(schema))
    assert grid_of(made) == grid_of(schema)
    assert [(each.name, each.type) for each in made.fields] == [(each.name, each.type) for each in schema.fields]


def test_empty_rows_of_a_grid_are_left_out_and_rows_without_a_name_are_refused() -> None:
    rows: list[dict[str, object]] = [
        {"name": "day", "type": None, "description": float("nan")},
        {"name": None, "type": "date"},
    ]
    assert [(each.name, each.type) for each in schema_of("x", rows).fields] == [("day", FieldType.TEXT)]
    with pytest.raises(UsageError, match="name"):
        schema_of("x", [{"name": None, "description": "When?"}])


def test_a_repeated_group_shows_how_many_rows_it_has() -> None:
    lines = ready_schemas()["invoice"].fields[-1]
    assert cell_of(lines, Extraction(rows={"lines": ({}, {})})) == "2 rows"
    assert cell_of(lines, Extraction()) == ""
