"""A checksum in each row of the tables whose rows follow from nothing else, written by whatever writes the row.

Triggers do it, in the schema of the connection: every connection of ours has them, the file does not, so that other
programs can read and write it. A row that they wrote, or the disk changed, does not fit its checksum, and goes on not
fitting it after later changes: what an update makes of a checksum is right only where the one before was.

Migrations use it too, so what it makes of given values must not change.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from zlib import crc32

from storage.tables import ROW_CHECKSUM, metadata

Value = str | int | float | None

TABLES = tuple(name for name, table in metadata.tables.items() if ROW_CHECKSUM in table.columns)


def columns(table: str) -> list[str]:
    """Those that the checksum is of."""
    return [column.name for column in metadata.tables[table].columns if column.name != ROW_CHECKSUM]


def expression(table: str) -> str:
    """SQL: what the checksum of a row must be."""
    return expression_of(columns(table))


def expression_of(names: Sequence[str]) -> str:
    return f"row_checksum({_arguments(names)})"


def install(connection: sqlite3.Connection) -> None:
    """The functions; they need no tables."""
    connection.create_function("row_checksum", -1, checksum_of, deterministic=True)
    connection.create_function("next_row_checksum", -1, _next_checksum, deterministic=True)


def install_triggers(connection: sqlite3.Connection) -> None:
    """Unless it has them."""
    if connection.execute("SELECT count(*) FROM temp.sqlite_master").fetchone()[0] == 2 * len(TABLES):
        return
    for table in TABLES:
        for statement in _triggers(table):
            connection.execute(statement)


def _triggers(table: str) -> Iterator[str]:
    names = columns(table)
    of = ", ".join(f'"{name}"' for name in names)
    new, old = _arguments(names, "NEW."), _arguments(names, "OLD.")
    change = f'UPDATE "{table}" SET {ROW_CHECKSUM} ='
    yield (
        f'CREATE TEMP TRIGGER IF NOT EXISTS "{table}_inserted" AFTER INSERT ON main."{table}" BEGIN '
        f"{change} row_checksum({new}) WHERE rowid = NEW.rowid; END"
    )
    yield (
        f'CREATE TEMP TRIGGER IF NOT EXISTS "{table}_updated" AFTER UPDATE OF {of} ON main."{table}" BEGIN '
        f"{change} next_row_checksum(OLD.{ROW_CHECKSUM}, {old}, {new}) WHERE rowid = NEW.rowid; END"
    )


def _arguments(names: Sequence[str], row: str = "") -> str:
    """Numbers as they are; texts with their type and in hexadecimal, since they may be no UTF-8 any more."""
    return ", ".join(
        f"CASE WHEN typeof({row}\"{name}\") IN ('text', 'blob') "
        f'THEN typeof({row}"{name}") || hex({row}"{name}") ELSE {row}"{name}" END'
        for name in names
    )


def checksum_of(*values: Value) -> int:
    """CRC-32 of values as `_arguments` makes them."""
    return crc32(repr(values).encode())


def _next_checksum(before: Value, *values: Value) -> int | None:
    """Of the values before and after a change; none where there was none."""
    half = len(values) // 2
    if not isinstance(before, int):
        return None
    return before ^ checksum_of(*values[:half]) ^ checksum_of(*values[half:])
