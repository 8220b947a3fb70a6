"""Whether everything in a backup is what was written."""

from collections.abc import Callable, Iterator
from pathlib import Path

from docintel.backup.snapshot import Snapshot
from docintel.backup.target import README, Target, locked_folder
from docintel.errors import DamagedBackup
from docintel.model import Model

Show = Callable[[int, int, str], None]
"""Pieces read, all, and what is being read."""


class BackupFinding(Model):
    """A line of `docintel backup TARGET --verify --json`."""

    name: str
    """A file of the backup, or one of the home that it holds."""
    problem: str
    advice: str


def verify(folder: Path, *, passphrase: str = "", show: Show = lambda *_: None) -> Iterator[BackupFinding]:
    """Reads all of it. A damaged piece is set aside, so that the next backup writes it again from the home.

    Raises NotFound, UsageError.
    """
    with locked_folder(folder):
        target = Target.opened(folder, passphrase)
        yield from _in_small_files(target)
        users: dict[str, tuple[str, str]] = {}
        for id in reversed(target.snapshots()):
            try:
                users = {piece: (path, id) for path, piece in _pieces(target.snapshot(id))} | users
            except DamagedBackup as error:
                yield BackupFinding(name=id, problem=str(error), advice="Delete that file, and back up anew.")
        yield from _in_pieces(target, users, show)


def _in_small_files(target: Target) -> Iterator[BackupFinding]:
    advice = "The next backup into this folder mends it."
    for key in target.damaged_keys():
        yield BackupFinding(name=key, problem="It is not what was written; its copy is.", advice=advice)
    if not target.has_readme:
        yield BackupFinding(name=README, problem="It is not what was written.", advice=advice)


def _pieces(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Path and SHA-256."""
    for file in snapshot.files:
        for piece in file.pieces:
            yield file.path, piece


def _in_pieces(target: Target, users: dict[str, tuple[str, str]], show: Show) -> Iterator[BackupFinding]:
    """`users`: SHA-256 of a piece → path in the home, and the newest snapshot that needs it."""
    for number, (piece, (path, id)) in enumerate(users.items(), start=1):
        show(number, len(users), path)
        try:
            target.read(piece)
        except DamagedBackup as error:
            target.set_aside(piece)
            advice = f"Snapshot {id} needs it. Another backup into this folder writes it again if the home is sound."
            yield BackupFinding(name=path, problem=f"{error}.", advice=advice)
