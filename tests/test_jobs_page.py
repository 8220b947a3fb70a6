"""The jobs page in the middle of a job, the watched folders' dialog, and what figures are made of."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from docintel.home import Home
from docintel.jobs.leases import Leases, OpenTask, PageTask
from docintel.jobs.live_output import LiveOutput
from docintel.jobs.pace import Minute, ended, pace
from docintel.jobs.worker_registry import num_alive, registered
from docintel.library import Library, watches
from docintel.library.jobs.states import PageState
from docintel.library.pages import live_output_key, preview_key
from docintel.library.watches import WatchedFile
from docintel.model import DocumentState, User
from docintel.ui.documents import watched
from docintel.ui.jobs.plot import plot
from tests.houses import page_of, pdf, read_of, settings_in
from tests.test_pages import opened, shown, started
from tests.waiting import PATIENCE_S

NUM_PAGES = 5


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AppTest, Home]]:
    settings = settings_in(tmp_path)
    monkeypatch.setenv("DOCINTEL_WATCH_ROOTS", str(tmp_path))
    with Home.open(settings, owner=True) as owned:
        yield from ((app, owned) for app in started(settings, monkeypatch))


def begun(library: Library, folder: Path, *, failed: int = 0) -> str:
    """A document of which one page is read, `failed` could not be read, and the next is in a worker's hands."""
    path = pdf(folder / "a.pdf", *(f"Page {number}" for number in range(NUM_PAGES)))
    document = library.add(path, name="bulk.pdf").document.id
    leases = Leases(library, "elsewhere/1/0.00")
    (opening,) = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, NUM_PAGES, "application/pdf")
    tasks = [task for task in leases.take(2 + failed) if isinstance(task, PageTask)]
    library.commits.commit_page(document, read_of(page_of("Page", number=1)), [], None, owner=leases.owner)
    for task in tasks[1 : 1 + failed]:
        library.commits.fail_page(document, task.number, f"page {task.number} is damaged", owner=leases.owner)
    return document


def test_the_page_that_is_read_is_shown_with_its_number_and_picture(
    house: tuple[AppTest, Home], tmp_path: Path
) -> None:
    app, home = house
    document = begun(home.library, tmp_path)
    home.library.store.files.write(preview_key(document, 2), b"a small picture")
    page = shown(opened(app, "jobs"))
    assert f"reading page 2 of {NUM_PAGES}" in page
    assert f"/images/preview/{document}/2.jpg?expires=" in page
    assert "1 read" in page


def test_a_page_whose_picture_is_not_there_yet_is_shown_without_it(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    document = begun(home.library, tmp_path)
    page = shown(opened(app, "jobs"))
    assert "/images/preview/" not in page
    assert f"/images/thumbnail/{document}/1.jpg" in page


def test_what_a_model_says_of_the_page_is_shown_with_its_tokens(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    document = begun(home.library, tmp_path)
    page = shown(opened(app, "jobs"))
    assert "token" not in page
    note = LiveOutput(num_tokens=1_204, tokens_per_second=43.4, words="der <b>Zähler")
    home.library.store.files.write(live_output_key(document, 2), note.model_dump_json().encode())
    page = shown(opened(app, "jobs"))
    assert "1,204 tokens, 43 a second" in page
    assert "<bdi>der &lt;b&gt;Zähler</bdi>" in page


def test_figures_tell_the_rate_and_what_is_left(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    begun(home.library, tmp_path)
    page = shown(opened(app, "jobs"))
    assert "pages a minute" in page
    assert f"<b>{NUM_PAGES - 1}</b><span>pages to read</span>" in page
    assert "Pages a minute over the last hour" in page


def test_it_is_told_that_no_worker_is_alive(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    begun(home.library, tmp_path)
    assert "No worker is alive" in shown(opened(app, "jobs"))
    with registered(home.settings.home):
        page = shown(opened(app, "jobs"))
    assert "No worker is alive" not in page
    assert "1 worker alive" in page


def test_a_document_that_changes_its_place_while_the_page_is_drawn_does_no_harm(
    house: tuple[AppTest, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, home = house
    document = begun(home.library, tmp_path, failed=1)
    html = st.html

    def drawn(body: str | Path) -> None:
        html(body)
        if "reading page 3" in str(body):
            home.queue.cancel(document)

    monkeypatch.setattr(st, "html", drawn)  # Streamlit's own: it tells how far the page is drawn
    page = shown(opened(app, "jobs"))
    assert home.library.document(document).state is DocumentState.CANCELLED
    assert page.count("bulk.pdf</span>") == 2


def test_failures_are_grouped_by_reason_and_a_group_is_read_again(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    document = begun(home.library, tmp_path, failed=2)
    page = shown(opened(app, "jobs"))
    assert "<b>2</b>" in page
    assert "page … is damaged" in page
    next(button for button in app.button if button.label == "Read these again").click().run()
    states = [status.state for status in home.library.page_statuses(document)]
    assert "failed" not in states
    assert states[0] == "done"


def test_only_what_failed_for_that_reason_is_read_again(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    _, home = house
    document = begun(home.library, tmp_path, failed=2)
    assert home.queue.retry_reason("another reason") == 0
    assert [status.number for status in home.library.page_statuses(document, state=PageState.FAILED)] == [2, 3]
    assert home.queue.retry_reason("page … is damaged") == 2


def test_all_can_be_stopped(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    begun(home.library, tmp_path)
    home.library.add(pdf(tmp_path / "b.pdf", "B"), name="next.pdf")
    opened(app, "jobs")
    next(button for button in app.button if button.label == "Stop all now").click().run()
    assert not app.exception
    assert home.queue.is_idle()
    assert {document.state for document in home.library.documents()} == {"cancelled"}


def test_a_password_can_be_given_on_the_jobs_page(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    home.library.add(pdf(tmp_path / "a.pdf", "Secret", password="sesame"), name="locked.pdf")
    leases = Leases(home.library, "elsewhere/1/0.00")
    (task,) = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.needs_password(task, "The file is encrypted.")
    opened(app, "jobs")
    next(button for button in app.button if button.label == "Enter password").click().run()
    assert any(field.label == "Password" for field in app.text_input)


# watched folders


def dialog() -> None:
    """What the dialog shows, on a page of its own: AppTest does not rerun a dialog by itself."""
    from docintel.ui.documents.watched import folders
    from docintel.ui.resources import home

    folders(home())


def test_no_folder_can_be_named_where_none_was_allowed(
    house: tuple[AppTest, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCINTEL_WATCH_ROOTS")
    st.cache_resource.clear()
    app = AppTest.from_function(dialog, default_timeout=PATIENCE_S).run()
    assert house[1].settings.home.exists()
    assert not app.text_input
    assert "DOCINTEL_WATCH_ROOTS" in shown(app)


def test_a_folder_is_watched_and_watched_no_more(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    _, home = house
    folder = tmp_path / "incoming"
    folder.mkdir()
    app = AppTest.from_function(dialog, default_timeout=PATIENCE_S).run()
    field(app, "Folder of this machine", str(folder))
    click(app, "Watch this folder")
    (watch,) = watches.watches(home.library.store)
    assert (watch.folder, watch.collection, watch.is_kept) == (folder, "default", True)
    assert str(folder) in shown(app)
    click(app, "Stop watching")
    assert not watches.watches(home.library.store)


def test_a_folder_that_makes_no_sense_is_told(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    _, home = house
    app = AppTest.from_function(dialog, default_timeout=PATIENCE_S).run()
    for path, words in (("incoming", "whole path"), (str(tmp_path / "<b>missing"), "&lt;b&gt;missing")):
        field(app, "Folder of this machine", path)
        click(app, "Watch this folder")
        assert words in shown(app)
    assert not watches.watches(home.library.store)


def test_files_that_were_not_taken_are_told_with_their_reason(house: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, home = house
    folder = tmp_path / "incoming"
    folder.mkdir()
    watch = watches.watch(home.library.store, folder, collection="default")
    refused = WatchedFile(path="<i>.pdf", size=1, modified_ns=1, error="The file is empty.")
    watches.remember(home.library.store, watch.id, refused)
    assert "1 file not taken" in shown(app.run())
    click(app, "Show")
    assert "&lt;i&gt;.pdf</b> <span>The file is empty.</span>" in shown(app)


def test_who_may_not_read_the_disk_is_offered_no_folders(house: tuple[AppTest, Home]) -> None:
    _, home = house
    assert watched.may_watch(home)
    assert watched.may_watch(home.for_user(User(id="a@b.c", name="A", is_admin=True)))
    assert not watched.may_watch(home.for_user(User(id="a@b.c", name="A")))


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def field(app: AppTest, label: str, text: str) -> None:
    next(each for each in app.text_input if each.label == label).set_value(text)


# what figures are made of


def test_the_last_hour_is_counted_minute_by_minute(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    begun(library, tmp_path, failed=2)
    minutes = pace(library, now=time.time() + 120)
    assert len(minutes) == 60
    assert minutes[-3] == Minute(read=1, failed=2)
    assert sum(minute.read + minute.failed for minute in minutes) == 3
    assert not any(minute.read for minute in pace(library, now=time.time() + 7200))
    library.close()


def test_pages_that_ended_are_told_once(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    began = datetime.now(UTC).timestamp()
    begun(library, tmp_path, failed=1)
    found = ended(library, since=began - 1)
    assert sorted(page.state for page in found) == ["done", "failed"]
    assert not ended(library, since=found[-1].at)
    library.close()


def test_a_plot_has_a_bar_for_each_minute_and_none_where_nothing_happened() -> None:
    assert plot([Minute()] * 60) == ""
    drawn = plot([Minute(), Minute(read=2), Minute(read=1, failed=3)])
    assert drawn.count("<i ") == 3
    assert 'class="idle"' in drawn
    assert '<i style="height:50%"></i>' in drawn
    assert '<b style="height:75%"></b>' in drawn
    assert "4 at most" in drawn


def test_a_worker_that_was_killed_is_not_counted(tmp_path: Path) -> None:
    assert num_alive(tmp_path) == 0
    with registered(tmp_path):
        (note,) = (tmp_path / "workers").iterdir()
        note.with_name(f"{note.name}9").touch()  # as if its number had been given to a later process
        assert num_alive(tmp_path) == 1
    assert list((tmp_path / "workers").iterdir()) == []
