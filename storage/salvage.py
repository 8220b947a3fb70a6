"""What can still be read of a damaged database, row by row, in a new one.

A damaged page takes some rows with it; those before and after it are still found by their number (rowid). Of a row that
is lost, indexes that are sound still know some columns: a remnant. SQLite's own check runs on the new database only.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Column

from storage.database import BUSY_TIMEOUT_S, Database, SqlValue, translate_errors
from storage.tables import metadata

Row = tuple[SqlValue, ...]
Remnant = dict[str, SqlValue]
"""Column → value, as far as indexes know a row."""

LEFT_OUT = frozenset({"outbox"})
"""Follows from the other tables."""
FULL_TEXT = (
    "chunk_terms_content",
    "id",
    ("c0", "c1"),
    "INSERT INTO chunk_terms (rowid, terms, headings) VALUES (?, ?, ?)",
)
"""SQLite's own table of the terms that were put into the full-text table."""
BEYOND = 10_000
"""Where the highest number cannot be read, so many are tried after the last one that can."""


@dataclass
class Salvaged:
    num_rows: dict[str, int] = field(default_factory=dict)
    """Copied, by table."""
    remnants: dict[str, list[Remnant]] = field(default_factory=dict)
    """Of rows that are lost and of which too little is known to make them again, by table."""


def salvage(source: Path, to: Path) -> Salvaged:
    """Makes a new database at `to` of what can be read of `source`, which nobody may change meanwhile.

    Rows may then belong to others that are lost: see `foreign_key_check`. Raises Damaged where nothing can be read.
    """
    to.unlink(missing_ok=True)
    Database.open(to).close()
    salvaged = Salvaged()
    with translate_errors(), closing(_opened(source, "ro")) as origin, closing(_opened(to, "rw")) as copy:
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        copy.execute("BEGIN")
        for name in metadata.tables.keys() - LEFT_OUT:
            _copy_table(origin, copy, name, salvaged)
        _copy_terms(origin, copy)
        copy.execute("COMMIT")
    return salvaged


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA cell_size_check=ON")
    return connection


def _copy_table(origin: sqlite3.Connection, copy: sqlite3.Connection, name: str, salvaged: Salvaged) -> None:
    there = _columns(origin, name)
    columns = [column.name for column in metadata.tables[name].columns if column.name in there]
    found: set[int] = set()
    copy.execute(f'DELETE FROM "{name}"')  # what a new database comes with
    for number, *values in _readable(origin, name, "rowid", columns):
        copy.execute(_insert(name, columns), values)
        found.add(_number(number))
    salvaged.num_rows[name] = len(found)
    for number, remnant in _remnants(origin, name).items():
        if number not in found and not _made_again(copy, name, remnant):
            salvaged.remnants.setdefault(name, []).append(remnant)


def _copy_terms(origin: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    name, key, columns, insert = FULL_TEXT
    for row in _readable(origin, name, key, columns):
        with suppress(sqlite3.IntegrityError):
            copy.execute(insert, row)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'


# rows


def _readable(connection: sqlite3.Connection, table: str, key: str, columns: Sequence[str]) -> Iterator[Row]:
    """Number and `columns` of every row that can be read, in order."""
    names = ", ".join(f'"{column}"' for column in (key, *columns))
    sql = f'SELECT {names} FROM "{table}" WHERE "{key}" BETWEEN ? AND ? ORDER BY "{key}"'
    last = 0
    try:
        for row in connection.execute(sql, (0, 2**62)):
            last = _number(row[0])
            yield row
    except sqlite3.DatabaseError:
        yield from _between(connection, sql, last + 1, _highest(connection, table, key, last))


def _between(connection: sqlite3.Connection, sql: str, low: int, high: int) -> Iterator[Row]:
    """As far as the damage, then each half of the rest for itself, down to the single rows that are lost."""
    if low > high:
        return
    try:
        for row in connection.execute(sql, (low, high)):
            low = _number(row[0]) + 1
            yield row
    except sqlite3.DatabaseError:
        if low < high:
            middle = (low + high) // 2
            yield from _between(connection, sql, low, middle)
            yield from _between(connection, sql, middle + 1, high)


def _highest(connection: sqlite3.Connection, table: str, key: str, last: int) -> int:
    """Of the numbers that rows may have."""
    found = [last]
    ways = [f'SELECT max("{key}") FROM "{table}"', f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'"]
    ways += [
        f'SELECT max({key}) FROM (SELECT rowid FROM "{table}" INDEXED BY "{name}")'
        for name in _indexes(connection, table)
    ]
    for sql in ways:
        with suppress(sqlite3.DatabaseError):
            row = connection.execute(sql).fetchone()
            found += [_number(row[0])] if row and row[0] is not None else []
    return max(found) if len(found) > 1 else last + BEYOND


# remnants


def _remnants(connection: sqlite3.Connection, table: str) -> dict[int, Remnant]:
    """By row number, what all indexes that can be read know of every row."""
    found: dict[int, Remnant] = {}
    for index, columns in _indexes(connection, table).items():
        names = ", ".join(f'"{column}"' for column in columns)
        with suppress(sqlite3.DatabaseError):
            for number, *values in connection.execute(f'SELECT rowid, {names} FROM "{table}" INDEXED BY "{index}"'):
                found.setdefault(_number(number), {}).update(zip(columns, values, strict=True))
    return found


def _indexes(connection: sqlite3.Connection, table: str) -> dict[str, list[str]]:
    """Name → columns."""
    names = [row[1] for row in connection.execute(f'PRAGMA index_list("{table}")')]
    return {name: [row[2] for row in connection.execute(f'PRAGMA index_info("{name}")')] for name in names}


def _made_again(copy: sqlite3.Connection, table: str, remnant: Mapping[str, SqlValue]) -> bool:
    """Whether the row's other columns have defaults, so that it could be."""
    values = dict(remnant)
    for column in metadata.tables[table].columns:
        if column.name not in values and not column.nullable:
            if column.default is None:
                return False
            values[column.name] = _default(column)
    copy.execute(_insert(table, list(values)), list(values.values()))
    return True


def _default(column: Column[object]) -> SqlValue:
    value: SqlValue = column.default.arg if column.default is not None and column.default.is_scalar else None  # type: ignore[attr-defined]
    return value


def _number(value: SqlValue) -> int:
    return value if isinstance(value, int) else 0
