"""Small JSON files of a home with a checksum in them: whole or not at all, and what the disk changed shows.

`{"checksum": "<SHA-256>", "content": …}`; earlier releases wrote the content alone, which is read as well.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal

from docintel.permissions import write_private

State = Literal["sound", "damaged", "without checksum"]

KEYS = {"checksum", "content"}
SETTINGS = "settings.json"
USERS = "users.json"
SIGNED_OUT = "signed_out.json"
NAMES = (SETTINGS, USERS, SIGNED_OUT)
"""Those of a home."""


def write(path: Path, content: object) -> None:
    """Readable by its owner only. Raises OSError."""
    write_private(path, text_of(content))


def read(path: Path) -> object:
    """The content, whether or not the checksum fits: see `state`. Raises OSError, ValueError where it is no JSON."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, Mapping) or not found.keys() & KEYS:
        return found
    if found.keys() != KEYS:
        raise ValueError("not what docintel writes")
    return found["content"]


def state(data: bytes) -> State:
    """Of a file's bytes. One changed byte takes no more than one of the two keys away, so the other still shows."""
    try:
        found = json.loads(data)
    except ValueError:
        return "damaged"
    if isinstance(found, Mapping) and found.keys() & KEYS:
        is_sound = found.keys() == KEYS and text_of(found["content"]).encode() == data
        return "sound" if is_sound else "damaged"
    return "without checksum"


def in_folder(folder: Path) -> list[Path]:
    """Those that are there."""
    return [path for path in map(folder.joinpath, NAMES) if path.is_file()]


def add_checksums(folder: Path) -> None:
    """To the files that have none, as they stand. Raises OSError."""
    for path in in_folder(folder):
        if state(path.read_bytes()) == "without checksum":
            write(path, read(path))


def text_of(content: object) -> str:
    checksum = sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
    return json.dumps({"checksum": checksum, "content": content}, indent=1)
