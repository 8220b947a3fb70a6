"""The database: SQLite by default, through SQLAlchemy. Knows tables and transactions, not what they mean.

A write transaction begins with BEGIN IMMEDIATE: with a rollback journal, one that reads first and writes later fails at
once when another has written in between, whatever the busy timeout.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.engine import URL, RowMapping
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.elements import TextClause

from storage import row_checksums, schema
from storage.errors import BadMatch, Busy, Damaged, Full, Newer, StorageError, Unavailable
from storage.migrations import HEAD, REVISIONS
from storage.tables import metadata

BUSY_TIMEOUT_S = 60.0
PROBE_TIMEOUT_S = 1.0
LOOK_AGAIN_S = 60.0
"""Damage that a query met is looked for again so seldom: it may be mended by now, and looking takes long."""
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"

FAILURES: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_FULL: Full,
    sqlite3.SQLITE_IOERR: Full,
    sqlite3.SQLITE_READONLY: Unavailable,
    sqlite3.SQLITE_CANTOPEN: Unavailable,
    sqlite3.SQLITE_PERM: Unavailable,
    sqlite3.SQLITE_CORRUPT: Damaged,
    sqlite3.SQLITE_NOTADB: Damaged,
}
"""By SQLite's primary result code. An I/O error while writing is in practice a full or vanished disk."""


AT_A_TIME = 500
TEXTS = ("VARCHAR", "TEXT")
MADE_NO_SENSE = ("Could not decode to UTF-8", "no such table")
"""How SQLite's errors without a code of their own begin: of a text, or a table's name, that is not what it was."""

RowT = TypeVar("RowT")
"""A dataclass (or any callable) whose fields are the columns of a query, by name."""

SqlValue = str | int | float | bytes | None
Parameter = SqlValue | Sequence[str] | Sequence[int]
"""What may stand for a `:name`; a list or tuple is an IN list, brackets included."""


class Transaction:
    """SQL with named parameters (`:name`), see `Parameter`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.grown: set[str] = set()
        """Tables that `insert` has given rows."""

    def all(self, row_type: Callable[..., RowT], sql: str, **parameters: Parameter) -> list[RowT]:
        """Every row as a `row_type`, whose fields are the query's columns."""
        found = self._connection.execute(_statement(sql, parameters), parameters)
        names = tuple(found.keys())
        return [row_type(**dict(zip(names, row, strict=True))) for row in found.all()]

    def one(self, row_type: Callable[..., RowT], sql: str, **parameters: Parameter) -> RowT | None:
        """The first row as a `row_type`, or None."""
        row = self.row(sql, **parameters)
        return None if row is None else row_type(**row)

    def rows(self, sql: str, **parameters: Parameter) -> Sequence[RowMapping]:
        return self._connection.execute(_statement(sql, parameters), parameters).mappings().all()

    def row(self, sql: str, **parameters: Parameter) -> RowMapping | None:
        """The first row, or None."""
        return self._connection.execute(_statement(sql, parameters), parameters).mappings().first()

    def read_through(self, sql: str) -> None:
        """Every row, none of them kept."""
        for _ in self._connection.execute(text(sql)).partitions(AT_A_TIME):
            continue

    def value(self, sql: str, **parameters: Parameter) -> Any:
        """The first column of the first row, or None."""
        return self._connection.execute(_statement(sql, parameters), parameters).scalar()

    def run(self, sql: str, **parameters: Parameter) -> int:
        """Executes a change; the number of rows that it touched."""
        return self._connection.execute(_statement(sql, parameters), parameters).rowcount

    def run_many(self, sql: str, parameters: Sequence[Mapping[str, object]]) -> None:
        if parameters:
            self._connection.execute(text(sql), list(parameters))

    def insert(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """New rows; columns that are left out take the table's defaults."""
        values = [dict(row) for row in rows]
        if values:
            self._connection.execute(metadata.tables[table].insert(), values)
            self.grown.add(table)

    def insert_one(self, table: str, **values: SqlValue) -> int:
        """A new row; its integer primary key."""
        key = self._connection.execute(metadata.tables[table].insert().values(**values)).inserted_primary_key
        return int(key[0]) if key and isinstance(key[0], int) else 0


class Database:
    """Opened by every process that needs it; safe to use from several threads."""

    def __init__(self, engine: Engine, probing: Engine) -> None:
        """`probing` opens the file anew each time, and never creates it."""
        self._engine = engine
        self._probing = probing
        self._damage: tuple[str, float] | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """Creates the database or brings its schema up to date. Raises Newer, Damaged, Busy."""
        path.parent.mkdir(parents=True, exist_ok=True)
        database = cls._connected(path)
        try:
            database._migrate()
            event.remove(database._engine, "begin", _begin)
            event.listen(database._engine, "begin", _begin_with_checksums)
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open_as_it_is(cls, path: Path) -> Self:
        """One that is there, its schema left as an earlier release made it. Raises Newer, Damaged, Unavailable."""
        if not path.is_file():
            raise Unavailable(f"{path.name} is not there")
        database = cls._connected(path)
        try:
            database.revision()
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def _connected(cls, path: Path) -> Self:
        url = URL.create("sqlite", database=str(path))
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
        there = URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "rw", "uri": "true"})
        probing = create_engine(there, connect_args={"timeout": PROBE_TIMEOUT_S}, poolclass=NullPool)
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return cls(engine, probing)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view. Keep it short: with a rollback journal it holds up whoever commits."""
        with self._noting_damage(), self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing; one writer at a time, others wait for up to BUSY_TIMEOUT_S."""
        options = {"begin_immediate": True}
        with (
            self._noting_damage(),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield Transaction(connection)

    def probe(self) -> None:
        """Reads the beginning of every table from the file, past what this process remembers of it.

        Raises Damaged, also for what a query has met until SQLite finds it mended, and Unavailable.
        """
        if self._damage is not None:
            self._look_again(*self._damage)
        with suppress(Busy), translate_errors(), self._probing.connect() as connection, connection.begin():
            tables = Transaction(connection).rows(TABLES)
            for table in tables:
                connection.execute(text(f'SELECT 1 FROM "{table["name"]}" LIMIT 1')).all()

    def _look_again(self, damage: str, since: float) -> None:
        if time.monotonic() - since < LOOK_AGAIN_S or self.check(whole=False):
            raise Damaged(damage)
        self._damage = None

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        try:
            with translate_errors():
                yield
        except Damaged as error:
            self._damage = (str(error), time.monotonic())
            raise

    def check(self, *, whole: bool = True) -> list[str]:
        """What SQLite's own checks find wrong; empty when all is well.

        Not `whole`: a table at a time, so that nobody else waits for long; what belongs to no table is left out.
        """
        try:
            tables = [""] if whole else self._tables()
            found = [line for table in tables for line in self._check(table)]
            with self.read() as transaction:
                lost = transaction.rows("PRAGMA foreign_key_check")
        except Damaged as error:
            return [str(error)]
        found += [f"row {row['rowid']} of {row['table']} belongs to nothing in {row['parent']}" for row in lost]
        return found + [f"a text in {table} is none" for table in self._tables() if not self._has_sound_texts(table)]

    def has_sound_schema(self) -> bool:
        """Whether its tables are defined as they were when this or an earlier release made them. Raises Damaged."""
        with self.read() as transaction:
            return schema.is_as_noted(transaction)

    def _has_sound_texts(self, table: str) -> bool:
        """Whether all can be decoded, which SQLite does not look at."""
        try:
            with self.read() as transaction:
                columns = transaction.rows(f'PRAGMA table_info("{table}")')
                names = [f'"{column["name"]}"' for column in columns if column["type"] in TEXTS]
                if names:
                    transaction.read_through(f'SELECT {", ".join(names)} FROM "{table}"')
        except Damaged:
            return False
        return True

    def _check(self, table: str) -> list[str]:
        with self.read() as transaction:
            rows = transaction.rows(f"PRAGMA integrity_check('{table}')" if table else "PRAGMA integrity_check")
        return [str(row["integrity_check"]) for row in rows if row["integrity_check"] != "ok"]

    def _tables(self) -> list[str]:
        with self.read() as transaction:
            rows = transaction.rows(TABLES)
        return [row["name"] for row in rows]

    def reindex(self) -> None:
        """Makes every index anew from its table. Raises Damaged, also where rows that must differ are the same."""
        try:
            with self.write() as transaction:
                transaction.run("REINDEX")
        except IntegrityError as error:
            raise Damaged(str(error.orig)) from error

    def close(self) -> None:
        self._engine.dispose()
        self._probing.dispose()

    def _migrate(self) -> None:
        if self.revision() == HEAD:
            return
        with (
            translate_errors(),
            self._engine.connect().execution_options(begin_immediate=True) as connection,
            connection.begin(),
        ):
            if _revision(connection) != HEAD:  # another process may have been first
                _upgrade(connection)

    def revision(self) -> str | None:
        """Of its schema; None where it has none yet. Raises Newer, Damaged."""
        with translate_errors(), self._engine.connect() as connection, connection.begin():
            found = _revision(connection)
        if found is not None and found not in REVISIONS:
            raise Newer(found)
        return found


def journal_mode(version: tuple[int, int, int]) -> str:
    """WAL where SQLite is free of the WAL-reset race (fixed in 3.51.3, 3.50.7 and 3.44.6), else a rollback journal."""
    is_fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)
    return "WAL" if is_fixed else "TRUNCATE"


def _configure(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _begin, never by themselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version_info[:3])}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-32768")
    cursor.close()
    row_checksums.install(_sqlite(connection))


def _begin_with_checksums(connection: Connection) -> None:
    """Triggers come before a change: they take some milliseconds, which who only reads need not wait.

    A transaction that fails may take them with it, so they are looked for each time.
    """
    if _is_write(connection):
        row_checksums.install_triggers(_sqlite(connection.connection.driver_connection))
    _begin(connection)


def _sqlite(connection: object) -> sqlite3.Connection:
    assert isinstance(connection, sqlite3.Connection)
    return connection


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_write(connection) else "BEGIN")


def _is_write(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("begin_immediate", False))


def _revision(connection: Connection) -> str | None:
    names = set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())
    if "alembic_version" in names:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if names & metadata.tables.keys():
        raise Damaged("it does not say of which release it is")
    return None


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    schema.note(Transaction(connection))


def _statement(sql: str, parameters: Mapping[str, Parameter]) -> TextClause:
    return _parsed(sql, tuple(name for name, value in parameters.items() if isinstance(value, list | tuple)))


@lru_cache(maxsize=1_000)
def _parsed(sql: str, lists: tuple[str, ...]) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in lists))


@contextmanager
def translate_errors() -> Iterator[None]:
    """SQLAlchemy's and SQLite's errors as storage's own, where they mean something to the user."""
    try:
        yield
    except sqlite3.Error as error:  # while a connection is set up
        failure = _failure(error)
        if failure is None:
            raise
        raise failure(str(error)) from error
    except UnicodeDecodeError as error:  # in the text of a statement that the file holds
        raise Damaged("its schema cannot be read") from error
    except DatabaseError as error:
        failure = _failure(error.orig)
        if failure is None:
            raise
        raise failure(str(error.orig)) from error


def _failure(error: BaseException | None) -> type[StorageError] | None:
    if str(error).startswith("invalid fts5 file format"):
        return Damaged
    if "fts5" in str(error) or "unterminated string" in str(error):
        return BadMatch
    if str(error).startswith(MADE_NO_SENSE):
        return Damaged
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else FAILURES.get(code & 0xFF)
