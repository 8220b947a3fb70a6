"""Every folder that is kept being watched, one look after the other."""

import logging
import threading

from docintel.errors import DocintelError
from docintel.library import Library, watches
from docintel.library.watches import Watch
from docintel.watching.watcher import SETTLED_S, Watcher
from storage.errors import StorageError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
STOP_S = 5.0


class Watching:
    """The owner's thread that looks at every folder that is kept being watched."""

    def __init__(self, library: Library, *, settled_s: float = SETTLED_S) -> None:
        self._library = library
        self._settled_s = settled_s
        self._watchers: dict[int, Watcher] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A share that does not answer is not waited for."""
        self._stopped.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                self.look()
            except (DocintelError, StorageError, OSError) as error:
                log.warning("watched folders are looked at again later: %s", error)

    def look(self) -> None:
        kept = [watch for watch in watches.watches(self._library.store) if watch.is_kept]
        self._watchers = {watch.id: self._watchers.get(watch.id) or self._new(watch) for watch in kept}
        for watch_id, watcher in self._watchers.items():
            for result in watcher.look():
                what = result.document or "a file that was refused"
                log.info("watched folder %d: %s", watch_id, what)
                if self._stopped.is_set():
                    return

    def _new(self, watch: Watch) -> Watcher:
        return Watcher(self._library, watch, settled_s=self._settled_s)
