"""storage.database: transactions, migrations, and the choice of journal."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from storage.database import Database, journal_mode
from storage.errors import BadMatch, Damaged, Newer
from storage.migrations import HEAD, REVISIONS
from storage.tables import metadata

FULL_TEXT = "chunk_terms"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "docintel.sqlite3"


def test_migrations_lead_to_the_tables(path: Path) -> None:
    Database.open(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
    engine.dispose()


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    return not (name or "").startswith(FULL_TEXT)


def test_the_named_revisions_are_the_scripts() -> None:
    scripts = ScriptDirectory("storage/migrations")
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == list(REVISIONS)
    assert scripts.get_current_head() == HEAD


def test_a_second_start_needs_no_alembic(path: Path) -> None:
    Database.open(path).close()
    code = (
        "import sys; from pathlib import Path; from storage.database import Database; "
        "Database.open(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_newer_database_is_refused(path: Path) -> None:
    database = Database.open(path)
    with database.write() as tx:
        tx.run("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(Newer):
        Database.open(path)


def test_a_database_that_has_lost_its_revision_is_damaged(path: Path) -> None:
    database = Database.open(path)
    with database.write() as tx:
        tx.run("DROP TABLE alembic_version")
    database.close()
    with pytest.raises(Damaged):
        Database.open(path)


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, for all that it is long enough" * 100)
    with pytest.raises(Damaged):
        Database.open(path)


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    database = Database.open(path)
    with pytest.raises(RuntimeError), database.write() as tx:
        tx.insert("collections", [{"name": "a"}])
        raise RuntimeError
    with database.read() as tx:
        assert tx.rows("SELECT * FROM collections") == []
    database.close()


def test_lists_are_in_lists(path: Path) -> None:
    database = Database.open(path)
    with database.write() as tx:
        tx.insert("collections", [{"name": name} for name in "abc"])
        assert [row["name"] for row in tx.rows("SELECT name FROM collections WHERE name IN :n", n=["a", "c"])] == [
            "a",
            "c",
        ]
        assert tx.rows("SELECT name FROM collections WHERE name IN :n", n=[]) == []
    database.close()


def test_writers_from_two_threads_take_turns(path: Path) -> None:
    """A deferred transaction that reads first would fail at once here (see the module)."""
    database = Database.open(path)
    with database.write() as tx:
        tx.insert("facts", [{"name": "count", "value": "0"}])

    def count_up() -> None:
        for _ in range(20):
            with database.write() as tx:
                value = int(tx.value("SELECT value FROM facts WHERE name = 'count'"))
                tx.run("UPDATE facts SET value = :value", value=str(value + 1))

    threads = [threading.Thread(target=count_up) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert tx.value("SELECT value FROM facts WHERE name = 'count'") == "60"
    database.close()


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
    ],
)
def test_wal_is_used_only_where_its_race_is_fixed(version: tuple[int, int, int], mode: str) -> None:
    assert journal_mode(version) == mode


def test_connections_are_configured(path: Path) -> None:
    database = Database.open(path)
    with database.read() as tx:
        expected = journal_mode(sqlite3.sqlite_version_info[:3]).lower()
        assert tx.value("PRAGMA journal_mode") == expected
        assert tx.value("PRAGMA foreign_keys") == 1
        assert tx.value("PRAGMA synchronous") == 2
    assert database.check() == []
    database.close()


def test_a_damaged_index_is_seen_and_made_again_from_its_table(path: Path) -> None:
    database = Database.open(path)
    with database.write() as tx:
        tx.insert("facts", [{"name": f"fact {n}", "value": "x"} for n in range(9)])
        tx.insert("watches", [{"folder": f"/{n}", "collection": "c", "created_at": 1.0} for n in range(9)])
        root = tx.value("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_watches_1'")
        size = tx.value("PRAGMA page_size")
    database.close()
    data = bytearray(path.read_bytes())
    data[root * size - 5] ^= 1
    path.write_bytes(data)
    database = Database.open(path)
    assert any("watches" in line for line in database.check())
    assert database.check() == database.check(whole=False)
    database.reindex()
    assert database.check() == []
    database.close()


def test_a_row_that_belongs_to_nothing_is_seen(path: Path) -> None:
    Database.open(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO page_languages VALUES ('gone', 1, 'en', 5)")
    database = Database.open(path)
    assert database.check() == ["row 1 of page_languages belongs to nothing in documents"]
    database.close()


def test_full_text_keeps_words_of_many_scripts_whole(path: Path) -> None:
    database = Database.open(path)
    words = {1: "Müller", 2: "चालान", 3: "請求書", 4: "فاتورة"}
    with database.write() as tx:
        for rowid, word in words.items():
            tx.run(
                "INSERT INTO chunk_terms (rowid, terms, headings) VALUES (:rowid, :word, '')", rowid=rowid, word=word
            )
    with database.read() as tx:
        for rowid, word in {**words, 1: "muller"}.items():
            found = tx.rows("SELECT rowid FROM chunk_terms WHERE chunk_terms MATCH :match", match=f'"{word}"')
            assert [row["rowid"] for row in found] == [rowid]
    database.close()


@pytest.mark.parametrize("match", ['"unfinished', "AND", "a AND"])
def test_a_broken_match_expression_is_told(path: Path, match: str) -> None:
    database = Database.open(path)
    with pytest.raises(BadMatch), database.read() as tx:
        tx.rows("SELECT rowid FROM chunk_terms WHERE chunk_terms MATCH :match", match=match)
    database.close()


@dataclass(frozen=True)
class CollectionRow:
    name: str
    embedding_model: str | None


def test_rows_come_as_the_type_that_is_asked_for(path: Path) -> None:
    with closing(Database.open(path)) as database, database.write() as transaction:
        transaction.insert(
            "collections", [{"name": "b", "embedding_model": "m@1"}, {"name": "a", "embedding_model": None}]
        )
        query = "SELECT name, embedding_model FROM collections WHERE name IN :names ORDER BY name"
        assert transaction.all(CollectionRow, query, names=["a", "b", "c"]) == [
            CollectionRow("a", None),
            CollectionRow("b", "m@1"),
        ]
        assert transaction.one(CollectionRow, query, names=["b"]) == CollectionRow("b", "m@1")
        assert transaction.one(CollectionRow, query, names=["c"]) is None
