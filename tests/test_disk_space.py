"""A disk that is full, or will be: what has no room waits, nothing fails, nothing is lost."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docintel.errors import DiskFull
from docintel.jobs.leases import Leases, OpenTask
from docintel.jobs.process_id import this_process
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.jobs import disk_space
from docintel.library.jobs.commits import Commits
from docintel.library.jobs.states import PageState
from docintel.model import DocumentState
from docintel.pipeline import ReadPage
from docintel.workers import reading
from docintel.workers.worker import Worker
from tests.houses import WordCounts, committing_with, in_the_open, pdf, settings_in, work

TEXTS = ("The first page.", "The second page.", "The third page.")
MORE_THAN_THERE_IS = 10**18


def narrowed(library: Library, **changes: Any) -> Library:
    return Library(library.store, library.settings.model_copy(update=changes))


# foreseen


def test_a_file_that_has_no_room_is_not_taken_in(library: Library, tmp_path: Path) -> None:
    path = pdf(tmp_path / "three.pdf", *TEXTS)
    with pytest.raises(DiskFull, match=r"three\.pdf has no room: [\d,.]+ MB are missing"):
        narrowed(library, min_free_bytes=MORE_THAN_THERE_IS).add(path, name=path.name)
    assert library.count() == 0
    assert not list(library.store.files.keys())


def test_a_disk_that_is_as_good_as_full_pauses_before_anything_is_begun(library: Library, tmp_path: Path) -> None:
    document_id = library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
    work(narrowed(library, min_free_bytes=MORE_THAN_THERE_IS))
    queue = Queue(library)
    assert "DOCINTEL_MIN_FREE_BYTES" in (queue.pause_reason or "")
    assert library.document(document_id).state is DocumentState.QUEUED
    queue.resume()
    work(library)
    assert library.document(document_id).state is DocumentState.READY


def test_a_document_without_room_waits_and_others_go_on(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf", priority=10).document.id
    small = library.add(pdf(tmp_path / "one.pdf", "Only one."), name="one.pdf").document.id
    with monkeypatch.context() as patched:
        patched.setattr("docintel.library.jobs.disk_space.PAGE_BYTES", disk_space.available(library.settings) // 2)
        work(library)
        waiting = library.document(large)
        assert (waiting.state, waiting.num_pages, waiting.pages_read) == (DocumentState.QUEUED, 3, 0)
        assert "waits for room" in (waiting.error or "")
        assert {job.document_id: job.state for job in Queue(library).jobs()} == {large: "no_room", small: "done"}
        assert library.document(small).state is DocumentState.READY
        assert disk_space.admit_waiting(library.store, library.settings) == 0
    assert disk_space.admit_waiting(library.store, library.settings) == 1
    work(library)
    assert (library.document(large).state, library.document(large).error) == (DocumentState.READY, None)


def test_room_is_promised_once(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        library.add(pdf(tmp_path / "p.pdf", f"Number {number}."), name=f"{number}.pdf")
    monkeypatch.setattr(
        "docintel.library.jobs.disk_space.PAGE_BYTES", int(disk_space.available(library.settings) / 2.5)
    )
    leases = Leases(library, this_process())
    for task in leases.take(3):
        assert isinstance(task, OpenTask)
        leases.opened(task, 1, "application/pdf")
    assert Queue(library).counts() == {"reading": 2, "no_room": 1}


def test_a_document_that_waits_for_room_can_be_cancelled(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
    monkeypatch.setattr("docintel.library.jobs.disk_space.PAGE_BYTES", MORE_THAN_THERE_IS)
    work(library)
    Queue(library).cancel(document_id)
    assert library.document(document_id).state is DocumentState.CANCELLED
    assert disk_space.admit_waiting(library.store, library.settings) == 0


# really full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("a small disk is mounted for this, which only root may do")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def cramped(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library on a small disk, of which nothing is kept free."""
    monkeypatch.setattr("docintel.library.jobs.disk_space.PAGE_BYTES", 1)
    opened = Library.open(settings_in(small_disk, min_free_bytes=0))
    yield opened
    opened.close()


def fill(home: Path) -> None:
    """To the last byte."""
    with (home / "ballast").open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while file.write(b"x" * size):
                    continue
            except OSError:
                continue


def reads_on_a_full_disk(path: Path, number: int, *rest: Any) -> ReadPage:
    *_, settings = rest
    if number == 2:
        fill(settings.home)
    return reading.read(path, number, *rest)


class FullAtCommit(Commits):
    def commit_page(self, *args: Any, **more: Any) -> bool:
        fill(self._store.home)
        return super().commit_page(*args, **more)


class FullAtTheEnd(Commits):
    def finish(self, *args: Any, **more: Any) -> bool:
        fill(self._store.home)
        return super().finish(*args, **more)


def worker_at_a_full_cache(library: Library) -> Worker:
    return Worker(in_the_open(library), embedder=WordCounts(), read=reads_on_a_full_disk)


def worker_at_a_full_commit(library: Library) -> Worker:
    return Worker(committing_with(library, FullAtCommit), embedder=WordCounts())


def worker_at_a_full_end(library: Library) -> Worker:
    return Worker(committing_with(library, FullAtTheEnd), embedder=WordCounts())


def worker_that_begins_on_a_full_disk(library: Library) -> Worker:
    fill(library.settings.home)
    return Worker(library, embedder=WordCounts())


@pytest.mark.parametrize(
    "worker",
    [
        worker_that_begins_on_a_full_disk,
        worker_at_a_full_cache,
        worker_at_a_full_commit,
        worker_at_a_full_end,
    ],
)
def test_a_full_disk_pauses_and_loses_nothing(
    cramped: Library, tmp_path: Path, worker: Callable[[Library], Worker]
) -> None:
    document_id = cramped.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
    ballast, turns = cramped.settings.home / "ballast", iter(range(100))
    full_for = iter(range(3))

    def some_room_after_a_while() -> bool:
        if ballast.exists() and next(full_for, None) is None:
            ballast.unlink()
        return next(turns, None) is None

    worker(cramped).run(should_stop=some_room_after_a_while, until_idle=True)
    queue = Queue(cramped)
    assert "Free some" in (queue.pause_reason or "")
    assert cramped.page_counts().get(PageState.FAILED) is None
    queue.resume()
    ballast.unlink(missing_ok=True)
    work(cramped)
    assert cramped.document(document_id).state is DocumentState.READY
    assert [page.text.strip() for page in cramped.pages(document_id)] == list(TEXTS)
    assert [chunk.text for chunk in cramped.chunks.of(document_id)] == list(TEXTS)


def test_an_original_that_finds_the_disk_full_leaves_nothing_behind(cramped: Library, tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    shutil.copy(pdf(tmp_path / "three.pdf", *TEXTS), path)
    with path.open("ab") as file:
        file.truncate(64 << 20)
    boundless = narrowed(cramped, min_free_bytes=-MORE_THAN_THERE_IS)  # as if the room had gone while it is copied
    with pytest.raises(DiskFull):
        boundless.add(path, name=path.name)
    assert cramped.count() == 0
    assert [each for each in cramped.store.files.root.rglob("*") if each.is_file()] == []
