"""docintel.jobs: what waits is read once, whatever crashes, hangs, or is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from docintel.errors import DiskFull, EngineUnavailable, PageError
from docintel.jobs.leases import Leases, OpenTask
from docintel.jobs.process_id import this_process
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.jobs.commits import Commits
from docintel.model import DocumentState, Filters
from docintel.pipeline import ReadPage
from docintel.workers import reading
from docintel.workers.supervisor import Supervisor
from docintel.workers.worker import Worker
from tests.houses import WordCounts, committing_with, in_the_open, pdf, picture, settings_in, work
from tests.waiting import PATIENCE_S, until

TEXTS = ("The first page.", "The second page.", "The third page.")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    # no model is loaded in worker processes for pages in English
    opened = Library.open(settings_in(tmp_path, embedding_languages=("de",)))
    yield opened
    opened.close()


@pytest.fixture
def document_id(library: Library, tmp_path: Path) -> str:
    return library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id


def states(library: Library, document_id: str) -> list[str]:
    return [status.state for status in library.page_statuses(document_id)]


# readers that break: they run in reading processes, in place of docintel.workers.reading.read


def crashes_on_two(path: Path, number: int, *rest: Any) -> ReadPage:
    if number == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    return reading.read(path, number, *rest)


def hangs_on_two(path: Path, number: int, *rest: Any) -> ReadPage:
    if number == 2:
        time.sleep(3600)
    return reading.read(path, number, *rest)


def fails_on_two(path: Path, number: int, *rest: Any) -> ReadPage:
    if number == 2:
        raise PageError("The page is torn.")
    return reading.read(path, number, *rest)


def stumbles_on_two(path: Path, number: int, *rest: Any) -> ReadPage:
    if number == 2:
        raise ZeroDivisionError
    return reading.read(path, number, *rest)


def fills_the_disk(*_: Any) -> ReadPage:
    raise DiskFull("No space is left.")


def hangs(*_: Any) -> ReadPage:
    time.sleep(3600)
    raise AssertionError


# reading


def test_a_document_is_read_to_its_end(library: Library, document_id: str) -> None:
    work(library)
    document = library.document(document_id)
    assert (document.state, document.num_pages, document.pages_read) == (DocumentState.READY, 3, 3)
    assert [page.text.strip() for page in library.pages(document_id)] == list(TEXTS)
    [job] = Queue(library).jobs()
    assert (job.state, job.pages_done, job.reading_page) == ("done", 3, None)
    assert [chunk.text for chunk in library.chunks.of(document_id)] == list(TEXTS)
    assert len(library.chunks.vectors(Filters())[0]) == 3
    assert Queue(library).is_idle()


def test_the_same_pages_in_another_collection_come_from_the_cache(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    for collection in ("one", "two"):
        library.add(path, name="scan.png", collection=collection)
        work(library)
    assert [document.pages_cached for document in library.documents()] == [1, 0]


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (fails_on_two, "torn"),
        (stumbles_on_two, "ZeroDivisionError"),
        (crashes_on_two, "twice (signal SIGSEGV); it is set aside"),
    ],
)
def test_a_bad_page_fails_alone(library: Library, document_id: str, read: Callable[..., ReadPage], reason: str) -> None:
    Worker(library, embedder=WordCounts(), read=read).run(until_idle=True)
    document = library.document(document_id)
    assert (document.state, document.pages_read, document.pages_failed) == (DocumentState.PARTIAL, 2, 1)
    assert states(library, document_id) == ["done", "failed", "done"]
    failed = library.page_statuses(document_id)[1]
    assert reason in (failed.error or "")
    assert document.error == f"1 of 3 pages failed; page 2: {failed.error}"
    assert failed.attempts == (2 if read is crashes_on_two else 1), "a crash is tried once more, then set aside"


def test_a_hanging_page_is_ended_and_the_others_are_read(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, page_timeout_s=8))
    document_id = library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
    Worker(library, embedder=None, read=hangs_on_two).run(until_idle=True)
    assert states(library, document_id) == ["done", "failed", "done"]
    assert "DOCINTEL_PAGE_TIMEOUT_S" in (library.page_statuses(document_id)[1].error or "")
    library.close()


def test_retrying_reads_only_what_failed(library: Library, document_id: str) -> None:
    Worker(library, embedder=None, read=fails_on_two).run(until_idle=True)
    before = library.page_statuses(document_id)
    queue = Queue(library)
    assert queue.retry(document_id, 1) == 0, "page 1 did not fail"
    assert queue.retry_failed() == 1
    assert library.document(document_id).state == DocumentState.READING
    work(library)
    assert library.document(document_id).state == DocumentState.READY
    after = library.page_statuses(document_id)
    assert [after[0], after[2]] == [before[0], before[2]]
    assert queue.retry(document_id) == 0


def test_a_full_disk_pauses_and_fails_nothing(library: Library, document_id: str) -> None:
    Worker(in_the_open(library), embedder=None, read=fills_the_disk).run(until_idle=True)
    queue = Queue(library)
    assert "space" in (queue.pause_reason or "")
    assert set(states(library, document_id)) == {"queued"}
    queue.resume()
    work(library)
    assert library.document(document_id).state == DocumentState.READY


def test_a_disk_that_is_full_at_the_end_fails_nothing_either(library: Library, document_id: str) -> None:
    class Full(Commits):
        def finish(self, *_: Any, **__: Any) -> bool:
            raise DiskFull("No space is left.")

    Worker(committing_with(library, Full), embedder=None).run(until_idle=True)
    assert set(states(library, document_id)) == {"done"}
    assert library.document(document_id).state == DocumentState.READING
    Queue(library).resume()
    work(library)
    assert library.document(document_id).state == DocumentState.READY


def test_without_an_embedding_model_words_are_searched(library: Library, document_id: str) -> None:
    class Missing(WordCounts):
        def passages(self, texts: object) -> Any:
            raise EngineUnavailable(f"The model for {texts is not None} texts is not installed.")

    work(library, Missing())
    assert library.document(document_id).state == DocumentState.READY
    assert library.chunks.vectors(Filters())[0] == []
    assert library.chunks.lexical('"second"', Filters(), 3)


# files that cannot be opened


def test_a_damaged_file_fails_with_its_reason(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "damaged.pdf"
    path.write_bytes(b"%PDF-1.7\n" + b"nothing that a reader could use " * 50)
    document_id = library.add(path, name="damaged.pdf").document.id
    work(library)
    document = library.document(document_id)
    assert document.state == DocumentState.FAILED
    assert document.error


def test_an_encrypted_file_waits_for_its_password(library: Library, tmp_path: Path) -> None:
    document_id = library.add(pdf(tmp_path / "s.pdf", "secret", password="open"), name="s.pdf").document.id
    work(library)
    assert library.document(document_id).state == DocumentState.NEEDS_PASSWORD
    library.unlock(document_id, "open")
    work(library)
    assert library.document(document_id).state == DocumentState.READY
    assert library.page(document_id, 1).text.strip() == "secret"
    library.sweep()
    assert not list(library.store.files.keys("work/"))


def test_two_crashes_at_opening_quarantine_a_file(library: Library, document_id: str) -> None:
    leases = Leases(library, this_process())
    for is_over in (False, True):
        [task] = leases.take(1)
        assert isinstance(task, OpenTask)
        assert leases.crashed(task, "It crashed.") is is_over
    assert library.document(document_id).state == DocumentState.QUARANTINED
    assert Queue(library).retry(document_id) == 1
    assert library.document(document_id).state == DocumentState.QUEUED


# pause, cancel, delete


def test_nothing_is_begun_while_paused(library: Library, document_id: str) -> None:
    queue = Queue(library)
    queue.pause()
    assert queue.paused
    work(library)
    assert library.document(document_id).state == DocumentState.QUEUED
    queue.resume()
    work(library)
    assert library.document(document_id).state == DocumentState.READY


def test_a_cancelled_document_keeps_what_was_read_and_can_go_on(library: Library, document_id: str) -> None:
    queue = Queue(library)
    leases = Leases(library, this_process())
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, len(TEXTS), "application/pdf")
    leases.take(1)
    queue.cancel(document_id)
    assert states(library, document_id) == ["cancelled"] * 3
    assert library.document(document_id).state == DocumentState.CANCELLED
    assert leases.held() == set()
    assert leases.take(1) == []
    assert queue.retry(document_id) == 3
    work(library)
    assert library.document(document_id).state == DocumentState.READY
    queue.cancel(document_id)
    assert library.document(document_id).state == DocumentState.READY, "what is done cannot be cancelled"


def test_a_document_deleted_while_it_is_read_leaves_nothing(
    library: Library, document_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docintel.workers.worker.LOOK_S", 0.1)
    deleted = False

    def should_stop() -> bool:
        nonlocal deleted
        if not deleted and "reading" in states_of_all(library):
            library.delete(document_id)
            deleted = True
        return False

    Worker(library, embedder=None, read=hangs).run(should_stop=should_stop, until_idle=True)
    assert deleted
    assert library.count() == 0
    assert list(library.store.files.keys()) == []


def states_of_all(library: Library) -> set[str]:
    return {str(state) for state in library.page_counts()}


# processes


def test_a_killed_worker_is_replaced_and_done_pages_are_not_read_again(library: Library, tmp_path: Path) -> None:
    texts = [f"Page {number} of many." for number in range(1, 31)]
    document_id = library.add(pdf(tmp_path / "many.pdf", *texts), name="many.pdf").document.id
    supervisor = Supervisor(library.settings)
    supervisor.start()
    try:
        until(lambda: library.document(document_id).pages_read >= 3)
        [first] = supervisor.pids
        os.kill(first, signal.SIGKILL)
        read_before = {s.number for s in library.page_statuses(document_id) if s.state == "done"}
        until(lambda: library.document(document_id).state == DocumentState.READY)
        assert supervisor.pids != [first]
    finally:
        supervisor.stop()
    attempts = {s.number: s.attempts for s in library.page_statuses(document_id)}
    assert all(attempts[number] == 1 for number in read_before)
    assert [page.text.strip() for page in library.pages(document_id)] == texts
    assert [chunk.text for chunk in library.chunks.of(document_id)] == texts
    assert not psutil.pid_exists(first)


def test_a_worker_ends_with_its_supervisor_and_puts_its_pages_back(library: Library, document_id: str) -> None:
    with subprocess.Popen([sys.executable, "-m", "docintel.workers"], stdin=subprocess.PIPE, text=True) as worker:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(library.settings.model_dump(mode="json")) + "\n")
        worker.stdin.flush()
        until(lambda: library.document(document_id).state != DocumentState.QUEUED)
        worker.stdin.close()
        assert worker.wait(PATIENCE_S) == 0
    assert "reading" not in states(library, document_id)
