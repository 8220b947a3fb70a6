"""docintel.jobs.leases: what one worker holds no other one does, and what is lost with a worker is not lost."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.process_id import is_gone, this_process
from docintel.library import Library
from docintel.library.jobs.repository import LEASE_S
from docintel.model import DocumentState
from tests.houses import picture


@pytest.fixture
def document_id(library: Library, tmp_path: Path) -> str:
    return library.add(picture(tmp_path / "scan.png"), name="scan.png").document.id


def states(library: Library, document_id: str) -> list[str]:
    return [status.state for status in library.page_statuses(document_id)]


def opened(leases: Leases, num_pages: int = 3) -> None:
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, num_pages, "application/pdf")


def test_two_workers_never_hold_the_same_page(library: Library, document_id: str) -> None:
    one, two = Leases(library, "host/1/1.00"), Leases(library, "host/2/2.00")
    opened(one)
    held = [*one.take(2), *two.take(2)]
    assert [task.number for task in held if isinstance(task, PageTask)] == [1, 2, 3]
    assert one.held() == {(document_id, 1), (document_id, 2)}
    assert two.take(1) == []


def test_leases_of_a_process_that_is_gone_go_back_to_the_queue(library: Library, document_id: str) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    gone = Leases(library, f"{this_process().split('/')[0]}/{process.pid}/1.00")
    opened(gone)
    gone.take(2)
    alive = Leases(library, this_process())
    assert alive.reclaim() == 2
    assert states(library, document_id) == ["queued"] * 3
    assert [status.attempts for status in library.page_statuses(document_id)] == [1, 1, 0], "counted before the work"
    assert alive.reclaim() == 0


def test_leases_that_nobody_renews_go_back_to_the_queue(library: Library, document_id: str) -> None:
    now = [0.0]
    elsewhere = Leases(library, "another-machine/1/1.00")
    mine = Leases(library, this_process(), clock=lambda: now[0])
    opened(elsewhere)
    elsewhere.take(1)
    for _ in range(3):
        assert mine.reclaim() == 0
        now[0] += LEASE_S - 1
        elsewhere.renew()
    assert mine.reclaim() == 0
    now[0] += LEASE_S + 1
    assert mine.reclaim() == 1
    assert states(library, document_id) == ["queued", "queued", "queued"]


@pytest.mark.parametrize("step_s", [-86_400.0, 1.0, 3_600.0])
def test_setting_the_clock_takes_no_lease_from_a_worker_that_is_alive(
    library: Library, document_id: str, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    elsewhere, here = Leases(library, "another-machine/1/1.00"), Leases(library, this_process())
    opened(elsewhere)
    elsewhere.take(1)
    here.take(1)
    other = Leases(library, "a-third-machine/1/1.00")
    assert other.reclaim() == 0
    seconds = time.time
    monkeypatch.setattr(time, "time", lambda: seconds() + step_s)
    assert other.reclaim() == 0
    assert states(library, document_id) == ["reading", "reading", "queued"]
    assert not is_gone(this_process())


def test_a_page_that_loses_every_worker_fails_in_the_end(
    library: Library, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docintel.jobs.leases.MAX_ATTEMPTS", 2)
    leases = Leases(library, this_process())
    opened(leases, 1)
    for _ in range(2):
        assert leases.take(1)
        leases.release()
    assert library.page_statuses(document_id)[0].state == "failed"
    assert isinstance(leases.take(1)[0], FinishTask)


def test_a_file_that_loses_every_worker_is_set_aside_in_the_end(
    library: Library, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docintel.jobs.leases.MAX_ATTEMPTS", 2)
    leases = Leases(library, this_process())
    for _ in range(2):
        assert leases.take(1)
        assert leases.release() == 1
    assert library.document(document_id).state == DocumentState.QUARANTINED
    assert leases.take(1) == []


def test_urgent_documents_come_first_then_older_ones(library: Library, tmp_path: Path) -> None:
    ids = [
        library.add(picture(tmp_path / "p.png", n), name="p.png", priority=priority).document.id
        for n, priority in enumerate((0, 0, 5))
    ]
    order = [task.document_id for task in Leases(library, this_process()).take(3)]
    assert order == [ids[2], ids[0], ids[1]]


def test_processes_are_known_by_more_than_their_number() -> None:
    host, pid, _ = this_process().rsplit("/", 2)
    assert not is_gone(this_process())
    assert is_gone(f"{host}/{pid}/1.00")
    assert is_gone(f"{host}/{pid}/00000000:1")
    assert is_gone(f"{this_process()}0")
    assert not is_gone(f"{host}/{pid}/{psutil.Process().create_time() - 1:.2f}"), "as a release before noted it"
    assert not is_gone(f"another-machine/{pid}/1.00")
