"""Reading processes: used again while they are small, replaced when they have grown."""

import os
import socket
from pathlib import Path

import pytest

from docintel.home import Home
from docintel.jobs.leases import PageTask
from docintel.model import DocumentState
from docintel.processes.outcomes import Returned
from docintel.settings import Settings
from docintel.workers import inputs
from docintel.workers.inputs import InputFolder
from docintel.workers.readers import FRESH_ABOVE_BYTES, Readers
from tests.houses import pdf, settings_in, working
from tests.waiting import until


def task(path: Path, number: int) -> PageTask:
    return PageTask(document_id="d", number=number, path=path, content="", engine="", languages=())


def pid_and_content(path: Path) -> tuple[int, bytes]:
    return os.getpid(), path.read_bytes()


@pytest.fixture(params=["auto", "off"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_in(tmp_path, sandbox=request.param)


def pids(settings: Settings, folder: Path, *, fresh_above_bytes: int = FRESH_ABOVE_BYTES) -> list[int]:
    """The process that each of three calls ran in; each read its own file."""
    readers, found = Readers(1, settings, preload=[__name__], fresh_above_bytes=fresh_above_bytes), []
    for number in range(1, 4):
        path = folder / f"{number}.pdf"
        path.write_bytes(b"%d" % number)
        readers.begin(task(path, number), pid_and_content, timeout_s=60.0)
        ended: list[object] = []
        while not ended:
            ended += [outcome for _, outcome in readers.ended(1.0)]
        (outcome,) = ended
        assert isinstance(outcome, Returned)
        assert outcome.value[1] == b"%d" % number
        found.append(outcome.value[0])
    readers.close()
    return found


def test_a_process_reads_page_after_page(settings: Settings, tmp_path: Path) -> None:
    assert len(set(pids(settings, tmp_path))) == 1


def test_a_process_that_has_grown_is_replaced(settings: Settings, tmp_path: Path) -> None:
    assert len(set(pids(settings, tmp_path, fresh_above_bytes=1))) == 3


def test_nothing_is_left_of_what_processes_were_given(settings: Settings, tmp_path: Path) -> None:
    pids(settings, tmp_path)
    assert not (settings.home / inputs.FOLDER).exists()


def test_a_worker_that_waits_keeps_no_second_name_of_what_it_read(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as home:
        document = home.library.add(pdf(tmp_path / "a.pdf", "A page."), name="a.pdf").document

        def is_read() -> bool:
            return home.library.document(document.id).state is DocumentState.READY

        with working(home.library):
            until(is_read)
            until(lambda: not list(home.settings.home.glob(f"{inputs.FOLDER}/*/*")))
            assert list(home.settings.home.glob(f"{inputs.FOLDER}/*")), "its processes are there still"


def test_what_a_killed_worker_gave_its_processes_is_swept(settings: Settings) -> None:
    left = settings.home / inputs.FOLDER / f"{socket.gethostname()},1,0:0,0"
    left.mkdir(parents=True)
    own = InputFolder(settings.home)
    inputs.sweep(settings.home)
    assert list((settings.home / inputs.FOLDER).iterdir()) == [own.path]
