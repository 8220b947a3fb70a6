"""Schemas and extracted values in the library: kept, stale after another reading, rights, deletion, audit, check."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docintel.checking import rows
from docintel.errors import NotFound, OwnerOnly
from docintel.extraction.schema import Extraction, Field, FieldType, Place, Schema, Value
from docintel.home import Home
from docintel.library import Library
from docintel.library.store import DATABASE
from docintel.model import BBox, User
from tests.houses import picture, settings_in, work

SCHEMA = Schema(name="visit", fields=(Field(name="day", type=FieldType.DATE),))
OTHER = Schema(name="visit", fields=(Field(name="day", type=FieldType.DATE, description="When was it?"),))
OWNER, READER, STRANGER = (User(id=f"{name}@example.org", name=name) for name in ("owner", "reader", "stranger"))


def said(text: str) -> Extraction:
    place = Place(page_number=1, boxes=(BBox(x0=0, y0=0, x1=1, y1=1),), quote=text)
    return Extraction(values={"day": (Value(text=text, value=text, probability=0.9, place=place),)})


@pytest.fixture
def shared(library: Library, tmp_path: Path) -> Library:
    """The owner's view of a library with one document that was read, in a collection that a reader sees."""
    owner = library.for_user(OWNER)
    owner.add(picture(tmp_path / "a.png"), name="a.png", collection="visits")
    work(library)
    owner.people.share(f"{OWNER.id}/visits", readers=[READER.id])
    return owner


def kept(library: Library, schema: Schema = SCHEMA) -> dict[str, bool]:
    """By document, whether what is kept is stale."""
    ids = list(library.names())
    return {id: each.is_stale for id, each in library.schemas.kept(schema, ids).items()}


def test_owners_change_schemas_readers_see_them_and_for_others_they_are_not_there(
    shared: Library, library: Library
) -> None:
    shared.schemas.save("visits", SCHEMA)
    shared.schemas.save("visits", OTHER)
    place = f"{OWNER.id}/visits"
    reader, stranger = library.for_user(READER), library.for_user(STRANGER)
    assert reader.schemas.of(place) == {"visit": OTHER}
    with pytest.raises(OwnerOnly):
        reader.schemas.save(place, SCHEMA)
    with pytest.raises(OwnerOnly):
        reader.schemas.remove(place, "visit")
    for attempt in (stranger.schemas.of, lambda name: stranger.schemas.save(name, SCHEMA)):
        with pytest.raises(NotFound):
            attempt(place)


def test_what_was_extracted_is_kept_until_the_document_or_the_schema_changes(shared: Library, library: Library) -> None:
    id = next(iter(shared.names()))
    shared.schemas.keep(SCHEMA, id, said("2026-01-02"), reading=shared.schemas.reading(id))
    assert kept(shared) == {id: False}
    assert kept(shared, OTHER) == {id: True}
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET body = CAST(body || x'00' AS BLOB)")
    assert kept(shared) == {id: True}


def test_readers_see_what_was_extracted_and_strangers_do_not(shared: Library, library: Library) -> None:
    id = next(iter(shared.names()))
    shared.schemas.keep(SCHEMA, id, said("2026-01-02"), reading=shared.schemas.reading(id))
    assert library.for_user(READER).schemas.kept(SCHEMA, [id])
    stranger = library.for_user(STRANGER)
    assert not stranger.schemas.kept(SCHEMA, [id])
    with pytest.raises(NotFound):
        stranger.schemas.keep(SCHEMA, id, said("x"), reading="")


def test_deleting_a_document_or_a_schema_deletes_what_was_extracted(shared: Library, library: Library) -> None:
    id = next(iter(shared.names()))
    shared.schemas.save("visits", SCHEMA)
    deeds: list[Callable[[], None]] = [lambda: shared.schemas.remove("visits", "visit"), lambda: shared.delete(id)]
    for deed in deeds:
        shared.schemas.keep(SCHEMA, id, said("2026-01-02"), reading="r")
        deed()
        with library.store.read() as tx:
            assert tx.value("SELECT count(*) FROM extractions") == 0


def test_the_audit_trail_tells_of_schemas_and_not_of_values(shared: Library) -> None:
    shared.schemas.save("visits", SCHEMA)
    shared.schemas.remove("visits", "visit")
    found = shared.people.trail(limit=2)
    assert [(each.action, each.detail) for each in found] == [
        ("removed a schema", "visit"),
        ("changed a schema", "visit"),
    ]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = settings_in(tmp_path)
    with Home.open(settings, owner=True) as opened:
        opened.library.add(picture(tmp_path / "a.png"), name="a.png")
        work(opened.library)
        yield opened


def test_the_check_finds_a_schema_and_a_value_that_docintel_did_not_write(home: Home) -> None:
    id = next(iter(home.library.names()))
    home.library.schemas.save("default", SCHEMA)
    home.library.schemas.keep(SCHEMA, id, said("2026-01-02"), reading="r")
    assert list(rows.problems(home)) == []
    with sqlite3.connect(home.settings.home / DATABASE) as database:
        database.execute("UPDATE schemas SET body = replace(body, 'day', 'night')")
        database.execute("UPDATE extractions SET body = replace(body, '2026-01-02', '2026-11-30')")
    assert {each.name for each in rows.problems(home)} == {"schemas", "extractions"}


def test_extracting_again_takes_what_is_kept(home: Home) -> None:
    id = next(iter(home.library.names()))
    home.library.schemas.keep(SCHEMA, id, said("2026-01-02"), reading=home.library.schemas.reading(id))
    (found,) = home.extract(SCHEMA, [id])
    assert found.extraction == said("2026-01-02")
    (anew,) = home.extract(OTHER, [id])
    assert not anew.extraction.values
    assert home.library.schemas.kept(OTHER, [id])[id].extraction == anew.extraction
