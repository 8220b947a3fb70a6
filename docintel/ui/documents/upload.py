"""Files from the browser into the library: streamed to disk, unpacked, added; nothing is lost on the way."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from docintel import intake
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.model import Model
from docintel.ui.text import clean

INTERACTIVE = 10
"""Priority of what somebody dropped in and waits for, before what was queued in bulk."""


class Upload(Protocol):
    """A file that the browser sent: its name as the user's machine had it, and its bytes."""

    name: str

    def seek(self, position: int, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...


class Taken(Model):
    """What became of one file: added, already there, or refused with a reason."""

    name: str
    error: str = ""
    is_duplicate: bool = False


def take(home: Home, uploads: Iterable[Upload], *, collection: str, languages: tuple[str, ...]) -> list[Taken]:
    """Adds every file, and every document inside a zip; one that is refused doesn't stop the others."""
    with TemporaryDirectory(prefix="docintel-") as folder:
        return [
            taken
            for number, upload in enumerate(uploads)
            for taken in _take(home, upload, Path(folder) / str(number), collection=collection, languages=languages)
        ]


def _take(home: Home, upload: Upload, path: Path, *, collection: str, languages: tuple[str, ...]) -> Iterator[Taken]:
    name = clean(upload.name)
    try:
        _copy(upload, path)
        for incoming in intake.incoming(path):
            inner = name if incoming.path == path else clean(incoming.name)
            if incoming.error is not None:
                yield Taken(name=inner, error=str(incoming.error))
                continue
            yield _add(home, incoming.path, inner, collection=collection, languages=languages)
    except DocintelError as error:
        yield Taken(name=name, error=str(error))
    finally:
        path.unlink(missing_ok=True)


def _add(home: Home, path: Path, name: str, *, collection: str, languages: tuple[str, ...]) -> Taken:
    try:
        added = home.library.add(path, name=name, collection=collection, languages=languages, priority=INTERACTIVE)
    except DocintelError as error:
        return Taken(name=name, error=str(error))
    return Taken(name=name, is_duplicate=added.duplicate)


def _copy(upload: Upload, path: Path) -> None:
    upload.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(upload, target, 1024 * 1024)


def told(taken: list[Taken]) -> str:
    """What became of them, in a sentence."""
    added = sum(not each.error and not each.is_duplicate for each in taken)
    known = sum(each.is_duplicate for each in taken)
    refused = sum(bool(each.error) for each in taken)
    parts = [f"{added} added" if added else "", f"{known} already here" if known else ""]
    parts.append(f"{refused} not taken" if refused else "")
    return ", ".join(part for part in parts if part) or "No documents were found in it"
