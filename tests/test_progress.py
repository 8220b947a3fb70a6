"""What can be seen of the work: how far, how fast, what is read now, what failed and why, and when it stops itself."""

import time
from pathlib import Path
from typing import Any

import pytest

from docintel.errors import NotFound, PageError
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.process_id import this_process
from docintel.jobs.progress import WINDOW_S
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.jobs import pausing
from docintel.library.jobs.states import PageState
from docintel.library.pages import live_output_key, preview_key
from docintel.model import DocumentState, User
from docintel.pipeline import ReadPage
from docintel.workers.worker import Worker
from tests.houses import page_of, pdf, picture, read_of, settings_in, work

TEXTS = ("The first page.", "The second page.", "The third page.")


@pytest.fixture
def document_id(library: Library, tmp_path: Path) -> str:
    return library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id


@pytest.fixture
def leases(library: Library) -> Leases:
    return Leases(library, this_process())


def opened(leases: Leases, num_pages: int) -> None:
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, num_pages, "application/pdf")


def read(library: Library, task: object) -> None:
    assert isinstance(task, PageTask)
    page = page_of(f"page {task.number}", number=task.number)
    assert library.commits.commit_page(task.document_id, read_of(page), [], None, owner=this_process())


def fail(library: Library, task: object, error: str) -> None:
    assert isinstance(task, PageTask)
    assert library.commits.fail_page(task.document_id, task.number, error, owner=this_process())


# progress


def test_an_empty_library_has_nothing_left(library: Library) -> None:
    progress = Queue(library).progress()
    assert (progress.pages_open, progress.pages_per_minute, progress.seconds_left) == (0, 0.0, 0.0)


def test_progress_counts_what_is_open_read_and_failed(library: Library, document_id: str, leases: Leases) -> None:
    queue = Queue(library)
    assert queue.progress().documents_unopened == 1
    assert queue.progress().seconds_left is None, "nothing has been read: there is no telling"
    opened(leases, 4)
    one, two, three = leases.take(3)
    read(library, one)
    fail(library, two, "Page 2 is torn (badly).")
    fail(library, three, "Page 3 is torn (badly).")
    progress = queue.progress()
    assert (progress.pages_done, progress.pages_failed, progress.pages_open) == (1, 2, 1)
    assert progress.failures == (("Page … is torn (badly).", 2),)
    assert progress.pages_per_minute > 0
    assert progress.seconds_left
    assert library.document(document_id).error == "2 of 4 pages failed; page 2: Page 2 is torn (badly)."


def test_files_that_failed_are_among_the_failures(library: Library, document_id: str, leases: Leases) -> None:
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.not_opened(task, "The file is damaged.")
    assert Queue(library).progress().failures == (("The file is damaged.", 1),)
    assert library.document(document_id).state is DocumentState.FAILED


@pytest.mark.usefixtures("document_id")
def test_the_rate_is_that_of_the_last_minutes(library: Library, leases: Leases) -> None:
    opened(leases, 8)
    for task in leases.take(6):
        read(library, task)
    now = time.time()
    with library.store.write() as tx:
        tx.run("UPDATE pages SET started_at = :began, read_at = :ended", began=now - 100, ended=now - 1)
        tx.run("UPDATE pages SET started_at = 0, read_at = :ended WHERE number = 6", ended=now - 2 * WINDOW_S)
    progress = Queue(library).progress()
    assert progress.pages_per_minute == pytest.approx(60 * 7 / 100, rel=0.1)


def test_documents_that_nobody_has_opened_count_as_the_others(library: Library, tmp_path: Path) -> None:
    leases = Leases(library, this_process())
    for number in range(3):
        library.add(picture(tmp_path / "p.png", number), name="p.png")
    opened(leases, 4)
    for task in leases.take(4):
        if isinstance(task, PageTask):
            read(library, task)
    progress = Queue(library).progress()
    assert progress.documents_unopened == 2
    rate = progress.pages_per_minute / 60
    assert progress.seconds_left == pytest.approx((progress.pages_open + 2 * 4) / rate, rel=0.01)


def test_users_see_the_progress_of_what_they_see(library: Library, document_id: str, leases: Leases) -> None:
    opened(leases, 3)
    fail(library, leases.take(1)[0], "torn")
    leases.take(1)
    stranger = Queue(library.for_user(User(id="eve@example.org", name="Eve")))
    assert stranger.being_read() == []
    assert stranger.progress().failures == ()
    assert stranger.progress().pages_open == 0
    assert [page.document_id for page in Queue(library).being_read()] == [document_id]


# what is being read now


def shows_and_waits(*rest: Any) -> ReadPage:
    *_, show, _settings = rest
    show(b"a small picture")
    time.sleep(3600)
    raise AssertionError


def test_the_page_that_is_being_read_can_be_seen(library: Library, document_id: str) -> None:
    seen: list[bytes] = []

    def should_stop() -> bool:
        try:
            seen.append(library.preview(document_id, 1))
        except NotFound:
            return False
        [page] = Queue(library).being_read()
        assert (page.document_id, page.name, page.number, page.num_pages) == (document_id, "three.pdf", 1, 3)
        return True

    Worker(library, embedder=None, read=shows_and_waits).run(should_stop=should_stop)
    assert seen == [b"a small picture"]
    with pytest.raises(NotFound, match="not being read"):
        library.preview(document_id, 1)
    assert Queue(library).being_read() == []


def test_previews_go_when_their_pages_end(library: Library, document_id: str) -> None:
    work(library)
    assert library.document(document_id).pages_read == 3
    assert not list(library.store.files.keys("work/"))


def test_previews_that_killed_workers_left_are_swept(library: Library, document_id: str, leases: Leases) -> None:
    opened(leases, 2)
    leases.take(1)
    for number in (1, 2):
        library.store.files.write(preview_key(document_id, number), b"left")
        library.store.files.write(live_output_key(document_id, number), b"left")
    library.sweep()
    left = [preview_key(document_id, 1), live_output_key(document_id, 1)]
    assert list(library.store.files.keys("work/")) == left, "page 1 is being read"


# too many failures


def tears(*_: Any) -> ReadPage:
    raise PageError("The page is torn.")


def test_failures_in_a_row_pause_the_queue(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, stop_after_failures=2))
    for number in range(3):
        library.add(picture(tmp_path / f"{number}.png", 100 + number), name=f"{number}.png")
    Worker(library, embedder=None, read=tears).run(until_idle=True)
    queue = Queue(library)
    assert "2 documents failed in a row" in (queue.pause_reason or "")
    assert library.page_counts()[PageState.FAILED] == 2
    queue.resume()
    work(library)
    assert library.page_counts() == {"done": 1, "failed": 2}, "failures from before do not count any more"
    assert not queue.paused
    library.close()


def test_a_document_counts_once_however_many_of_its_pages_fail(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, stop_after_failures=2))
    library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf")
    Worker(library, embedder=None, read=tears).run(until_idle=True)
    assert library.page_counts() == {"failed": 3}
    assert not Queue(library).paused
    library.close()


def test_a_page_that_is_read_ends_the_row(library: Library, document_id: str) -> None:
    leases = Leases(
        Library(library.store, library.settings.model_copy(update={"stop_after_failures": 2})), this_process()
    )
    opened(leases, 2)
    count_failures(library, "another document")
    read(library, leases.take(1)[0])
    fail(library, leases.take(1)[0], "torn")
    [finish] = leases.take(1)
    assert isinstance(finish, FinishTask), "no two in a row"
    leases.put_back(finish)
    count_failures(library, document_id, "a third one")
    assert leases.take(1) == []
    assert Queue(library).paused
    Queue(library).resume()
    assert isinstance(leases.take(1)[0], FinishTask)


def count_failures(library: Library, *document_ids: str) -> None:
    with library.store.write() as tx:
        for document_id in document_ids:
            pausing.count_failure(tx, document_id)


def test_without_a_limit_failures_never_pause(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, stop_after_failures=0))
    library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf")
    Worker(library, embedder=None, read=tears).run(until_idle=True)
    assert library.page_counts() == {"failed": 3}
    library.close()


# order


def test_pages_of_an_urgent_document_go_before_those_of_one_that_was_begun(
    library: Library, document_id: str, tmp_path: Path, leases: Leases
) -> None:
    opened(leases, 3)
    read(library, leases.take(1)[0])
    urgent = library.add(picture(tmp_path / "p.png"), name="p.png", priority=10).document.id
    opened(leases, 1)
    [first, second] = leases.take(2)
    assert [first.document_id, second.document_id] == [urgent, document_id]
