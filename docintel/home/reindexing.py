"""Reindexing while the app runs: in a thread, of which the pages ask how far it has come."""

import logging
import threading
from collections.abc import Callable

from docintel.errors import DocintelError

log = logging.getLogger(__name__)

Reindex = Callable[[Callable[[int], None]], int]
"""Reindexes, telling how many more chunks have been embedded; returns how many in all."""


class Reindexing:
    """One at a time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._starting, self._stopped = threading.Lock(), threading.Event()
        self.num_embedded = 0
        self.error: str | None = None
        """Why the last one ended before its end."""

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, reindex: Reindex) -> None:
        """Where it runs already, nothing is begun."""
        with self._starting:
            if not self.is_running:
                self.num_embedded, self.error = 0, None
                self._thread = threading.Thread(target=self._run, args=(reindex,), name="reindexing", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ends it where it is; the next one goes on from there."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, reindex: Reindex) -> None:
        try:
            log.info("reindexed: %d chunks were embedded", reindex(self._count))
        except _Stopped:
            log.warning("reindexing was stopped before its end: run `docintel reindex`")
        except DocintelError as error:
            log.error("reindexing ended: %s", error)
            self.error = str(error)

    def _count(self, more: int) -> None:
        self.num_embedded += more
        if self._stopped.is_set():
            raise _Stopped


class _Stopped(Exception):
    pass
