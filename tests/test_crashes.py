"""Workers killed at the worst moments, and several at once: nothing is lost, nothing is read twice."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from docintel.jobs.leases import PageTask
from docintel.jobs.queue import Queue
from docintel.library import Library, Store, Transaction
from docintel.library.jobs.commits import Commits
from docintel.model import DocumentState
from docintel.pipeline import ReadPage
from docintel.settings import Settings
from docintel.workers import reading
from docintel.workers.worker import Worker
from tests.houses import WordCounts, committing_with, in_the_open, pdf, work

TEXTS = ("The first page.", "The second page.", "The third page.")
PATIENCE_S = 60.0


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class DiesWithTheSecondLease(Worker):
    def _begin(self, task: Any, *args: Any, **more: Any) -> None:
        if isinstance(task, PageTask) and task.number == 2:
            die()
        super()._begin(task, *args, **more)


class DiesBeforeTheSecondCommit(Store):
    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with super().write() as tx:
            yield tx
            if tx.value("SELECT 1 FROM page_bodies WHERE number = 2"):
                die()  # pictures, page, chunks, terms and outbox are written


class DiesBeforeTheEnd(Commits):
    finish = die


def hangs_on_two(path: Path, number: int, *rest: Any) -> ReadPage:
    if number == 2:
        *_, show, settings = rest
        show(b"a preview")
        (settings.home / "reading").touch()
        time.sleep(3600)
    return reading.read(path, number, *rest)


def dies_after_a_lease(settings: Settings) -> None:
    DiesWithTheSecondLease(Library.open(settings), embedder=WordCounts()).run()


def dies_during_a_read(settings: Settings) -> None:
    worker = Worker(in_the_open(Library.open(settings)), embedder=WordCounts(), read=hangs_on_two)
    worker.run(should_stop=lambda: (settings.home / "reading").exists() and die())


def dies_before_a_commit(settings: Settings) -> None:
    library = Library(DiesBeforeTheSecondCommit.open(settings.home), settings)
    Worker(library, embedder=WordCounts()).run()


def dies_before_the_end(settings: Settings) -> None:
    Worker(committing_with(Library.open(settings), DiesBeforeTheEnd), embedder=WordCounts()).run()


def reads_all(settings: Settings) -> None:
    Worker(Library.open(settings), embedder=WordCounts()).run(until_idle=True)


@pytest.mark.parametrize(
    ("life", "num_done"),
    [(dies_after_a_lease, 1), (dies_during_a_read, 1), (dies_before_a_commit, 1), (dies_before_the_end, 3)],
)
def test_a_worker_killed_at_any_moment_loses_nothing(
    library: Library, tmp_path: Path, life: Callable[[Settings], None], num_done: int
) -> None:
    document_id = library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
    process = get_context("spawn").Process(target=life, args=(library.settings,))
    process.start()
    process.join(PATIENCE_S)
    assert process.exitcode == -signal.SIGKILL
    done = [status for status in library.page_statuses(document_id) if status.state == "done"]
    assert [status.number for status in done] == list(range(1, num_done + 1))

    work(library)
    assert library.document(document_id).state is DocumentState.READY
    assert library.page_statuses(document_id)[:num_done] == done, "what is done is never done again"
    assert [page.text.strip() for page in library.pages(document_id)] == list(TEXTS)
    assert [chunk.text for chunk in library.chunks.of(document_id)] == list(TEXTS)
    with library.store.read() as tx:
        assert tx.value("SELECT count(*) FROM chunk_terms") == tx.value("SELECT count(*) FROM vectors") == 3
        assert tx.value("SELECT count(*) FROM outbox WHERE operation = 'add'") == 3
        pictures = {row["image_key"] for row in tx.rows("SELECT image_key FROM pages")}
    assert set(library.store.files.keys("images/")) == pictures
    assert not list(library.store.files.keys("work/"))


def test_two_workers_read_every_page_once(library: Library, tmp_path: Path) -> None:
    for number in range(4):
        path = pdf(tmp_path / f"{number}.pdf", *(f"Page {page} of document {number}." for page in range(5)))
        library.add(path, name=path.name)
    workers = [get_context("spawn").Process(target=reads_all, args=(library.settings,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE_S)
        assert worker.exitcode == 0
    assert library.counts() == {DocumentState.READY: 4}
    for document in library.documents():
        assert [status.attempts for status in library.page_statuses(document.id)] == [1] * 5
    assert library.chunks.count() == 20
    assert Queue(library).is_idle()
