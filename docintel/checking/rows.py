"""Rows that follow from nothing else carry a checksum: those that do not fit it are not what docintel wrote."""

from collections.abc import Iterator
from functools import partial

from docintel.checking.findings import Part, Problem
from docintel.errors import DamagedStore
from docintel.home import Home
from docintel.library.people import acknowledging
from docintel.library.store import Store
from storage import row_damage
from storage.row_checksums import TABLES

PARTS: dict[str, Part] = {"documents": "document", "pages": "page", "jobs": "queue"}
"""By table; of the others the database."""
ADVICE = (
    "Nothing tells what stood there. Look at it, restore a backup where it matters, and then say so: "
    "`docintel check --acknowledge WHY`."
)


def turned_bits(home: Home) -> Iterator[Problem]:
    """Those of which one flipped bit explains what they are: they become what they were."""
    for table in TABLES:
        rows = _damaged(home.library.store, table, has_one_turned_bit=True)
        if rows:
            text = f"A bit has changed on the disk in {_rows(rows)} of the table {table}."
            yield Problem(
                PARTS.get(table, "database"), table, text, partial(_corrected, home.library.store, table, rows)
            )


def problems(home: Home) -> Iterator[Problem]:
    """The others, after all that can be mended from elsewhere."""
    for table in TABLES:
        rows = _damaged(home.library.store, table, has_one_turned_bit=False)
        if rows:
            text = f"{_rows(rows).capitalize()} of the table {table} are not what docintel wrote."
            sign_off = partial(acknowledging.acknowledge_rows, home.library.store, table, rows)
            yield Problem(PARTS.get(table, "database"), table, text, advice=ADVICE, acknowledge=sign_off)


def _damaged(store: Store, table: str, *, has_one_turned_bit: bool) -> list[int]:
    """None where the table cannot be read, which is said of the database."""
    try:
        with store.read() as tx:
            rows = row_damage.damaged_rows(tx, table)
            return [row for row in rows if (row_damage.correction(tx, table, row) is not None) == has_one_turned_bit]
    except DamagedStore:
        return []


def _rows(numbers: list[int]) -> str:
    return f"row {numbers[0]}" if len(numbers) == 1 else f"{len(numbers):,} rows ({numbers[0]} first)"


def _corrected(store: Store, table: str, rows: list[int]) -> str:
    with store.write() as tx:
        for row in rows:
            row_damage.correct(tx, table, row)
    return "it was turned back: the checksum proves what stood there"
