"""Reading processes, side by side, each with one task at a time."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from docintel.engines import resolved
from docintel.jobs.leases import OpenTask, PageTask
from docintel.processes.children import Child, Outcome, wait_for
from docintel.settings import Settings

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


class Readers:
    def __init__(
        self,
        size: int,
        *,
        memory_bytes: int,
        file_bytes: int | None = None,
        preload: Sequence[str] = (),
        fresh_above_bytes: int = FRESH_ABOVE_BYTES,
    ) -> None:
        self._size = size
        self._memory_bytes = memory_bytes
        self._file_bytes = file_bytes
        self._fresh_above_bytes = fresh_above_bytes
        self._preload = preload
        self._idle: list[Child] = []
        self._busy: dict[Work, Child] = {}

    @property
    def num_free(self) -> int:
        return self._size - len(self._busy)

    @property
    def tasks(self) -> list[Work]:
        return list(self._busy)

    def begin(self, task: Work, function: Callable[..., Any], *args: Any, timeout_s: float) -> None:
        """Starts a task; there must be a free process (see `num_free`)."""
        child = self._idle.pop() if self._idle else self._new()
        self._busy[task] = child
        child.begin(function, *args, timeout_s=timeout_s)

    def ended(self, timeout_s: float) -> list[tuple[Work, Outcome]]:
        """What has come to an end; waits for up to `timeout_s` while there is nothing."""
        wait_for(list(self._busy.values()), timeout_s)
        found = [(task, outcome) for task, child in self._busy.items() if (outcome := child.outcome()) is not None]
        for task, _ in found:
            self._take_back(self._busy.pop(task))
        return found

    def stop(self, task: Work) -> None:
        """Ends a task whose result nobody wants."""
        self._busy.pop(task).kill()

    def close(self) -> None:
        for child in [*self._busy.values(), *self._idle]:
            child.kill()
        self._busy.clear()
        self._idle.clear()

    def _new(self) -> Child:
        return Child(memory_bytes=self._memory_bytes, file_bytes=self._file_bytes, preload=self._preload)

    def _take_back(self, child: Child) -> None:
        if child.is_alive and child.num_calls < FRESH_AFTER and child.resident_bytes() < self._fresh_above_bytes:
            self._idle.append(child)
        else:
            child.kill()
