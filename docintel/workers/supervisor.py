"""Keeps processes alive for whoever owns the home: the workers, and the one that owns a model where one is wanted."""

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from docintel.errors import DocintelError
from docintel.processes import module_process
from docintel.settings import Settings
from docintel.workers.readers import num_readers

log = logging.getLogger(__name__)

FIRST_WAIT_S = 1.0
MAX_WAIT_S = 60.0
STEADY_S = 120.0
"""A worker that has run so long is well: should it end, the next one starts after the first wait again."""
STOP_S = 15.0
LOOK_S = 0.5
MODEL_LOOK_S = 3.0


class Supervisor:
    """Starts the workers of the settings, starts each again when it ends, and ends them when it is told to."""

    def __init__(self, settings: Settings, *, wants_model: Callable[[], bool] = lambda: False) -> None:
        """`wants_model` is asked now and then until it says True: then the model process is kept too."""
        self._workers = [
            ManagedProcess("docintel.workers", "worker", settings.model_copy(update={"jobs": jobs}))
            for jobs in shares(settings)
        ]
        self._processes = list(self._workers)
        self._settings = settings
        self._wants_model = wants_model
        self._next_look = 0.0
        self._has_model = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        for process in self._processes:
            process.start()
        self._thread.start()

    @property
    def pids(self) -> list[int]:
        """Of the workers that run now."""
        return [process.pid for process in self._workers if process.pid is not None]

    def stop(self) -> None:
        """The workers put back what they hold and end."""
        self._stopped.set()
        self._thread.join()
        for process in self._processes:
            process.leave()
        end = time.monotonic() + STOP_S
        for process in self._processes:
            process.end(end - time.monotonic())

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_S):
            for process in self._processes:
                process.look()
            if not self._has_model and time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + MODEL_LOOK_S
                self._start_model_if_wanted()

    def _start_model_if_wanted(self) -> None:
        try:
            self._has_model = self._wants_model()
        except DocintelError as error:
            log.warning("whether a model is wanted cannot be seen, looking again: %s", error)
        if self._has_model:
            model = ManagedProcess("docintel.runtime", "model process", self._settings)
            model.start()
            self._processes.append(model)


def shares(settings: Settings) -> list[int]:
    """How many pages each worker reads side by side: `num_readers` in all, but at least one each."""
    each, more = divmod(num_readers(settings), settings.workers)
    return [max(each + (number < more), 1) for number in range(settings.workers)]


class ManagedProcess:
    """One process after another: `python -m MODULE`, its settings on stdin, which stays open."""

    def __init__(self, module: str, what: str, settings: Settings) -> None:
        self._module = module
        self._what = what
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._wait_s = FIRST_WAIT_S
        self._began = 0.0
        self._due: float | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        self._try(time.monotonic())

    def _launch(self) -> None:
        self._began, self._due = time.monotonic(), None
        self._process = module_process.start(self._module, self._settings)

    def look(self) -> None:
        """Starts the next process when the one before has ended, later each time that it doesn't last."""
        now = time.monotonic()
        if self.pid is not None:
            if now - self._began > STEADY_S:
                self._wait_s = FIRST_WAIT_S
        elif self._due is None:
            self._put_off(now, f"ended with status {self._process.returncode}" if self._process else "never started")
        elif now >= self._due:
            self._try(now)

    def _try(self, now: float) -> None:
        self.leave()
        try:
            self._launch()
        except OSError as error:  # no memory, no process numbers left, or it ended at once
            self._put_off(now, f"could not be started ({error})")

    def _put_off(self, now: float, what: str) -> None:
        log.warning("the %s %s; the next one starts in %.0f s", self._what, what, self._wait_s)
        self._due = now + self._wait_s
        self._wait_s = min(2 * self._wait_s, MAX_WAIT_S)

    def leave(self) -> None:
        """Tells the process to end."""
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):  # it has ended before it read its settings
                self._process.stdin.close()

    def end(self, timeout_s: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(max(timeout_s, 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()  # what it holds is put back by the next worker
            self._process.wait()
