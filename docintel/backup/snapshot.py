"""What a snapshot is: a list of files, each of the pieces that hold its bytes."""

import gzip
import zlib
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, ValidationError

from docintel.errors import DamagedBackup
from docintel.model import Model

FORMAT = 1


def _inside(path: str) -> str:
    """Raises ValueError for what would lead out of the home."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("leads out of the home")
    return path


class SavedFile(Model):
    path: Annotated[str, AfterValidator(_inside)]
    """Relative to the home, with slashes."""
    size: int
    modified_ns: int
    """When it was changed last: one of the same size and time is not read again."""
    pieces: tuple[str, ...]
    """SHA-256 of each, in order."""


class Snapshot(Model):
    """All that a home held at one moment."""

    format: int
    made_at: datetime
    docintel: str
    """The release that made it."""
    documents: int
    pages: int
    """Those that had been read."""
    files: tuple[SavedFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def encoded(snapshot: Snapshot) -> bytes:
    """As a file that `zcat` shows."""
    return gzip.compress(snapshot.model_dump_json(indent=0).encode(), mtime=0)


def decoded(data: bytes) -> Snapshot:
    """Raises DamagedBackup, also for one of a newer release."""
    try:
        found = Snapshot.model_validate_json(gzip.decompress(data))
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise DamagedBackup("it cannot be read: it is damaged, or of a newer docintel") from error
    if found.format != FORMAT:
        raise DamagedBackup("it is of a newer docintel: upgrade to restore it")
    return found
