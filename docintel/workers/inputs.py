"""The folder through which a reading process sees the one file that it reads, and no other file of the home."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from docintel.jobs.process_id import is_gone, this_process

FOLDER = "inputs"
_numbers = count()


class InputFolder:
    """Made for one process, gone with it."""

    def __init__(self, home: Path) -> None:
        """Raises OSError."""
        self.path = home / FOLDER / f"{this_process().replace('/', ',')},{next(_numbers)}"
        self.path.mkdir(parents=True)

    def put(self, file: Path) -> Path:
        """Where the process finds `file` now; what it saw before is gone. A second name, or a copy where the file lies
        on another disk; a path at which there is nothing where it is gone. Raises OSError."""
        try:
            found = file.stat()
        except FileNotFoundError:
            return self.path / "missing"
        target = self.path / f"{found.st_ino}-{found.st_mtime_ns}"
        if not target.exists():
            self.clear()
            try:
                target.hardlink_to(file)
            except OSError:
                shutil.copyfile(file, target)
        return target

    def clear(self) -> None:
        """Raises OSError."""
        for before in self.path.iterdir():
            before.unlink()

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):  # another one is beside it
            self.path.parent.rmdir()


def sweep(home: Path) -> None:
    """Removes what killed processes left."""
    for folder in _folders(home):
        owner = folder.name.rpartition(",")[0].replace(",", "/")
        if owner.count("/") == 2 and is_gone(owner):
            shutil.rmtree(folder, ignore_errors=True)


def _folders(home: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from (home / FOLDER).iterdir()
