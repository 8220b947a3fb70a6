"""Where files lie that have come and are not in the library yet: uploads, and what zips hold.

The folder is on the library's disk and holds nothing that counts: a file is either added or sent again.
"""

import errno
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docintel.errors import DiskFull, StoreUnavailable
from docintel.settings import Settings
from storage.files import UNAVAILABLE

FOLDER = "incoming"
LEFT_AFTER_S = 3600.0
"""What has not been written to for so long belongs to a process that was killed."""


def folder(settings: Settings) -> Path:
    """Raises StoreUnavailable."""
    place = settings.home / FOLDER
    with translate_errors():
        place.mkdir(exist_ok=True)
    return place


def sweep(settings: Settings) -> None:
    """Removes what killed processes left."""
    before = time.time() - LEFT_AFTER_S
    for path in folder(settings).iterdir():
        try:
            if path.stat().st_mtime > before:
                continue
        except FileNotFoundError:  # its owner was quicker
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raises DiskFull where what is written inside has no room, StoreUnavailable where it cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull("No space is left where DOCINTEL_HOME lies. Free some, then add the file again.") from error
        if error.errno in UNAVAILABLE:
            raise StoreUnavailable from error
        raise
