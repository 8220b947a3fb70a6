"""Files as they lie in a watched folder: whose they are, whether somebody still writes to them, how they are moved."""

import errno
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from docintel.permissions import share_as_usual

HIDDEN = (".", "~$")
TEMPORARY = (".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".tmp", ".temp", ".swp", "~")

Version = tuple[int, int]
"""Size, and when content or rights changed last, in nanoseconds."""


def version_of(found: os.stat_result) -> Version:
    return found.st_size, max(found.st_mtime_ns, found.st_ctime_ns)


def is_passing(name: str) -> bool:
    """Hidden, or a name that programs give to what is not finished."""
    return name.startswith(HIDDEN) or name.lower().endswith(TEMPORARY)


def key_of(place: str) -> str:
    """Names on disk are bytes; what is no Unicode cannot be stored as it is."""
    return place.encode("utf-8", "backslashreplace").decode()


def cannot_be_read(error: OSError) -> str:
    return f"{Path(str(error.filename)).name} cannot be read: {error.strerror}."


@contextmanager
def opened(root: Path, place: str) -> Iterator[int]:
    """The file itself, and no link in its stead, even one that was put there a moment ago. Raises OSError."""
    file = os.open(root / place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not Path(os.readlink(f"/proc/self/fd/{file}")).is_relative_to(root):  # noqa: PTH115 - what is open, not where
            raise PermissionError(0, "it lies outside of the watched folder", place)
        yield file
    finally:
        os.close(file)


def is_written_to(file: int) -> bool:
    """Whether a process has it open for writing, as far as this machine's kernel knows.

    A read lease is refused while there is one. SIGURG, which nobody heeds, would tell of one that comes while we hold
    it, instead of SIGIO, which ends a process.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # a file system without leases, or somebody else's file
        return False
    return False


def move(source: Path, target: Path) -> None:
    """Moves a file without ever overwriting one: where the name is taken, it becomes `name (2).pdf`. Raises OSError."""
    _make_folders(target.parent)
    place = _reserved(target)
    try:
        _replace(source, place)
    except OSError:
        place.unlink(missing_ok=True)
        raise


def _make_folders(folder: Path) -> None:
    """They are the user's, not docintel's own."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        share_as_usual(each)


def _replace(source: Path, place: Path) -> None:
    try:
        source.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(source, place, follow_symlinks=False)
        source.unlink()


def _reserved(target: Path) -> Path:
    """An empty file of our own that is called like `target`."""
    numbered = (target.with_name(f"{target.stem} ({number}){target.suffix}") for number in count(2))
    place = target
    while True:
        try:
            place.touch(exist_ok=False)
        except FileExistsError:
            place = next(numbered)
        else:
            return place
