"""docintel.backup: what was backed up while the home was used comes back whole; snapshots share their files."""

import os
import signal
import sqlite3
import stat
import threading
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from docintel.backup import back_up, listed, restore, saving, verify
from docintel.errors import DamagedStore
from docintel.jobs.process_id import this_process
from docintel.library import Library
from docintel.library.people import audit_head
from docintel.settings import Settings
from storage.migrations import HEAD, REVISIONS
from tests.backup.homes import PATIENCE_S, answer, faults, flip, names
from tests.houses import pdf, picture, settings_in, work

# a drill


def test_a_restored_home_is_the_one_that_was_backed_up(settings: Settings, target: Path, empty: Settings) -> None:
    before = answer(settings)
    saved = back_up(settings.home, target)
    restored = restore(target, empty)
    assert (saved.documents, saved.pages, saved.problems, restored.damaged) == (2, 3, (), ())
    assert faults(empty) == []
    assert answer(empty) == before
    assert before.citations
    assert names(empty) == {"two.pdf", "one.png"}
    assert audit_head.read(empty.home) is not None
    assert (empty.home / "settings.json").read_bytes() == (settings.home / "settings.json").read_bytes()
    with closing(Library.open(settings)) as old, closing(Library.open(empty)) as new:
        for document in old.documents():
            assert new.document(document.id) == document
            assert new.original(document.id).read_bytes() == old.original(document.id).read_bytes()
            assert new.pages(document.id) == old.pages(document.id)


def test_backups_and_restored_homes_are_their_owners_alone(settings: Settings, target: Path, empty: Settings) -> None:
    back_up(settings.home, target)
    restore(target, empty)
    for folder in (target, empty.home):
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()}
        assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in target.rglob("*")} == {0}
    saved = [path for path in empty.home.rglob("*") if path.is_file() and path.name != "docintel.sqlite3-journal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in saved} == {0o600}


def test_what_was_being_read_is_read_after_a_restore(
    library: Library, target: Path, empty: Settings, tmp_path: Path
) -> None:
    document = library.add(picture(tmp_path / "new.png", 9), name="new.png").document
    with library.store.write() as tx:  # by a process that is alive: this one
        tx.run(
            "UPDATE jobs SET state = 'reading', owner = :owner, expires_at = 9e9 WHERE document_id = :id",
            owner=this_process(),
            id=document.id,
        )
    back_up(library.settings.home, target)
    restore(target, empty)
    with closing(Library.open(empty)) as new:
        work(new)
        assert new.document(document.id).state == "ready"
    assert faults(empty) == []


def revision(home: Path) -> str:
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_older_home_is_backed_up_as_it_is_and_brought_up_to_date_when_restored(
    tmp_path: Path, target: Path, empty: Settings
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    engine = create_engine(f"sqlite:///{old / 'docintel.sqlite3'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "storage:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
    engine.dispose()
    back_up(old, target)
    assert revision(old) == REVISIONS[0]
    restore(target, empty)
    assert revision(empty.home) == HEAD
    assert faults(empty) == []


# while the home is used


def test_a_document_that_is_deleted_during_a_backup_is_not_in_it(
    library: Library, target: Path, empty: Settings, tmp_path: Path
) -> None:
    """Deleted after the database was copied, before its file was."""
    doomed = [library.add(picture(tmp_path / "new.png", 9), name="new.png").document.id]

    def delete(_done: int, _total: int, what: str) -> None:
        if what.startswith("cache/") and doomed:
            library.delete(doomed.pop())

    saved = back_up(library.settings.home, target, show=delete)
    assert not doomed
    assert (saved.documents, saved.problems) == (2, ())
    restore(target, empty)
    assert names(empty) == {"two.pdf", "one.png"}
    assert faults(empty) == []


def test_while_the_last_round_runs_nothing_is_deleted(
    library: Library, target: Path, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a backup might never end where documents are deleted all the time."""
    monkeypatch.setattr(saving, "UNHURRIED_ROUNDS", 0)
    begun: list[threading.Thread] = []

    def delete(_done: int, _total: int, what: str) -> None:
        if what.startswith("cache/") and not begun:
            begun.append(threading.Thread(target=library.delete, args=[library.documents()[0].id]))
            begun[0].start()
        assert all(thread.is_alive() for thread in begun) or what == "docintel.sqlite3"

    saved = back_up(library.settings.home, target, show=delete)
    begun[0].join(PATIENCE_S)
    assert (saved.documents, saved.problems, library.count()) == (2, (), 1)
    restore(target, empty)
    assert faults(empty) == []


def test_snapshots_made_while_others_add_read_and_delete_are_whole(
    settings: Settings, target: Path, tmp_path: Path
) -> None:
    stopped = threading.Event()

    def add_and_delete() -> None:
        with closing(Library.open(settings)) as library:
            for number in range(1_000):
                if stopped.is_set():
                    return
                path = pdf(tmp_path / "new.pdf", f"Page of document {number}.")
                added = library.add(path, name=f"{number}.pdf").document
                work(library)
                if number % 2:
                    library.delete(added.id)
                    library.sweep()

    writer = threading.Thread(target=add_and_delete)
    writer.start()
    try:
        made = [back_up(settings.home, target) for _ in range(4)]
    finally:
        stopped.set()
        writer.join(PATIENCE_S)
    for number, saved in enumerate(made):
        assert saved.problems == ()
        new = settings_in(tmp_path / f"restored-{number}")
        restore(target, new, snapshot=saved.snapshot)
        assert faults(new) == []
        assert {"two.pdf", "one.png"} <= names(new)


def dies_while_copying(home: Path, target: Path, at: int) -> None:
    seen = []

    def show(_done: int, _total: int, what: str) -> None:
        seen.append(what)
        if len(seen) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    back_up(home, target, show=show)


@pytest.mark.parametrize("at", [1, 3, 8])
def test_a_killed_backup_leaves_the_one_before_and_the_next_one_goes_on(
    library: Library, target: Path, empty: Settings, tmp_path: Path, at: int
) -> None:
    first = back_up(library.settings.home, target)
    library.add(picture(tmp_path / "new.png", 9), name="new.png")
    work(library)
    process = get_context("spawn").Process(target=dies_while_copying, args=(library.settings.home, target, at))
    process.start()
    process.join(PATIENCE_S)
    assert process.exitcode == -signal.SIGKILL
    assert [each.snapshot for each in listed(target)] == [first.snapshot]
    assert list(verify(target)) == []
    second = back_up(library.settings.home, target)
    assert [each.snapshot for each in listed(target)] == [first.snapshot, second.snapshot]
    restore(target, empty)
    assert faults(empty) == []
    assert names(empty) == {"two.pdf", "one.png", "new.png"}
    assert not [path for path in (*target.iterdir(), *library.settings.home.iterdir()) if "unfinished" in path.name]
    assert not (library.settings.home / "backup").exists()


# snapshots share files


def test_a_second_backup_writes_only_what_is_new(library: Library, target: Path, tmp_path: Path) -> None:
    home = library.settings.home
    first = back_up(home, target)
    again = back_up(home, target)
    assert (again.new_files, again.new_bytes) == (0, 0)
    library.add(picture(tmp_path / "new.png", 9), name="new.png")
    work(library)
    added = back_up(home, target)
    assert added.files == first.files + 4, "original, picture, thumbnail, cache entry"
    assert added.new_files == 4, "and the database; the thumbnail of so small a picture is the same bytes"
    assert 0 < added.new_bytes < first.new_bytes


def test_older_snapshots_go_with_what_only_they_needed(
    library: Library, target: Path, empty: Settings, tmp_path: Path
) -> None:
    home = library.settings.home
    new = library.add(picture(tmp_path / "new.png", 9), name="new.png").document
    content = f"objects/{new.content[:2]}/{new.content}"
    back_up(home, target)
    library.delete(new.id)
    second, third = back_up(home, target), back_up(home, target, keep=2)
    assert [each.snapshot for each in listed(target)] == [second.snapshot, third.snapshot]
    assert not (target / content).exists()
    assert len(third.removed) == 1
    assert list(verify(target)) == []
    restore(target, empty, snapshot=second.snapshot)
    assert faults(empty) == []


def test_nothing_is_removed_while_the_home_is_damaged(library: Library, target: Path) -> None:
    home = library.settings.home
    back_up(home, target)
    library.original(library.documents()[0].id).unlink()
    saved = back_up(home, target, keep=1)
    assert [problem.rpartition(" is ")[2] for problem in saved.problems] == ["gone."]
    assert saved.removed == ()
    assert len(list(listed(target))) == 2


def test_a_damaged_original_does_not_take_the_place_of_a_good_one(
    library: Library, target: Path, empty: Settings
) -> None:
    home, document = library.settings.home, library.documents()[0]
    back_up(home, target)
    flip(library.original(document.id))
    saved = back_up(home, target)
    assert "bytes have changed" in saved.problems[0]
    restore(target, empty)
    assert faults(empty) == []


def test_a_damaged_database_is_not_backed_up(settings: Settings, target: Path) -> None:
    first = back_up(settings.home, target)
    flip(settings.home / "docintel.sqlite3", 4096 * 5)
    with pytest.raises(DamagedStore, match="--repair"):
        back_up(settings.home, target)
    assert [each.snapshot for each in listed(target)] == [first.snapshot]
