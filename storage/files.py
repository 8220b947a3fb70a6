"""Bytes by key, whole or not at all.

A file is written beside its place, synced, renamed into it, and its folder synced: after a power cut a key holds the
old bytes, the new bytes, or nothing.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from storage.errors import Full, Missing, Unavailable

KEY = re.compile(r"[a-z0-9]+(/[a-z0-9][a-z0-9._-]*)+")
UNFINISHED = ".unfinished-"
FULL = {errno.ENOSPC, errno.EDQUOT}
UNAVAILABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO, errno.ESTALE, errno.ENODEV}
"""What a read-only or somebody else's folder, or one on a disk that is gone, answers."""


@dataclass(frozen=True)
class Files:
    """A folder of keys such as `images/3f/3f0a….jpg`. Plain data, so that another process can be handed it."""

    root: Path

    def path(self, key: str) -> Path:
        """Where the bytes of `key` lie, or would. Raises ValueError for what isn't a key (names are never keys)."""
        if not KEY.fullmatch(key):
            raise ValueError(f"not a key: {key!r}")
        return self.root / key

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def read(self, key: str) -> bytes:
        """Raises Missing."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError as error:
            raise Missing(key) from error

    def write(self, key: str, data: bytes) -> None:
        """Raises Full where the disk is, Unavailable."""
        self.move_in(self.stage([data]), key)

    def stage(self, pieces: Iterable[bytes]) -> Path:
        """The bytes in a file of their own on the same disk, synced, that has no key yet. Raises Full, Unavailable."""
        with _translate_errors():
            self.root.mkdir(exist_ok=True)  # a home that is gone is not made anew
        staged = self.root / f"{UNFINISHED}{uuid4().hex}"
        try:
            with _translate_errors(), staged.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        return staged

    def adopt(self, path: Path) -> Path:
        """A synced file that lies elsewhere on the same disk becomes a staged one."""
        with _translate_errors():
            self.root.mkdir(exist_ok=True)
            return path.rename(self.root / f"{UNFINISHED}{uuid4().hex}")

    def move_in(self, staged: Path, key: str) -> None:
        """Gives a staged file its key, replacing what was there."""
        path = self.path(key)
        try:
            with _translate_errors():
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.rename(path)
                _sync_folder(path.parent)
        except BaseException:
            staged.unlink(missing_ok=True)
            raise

    def delete(self, key: str) -> None:
        """Nothing happens where there is nothing."""
        self.path(key).unlink(missing_ok=True)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins with `prefix`, a folder at a time, in order."""
        for folder, folders, names in os.walk(self.root / prefix.rpartition("/")[0]):
            folders.sort()
            place = Path(folder).relative_to(self.root)
            keys = ((place / name).as_posix() for name in sorted(names))
            yield from (key for key in keys if key.startswith(prefix) and KEY.fullmatch(key))

    def unfinished(self, *, older_than: float) -> list[Path]:
        """Staged files that a killed process left before `older_than` (seconds since the epoch)."""
        return [path for path in self.root.glob(f"{UNFINISHED}*") if path.stat().st_mtime < older_than]

    def sweep(self, *, older_than: float) -> int:
        """Removes what is `unfinished`."""
        left = self.unfinished(older_than=older_than)
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Full(str(error)) from error
        if error.errno in UNAVAILABLE:
            raise Unavailable(error.strerror or type(error).__name__) from error
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
