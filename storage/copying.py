"""A copy of a database that others write to meanwhile, by SQLite's backup API."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from storage.database import BUSY_TIMEOUT_S, translate_errors

PAGES_A_STEP = 4_096

Show = Callable[[int, int], None]


def copy_database(source: Path, to: Path, show: Show = lambda _done, _total: None) -> None:
    """Makes `to` what `source` is at one moment; `show` hears of pages copied, and all.

    The copy is made within one transaction: with a rollback journal, whoever commits meanwhile waits until it ends, so
    `to` belongs on a fast disk. (Without it SQLite begins anew whenever another process writes.) Raises Damaged, Busy,
    Full, Unavailable.
    """
    with translate_errors(), closing(_opened(source, "ro")) as origin, closing(_opened(to, "rwc")) as copy:
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        origin.backup(copy, pages=PAGES_A_STEP, progress=lambda _, left, total: show(total - left, total))


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
