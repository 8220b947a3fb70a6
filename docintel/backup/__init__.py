"""Backups of a home, made while it is used, and homes made from them.

What is promised and how it is tested: docs/reliability.md; how it is used: docs/backup.md.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from docintel.backup.encryption import passphrase_in
from docintel.backup.restoring import Restored, restore
from docintel.backup.saving import Saved, back_up
from docintel.backup.target import Target
from docintel.backup.verifying import BackupFinding, verify
from docintel.errors import DamagedBackup
from docintel.model import Model

__all__ = [
    "BackupFinding",
    "ListedSnapshot",
    "Restored",
    "Saved",
    "back_up",
    "listed",
    "passphrase_in",
    "restore",
    "verify",
]


class ListedSnapshot(Model):
    """A line of `docintel backup TARGET --list --json`."""

    snapshot: str
    made_at: datetime | None = None
    documents: int = 0
    pages: int = 0
    files: int = 0
    size: int = 0
    """Bytes of the home."""
    problem: str = ""
    """Why it is of no use."""


def listed(folder: Path, *, passphrase: str = "") -> Iterator[ListedSnapshot]:
    """The oldest first. Raises NotFound, UsageError."""
    target = Target.opened(folder, passphrase)
    for id in target.snapshots():
        try:
            found = target.snapshot(id)
        except DamagedBackup as error:
            yield ListedSnapshot(snapshot=id, problem=str(error))
            continue
        yield ListedSnapshot(
            snapshot=id,
            made_at=found.made_at,
            documents=found.documents,
            pages=found.pages,
            files=len(found.files),
            size=found.size,
        )
