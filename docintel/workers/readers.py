"""Reading processes, side by side, each with one task at a time."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from docintel.engines import resolved
from docintel.jobs.leases import OpenTask, PageTask
from docintel.processes.children import Child, wait_for
from docintel.processes.outcomes import Outcome
from docintel.settings import Settings
from docintel.workers import reading
from docintel.workers.inputs import InputFolder

FRESH_AFTER = 200
"""Calls after which a process is replaced, so that what a library leaks does not add up."""

FRESH_ABOVE_BYTES = 1_100 * 1024**2
"""Resident memory above which a process is replaced: recognisers fragment it by some 6 MB a page, from 0.7 GB on."""

Work = OpenTask | PageTask


def num_readers(settings: Settings) -> int:
    """Pages read side by side; while a model elsewhere writes, a reading process only waits."""
    engine = resolved(settings.engine, settings)
    waiting = {"endpoint": settings.endpoint_in_flight, "qwen3-vl": settings.qwen3_vl_batch}
    in_flight = waiting.get(engine, 0) if settings.read_mode == "page" else 0
    return settings.jobs or max(len(os.sched_getaffinity(0)), in_flight)


@dataclass(frozen=True)
class _Reader:
    """A process, and where it finds its file: None where it may read all files."""

    child: Child
    inputs: InputFolder | None

    def end(self) -> None:
        self.child.kill()
        if self.inputs:
            self.inputs.remove()


class Readers:
    def __init__(
        self,
        size: int,
        settings: Settings,
        *,
        preload: Sequence[str] = (),
        fresh_above_bytes: int = FRESH_ABOVE_BYTES,
    ) -> None:
        self._size = size
        self._settings = settings
        self._fresh_above_bytes = fresh_above_bytes
        self._preload = preload
        self._idle: list[_Reader] = []
        self._busy: dict[Work, _Reader] = {}

    @property
    def num_free(self) -> int:
        return self._size - len(self._busy)

    @property
    def tasks(self) -> list[Work]:
        return list(self._busy)

    def begin(self, task: Work, function: Callable[..., Any], *args: Any, timeout_s: float) -> None:
        """Starts `function(path of the task's file, *args)`; there must be a free process (see `num_free`).

        Raises OSError where no process, or no input for one, can be made.
        """
        reader = self._idle.pop() if self._idle else self._new()
        try:
            path = reader.inputs.put(task.path) if reader.inputs else task.path
        except OSError:
            reader.end()
            raise
        self._busy[task] = reader
        reader.child.begin(function, path, *args, timeout_s=timeout_s)

    def ended(self, timeout_s: float) -> list[tuple[Work, Outcome]]:
        """What has come to an end; waits for up to `timeout_s` while there is nothing."""
        wait_for([reader.child for reader in self._busy.values()], timeout_s)
        outcomes = [(task, reader.child.outcome()) for task, reader in self._busy.items()]
        found = [(task, outcome) for task, outcome in outcomes if outcome is not None]
        for task, _ in found:
            self._take_back(self._busy.pop(task))
        return found

    def forget_files(self) -> None:
        """Processes without a task lose what they read: of a document that is deleted nothing stays on the disk."""
        for reader in self._idle:
            if reader.inputs:
                with suppress(OSError):
                    reader.inputs.clear()

    def stop(self, task: Work) -> None:
        """Ends a task whose result nobody wants."""
        self._busy.pop(task).end()

    def close(self) -> None:
        for reader in [*self._busy.values(), *self._idle]:
            reader.end()
        self._busy.clear()
        self._idle.clear()

    def _new(self) -> _Reader:
        settings = self._settings
        if settings.sandbox == "off":
            return _Reader(reading.new_child(settings, preload=self._preload), None)
        inputs = InputFolder(settings.home)
        try:
            return _Reader(reading.new_child(settings, inputs.path, preload=self._preload), inputs)
        except OSError:
            inputs.remove()
            raise

    def _take_back(self, reader: _Reader) -> None:
        child = reader.child
        if child.is_alive and child.num_calls < FRESH_AFTER and child.resident_bytes() < self._fresh_above_bytes:
            self._idle.append(reader)
        else:
            reader.end()
