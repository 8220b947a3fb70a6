"""Many documents as one zip, made while it is sent: never more than one document of it is in memory."""

from collections.abc import Callable, Iterable, Iterator
from io import RawIOBase
from zipfile import ZipFile

from docintel.errors import DocintelError
from docintel.export import FORMATS
from docintel.export.zips import entry
from docintel.model import Document

PROBLEMS = "not exported.txt"


def bundle(documents: Iterable[Document], format: str, write: Callable[[Document], bytes]) -> Iterator[bytes]:
    """Pieces of a zip with a file for each document, which `write` makes in that format.

    Names that are there already get a number. What could not be exported, and why, stands in a file of its own.
    """
    out = _Pieces()
    names: set[str] = set()
    problems = []
    with ZipFile(out, "w") as archive:
        for document in documents:
            try:
                content = write(document)
            except DocintelError as error:
                problems.append(f"{document.name}: {error}")
                continue
            name = _free_name(document.name, FORMATS[format].suffix, names)
            archive.writestr(entry(name, document.added_at), content)
            yield out.taken()
        if problems:
            archive.writestr(PROBLEMS, "\n".join([*problems, ""]))
    yield out.taken()


def _free_name(name: str, suffix: str, taken: set[str]) -> str:
    """Without folders, like no other in the zip on a disk that does not tell capitals from small letters."""
    plain = name.replace("/", "_").replace("\\", "_").lstrip(".") or "document"
    stem, dot, ending = plain.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (plain, "")
    found, number = f"{plain}{suffix}", 1
    while found.casefold() in taken or found == PROBLEMS:
        number += 1
        found = f"{stem} ({number}){ending}{suffix}"
    taken.add(found.casefold())
    return found


class _Pieces(RawIOBase):
    """A file that can only be written to, and gives what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override] # any buffer
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken
