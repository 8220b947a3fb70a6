"""How our tables and indexes are defined, noted whenever that changes: SQLite keeps it as text without a checksum."""

from hashlib import sha256
from typing import TYPE_CHECKING

from storage import row_checksums
from storage.tables import ROW_CHECKSUM, metadata

if TYPE_CHECKING:
    from storage.database import Transaction

FACT = "schema"
OTHERS = ("alembic_version", "chunk_terms")
"""Ours, but not in the metadata; the second with what SQLite makes for it."""


def note(tx: "Transaction") -> None:
    """As it is now."""
    tx.run("DELETE FROM facts WHERE name = :name", name=FACT)
    tx.run("INSERT INTO facts (name, value) VALUES (:name, :value)", name=FACT, value=_digest(tx))
    checksum = row_checksums.expression("facts")
    tx.run(f"UPDATE facts SET {ROW_CHECKSUM} = {checksum} WHERE name = :name", name=FACT)


def is_as_noted(tx: "Transaction") -> bool:
    """Also where nothing is noted: in a database of an earlier release that has not been brought up to date."""
    noted = tx.value("SELECT value FROM facts WHERE name = :name", name=FACT)
    return noted is None or noted == _digest(tx)


def _digest(tx: "Transaction") -> str:
    """Of the definitions of what is ours; what somebody else added, also triggers on our tables, is left out."""
    rows = tx.rows(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index') ORDER BY name, type"
    )
    ours = {*metadata.tables, *OTHERS}
    definitions = [
        tuple(row.values())
        for row in rows
        if row["tbl_name"] in ours or str(row["tbl_name"]).startswith(f"{OTHERS[1]}_")
    ]
    return sha256(repr(definitions).encode()).hexdigest()
