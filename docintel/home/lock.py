"""Who owns a home: one process at a time."""

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from docintel.errors import StoreUnavailable
from docintel.jobs.process_id import is_gone, this_process


class HomeLock:
    """The lock on a home, and a note of who holds it."""

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / "owner.lock", thread_local=False)
        self._note = home / "owner"

    def taken(self) -> bool:
        """Takes the lock if it is free; whether it is ours now. Raises StoreUnavailable."""
        try:
            self._lock.acquire(timeout=0)
            self._note.write_text(this_process(), encoding="utf-8")
        except Timeout:
            return False
        except OSError as error:
            raise StoreUnavailable from error
        return True

    def holder(self) -> int | None:
        """Process id of whoever holds it."""
        try:
            name = self._note.read_text(encoding="utf-8")
            return None if is_gone(name) else int(name.rsplit("/", 2)[1])
        except (OSError, ValueError, IndexError):
            return None

    def release(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):  # read-only by now: it names a process that is gone
                self._note.unlink(missing_ok=True)
            self._lock.release()
