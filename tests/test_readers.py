"""Reading processes: used again while they are small, replaced when they have grown."""

import os
from pathlib import Path

from docintel.jobs.leases import PageTask
from docintel.processes.children import Returned
from docintel.workers.readers import FRESH_ABOVE_BYTES, Readers

MEMORY = 1 << 30


def task(number: int) -> PageTask:
    return PageTask(document_id="d", number=number, path=Path("d.pdf"), content="", engine="", languages=())


def pids(readers: Readers, *, calls: int) -> list[int]:
    """The process that each of `calls` calls ran in."""
    found = []
    for number in range(1, calls + 1):
        readers.begin(task(number), os.getpid, timeout_s=60.0)
        ended: list[object] = []
        while not ended:
            ended += [outcome for _, outcome in readers.ended(1.0)]
        (outcome,) = ended
        assert isinstance(outcome, Returned)
        found.append(outcome.value)
    readers.close()
    return found


def test_a_process_reads_page_after_page() -> None:
    assert len(set(pids(Readers(1, memory_bytes=MEMORY, fresh_above_bytes=FRESH_ABOVE_BYTES), calls=3))) == 1


def test_a_process_that_has_grown_is_replaced() -> None:
    assert len(set(pids(Readers(1, memory_bytes=MEMORY, fresh_above_bytes=1), calls=3))) == 3
