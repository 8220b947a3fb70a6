"""Rows that are not what was written, by their checksum, made what they were where one flipped bit explains it."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from storage import row_checksums
from storage.database import Parameter, SqlValue, Transaction
from storage.errors import Damaged
from storage.flipped_bits import with_one_bit_turned
from storage.tables import ROW_CHECKSUM

Row = Mapping[str, SqlValue]
"""Column → value; a text that is no UTF-8 any more as its bytes."""

SIMPLEST: tuple[SqlValue, ...] = (None, 0, 1, "")
"""Values that stand in a row's header alone: one flipped bit there makes one of another, or something else."""


def renew_checksums(tx: Transaction, table: str, condition: str, **parameters: Parameter) -> int:
    """These rows are right as they stand; how many."""
    expression = row_checksums.expression(table)
    return tx.run(f'UPDATE "{table}" SET {ROW_CHECKSUM} = {expression} WHERE {condition}', **parameters)


def damaged_rows(tx: Transaction, table: str) -> list[int]:
    """Their numbers (rowid)."""
    expression = row_checksums.expression(table)
    rows = tx.rows(f'SELECT rowid AS number FROM "{table}" WHERE {ROW_CHECKSUM} IS NOT {expression}')
    return [row["number"] for row in rows]


def correction(tx: Transaction, table: str, number: int) -> dict[str, SqlValue] | None:
    """What one flipped bit made another of: a column and its value, none where it is in the checksum.

    None: no flipped bit explains the damage.
    """
    checksum = tx.value(f'SELECT {ROW_CHECKSUM} FROM "{table}" WHERE rowid = :number', number=number)
    if not isinstance(checksum, int):
        return None
    row = read_row(tx, table, number, row_checksums.columns(table))
    if (_checksum(tuple(row.values())) ^ checksum).bit_count() == 1:  # a bit of the row turns several of the checksum
        return {}
    return correction_of(row, lambda values: _checksum(values) == checksum)


def correct(tx: Transaction, table: str, number: int) -> bool:
    """Turns the bit back; whether there is one that explains the damage. Raises Damaged."""
    found = correction(tx, table, number)
    if found is None:
        return False
    try:
        tx.run(f'REINDEX "{table}"')  # indexes that still know the row as it was would refuse it
    except IntegrityError as error:
        raise Damaged(str(error.orig)) from error
    for column, value in found.items():
        tx.run(f'UPDATE "{table}" SET "{column}" = :value WHERE rowid = :number', value=value, number=number)
    renew_checksums(tx, table, "rowid = :number", number=number)
    return True


def read_row(tx: Transaction, table: str, number: int, columns: Sequence[str]) -> Row:
    """These columns of a row, whatever stands there."""
    values = [
        f"typeof(\"{name}\") AS kind{place}, CASE WHEN typeof(\"{name}\") IN ('text', 'blob') "
        f'THEN CAST("{name}" AS BLOB) ELSE "{name}" END AS value{place}'
        for place, name in enumerate(columns)
    ]
    found = tx.row(f'SELECT {", ".join(values)} FROM "{table}" WHERE rowid = :number', number=number)
    if found is None:
        return {}
    return {name: _decoded(found[f"kind{place}"], found[f"value{place}"]) for place, name in enumerate(columns)}


def _decoded(kind: str, value: SqlValue) -> SqlValue:
    return _text(value) if kind == "text" and isinstance(value, bytes) else value


def _text(data: bytes) -> SqlValue:
    """Bytes where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def correction_of(row: Row, is_right: Callable[[Sequence[SqlValue]], bool]) -> dict[str, SqlValue] | None:
    """The column of which one flipped bit made another, and its value."""
    values = tuple(row.values())
    for place, (name, value) in enumerate(row.items()):
        for each in _candidates(value):
            is_another = (type(each), each) != (type(value), value)
            if is_another and is_right((*values[:place], each, *values[place + 1 :])):
                return {name: each}
    return None


def _candidates(value: SqlValue) -> Iterator[SqlValue]:
    yield from SIMPLEST
    if isinstance(value, int):
        yield from _numbers("<q", value)
    elif isinstance(value, float):
        yield from _numbers("<d", value)
    elif value is not None:
        data = value.encode() if isinstance(value, str) else value
        yield from (_text(each) for each in (data, *with_one_bit_turned(data)))


def _numbers(shape: str, value: float) -> Iterator[float]:
    return (struct.unpack(shape, each)[0] for each in with_one_bit_turned(struct.pack(shape, value)))


def _checksum(values: Sequence[SqlValue]) -> int:
    """As the database makes it."""
    return row_checksums.checksum_of(*map(_argument, values))


def _argument(value: SqlValue) -> row_checksums.Value:
    if isinstance(value, str):
        return f"text{value.encode().hex().upper()}"
    return f"blob{value.hex().upper()}" if isinstance(value, bytes) else value
