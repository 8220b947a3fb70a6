"""Watched folders: what is taken, when, what becomes of the files, and what is left alone."""

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docintel.errors import NotFound, OwnerOnly, UsageError
from docintel.ingest import IngestResult
from docintel.library import Library, watches
from docintel.library.watches import Watch
from docintel.model import User
from docintel.watching import Watcher, Watching
from docintel.watching.files import move, opened
from tests.houses import pdf, settings_in

SETTLED_S = 4.0
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(settings_in(tmp_path, watch_roots=(str(tmp_path),)))
    yield library
    library.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "incoming"
    path.mkdir()
    return path


class Looker:
    """A watcher and the clock that it looks at."""

    def __init__(self, library: Library, watch: Watch) -> None:
        self._now = 0.0
        self._watch_id = watch.id
        self._library = library
        self.watcher = Watcher(library, watch, settled_s=SETTLED_S, clock=lambda: self._now)

    def look(self) -> list[IngestResult]:
        """A look, long after the one before."""
        self._now += 2 * SETTLED_S
        return list(self.watcher.look())

    def settle(self) -> list[IngestResult]:
        """Two looks: what was complete before the first is taken in the second."""
        return [*self.look(), *self.look()]

    @property
    def refused(self) -> dict[str, str | None]:
        return {file.path: file.error for file in watches.refused(self._library.store, self._watch_id, limit=100)}

    @property
    def error(self) -> str | None:
        return next(each.error for each in watches.watches(self._library.store) if each.id == self._watch_id)


Watched = Callable[..., Looker]


@pytest.fixture
def watched(library: Library, folder: Path) -> Watched:
    def begin(**wishes: object) -> Looker:
        settings = {"collection": "scans", "is_kept": False, **wishes}
        return Looker(library, watches.watch(library.store, folder, **settings))  # type: ignore[arg-type]

    return begin


def names(taken: list[IngestResult]) -> list[str]:
    return [each.name for each in taken]


def test_a_file_is_taken_in_the_second_look_that_finds_it_unchanged(
    watched: Watched, folder: Path, library: Library
) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A")
    assert not looker.look()
    assert names(looker.look()) == ["a.pdf"]
    assert [(each.name, each.collection) for each in library.documents()] == [("a.pdf", "scans")]


def test_two_looks_in_quick_succession_are_not_enough(watched: Watched, folder: Path) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A")
    looker.look()
    assert list(looker.watcher.look()) == []
    assert looker.watcher.num_unsettled == 1


def test_a_file_that_grows_is_left_until_it_is_complete(watched: Watched, folder: Path, library: Library) -> None:
    looker = watched()
    whole = pdf(folder.parent / "whole.pdf", "All of it").read_bytes()
    for part in (whole[:100], whole[:200], whole):
        (folder / "a.pdf").write_bytes(part)
        assert not looker.look()
    assert names(looker.look()) == ["a.pdf"]
    assert library.documents()[0].size == len(whole)


def test_a_file_that_somebody_has_open_for_writing_is_left(watched: Watched, folder: Path) -> None:
    looker = watched()
    with pdf(folder / "a.pdf", "A").open("ab"):
        assert not looker.settle()
    assert names(looker.look()) == ["a.pdf"]


def test_what_is_hidden_unfinished_by_name_or_a_link_is_left_alone(watched: Watched, folder: Path) -> None:
    looker = watched()
    outside = pdf(folder.parent / "outside.pdf", "Not yours")
    for name in (".a.pdf", "~$a.pdf", "a.pdf.part", "a.PDF.crdownload", "a.tmp"):
        pdf(folder / name, "unfinished")
    (folder / "link.pdf").symlink_to(outside)
    (folder / "elsewhere").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe.pdf")
    assert not looker.settle()


def test_a_link_put_in_a_folders_place_at_the_last_moment_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    pdf(secret / "a.pdf", "Secret")
    (folder / "inner").symlink_to(secret)
    (folder / "a.pdf").symlink_to(secret / "a.pdf")
    for place in ("inner/a.pdf", "a.pdf"):
        with pytest.raises(OSError), opened(folder, place):
            pytest.fail("it was opened")


def test_files_that_stay_are_not_taken_again_even_after_a_restart(watched: Watched, folder: Path) -> None:
    pdf(folder / "a.pdf", "A")
    looker = watched()
    assert len(looker.settle()) == 1
    assert not looker.settle()
    assert not watched().settle()


def test_a_file_that_changes_is_taken_again(watched: Watched, folder: Path, library: Library) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A")
    looker.settle()
    pdf(folder / "a.pdf", "A, second edition")
    assert len(looker.settle()) == 1
    assert library.count() == 2


def test_the_same_bytes_under_another_name_are_a_duplicate(watched: Watched, folder: Path, library: Library) -> None:
    looker = watched()
    whole = pdf(folder / "a.pdf", "A").read_bytes()
    (folder / "b.pdf").write_bytes(whole)
    assert [each.is_duplicate for each in looker.settle()] == [False, True]
    assert library.count() == 1


def test_what_is_taken_is_moved_to_the_same_place_and_overwrites_nothing(
    watched: Watched, folder: Path, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    looker = watched(move_to=done)
    (folder / "2026").mkdir()
    (done / "2026").mkdir(parents=True)
    (done / "2026" / "a.pdf").write_bytes(b"an older one")
    new = pdf(folder / "2026" / "a.pdf", "A").read_bytes()
    looker.settle()
    assert not (folder / "2026" / "a.pdf").exists()
    assert (done / "2026" / "a.pdf").read_bytes() == b"an older one"
    assert (done / "2026" / "a (2).pdf").read_bytes() == new


def test_the_folder_that_files_are_moved_to_may_lie_inside(watched: Watched, folder: Path) -> None:
    looker = watched(move_to=folder / "done")
    pdf(folder / "a.pdf", "A")
    assert len(looker.settle()) == 1
    assert (folder / "done" / "a.pdf").exists()
    assert not looker.settle()


def test_a_move_that_fails_is_told_and_tried_again(watched: Watched, folder: Path, tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.write_bytes(b"a file where the folder should be")
    looker = watched(move_to=done)
    pdf(folder / "a.pdf", "A")
    assert [each.error for each in looker.settle()] == [None]
    assert "cannot be moved" in (looker.refused["a.pdf"] or "")
    done.unlink()
    assert not looker.look()
    assert (done / "a.pdf").exists()
    assert not looker.refused


def test_a_file_is_moved_to_another_disk_whole(tmp_path: Path) -> None:
    if not SHARED_MEMORY.is_dir() or SHARED_MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    source = pdf(tmp_path / "a.pdf", "A")
    content = source.read_bytes()
    target = SHARED_MEMORY / f"{tmp_path.name}-a.pdf"
    try:
        move(source, target)
        assert target.read_bytes() == content
        assert not source.exists()
    finally:
        target.unlink(missing_ok=True)


def test_a_refused_file_stays_is_remembered_and_not_tried_until_it_changes(
    watched: Watched, folder: Path, tmp_path: Path
) -> None:
    looker = watched(move_to=tmp_path / "done")
    (folder / "empty.pdf").touch()
    assert "empty" in (looker.settle()[0].error or "")
    assert list(looker.refused) == ["empty.pdf"]
    assert not looker.settle()
    assert (folder / "empty.pdf").exists()
    pdf(folder / "empty.pdf", "Not any more")
    assert looker.settle()[0].error is None
    assert not looker.refused


def test_what_was_refused_can_be_tried_again_by_hand(watched: Watched, folder: Path, library: Library) -> None:
    looker = watched()
    (folder / "empty.pdf").touch()
    looker.settle()
    (watch,) = watches.watches(library.store)
    assert watch.num_refused == 1
    watches.try_again(library.store, watch.id)
    assert names(looker.settle()) == ["empty.pdf"]


def test_what_is_no_document_is_passed_over_in_silence(watched: Watched, folder: Path) -> None:
    looker = watched()
    (folder / "notes.txt").write_text("buy milk", encoding="utf-8")
    assert not looker.settle()
    assert not looker.refused


def test_a_zip_is_taken_with_all_that_is_in_it(
    watched: Watched, folder: Path, tmp_path: Path, library: Library
) -> None:
    looker = watched(move_to=tmp_path / "done")
    with zipfile.ZipFile(folder / "post.zip", "w") as archive:
        archive.write(pdf(tmp_path / "a.pdf", "A"), "a.pdf")
        archive.write(pdf(tmp_path / "b.pdf", "B"), "inner/b.pdf")
    assert names(looker.settle()) == ["post.zip/a.pdf", "post.zip/inner/b.pdf"]
    assert library.count() == 2
    assert (tmp_path / "done" / "post.zip").exists()


def test_a_zip_of_which_a_part_is_refused_stays(watched: Watched, folder: Path, tmp_path: Path) -> None:
    looker = watched(move_to=tmp_path / "done")
    with zipfile.ZipFile(folder / "post.zip", "w") as archive:
        archive.write(pdf(tmp_path / "a.pdf", "A"), "a.pdf")
        archive.writestr("b.pdf", b"")
    looker.settle()
    assert not looker.settle()
    assert (folder / "post.zip").exists()
    assert "1 of 2" in (looker.refused["post.zip"] or "")


def test_a_folder_that_vanishes_is_told_and_nothing_is_forgotten(watched: Watched, folder: Path) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A")
    looker.settle()
    away = folder.rename(folder.with_name("unmounted"))
    assert not looker.look()
    assert "cannot be read" in (looker.error or "")
    folder.mkdir()  # a mount point without its share
    assert not looker.look()
    folder.rmdir()
    away.rename(folder)
    assert not looker.settle()
    assert looker.error is None


def test_a_full_disk_is_no_fault_of_a_file_which_is_taken_once_there_is_room(folder: Path, tmp_path: Path) -> None:
    pdf(folder / "a.pdf", "A")
    full = Library.open(settings_in(tmp_path, min_free_bytes=10**18))
    looker = Looker(full, watches.watch(full.store, folder, collection="scans", is_kept=False))
    assert not looker.settle()
    assert "room" in (looker.error or "")
    assert not looker.refused
    full.close()
    roomy = Library.open(settings_in(tmp_path, min_free_bytes=0))
    looker = Looker(roomy, watches.watch(roomy.store, folder, collection="scans", is_kept=False))
    assert names(looker.settle()) == ["a.pdf"]
    assert looker.error is None
    roomy.close()


def test_a_file_that_is_gone_is_forgotten(watched: Watched, folder: Path, library: Library) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A")
    pdf(folder / "b.pdf", "B")
    looker.settle()
    (folder / "a.pdf").unlink()
    looker.look()
    (watch,) = watches.watches(library.store)
    assert list(watches.files(library.store, watch.id)) == ["b.pdf"]


def test_folders_within_are_left_alone_where_that_is_wished(watched: Watched, folder: Path) -> None:
    looker = watched(is_recursive=False)
    (folder / "inner").mkdir()
    pdf(folder / "inner" / "a.pdf", "A")
    pdf(folder / "b.pdf", "B")
    assert names(looker.settle()) == ["b.pdf"]


def test_a_name_that_is_no_unicode_is_no_trouble(watched: Watched, folder: Path) -> None:
    looker = watched()
    pdf(folder / "a.pdf", "A").rename(folder / os.fsdecode(b"\xff\xfe.pdf"))
    assert [each.error for each in looker.settle()] == [None]
    assert not looker.settle()


def test_folders_that_make_no_sense_are_refused(library: Library, folder: Path, tmp_path: Path) -> None:
    inside = library.settings.home / "files"
    inside.mkdir(exist_ok=True)
    for path in (tmp_path / "missing", inside, tmp_path):
        with pytest.raises(UsageError):
            watches.watch(library.store, path, collection="default")
    with pytest.raises(UsageError):
        watches.watch(library.store, folder, collection="default", move_to=folder)


def test_the_app_watches_only_folders_that_it_was_started_to_watch(library: Library, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "root and more"
    for path in (root / "scans", outside):
        path.mkdir(parents=True)
    (root / "link").symlink_to(outside)
    (root / "scans" / "loop").symlink_to(root / "scans")
    for folder in (outside, root / "link", root / "scans" / ".." / ".." / outside.name):
        with pytest.raises(UsageError, match="DOCINTEL_WATCH_ROOTS"):
            watches.watch(library.store, folder, collection="default", roots=[str(root)])
    with pytest.raises(UsageError, match="DOCINTEL_WATCH_ROOTS"):
        watches.watch(library.store, root / "scans", collection="default", roots=[str(root)], move_to=outside)
    with pytest.raises(UsageError, match="DOCINTEL_WATCH_ROOTS"):
        watches.watch(library.store, root / "scans", collection="default", roots=[])
    watches.watch(library.store, root / "scans", collection="a", roots=[str(root)], move_to=root / "done")
    watches.watch(library.store, outside, collection="default")  # the command line


def test_a_kept_folder_is_looked_at_only_where_it_may_be(library: Library, folder: Path, tmp_path: Path) -> None:
    watches.watch(library.store, folder, collection="default")
    pdf(folder / "a.pdf", "A")
    elsewhere = Library.open(settings_in(tmp_path, watch_roots=(str(tmp_path / "elsewhere"),)))
    closed, opened_up = Watching(elsewhere, settled_s=0), Watching(library, settled_s=0)
    for _ in range(2):
        closed.look()
    assert library.documents() == []
    (watch,) = watches.watches(library.store)
    assert "DOCINTEL_WATCH_ROOTS" in (watch.error or "")
    for _ in range(2):
        opened_up.look()
    assert [document.name for document in library.documents()] == ["a.pdf"]
    elsewhere.close()


def test_folders_of_the_machine_are_not_for_everybody_who_signs_in(library: Library, folder: Path) -> None:
    kept = watches.watch(library.store, folder, collection="default", user=User(id="a@b.c", name="A", is_admin=True))
    assert kept.collection == "a@b.c/default"
    with pytest.raises(OwnerOnly):
        watches.watch(library.store, folder, collection="other", user=User(id="d@e.f", name="D"))
    with pytest.raises(OwnerOnly):
        watches.remove(library.store, kept.id, user=User(id="d@e.f", name="D"))


def test_a_folder_is_kept_once_for_a_collection(library: Library, folder: Path) -> None:
    kept = watches.watch(library.store, folder, collection="default")
    watches.watch(library.store, folder, collection="other")
    with pytest.raises(UsageError):
        watches.watch(library.store, folder, collection="default")
    watches.remove(library.store, kept.id)
    with pytest.raises(NotFound):
        watches.remove(library.store, kept.id)


def test_the_owner_looks_at_what_is_kept_until_it_is_removed(library: Library, folder: Path) -> None:
    kept = watches.watch(library.store, folder, collection="default")
    other = folder.with_name("other")
    other.mkdir()
    watches.watch(library.store, other, collection="default", is_kept=False)
    pdf(folder / "a.pdf", "A")
    pdf(other / "b.pdf", "B")
    watching = Watching(library, settled_s=0)
    watching.look()
    watching.look()
    watches.remove(library.store, kept.id)
    pdf(folder / "c.pdf", "C")
    watching.look()
    watching.look()
    assert [document.name for document in library.documents()] == ["a.pdf"]
