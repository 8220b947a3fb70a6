"""A supervised worker: `python -m docintel.workers`. Its settings are one line of JSON on stdin, which stays open.

When stdin ends, so has the supervisor, and the worker puts back what it holds and ends too.
"""

import logging
import os
import sys
import threading

from docintel import logs
from docintel.errors import DocintelError, StoreUnavailable
from docintel.library.store import DATABASE
from docintel.permissions import keep_private
from docintel.processes import module_process
from docintel.workers.worker import run

log = logging.getLogger(__name__)

NICENESS = 10
"""Reading gives way to those who look and ask on the same cores."""


def main() -> None:
    keep_private()
    os.nice(NICENESS)
    settings = module_process.read_settings()
    logs.configure(settings)
    left_alone = threading.Event()
    threading.Thread(target=_watch_stdin, args=(left_alone,), daemon=True).start()
    try:
        if not (settings.home / DATABASE).exists():  # one that is gone is not made anew
            raise StoreUnavailable
        run(settings, should_stop=left_alone.is_set)
    except DocintelError as error:  # the supervisor starts the next one, later each time
        log.error("the worker ends: %s", error)
        sys.exit(1)


def _watch_stdin(left_alone: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    left_alone.set()


if __name__ == "__main__":
    main()
