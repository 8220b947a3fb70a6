"""Checksums of all files in a folder that a foreign library keeps, from when it is closed until it is opened again.

In the format of `sha256sum`, which can check them, too: `cd chroma && sha256sum -c CHECKSUMS`.
"""

import os
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

FILE = "CHECKSUMS"


def write(folder: Path) -> None:
    """Nothing has the folder open. Raises OSError."""
    part = folder / f"{FILE}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(_text(folder))
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FILE)


def remove(folder: Path) -> None:
    """The files are about to change. Raises OSError."""
    (folder / FILE).unlink(missing_ok=True)


def faults(folder: Path) -> list[str]:
    """Files that are not what they were, and those that are gone or new. None where no checksums were written."""
    try:
        noted = (folder / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found = _text(folder)
    if noted == found:
        return []
    changed = set(noted.splitlines()) ^ set(found.splitlines())
    return sorted({line.partition("  ")[2] for line in changed} - {""}) or [FILE]


def _text(folder: Path) -> str:
    return "".join(f"{_checksum(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder))


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(FILE))
