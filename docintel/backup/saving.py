"""Makes a snapshot of a home that others use meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from docintel import __version__
from docintel.backup.contents import BESIDE, DatabaseCopy, database_copy, scratch_folder
from docintel.backup.snapshot import FORMAT, SavedFile, Snapshot
from docintel.backup.target import Target, locked_folder, target_errors
from docintel.errors import DamagedBackup, DiskFull, DocintelError, NotFound, UsageError
from docintel.library.store import DATABASE, translate_errors
from docintel.model import Model
from storage.database import Database

PIECE_BYTES = 32 << 20
DATABASE_PIECE_BYTES = 256 << 10
"""SQLite changes pages where they lie, so small pieces of it stay the same from one backup to the next."""
UNHURRIED_ROUNDS = 3
"""After these, nothing is deleted from the home while the last one runs."""
HOME_LOCK = "backup.lock"
ORIGINALS = "files/originals/"

Show = Callable[[int, int, str], None]
"""Bytes done, all, and what is being done."""


class Saved(Model):
    """`docintel backup --json`."""

    snapshot: str
    documents: int
    pages: int
    files: int
    size: int
    """Bytes of the home that the snapshot holds."""
    new_files: int
    """Those of which something was written."""
    new_bytes: int
    """Written; the rest was there."""
    problems: tuple[str, ...]
    """Files of the home that are gone or damaged."""
    removed: tuple[str, ...]
    """Ids of snapshots that were not kept."""


def back_up(
    home: Path, folder: Path, *, passphrase: str = "", keep: int | None = None, show: Show = lambda *_: None
) -> Saved:
    """Makes a snapshot of `home` in `folder`; with `keep` only so many of the newest snapshots stay.

    Raises UsageError, NotFound, DiskFull, DamagedStore, DamagedBackup, StoreBusy.
    """
    if not (home / DATABASE).is_file():
        raise NotFound(f"{home} holds nothing to back up: there is no {DATABASE} in it.")
    _must_be_apart(home, folder)
    with target_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one_of(home), locked_folder(folder), scratch_folder(home) as scratch:
        backup = Backup(home, Target.prepared(folder, passphrase), show)
        saved = backup.made(scratch)
        if keep is None or saved.problems:  # while the home is damaged, what was good stays
            return saved
        return saved.model_copy(update={"removed": tuple(keep_newest(backup.target, keep))})


def _must_be_apart(home: Path, folder: Path) -> None:
    inner, outer = folder.resolve(), home.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise UsageError(f"{folder} and {home} lie in each other. Name a folder outside, best on another disk.")


@contextmanager
def _only_one_of(home: Path) -> Iterator[None]:
    lock = FileLock(home / HOME_LOCK)
    if not os.access(home, os.W_OK, effective_ids=True):
        yield  # nothing in it changes
        return
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DocintelError(f"{home} is being backed up by another process. Wait until that has ended.") from error
    try:
        yield
    finally:
        lock.release()


class Backup:
    """One backup, as it is being made."""

    def __init__(self, home: Path, target: Target, show: Show) -> None:
        self.home = home
        self.target = target
        self._show = show
        self._before = _newest(target)
        self._saved: dict[str, SavedFile] = {}
        self._problems: dict[str, str] = {}
        self._new_files = 0
        self._new_bytes = 0
        self._done_bytes = 0
        self._all_bytes = 0

    def made(self, scratch: Path) -> Saved:
        """Files are copied after the database that names them. Those that were deleted meanwhile are named no more by
        a later copy of it; in the last round nobody can delete any, so what is missing then is lost."""
        for _ in range(UNHURRIED_ROUNDS):
            with database_copy(self.home, scratch, self._show_database) as copy:
                if not self._save_files(copy):
                    return self._finished(copy)
        with _writers_waiting(self.home), database_copy(self.home, scratch, self._show_database) as copy:
            self._problems |= dict.fromkeys(self._save_files(copy), "is gone")
            return self._finished(copy)

    def _save_files(self, copy: DatabaseCopy) -> list[str]:
        """Those that the database names and that are not there. Raises DamagedStore."""
        copy.prove()
        unsaved = [name for name in copy.named_files() if name not in self._saved]
        self._reckon(unsaved)
        return [name for name in unsaved if not self._save(name)]

    def _reckon(self, names: list[str]) -> None:
        """Raises DiskFull where what is new will have no room."""
        sizes = {name: found.st_size for name in names if (found := _stat(self.home / name))}
        before = self._before
        needed = sum(size for name, size in sizes.items() if name not in before or before[name].size != size)
        free = shutil.disk_usage(self.target.folder).free
        if needed > free:
            raise DiskFull(
                f"This backup writes about {needed / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free where "
                f"{self.target.folder} lies. Free some, or keep fewer snapshots (--keep)."
            )
        self._all_bytes = self._done_bytes + sum(sizes.values())

    def _save(self, name: str) -> bool:
        """Whether the file is there."""
        try:
            with (self.home / name).open("rb") as file:
                saved = self._unchanged(name, file) or self._copied(name, file, PIECE_BYTES)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._problems[name] = f"cannot be read ({error.strerror})"
            return True
        self._saved[name] = saved
        self._done_bytes += saved.size
        self._show(self._done_bytes, self._all_bytes, name)
        return True

    def _unchanged(self, name: str, file: BinaryIO) -> SavedFile | None:
        """What the snapshot before holds of it, where that is the same file, and there."""
        before, now = self._before.get(name), os.fstat(file.fileno())
        if before is None or (before.size, before.modified_ns) != (now.st_size, now.st_mtime_ns):
            return None
        return before if all(self.target.has(piece) for piece in before.pieces) else None

    def _copied(self, name: str, file: BinaryIO, piece_bytes: int) -> SavedFile:
        """An original that isn't any more what its name says is not copied over a good one."""
        found, digest, pieces = os.fstat(file.fileno()), sha256(), []
        written = 0
        while piece := file.read(piece_bytes):
            digest.update(piece)
            added, num_bytes = self.target.add(piece)
            pieces.append(added)
            written += num_bytes
        self._new_files += written > 0
        self._new_bytes += written
        saved = SavedFile(path=name, size=found.st_size, modified_ns=found.st_mtime_ns, pieces=tuple(pieces))
        if name.startswith(ORIGINALS) and not name.endswith(digest.hexdigest()):
            self._problems[name] = "is not what was added: bytes have changed on the disk"
            return self._before.get(name, saved)
        return saved

    def _finished(self, copy: DatabaseCopy) -> Saved:
        for name in BESIDE:
            self._save(name)
        names = {*copy.named_files(), *BESIDE}
        files = [file for name, file in self._saved.items() if name in names]
        self._show(self._all_bytes, self._all_bytes, DATABASE)
        with copy.path.open("rb") as file:
            files.append(self._copied(DATABASE, file, DATABASE_PIECE_BYTES))
        snapshot = Snapshot(
            format=FORMAT,
            made_at=_later_than(self.target.snapshots()),
            docintel=__version__,
            documents=copy.num_documents(),
            pages=copy.num_pages(),
            files=tuple(sorted(files, key=lambda file: file.path)),
        )
        return Saved(
            snapshot=self.target.add_snapshot(snapshot),
            documents=snapshot.documents,
            pages=snapshot.pages,
            files=len(snapshot.files),
            size=snapshot.size,
            new_files=self._new_files,
            new_bytes=self._new_bytes,
            problems=tuple(f"{name} {problem}." for name, problem in self._problems.items() if name in names),
            removed=(),
        )

    def _show_database(self, done: int, total: int) -> None:
        self._show(done, total, DATABASE)


def keep_newest(target: Target, count: int) -> list[str]:
    """Removes older snapshots, then the pieces that none of the others needs. Ids of what was removed.

    Raises DamagedBackup, and removes nothing, where a snapshot that stays cannot be read.
    """
    ids = target.snapshots()
    gone, stay = ids[:-count], ids[-count:]
    used = {piece for id in stay for file in target.snapshot(id).files for piece in file.pieces}
    for id in gone:
        target.remove_snapshot(id)
    target.remove_unused(used)
    return gone


@contextmanager
def _writers_waiting(home: Path) -> Iterator[None]:
    """Nobody changes the database while inside, so nobody deletes a file that it names."""
    with translate_errors():
        database = Database.open_as_it_is(home / DATABASE)
        try:
            with database.write():
                yield
        finally:
            database.close()


def _newest(target: Target) -> dict[str, SavedFile]:
    """Path → file of the newest snapshot that can be read."""
    for id in reversed(target.snapshots()):
        try:
            return {file.path: file for file in target.snapshot(id).files}
        except DamagedBackup:
            continue
    return {}


def _later_than(ids: list[str]) -> datetime:
    """Now; or, where a clock was wrong, just after the newest of these snapshots."""
    now = datetime.now(UTC)
    if not ids:
        return now
    last = datetime.strptime(ids[-1][:22], "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
    return max(now, last + timedelta(microseconds=1))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
