"""Who may read what is written: docintel's own files only the user who runs it, what that user asked for as always."""

import os
import tempfile
from pathlib import Path


def _current_umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


_USERS_UMASK = _current_umask()
"""Of the shell that started this process; taken before `keep_private` changes it."""


def keep_private() -> None:
    """First call of every entry point: what this process and its children write is for their user only."""
    os.umask(0o077)


def share_as_usual(path: Path) -> None:
    """A file or folder that the user asked for gets the rights that the user's own programs would give it."""
    path.chmod((0o777 if path.is_dir() else 0o666) & ~_USERS_UMASK)


def close_to_others(folder: Path) -> None:
    """Takes every right on `folder` from all but its owner; nothing happens to somebody else's folder."""
    found = folder.stat()
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        folder.chmod(0o700)


def write_private(path: Path, text: str, *, is_synced: bool = True) -> None:
    """Whole or not at all, readable by its owner only. Raises OSError.

    Not `is_synced`: a loss of power may take it back, or leave it empty.
    """
    descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if is_synced:
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
