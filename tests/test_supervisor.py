"""Worker processes kept alive: as many as the settings say, each started again when it ends."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from docintel.library import Library
from docintel.workers.supervisor import Supervisor, shares
from tests.houses import settings_in
from tests.waiting import until


@pytest.fixture
def waits(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[float]]]:
    """How long the supervisor waited before each new start, in seconds."""
    monkeypatch.setattr("docintel.workers.supervisor.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("docintel.workers.supervisor.MAX_WAIT_S", 0.03)
    monkeypatch.setattr("docintel.workers.supervisor.LOOK_S", 0.05)
    with caplog.at_level(logging.WARNING, "docintel.workers.supervisor"):
        yield lambda: [record.args[-1] for record in caplog.records if isinstance(record.args, tuple)]  # type: ignore[misc]


def is_replaced(supervisor: Supervisor, pid: int) -> bool:
    return pid not in supervisor.pids and len(supervisor.pids) == 2


def test_workers_share_the_cores(tmp_path: Path) -> None:
    def shared(**changes: int) -> list[int]:
        return shares(settings_in(tmp_path, **changes))

    assert shared(workers=1, jobs=5) == [5]
    assert shared(workers=2, jobs=5) == [3, 2]
    assert shared(workers=3, jobs=2) == [1, 1, 1]


def test_a_worker_gives_way_to_its_owner(tmp_path: Path) -> None:
    supervisor = Supervisor(settings_in(tmp_path))
    supervisor.start()
    try:
        [worker] = supervisor.pids
        until(lambda: psutil.Process(worker).nice() > psutil.Process().nice())
        assert os.getsid(worker) == os.getsid(0), "niceness counts within a session only"
        assert os.getpgid(worker) == worker, "Ctrl-C is its owner's to handle"
    finally:
        supervisor.stop()


def test_every_worker_is_kept_alive(
    tmp_path: Path, waits: Callable[[], list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docintel.workers.supervisor.STEADY_S", 0.0)
    settings = settings_in(tmp_path, workers=2)
    Library.open(settings).close()  # a worker makes no home
    supervisor = Supervisor(settings)
    supervisor.start()
    try:
        before = supervisor.pids
        for _ in range(2):
            first, second = supervisor.pids
            os.kill(first, signal.SIGKILL)
            until(partial(is_replaced, supervisor, first))
            assert second in supervisor.pids
            time.sleep(0.5)  # it is looked at, and runs
        assert waits() == [0.01, 0.01], "a worker that has run well is started again at once"
    finally:
        supervisor.stop()
    assert supervisor.pids == []
    assert not any(psutil.pid_exists(pid) for pid in before)


def test_a_worker_that_never_runs_well_is_started_ever_later(tmp_path: Path, waits: Callable[[], list[float]]) -> None:
    (tmp_path / "home").write_text("no folder", encoding="utf-8")
    supervisor = Supervisor(settings_in(tmp_path))
    supervisor.start()
    try:
        until(lambda: len(waits()) >= 3)
    finally:
        supervisor.stop()
    assert waits()[:3] == [0.01, 0.02, 0.03]
