"""Which workers are alive, for whoever asks: an empty file for each, called as the worker is in its leases."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

from docintel.jobs.process_id import is_gone, this_process

log = logging.getLogger(__name__)

FOLDER = "workers"


@contextmanager
def registered(home: Path) -> Iterator[None]:
    """This process is a worker of `home` while inside."""
    note = home / FOLDER / quote(this_process(), safe="")
    try:
        note.parent.mkdir(exist_ok=True)
        note.touch()
    except OSError as error:  # a full disk: it works, uncounted
        log.warning("this worker is not counted: %s", error.strerror)
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def num_alive(home: Path) -> int:
    """Workers of `home` that are running; notes of those that were killed are removed."""
    notes = list((home / FOLDER).glob("*%2F*%2F*"))
    for note in (gone := [note for note in notes if is_gone(unquote(note.name))]):
        with suppress(OSError):  # a home that cannot be written
            note.unlink(missing_ok=True)
    return len(notes) - len(gone)
