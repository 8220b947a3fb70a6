"""Database, files and cache of one DOCINTEL_HOME, their errors put into the user's words."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from docintel.errors import DamagedStore, DiskFull, DocintelError, StoreBusy, StoreUnavailable
from docintel.library.people import audit_head
from docintel.permissions import close_to_others
from docintel.pipeline.cache import Cache
from storage.database import Database, Transaction
from storage.errors import Busy, Damaged, Full, Missing, Newer, Unavailable
from storage.files import Files

log = logging.getLogger(__name__)

DATABASE = "docintel.sqlite3"


class Store:
    """What the library, the queue and the index share. Takes no lock; several processes may have one open."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home = home
        self.database = database
        self.files = Files(home / "files")
        self.cache = Cache(Files(home / "cache"))

    @classmethod
    def open(cls, home: Path) -> Self:
        """Creates what is missing and migrates what is old. Raises DamagedStore, DiskFull."""
        with translate_errors():
            try:
                home.mkdir(mode=0o700, parents=True, exist_ok=True)
                close_to_others(home)
            except OSError as error:
                raise DocintelError(f"{home} cannot be used as DOCINTEL_HOME: {error.strerror}.") from error
            return cls(home, Database.open(home / DATABASE))

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with translate_errors(), self.database.read() as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with translate_errors(), self.database.write() as transaction:
            yield transaction
        if "audit" in transaction.grown:
            self.keep_audit_head()

    def keep_audit_head(self) -> None:
        """Notes the newest entry, which is committed, beside the database; the next makes up for what goes wrong."""
        try:
            with self.read() as transaction:
                audit_head.keep(self.home, transaction)
        except (DocintelError, OSError) as error:
            log.warning("the newest entry of the audit trail is not noted in %s: %s", audit_head.FILE, error)

    def renew_audit_head(self) -> None:
        """Notes the newest entry in place of one that is not there any more. Raises DocintelError."""
        try:
            with self.read() as transaction:
                audit_head.renew(self.home, transaction)
        except OSError as error:
            raise DocintelError(
                f"{audit_head.FILE} cannot be written: {error.strerror}. Make room, then try again."
            ) from error

    def probe(self) -> None:
        """Whether what is kept can be read now. Raises DamagedStore, StoreUnavailable."""
        with translate_errors():
            self.database.probe()

    @property
    def is_writable(self) -> bool:
        return all(os.access(path, os.W_OK, effective_ids=True) for path in (self.home, self.home / DATABASE))

    def close(self) -> None:
        self.database.close()


@contextmanager
def translate_errors() -> Iterator[None]:
    """The one place where storage's errors become docintel's."""
    try:
        yield
    except Busy as error:
        raise StoreBusy("The database is busy: another process has been writing for a minute. Try again.") from error
    except Full as error:
        raise DiskFull("No space is left where DOCINTEL_HOME lies. Free some, then resume.") from error
    except Unavailable as error:
        raise StoreUnavailable from error
    except Newer as error:
        raise DamagedStore("DOCINTEL_HOME was written by a newer docintel. Upgrade docintel to open it.") from error
    except Missing as error:
        raise DamagedStore(f"A file is missing from DOCINTEL_HOME: {error}. Restore it, or add it again.") from error
    except Damaged as error:
        raise DamagedStore(f"DOCINTEL_HOME is damaged: {error}. Restore it from a backup.") from error
