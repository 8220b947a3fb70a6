"""Puts a snapshot back into an empty folder, every piece proven on the way."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from docintel.backup.snapshot import SavedFile, Snapshot
from docintel.backup.target import Target, locked_folder
from docintel.errors import DamagedBackup, DamagedStore, DiskFull, DocintelError, UsageError
from docintel.jobs.leases import Leases
from docintel.jobs.process_id import this_process
from docintel.library import Library
from docintel.library.store import DATABASE, translate_errors
from docintel.model import Model
from docintel.settings import Settings

UNFINISHED = "unfinished-restore"
NAMED_AT_MOST = 5

Show = Callable[[int, int, str], None]
"""Bytes done, all, and what is being restored."""


class Restored(Model):
    """`docintel restore --json`."""

    snapshot: str
    home: str
    documents: int
    files: int
    size: int
    """Bytes."""
    damaged: tuple[str, ...]
    """What could not be restored, and why."""


def restore(
    folder: Path,
    settings: Settings,
    *,
    snapshot: str = "",
    passphrase: str = "",
    is_partial: bool = False,
    show: Show = lambda *_: None,
) -> Restored:
    """Makes `settings.home` what a snapshot of `folder` holds, the newest unless one is named.

    Damaged files are left out where `is_partial`. Raises NotFound, UsageError, DamagedBackup, DiskFull.
    """
    with locked_folder(folder):
        target = Target.opened(folder, passphrase)
        id = snapshot or target.snapshots()[-1]
        found = target.snapshot(id)
        with _empty(settings.home, found.size) as place:
            damaged = _restore_files(target, found, place, show)
            _must_be_usable(damaged, folder, is_partial=is_partial)
            _move_up(place, settings.home)
        _take_over(settings)
    return Restored(
        snapshot=id,
        home=str(settings.home),
        documents=found.documents,
        files=len(found.files) - len(damaged),
        size=found.size,
        damaged=tuple(f"{path}: {problem}" for path, problem in damaged.items()),
    )


@contextmanager
def _empty(home: Path, size: int) -> Iterator[Path]:
    """A folder in the home, which must be empty, to be filled; removed if that fails, and no home is there then."""
    place = home / UNFINISHED
    if home.is_dir() and any(path != place for path in home.iterdir()):
        raise UsageError(f"{home} is not empty. Name an empty folder, or a new one: nothing is overwritten.")
    with _home_errors(home):
        shutil.rmtree(place, ignore_errors=True)  # of a restore that was killed
        place.mkdir(mode=0o700, parents=True)
        home.chmod(0o700)
        free = shutil.disk_usage(home).free
    if size > free:
        place.rmdir()
        raise DiskFull(f"The snapshot takes {size / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free where {home} lies.")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _restore_files(target: Target, snapshot: Snapshot, place: Path, show: Show) -> dict[str, str]:
    """Path → what is wrong, of those that are damaged in the backup."""
    damaged: dict[str, str] = {}
    done = 0
    for file in snapshot.files:
        try:
            _restore_file(target, file, place / file.path)
        except DamagedBackup as error:
            damaged[file.path] = str(error)
        done += file.size
        show(done, snapshot.size, file.path)
    os.sync()
    return damaged


def _restore_file(target: Target, file: SavedFile, path: Path) -> None:
    """Raises DamagedBackup, and leaves nothing then."""
    with _home_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                for piece in file.pieces:
                    out.write(target.read(piece))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        os.utime(path, ns=(file.modified_ns, file.modified_ns))


@contextmanager
def _home_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(
                f"No space is left where {path} lies. Nothing was restored; free some, or choose another."
            ) from error
        raise DocintelError(f"{path} cannot be written ({error.strerror}). Nothing was restored.") from error


def _must_be_usable(damaged: dict[str, str], folder: Path, *, is_partial: bool) -> None:
    if DATABASE in damaged:
        raise DamagedBackup(
            f"The database of this snapshot is damaged in the backup ({damaged[DATABASE]}). Restore another one: "
            f"`docintel backup {folder} --list` lists them, --snapshot chooses."
        )
    if damaged and not is_partial:
        raise DamagedBackup(
            f"Damaged in the backup: {_some(list(damaged))}. Nothing was restored. --partial restores the rest; "
            f"--snapshot chooses another one; where the home is still there, `docintel backup {folder} --verify` and "
            "another backup mend this one."
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_AT_MOST:,} more" if len(names) > NAMED_AT_MOST else ""
    return ", ".join(names[:NAMED_AT_MOST]) + more


def _move_up(place: Path, home: Path) -> None:
    """The database last: before that, the folder is no home."""
    for path in sorted(place.iterdir(), key=lambda each: each.name == DATABASE):
        path.rename(home / path.name)
    os.sync()


def _take_over(settings: Settings) -> None:
    """Brings the database up to date; what was being read waits to be read again. Raises DamagedStore."""
    library = Library.open(settings)
    try:
        with translate_errors():
            found = library.store.database.check()
        if found:
            raise DamagedStore(f"What was restored is damaged: {found[0]}. Restore another snapshot.")
        Leases(library, this_process()).reclaim_all()
        library.store.keep_audit_head()
    finally:
        library.close()
