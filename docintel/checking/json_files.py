"""The small files beside the database (settings, users, sign-ins that have ended): each carries its checksum."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from docintel import json_files
from docintel.checking.findings import Problem
from docintel.errors import DocintelError, UsageError
from docintel.home import Home
from docintel.library.people import acknowledging
from docintel.library.people.acknowledging import SignOff
from docintel.permissions import write_private
from docintel.settings import Settings, settings_store
from storage import flipped_bits

ADVICE = (
    "Nothing tells what stood there: restore it from a backup, or delete it and set it anew. Where it is as it should "
    "be: `docintel check --acknowledge WHY`."
)


def problems(home: Home) -> Iterator[Problem]:
    for path in json_files.in_folder(home.settings.home):
        data = path.read_bytes()
        state = json_files.state(data)
        if state == "damaged":
            yield _damaged(home, path, data)
            continue
        if state == "without checksum":
            text = "It has no checksum yet, and gets one when docintel owns the home."
            yield Problem("file", path.name, text, is_left_out=True)
        if path.name == json_files.SETTINGS:
            yield from _unusable(home)


def _unusable(home: Home) -> Iterator[Problem]:
    """Settings that are what was written, and no settings."""
    try:
        Settings.load(home=home.settings.home)
    except UsageError as error:
        advice = "Restore it from a backup, or delete it to go back to the defaults."
        text = str(error).removesuffix(settings_store.ADVICE).rstrip()
        yield Problem("file", json_files.SETTINGS, text, advice=advice)


def _damaged(home: Home, path: Path, data: bytes) -> Problem:
    if right := flipped_bits.corrected(data, lambda each: json_files.state(each) == "sound"):
        text = "A bit of it has changed on the disk."
        return Problem("file", path.name, text, lambda: _turned_back(path, right))
    text = "It is not what docintel wrote."
    return Problem("file", path.name, text, advice=ADVICE, acknowledge=partial(_acknowledged, home, path))


def _turned_back(path: Path, right: bytes) -> str:
    _write(path, right.decode())
    return "it was turned back: the checksum proves what stood there"


def _acknowledged(home: Home, path: Path, sign_off: SignOff) -> str:
    text = _as_it_stands(path)
    done = acknowledging.acknowledge_file(home.library.store, path.name, sign_off)
    _write(path, text)
    return done


def _as_it_stands(path: Path) -> str:
    try:
        return json_files.text_of(json_files.read(path))
    except (OSError, ValueError) as error:
        raise DocintelError(
            "It cannot be read any more: restore it from a backup, or delete it and set it anew."
        ) from error


def _write(path: Path, text: str) -> None:
    try:
        write_private(path, text)
    except OSError as error:
        raise DocintelError(f"It cannot be written: {error.strerror}. Make room, then try again.") from error
