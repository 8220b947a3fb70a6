"""What must not end a worker, lose a document, or leave something of a deleted one behind."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docintel.errors import StoreBusy
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.process_id import this_process
from docintel.jobs.queue import AT_A_TIME, Queue
from docintel.library import Library
from docintel.library.jobs.commits import Commits
from docintel.model import DocumentState
from docintel.runtime import checkpoints
from docintel.workers.readers import num_readers
from docintel.workers.worker import Worker
from storage.files import Files
from tests.houses import committing_with, page_of, picture, read_of, settings_in, work

OWNER = this_process()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(settings_in(tmp_path, embedding_languages=("de",)))
    yield opened
    opened.close()


@pytest.fixture
def other(library: Library, tmp_path: Path) -> str:
    """A document that waits behind."""
    return library.add(picture(tmp_path / "other.png", 9), name="other.png").document.id


def all_pages_read(library: Library, tmp_path: Path, num_pages: int = 3) -> str:
    """A document all of whose pages have been read, and whose last step has not been done."""
    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png", priority=1).document.id
    leases = Leases(library, OWNER)
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, num_pages, "image/png")
    for page in leases.take(num_pages):
        assert isinstance(page, PageTask)
        library.commits.commit_page(
            document_id,
            read_of(page_of(f"text {page.number}", number=page.number)),
            [],
            None,
            owner=OWNER,
        )
    return document_id


def states(library: Library, document_id: str) -> list[str]:
    return [str(status.state) for status in library.page_statuses(document_id)]


def test_a_damaged_page_fails_alone_at_the_last_step_and_others_are_read(
    library: Library, tmp_path: Path, other: str
) -> None:
    document_id = all_pages_read(library, tmp_path)
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET body = :body WHERE number = 2", body=b"nonsense")
    work(library)
    assert library.document(other).state == DocumentState.READY
    assert states(library, document_id) == ["done", "failed", "done"]
    assert library.document(document_id).state == DocumentState.PARTIAL
    assert "Page 2" in (library.document(document_id).error or "")
    assert {source.page_number for chunk in library.chunks.of(document_id) for source in chunk.sources} == {1, 3}
    assert Queue(library).retry(document_id) == 1


class Stumbling(Commits):
    """Cannot finish documents whose name begins so, for whatever reason."""

    def finish(self, document_id: str, *rest: Any, **options: Any) -> bool:
        with self._store.read() as tx:
            name = tx.value("SELECT name FROM documents WHERE id = :id", id=document_id)
        if name.startswith("first"):
            raise ZeroDivisionError("secret text")
        return super().finish(document_id, *rest, **options)


def test_two_unexpected_errors_set_the_document_aside_and_the_worker_goes_on(
    library: Library, tmp_path: Path, other: str
) -> None:
    document_id = all_pages_read(library, tmp_path)
    Worker(committing_with(library, Stumbling), embedder=None).run(until_idle=True)
    document = library.document(document_id)
    assert document.state == DocumentState.QUARANTINED
    assert "ZeroDivisionError" in (document.error or "")
    assert "secret" not in (document.error or "")
    assert library.document(other).state == DocumentState.READY
    assert Queue(library).retry(document_id) == 1
    work(library)
    assert library.document(document_id).state == DocumentState.READY
    assert states(library, document_id) == ["done"] * 3


def test_a_page_that_cannot_be_committed_fails_alone(library: Library, tmp_path: Path, other: str) -> None:
    class Torn(Commits):
        def commit_page(self, document_id: str, *rest: Any, **options: Any) -> bool:
            if document_id != other:
                raise RuntimeError
            return super().commit_page(document_id, *rest, **options)

    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png").document.id
    Worker(committing_with(library, Torn), embedder=None).run(until_idle=True)
    assert states(library, document_id) == ["failed"]
    assert library.document(other).state == DocumentState.READY


def test_a_busy_database_is_nobody_s_failure(library: Library, tmp_path: Path, other: str) -> None:
    class Busy(Commits):
        times = 0

        def commit_page(self, *rest: Any, **options: Any) -> bool:
            Busy.times += 1
            if Busy.times <= 3:
                raise StoreBusy("The database is busy.")
            return super().commit_page(*rest, **options)

    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png").document.id
    Worker(committing_with(library, Busy), embedder=None).run(until_idle=True)
    assert Busy.times == 5
    assert {library.document(each).state for each in (document_id, other)} == {DocumentState.READY}


@pytest.mark.parametrize("way", ["retry", "add"])
def test_what_was_cancelled_before_its_last_step_can_be_had_after_all(
    library: Library, tmp_path: Path, way: str
) -> None:
    document_id = all_pages_read(library, tmp_path)
    Queue(library).cancel(document_id)
    assert library.document(document_id).state == DocumentState.CANCELLED
    if way == "retry":
        assert Queue(library).retry(document_id) == 1
    else:
        assert library.add(tmp_path / "first.png", name="first.png").duplicate
    assert [type(task) for task in Leases(library, OWNER).take(1)] == [FinishTask]
    Leases(library, OWNER).release()
    work(library)
    assert library.document(document_id).state == DocumentState.READY
    assert len(library.chunks.of(document_id)) > 0


def test_what_was_cancelled_while_it_waited_is_read_when_it_is_added_again(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "first.png", 1)
    document_id = library.add(path, name="first.png").document.id
    Queue(library).cancel(document_id)
    assert library.add(path, name="first.png").document.state == DocumentState.QUEUED
    work(library)
    assert library.document(document_id).state == DocumentState.READY


def cached(library: Library) -> list[str]:
    return list(Files(library.store.home / "cache").keys())


KILLED = """
import os, sys
from pathlib import Path
from docintel.pipeline.cache import Cache
from docintel.jobs.leases import Leases
from docintel.jobs.process_id import this_process
from docintel.library import Library
from docintel.library.jobs.commits import Commits
from docintel.workers.worker import Worker
from tests.houses import settings_in

put = Cache.put

def put_and_be_killed(cache, key, entry):
    if sys.argv[2] == "after":
        put(cache, key, entry)
    os._exit(9)

Cache.put = put_and_be_killed
library = Library.open(settings_in(Path(sys.argv[1])))
Worker(library, embedder=None).run(until_idle=True)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_deleting_leaves_nothing_of_a_page_whose_worker_was_killed_while_it_was_committed(
    library: Library, tmp_path: Path, moment: str
) -> None:
    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png").document.id
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), moment], check=False).returncode == 9
    assert len(cached(library)) == (moment == "after")
    assert library.page_statuses(document_id)[0].state == "reading"
    library.delete(document_id)
    assert cached(library) == []
    assert list(library.store.files.keys()) == []


def test_a_page_that_was_cancelled_while_it_was_read_is_not_read_twice(library: Library, tmp_path: Path) -> None:
    class Cancelling(Commits):
        def commit_page(self, document_id: str, *rest: Any, **options: Any) -> bool:
            Queue(library).cancel(document_id)
            return super().commit_page(document_id, *rest, **options)

    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png").document.id
    Worker(committing_with(library, Cancelling), embedder=None).run(until_idle=True)
    assert library.document(document_id).state == DocumentState.CANCELLED
    library.sweep()
    Queue(library).retry(document_id)
    work(library)
    assert library.document(document_id).pages_cached == 1
    library.delete(document_id)
    assert cached(library) == []


def test_retrying_for_a_reason_lets_others_write_in_between(library: Library, tmp_path: Path) -> None:
    document_id = library.add(picture(tmp_path / "first.png", 1), name="first.png").document.id
    num_pages = 2 * AT_A_TIME + 1
    leases = Leases(library, OWNER)
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, num_pages, "image/png")
    for page in leases.take(num_pages):
        assert isinstance(page, PageTask)
        library.commits.fail_page(document_id, page.number, f"Page {page.number} is torn.", owner=OWNER)
    queue, waiting = Queue(library), []
    write = library.store.write
    library.store.write = lambda: (waiting.append(states(library, document_id).count("queued")), write())[1]  # type: ignore[method-assign, func-returns-value]
    assert queue.retry_reason("Page … is torn.") == num_pages
    assert waiting == [0, AT_A_TIME, 2 * AT_A_TIME]
    assert states(library, document_id) == ["queued"] * num_pages


def test_as_many_pages_are_read_side_by_side_as_the_model_that_auto_means_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(
        tmp_path, engine="auto", jobs=0, qwen3_vl_batch=64, qwen3_vl_model="Qwen/Qwen3-VL-4B-Instruct"
    )
    assert num_readers(settings) < 64
    monkeypatch.setattr(checkpoints, "has_gpu", lambda: True)  # this machine has none
    assert num_readers(settings) == 64
