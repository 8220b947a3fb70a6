"""A supervised worker: `python -m docintel.jobs`. Its settings are one line of JSON on stdin, which stays open.

When stdin ends, so has the supervisor, and the worker puts back what it holds and ends too.
"""

import json
import logging
import os
import sys
import threading

from docintel.jobs.worker import run
from docintel.settings import Settings


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings(**json.loads(sys.stdin.readline()))
    left_alone = threading.Event()
    threading.Thread(target=_watch_stdin, args=(left_alone,), daemon=True).start()
    run(settings, should_stop=left_alone.is_set)


def _watch_stdin(left_alone: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    left_alone.set()


if __name__ == "__main__":
    main()
