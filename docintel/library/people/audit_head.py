"""The newest entry of the audit trail, noted a second time beside the database: what was taken from the end shows."""

from pathlib import Path

from docintel.library.people import chain
from docintel.library.people.chain import Head
from docintel.permissions import write_private
from storage.database import Transaction

FILE = "audit_head"


def keep(home: Path, tx: Transaction) -> None:
    """Notes the newest entry, if any, unless what was noted before is not there any more: then that stays noted.

    Raises OSError.
    """
    newest, noted = chain.head(tx), read(home)
    if newest and newest.seq and (noted is None or (noted.seq < newest.seq and chain.holds(tx, noted))):
        write_private(home / FILE, f"{newest}\n", is_synced=False)


def read(home: Path) -> Head | None:
    """None where nothing is noted, or it cannot be read: the machine may have lost its power while it was written."""
    try:
        return Head.parse((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
