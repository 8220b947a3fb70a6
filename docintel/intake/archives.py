"""Files, folders and zip files as a stream of single files. Zips are opened and unpacked in a child process."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from docintel.errors import DocintelError, FileError, NotFound, TooLarge, UnsupportedFile
from docintel.intake import confined, staging, zips
from docintel.intake.kinds import DOCUMENT_SUFFIXES, READ, is_archive, media_type
from docintel.processes import children
from docintel.processes.arguments import Owned
from docintel.settings import Settings

LIMITS = zips.Limits()
MEMORY_BYTES = 512 * 1024**2
"""Unpacking needs little; what takes more is a bomb."""
PROCESSES = "/proc"
"""Where a path leads to what a process holds open."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """A file to take in. `path` may be temporary: it is valid until the next one is asked for.

    Where a zip's member cannot be unpacked, `error` says why and `path` is an empty file.
    """

    name: str
    """What to call it: the file's name, or its place inside the folder or zip."""
    path: Path
    error: DocintelError | None = None
    is_temporary: bool = False
    """It was made for docintel, which may move it away."""


def incoming(path: Path, *, settings: Settings, recursive: bool = True) -> Iterator[Incoming]:
    """A file as itself; what a folder or a zip file holds, one after the other, sorted by name.

    A file that is named comes as it is, whatever it is. In folders and zips hidden files and links are left out, and so
    is what neither is a document nor has a document's name (.pdf, .docx …): that one comes, to be told why it cannot
    be read. `recursive` goes into folders inside folders. A zip inside a zip is not opened.
    Raises NotFound, and for a zip as a whole DamagedFile, TooLarge or, where it holds no document, UnsupportedFile.
    """
    if path.is_dir():
        yield from _folder(path, settings, recursive=recursive)
    elif not path.exists():
        raise NotFound(f"There is no file or folder {path}.")
    elif is_archive(path):
        yield from _archive(path, prefix="", settings=settings)
    else:
        yield Incoming(name=path.name, path=path)


def _folder(root: Path, settings: Settings, *, recursive: bool) -> Iterator[Incoming]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if recursive and not zips.is_hidden(name))
        for name in sorted(name for name in names if not zips.is_hidden(name)):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            place = path.relative_to(root).as_posix()
            yield from in_folder(path, place, settings=settings)


def in_folder(path: Path, place: str, *, settings: Settings) -> Iterator[Incoming]:
    """What one file of a folder is or holds, called `place`; nothing where it is no document."""
    try:
        if is_archive(path):
            yield from _archive(path, prefix=f"{place}/", settings=settings)
        elif _is_wanted(path, place):
            yield Incoming(name=place, path=path)
    except DocintelError as error:
        yield Incoming(name=place, path=path, error=error)


def _archive(path: Path, *, prefix: str, settings: Settings) -> Iterator[Incoming]:
    is_empty = True
    for item in _unpacked(path, prefix=prefix, settings=settings):
        if item.error or _is_wanted(item.path, item.name):
            is_empty = False
            yield item
    if is_empty:
        raise UnsupportedFile(f"The zip file holds no document: {READ}.")


def _unpacked(path: Path, *, prefix: str, settings: Settings) -> Iterator[Incoming]:
    """Every member, unpacked until the next one is asked for."""
    budget = LIMITS.archive_bytes
    folder = staging.folder(settings)
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        _Unpacker(_reachable(path, Path(place)), settings) as unpacker,
    ):
        for number, name in enumerate(unpacker.places()):
            target = Path(place, str(number))
            target.touch()
            error = unpacker.unpack(number, target, min(settings.max_file_bytes, budget))
            budget -= target.stat().st_size
            if error:
                target.write_bytes(b"")
            yield Incoming(name=prefix + name, path=target, error=error, is_temporary=True)
            target.unlink(missing_ok=True)


def _reachable(path: Path, folder: Path) -> Path:
    """`path`, or for a file that this process holds open, which no other can reach that way, a copy in `folder`: a
    second name would change what a watcher knows it by."""
    if not path.is_relative_to(PROCESSES):
        return path
    with staging.translate_errors():
        return Path(shutil.copyfile(path, folder / "archive.zip"))


class _Unpacker:
    """A zip, opened in a child process; where a member crashes it, the others have another one."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._child = self._new()

    def __enter__(self) -> "_Unpacker":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()

    def places(self) -> list[str]:
        """See docintel.intake.zips."""
        found: list[str] = children.ask(
            self._child, zips.places, self._path, LIMITS, timeout_s=self._settings.open_timeout_s
        )
        return found

    def unpack(self, number: int, target: Path, most_bytes: int) -> DocintelError | None:
        """The member in `target`, or the reason why not, and what was written until then."""
        if not self._child.is_alive:
            self._child = self._new()
        with target.open("wb") as file:
            arguments = (self._path, number, LIMITS, most_bytes, Owned(_writer(file, most_bytes)))
            try:
                children.ask(self._child, zips.unpack, *arguments, timeout_s=self._settings.page_timeout_s)
            except DocintelError as error:
                return error
        return None

    def _new(self) -> children.Child:
        memory_bytes = min(self._settings.reader_memory_bytes, MEMORY_BYTES)
        sandbox = confined.sandbox(self._settings, self._path)
        return children.Child(memory_bytes=memory_bytes, sandbox=sandbox, preload=[zips.__name__])


def _writer(file: BinaryIO, most_bytes: int) -> zips.Write:
    """Writes what a child hands over, which is not believed to keep to its limits."""

    def write(piece: bytes) -> None:
        if file.tell() + len(piece) > most_bytes:
            raise TooLarge("The file is too large unpacked. Unpack it by hand.")
        with staging.translate_errors():
            file.write(piece)
            file.flush()

    return write


def _is_wanted(path: Path, name: str) -> bool:
    if PurePosixPath(name).suffix.lower() in DOCUMENT_SUFFIXES:
        return True
    try:
        media_type(path)
    except UnsupportedFile:
        logger.info("a file that is no document is passed over (%s)", PurePosixPath(name).suffix)
        return False
    except FileError:
        return False
    return True
