"""Rows that follow from nothing else carry a checksum: whatever else than docintel changes them is found."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database
from storage.row_checksums import TABLES
from storage.row_damage import correct, damaged_rows, read_row, renew_checksums

DOCUMENT = {
    "id": "d",
    "collection": "c",
    "content": "5f",
    "name": "Müller.pdf",
    "name_folded": "müller.pdf",
    "media_type": "application/pdf",
    "size": 1_000,
    "added_at": 5,
    "state": "ready",
    "seconds": 1.25,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "x.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(Database.open(path)) as opened:
        with opened.write() as tx:
            tx.insert("collections", [{"name": "c"}])
            tx.insert("documents", [DOCUMENT])
        yield opened


def change(path: Path, statement: str) -> None:
    """As another program does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def damaged(database: Database, table: str = "documents") -> list[int]:
    with database.read() as tx:
        return damaged_rows(tx, table)


def test_whatever_docintel_writes_fits(database: Database) -> None:
    with database.write() as tx:
        tx.insert("pages", [{"document_id": "d", "number": number, "state": "queued"} for number in range(1, 9)])
        tx.run("INSERT OR IGNORE INTO readers (collection, \"user\") SELECT name, 'x' FROM collections")
        tx.run("UPDATE documents SET name = 'ü' || name, added_at = 7, error = NULL, num_pages = num_pages + 8")
        tx.run("UPDATE pages SET state = 'reading', seconds = number * 0.1 WHERE number > 3")
        tx.run("DELETE FROM pages WHERE number = 5")
    assert {table: damaged(database, table) for table in TABLES} == {table: [] for table in TABLES}


def test_it_does_so_after_a_transaction_that_failed(path: Path, database: Database) -> None:
    database.close()
    with closing(Database.open(path)) as opened:
        with pytest.raises(RuntimeError), opened.write() as tx:
            tx.run("UPDATE documents SET size = 1")
            raise RuntimeError
        with opened.write() as tx:
            tx.run("UPDATE documents SET size = 2")
        assert damaged(opened) == []


@pytest.mark.parametrize(
    "value",
    [
        "name = 'other'",
        "size = size + 1",
        "added_at = 6",
        "error = ''",
        "unlocked_key = 0",
        "name = CAST(name AS BLOB)",
    ],
)
def test_what_another_program_writes_does_not(path: Path, database: Database, value: str) -> None:
    change(path, f"UPDATE documents SET {value}")
    assert damaged(database) == [1]


def test_a_row_that_another_program_put_in_does_not_fit(path: Path, database: Database) -> None:
    change(path, "INSERT INTO facts (name, value) VALUES ('paused', 'yes')")
    assert len(damaged(database, "facts")) == 1


def test_later_changes_do_not_hide_it(path: Path, database: Database) -> None:
    change(path, "UPDATE documents SET name = 'other'")
    with database.write() as tx:
        tx.run("UPDATE documents SET state = 'failed'")
        tx.run("UPDATE documents SET name = 'again'")
    assert damaged(database) == [1]
    with database.write() as tx:
        renew_checksums(tx, "documents", "id = :id", id="d")
    assert damaged(database) == []


@pytest.mark.parametrize(
    "value",
    [
        "name = replace(name, 'M', 'I')",
        "name = CAST(x'4dbc6c6c65722e706466' AS TEXT)",
        "size = size | 4096",
        "size = -9223372036854774808",
        "seconds = 1.75",
        "num_pages = 1",
        "error = ''",
        "row_checksum = (row_checksum | 64) - (row_checksum & 64)",
        "name = CAST(name AS BLOB)",
    ],
)
def test_one_flipped_bit_is_turned_back(path: Path, database: Database, value: str) -> None:
    with database.write() as tx:
        tx.run("UPDATE documents SET name = 'M<ller.pdf' WHERE :is_utf8", is_utf8=int("4dbc" in value))
        before = tx.row("SELECT * FROM documents")
    change(path, f"UPDATE documents SET {value}")
    with database.write() as tx:
        assert damaged_rows(tx, "documents") == [1]
        assert correct(tx, "documents", 1)
        assert damaged_rows(tx, "documents") == []
        assert tx.row("SELECT * FROM documents") == before


def test_what_no_flipped_bit_explains_is_left_as_it_is(path: Path, database: Database) -> None:
    change(path, "UPDATE documents SET name = 'something else'")
    with database.write() as tx:
        assert not correct(tx, "documents", 1)
        assert read_row(tx, "documents", 1, ["name"]) == {"name": "something else"}


def test_a_changed_definition_of_a_table_is_found(path: Path, database: Database) -> None:
    assert database.has_sound_schema()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'media_type', 'media_tyqe') WHERE name = 'jobs'"
        )
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'error', 'errnr') WHERE name = 'jobs'")
    with closing(Database.open(path)) as opened:
        assert not opened.has_sound_schema()
