"""What a zip holds. Runs in a child process that may be killed: a zip is a file from outside like any other."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath

from docintel.errors import DamagedFile, PasswordRequired, TooLarge
from docintel.intake.kinds import MAX_DIRECTORY_BYTES
from docintel.intake.names import decoded, plain

Write = Callable[[bytes], None]

CHUNK_BYTES = 1024**2
IGNORED_FOLDERS = frozenset({"__MACOSX"})
ENCRYPTED, UTF8 = 0x1, 0x800
UNICODE_PATH = 0x7075
"""A member's extra field with its name in UTF-8 once more (APPNOTE 4.6.9)."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What the standard library raises on zips that are not as they should be."""


@dataclass(frozen=True)
class Limits:
    num_members: int = 20_000
    archive_bytes: int = 16 * 1024**3
    """What one zip may hold, unpacked."""
    ratio: int = 200
    """A member that grows more than this while it is unpacked is a bomb, once it is larger than `ratio_counts_from`."""
    ratio_counts_from: int = 64 * 1024**2


def places(path: Path, limits: Limits) -> list[str]:
    """Its files' places inside as plain relative names, sorted; hidden files and links are left out.

    A place is shown, never used as a path. Raises DamagedFile, TooLarge.
    """
    found = _members(path)
    if len(found) > limits.num_members:
        raise TooLarge(f"The zip file holds {len(found)} files, the limit is {limits.num_members}. Unpack it first.")
    return [place for place, _ in found]


def unpack(path: Path, number: int, limits: Limits, most_bytes: int, write: Write) -> None:
    """Hands the member that stands at `number` in `places` to `write`, at most so many bytes of it.

    Raises PasswordRequired, TooLarge, DamagedFile, and what `write` raises; what was written is then incomplete.
    """
    _, member = _members(path)[number]
    if member.flag_bits & ENCRYPTED:
        raise PasswordRequired("The file is locked with the zip file's password. Unpack it first.")
    try:
        _copy(path, member, limits, most_bytes, write)
    except BROKEN as error:
        raise DamagedFile(f"The file is damaged inside its zip file ({error}). Pack or download it again.") from error


def _copy(path: Path, member: zipfile.ZipInfo, limits: Limits, most_bytes: int, write: Write) -> None:
    """Copies what really comes out, whatever the zip says its size is."""
    size = 0
    with _archive(path).open(member) as source:
        while chunk := source.read(CHUNK_BYTES):
            size += len(chunk)
            if size > most_bytes or _is_bomb(size, member, limits):
                raise TooLarge(f"The file is too large unpacked (more than {size / 1e6:,.0f} MB). Unpack it by hand.")
            write(chunk)


def _is_bomb(size: int, member: zipfile.ZipInfo, limits: Limits) -> bool:
    return size > limits.ratio_counts_from and size > limits.ratio * max(member.compress_size, 1)


class SmallReads(BufferedReader):
    """A zip file for `zipfile.ZipFile`, which reads the list of members at once: in memory it takes ten times as much.

    Raises TooLarge where that list is very long.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if (size or 0) > MAX_DIRECTORY_BYTES:
            raise TooLarge("The zip file's list of files is too long. Unpack it first.")
        return super().read(size)


@lru_cache(maxsize=1)
def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(SmallReads(FileIO(path)))
    except BROKEN as error:
        raise DamagedFile(f"The zip file is damaged ({error}). Pack or download it again.") from error


@lru_cache(maxsize=1)
def _members(path: Path) -> list[tuple[str, zipfile.ZipInfo]]:
    members = [member for member in _archive(path).infolist() if not member.is_dir() and not _is_link(member)]
    placed = zip(map(plain, _names(members)), members, strict=True)
    visible = [(place, member) for place, member in placed if not _is_hidden(place)]
    return sorted(visible, key=lambda each: each[0])


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """As the zip says, and where it says nothing (Python then reads code page 437), as they are written."""
    raw = [b"" if member.flag_bits & UTF8 else member.orig_filename.encode("cp437", "replace") for member in members]
    said = [_said(member, name) for member, name in zip(members, raw, strict=True)]
    guessed = iter(decoded([name for name, known in zip(raw, said, strict=True) if known is None]))
    return [next(guessed) if known is None else known for known in said]


def _said(member: zipfile.ZipInfo, raw: bytes) -> str | None:
    """The name where the zip says how it is written."""
    return member.filename if member.flag_bits & UTF8 else _unicode_path(member.extra, raw)


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that some programs write beside `raw`, where it still belongs to it."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and field[:1] == b"\x01" and field[1:5] == struct.pack("<L", zlib.crc32(raw)):
            return field[5:].decode("utf-8", "replace")
    return None


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _is_hidden(place: str) -> bool:
    return any(is_hidden(part) for part in PurePosixPath(place).parts)


def is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name in IGNORED_FOLDERS
