"""What a backup holds of a home: a copy of the database, the files that it names, and the small files beside it.

Left out is what can be made again (the vector index: its vectors are in the database, and a copy of it while its owner
has it open could be torn) and what lives with a process (locks, keys of sockets, previews).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docintel import json_files
from docintel.errors import DamagedStore, DiskFull
from docintel.library.deleting import original_key
from docintel.library.store import DATABASE, translate_errors
from storage.copying import Show, copy_database
from storage.database import Database

SCRATCH = "backup"
BESIDE = json_files.NAMES
"""Settings changed in the app, local users with the hashes of their passwords, sign-ins that have ended."""

KEYS = {
    "files": (
        "SELECT image_key AS key FROM pages UNION SELECT thumbnail_key FROM pages "
        "UNION SELECT unlocked_key FROM documents"
    ),
    "cache": "SELECT cache_key AS key FROM pages",
}


class DatabaseCopy:
    """A home's database as of one moment, its schema as the home's release made it."""

    def __init__(self, database: Database, path: Path) -> None:
        self.path = path
        self._database = database

    def named_files(self) -> list[str]:
        """Paths in the home of all files that some document uses."""
        with self._database.read() as tx:
            originals = [row["content"] for row in tx.rows("SELECT DISTINCT content FROM documents")]
            keys = [(folder, row["key"]) for folder, sql in KEYS.items() for row in tx.rows(sql) if row["key"]]
        return sorted([f"files/{original_key(content)}" for content in originals] + [f"{a}/{b}" for a, b in keys])

    def num_documents(self) -> int:
        with self._database.read() as tx:
            return int(tx.value("SELECT count(*) FROM documents"))

    def num_pages(self) -> int:
        with self._database.read() as tx:
            return int(tx.value("SELECT count(*) FROM page_bodies"))

    def prove(self) -> None:
        """Raises DamagedStore where SQLite finds it damaged."""
        with translate_errors():
            found = self._database.check()
        if found:
            raise DamagedStore(
                f"{DATABASE} is damaged ({found[0]}), so it is not backed up over what is good. "
                "`docintel check --repair` mends what can be mended; or restore an earlier snapshot."
            )


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A private folder for copies, beside what is copied; elsewhere where the home cannot be written. Removed after."""
    if not os.access(home, os.W_OK, effective_ids=True):
        with tempfile.TemporaryDirectory(prefix="docintel-") as elsewhere:
            yield Path(elsewhere)
        return
    folder = home / SCRATCH
    shutil.rmtree(folder, ignore_errors=True)  # of a backup that was killed
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_copy(home: Path, scratch: Path, show: Show) -> Iterator[DatabaseCopy]:
    """Raises DamagedStore, DiskFull, StoreBusy, StoreUnavailable."""
    path = scratch / DATABASE
    path.unlink(missing_ok=True)
    _require_room(home / DATABASE, scratch)
    with translate_errors():
        copy_database(home / DATABASE, path, show)
        database = Database.open_as_it_is(path)
    try:
        yield DatabaseCopy(database, path)
    finally:
        database.close()


def _require_room(database: Path, scratch: Path) -> None:
    size, free = database.stat().st_size, shutil.disk_usage(scratch).free
    if size > free:
        raise DiskFull(
            f"The copy of the database that a backup begins with takes {size / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB "
            f"are free where {scratch} lies. Free some, then try again."
        )
