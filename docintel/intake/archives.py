"""Files, folders and zip files as a stream of single files."""

import logging
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from docintel.errors import DamagedFile, DocintelError, FileError, NotFound, PasswordRequired, TooLarge, UnsupportedFile
from docintel.intake.kinds import DOCUMENT_SUFFIXES, READ, is_archive, media_type

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 2 * 1024**3
MAX_ARCHIVE_BYTES = 16 * 1024**3
"""What one zip may hold, unpacked."""
MAX_RATIO = 200
"""A member that grows more than this while it is unpacked is a bomb, once it is larger than `RATIO_COUNTS_FROM`."""
RATIO_COUNTS_FROM = 64 * 1024**2
CHUNK_BYTES = 1024**2
IGNORED_FOLDERS = frozenset({"__MACOSX"})
ENCRYPTED = 0x1

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


def incoming(path: Path, *, recursive: bool = True) -> Iterator[Incoming]:
    """A file as itself; what a folder or a zip file holds, one after the other, sorted by name.

    A file that is named comes as it is, whatever it is. In folders and zips hidden files and links are left out, and so
    is what neither is a document nor has a document's name (.pdf, .docx …): that one comes, to be told why it cannot
    be read. `recursive` goes into folders inside folders. A zip inside a zip is not opened.
    Raises NotFound, and for a zip as a whole DamagedFile, TooLarge or, where it holds no document, UnsupportedFile.
    """
    if path.is_dir():
        yield from _folder(path, recursive=recursive)
    elif not path.exists():
        raise NotFound(f"There is no file or folder {path}.")
    elif is_archive(path):
        yield from _archive(path, prefix="")
    else:
        yield Incoming(name=path.name, path=path)


def _folder(root: Path, *, recursive: bool) -> Iterator[Incoming]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if recursive and not _is_hidden(name))
        for name in sorted(name for name in names if not _is_hidden(name)):
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            place = path.relative_to(root).as_posix()
            yield from _in_folder(path, place)


def _in_folder(path: Path, place: str) -> Iterator[Incoming]:
    try:
        if is_archive(path):
            yield from _archive(path, prefix=f"{place}/")
        elif _is_wanted(path, place):
            yield Incoming(name=place, path=path)
    except FileError as error:
        yield Incoming(name=place, path=path, error=error)


def _archive(path: Path, *, prefix: str) -> Iterator[Incoming]:
    is_empty = True
    for item in _unpacked(path, prefix=prefix):
        if item.error or _is_wanted(item.path, item.name):
            is_empty = False
            yield item
    if is_empty:
        raise UnsupportedFile(f"The zip file holds no document: {READ}.")


def _unpacked(path: Path, *, prefix: str) -> Iterator[Incoming]:
    """Every member, unpacked until the next one is asked for."""
    budget = MAX_ARCHIVE_BYTES
    with tempfile.TemporaryDirectory(prefix="docintel-") as folder, _opened(path) as archive:
        for member in _members(archive):
            target = Path(folder, f"member{_suffix(member)}")
            item = _member(archive, member, target, budget, name=prefix + _place(member))
            budget -= target.stat().st_size
            yield item
            target.unlink()


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DamagedFile(f"The zip file is damaged ({error}). Pack or download it again.") from error


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir() and not _is_link(member)]
    if len(members) > MAX_MEMBERS:
        raise TooLarge(f"The zip file holds {len(members)} files, the limit is {MAX_MEMBERS}. Unpack it into a folder.")
    visible = [m for m in members if not any(_is_hidden(part) for part in PurePosixPath(_place(m)).parts)]
    return sorted(visible, key=_place)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: int, *, name: str) -> Incoming:
    """The member unpacked to `target`, or the reason why not and `target` empty."""
    try:
        if member.flag_bits & ENCRYPTED:
            raise PasswordRequired("The file is locked with the zip file's password. Unpack it first.")
        _extract(archive, member, target, budget)
    except FileError as error:
        target.write_bytes(b"")
        return Incoming(name=name, path=target, error=error)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        target.write_bytes(b"")
        damaged = DamagedFile(f"The file is damaged inside its zip file ({error}). Pack or download it again.")
        damaged.__cause__ = error
        return Incoming(name=name, path=target, error=damaged)
    return Incoming(name=name, path=target)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: int) -> None:
    """Copies what really comes out, whatever the zip says its size is."""
    size = 0
    with archive.open(member) as source, target.open("wb") as file:
        while chunk := source.read(CHUNK_BYTES):
            size += len(chunk)
            if size > min(MAX_MEMBER_BYTES, budget) or _is_bomb(size, member):
                raise TooLarge(f"The file is too large unpacked (more than {size / 1e6:,.0f} MB). Unpack it by hand.")
            file.write(chunk)


def _is_bomb(size: int, member: zipfile.ZipInfo) -> bool:
    return size > RATIO_COUNTS_FROM and size > MAX_RATIO * max(member.compress_size, 1)


def _is_wanted(path: Path, name: str) -> bool:
    if PurePosixPath(name).suffix.lower() in DOCUMENT_SUFFIXES:
        return True
    try:
        media_type(path)
    except UnsupportedFile:
        logger.info("passed over, not a document: %s", name)
        return False
    except FileError:
        return False
    return True


def _place(member: zipfile.ZipInfo) -> str:
    """The member's place as a plain relative name. It is shown, never used as a path."""
    name = member.filename if member.flag_bits & 0x800 else _utf8_if_possible(member.filename)
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join("".join(c for c in part if c.isprintable()) for part in parts) or "unnamed"


def _utf8_if_possible(name: str) -> str:
    """Many programs write UTF-8 names without saying so; Python then reads them as code page 437."""
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _suffix(member: zipfile.ZipInfo) -> str:
    suffix = PurePosixPath(_place(member)).suffix.lower()
    return suffix if suffix in DOCUMENT_SUFFIXES else ""


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name in IGNORED_FOLDERS
