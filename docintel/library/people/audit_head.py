"""The newest entry of the audit trail, noted a second time beside the database: what was taken from the end shows."""

from pathlib import Path

from docintel.library.people import chain
from docintel.library.people.chain import Head
from docintel.permissions import write_private
from storage import flipped_bits
from storage.database import Transaction

FILE = "audit_head"


def keep(home: Path, tx: Transaction) -> None:
    """Notes the newest entry, if any, unless what was noted before is damaged or not there any more: that stays.

    Raises OSError.
    """
    newest, noted = chain.head(tx), read(home)
    if is_damaged(home) or newest is None or not newest.seq:
        return
    if noted is None or (noted.seq < newest.seq and chain.holds(tx, noted)):
        write_private(home / FILE, f"{newest}\n", is_synced=False)


def renew(home: Path, tx: Transaction) -> None:
    """Notes the newest entry whatever was noted before. Raises OSError."""
    if newest := chain.head(tx):
        write_private(home / FILE, f"{newest}\n")


def read(home: Path) -> Head | None:
    """None where nothing is noted, or it cannot be read: the machine may have lost its power while it was written."""
    return _parsed(_content(home))


def is_damaged(home: Path) -> bool:
    """Whether something stands there that docintel did not write."""
    content = _content(home)
    return bool(content) and _parsed(content) is None


def correction(home: Path, tx: Transaction) -> Head | None:
    """The entry that was noted, where one flipped bit made something else of it."""
    content = _content(home)
    noted = _parsed(content)
    if not content or (noted and chain.holds(tx, noted)):
        return None
    found = flipped_bits.corrected(content, lambda each: (head := _parsed(each)) is not None and chain.has(tx, head))
    return _parsed(found) if found else None


def _parsed(content: bytes) -> Head | None:
    """None for all but what `keep` writes."""
    head = Head.parse(content.decode("ascii", "replace"))
    return head if head and f"{head}\n".encode() == content else None


def _content(home: Path) -> bytes:
    """Nothing where it cannot be read."""
    try:
        return (home / FILE).read_bytes()
    except OSError:
        return b""
