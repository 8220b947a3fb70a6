"""Keeps a worker process alive for whoever owns the home."""

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

from docintel.settings import Settings

log = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
STOP_S = 15.0
LOOK_S = 0.5


class Supervisor:
    """Starts a worker, starts it again when it ends (later each time), and ends it when it is told to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = self._started()
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Of the worker that runs now."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def stop(self) -> None:
        """The worker puts back what it holds and ends."""
        self._stopped.set()
        self._thread.join()
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()  # what it holds is put back by the next worker
            self._process.wait()

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "docintel.jobs"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C at the terminal is the supervisor's to hear
        )
        if process.stdin:
            process.stdin.write(f"{json.dumps(self._settings.model_dump(mode='json'))}\n")
            process.stdin.flush()
        return process

    def _watch(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._stopped.wait(LOOK_S):
            if self._process is None or self._process.poll() is None:
                continue
            log.warning("the worker ended with status %s; the next one starts in %.0f s", self._process.poll(), wait_s)
            if self._stopped.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            if self._process.stdin:
                self._process.stdin.close()
            self._process = self._started()
