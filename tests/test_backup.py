"""docintel.backup: what was backed up while the home was used comes back whole, or says what does not."""

import gzip
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from docintel.backup import Saved, back_up, listed, passphrase_in, restore, saving, verify
from docintel.checking import check
from docintel.errors import DamagedBackup, DamagedStore, DiskFull, DocintelError, NotFound, UsageError
from docintel.home import Home
from docintel.jobs.process_id import this_process
from docintel.library import Library
from docintel.library.people import audit_head
from docintel.model import Answer
from docintel.settings import Settings
from storage.migrations import HEAD, REVISIONS
from tests.houses import WordCounts, pdf, picture, settings_in, work

PARTS = ("The green apples cost four francs.", "The tenant pays the rent on the first day of the month.")
QUESTION = "When does the tenant pay the rent?"
PASSPHRASE = "correct horse battery staple"
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two documents of three pages, read."""
    folder = tmp_path_factory.mktemp("read")
    settings = settings_in(folder)
    with closing(Library.open(settings)) as library:
        library.add(pdf(folder / "two.pdf", *PARTS), name="two.pdf", collection="rents")
        library.add(picture(folder / "one.png"), name="one.png")
        work(library)
    settings.keep({"dpi": 150})
    return settings.home


@pytest.fixture
def settings(read_home: Path, tmp_path: Path) -> Settings:
    shutil.copytree(read_home, tmp_path / "home")
    return settings_in(tmp_path)


@pytest.fixture(scope="module")
def made_encrypted(read_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted backup of it, made once: a passphrase takes seconds, on purpose."""
    target = tmp_path_factory.mktemp("encrypted")
    back_up(read_home, target, passphrase=PASSPHRASE)
    return target


@pytest.fixture
def encrypted(made_encrypted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_encrypted, tmp_path / "encrypted"))


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    with closing(Library.open(settings)) as opened:
        yield opened


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Settings of a home that is not there yet."""
    return settings_in(tmp_path / "restored")


def opened(settings: Settings) -> Home:
    home = Home.open(settings)
    vars(home._models)["embedder"] = WordCounts()
    return home


def faults(settings: Settings) -> list[str]:
    with opened(settings) as home:
        return [f"{each.name}: {each.problem}" for each in check(home, repair=False) if each.state == "found"]


def answer(settings: Settings) -> Answer:
    with opened(settings) as home:
        return home.ask(QUESTION)


def names(settings: Settings) -> set[str]:
    with closing(Library.open(settings)) as library:
        return set(library.names().values())


def flip(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


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


# flipped bytes


def piece_of(target: Path, home: Path, pattern: str) -> Path:
    """The piece that holds a file of the home."""
    data = sorted(path for path in home.glob(pattern) if path.is_file())[0].read_bytes()
    return next(path for path in target.glob("objects/*/*") if path.read_bytes() == data)


PIECES = {
    "original": "files/originals/*/*",
    "picture": "files/images/*/*",
    "thumbnail": "files/thumbnails/*/*",
    "cache entry": "cache/*/*",
    "settings": "settings.json",
}


@pytest.mark.parametrize("pattern", PIECES.values(), ids=PIECES)
def test_a_flipped_byte_of_a_piece_is_noticed_and_mended_by_the_next_backup(
    settings: Settings, target: Path, empty: Settings, tmp_path: Path, pattern: str
) -> None:
    first = back_up(settings.home, target)
    flip(piece_of(target, settings.home, pattern), 5)
    with pytest.raises(DamagedBackup, match="--partial"):
        restore(target, empty)
    assert not list(empty.home.iterdir())
    partial = restore(target, settings_in(tmp_path / "partial"), is_partial=True)
    assert len(partial.damaged) == 1
    assert names(settings_in(tmp_path / "partial")) == {"two.pdf", "one.png"}
    [finding] = verify(target)
    assert finding.name in partial.damaged[0]
    back_up(settings.home, target)
    assert list(verify(target)) == []
    restore(target, empty, snapshot=first.snapshot)
    assert faults(empty) == []


def test_a_flipped_byte_of_a_snapshot_or_of_its_database_is_noticed(
    library: Library, target: Path, empty: Settings, tmp_path: Path
) -> None:
    first = back_up(library.settings.home, target)
    before = set(target.glob("objects/*/*"))
    library.add(picture(tmp_path / "new.png", 9), name="new.png")
    back_up(library.settings.home, target)
    new_pieces = [path for path in set(target.glob("objects/*/*")) - before if path.stat().st_size > 100_000]
    flip(new_pieces[0], 50_000)
    with pytest.raises(DamagedBackup, match="--list"):
        restore(target, empty, is_partial=True)
    assert [finding.name for finding in verify(target)] == ["docintel.sqlite3"]
    newest = sorted(target.glob("snapshots/*"))[-1]
    for place in (0, 5, 30, -1):  # the header of gzip, too
        flip(newest, place)
        with pytest.raises(DamagedBackup, match=newest.name[:20]):
            restore(target, empty)
        assert any(finding.name.startswith(newest.name[:20]) for finding in verify(target))
        flip(newest, place)
    restore(target, empty, snapshot=first.snapshot)
    assert faults(empty) == []


def test_a_flipped_byte_of_a_key_is_mended_from_its_copy(settings: Settings, encrypted: Path, empty: Settings) -> None:
    [copy, key] = sorted(encrypted.glob("keys/*"))
    flip(key, 60)
    [finding] = verify(encrypted, passphrase=PASSPHRASE)
    assert finding.name == f"keys/{key.name}"
    back_up(settings.home, encrypted, passphrase=PASSPHRASE)
    assert key.read_bytes() == copy.read_bytes()
    flip(key, 60)
    flip(copy, 60)
    with pytest.raises(DamagedBackup, match="Both copies"):
        restore(encrypted, empty, passphrase=PASSPHRASE)


def test_a_changed_readme_is_noticed(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    flip(target / "README.txt", 7)
    assert [finding.name for finding in verify(target)] == ["README.txt"]
    back_up(settings.home, target)
    assert list(verify(target)) == []


# encryption


def test_an_encrypted_backup_tells_nothing_and_comes_back(settings: Settings, encrypted: Path, empty: Settings) -> None:
    with closing(Library.open(settings)) as library:
        contents = [document.content for document in library.documents()]
    for path in encrypted.rglob("*"):
        assert not any(content in str(path) for content in contents)
        assert path.is_dir() or not any(word in path.read_bytes() for word in (b"apples", b"%PDF", b"two.pdf"))
    again = back_up(settings.home, encrypted, passphrase=PASSPHRASE)
    assert again.new_bytes == 0
    restore(encrypted, empty, passphrase=PASSPHRASE)
    assert faults(empty) == []
    assert answer(empty) == answer(settings)
    flip(max(encrypted.glob("objects/*/*"), key=lambda path: path.stat().st_size), 300)
    assert len(list(verify(encrypted, passphrase=PASSPHRASE))) == 1


def test_age_alone_opens_an_encrypted_backup(encrypted: Path) -> None:
    key = sorted(encrypted.glob("keys/*"))[0].read_bytes()
    identity = pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(key, PASSPHRASE).decode().strip())
    [snapshot] = encrypted.glob("snapshots/*.age")
    found = json.loads(gzip.decompress(pyrage.decrypt(snapshot.read_bytes(), [identity])))
    assert "docintel.sqlite3" in {file["path"] for file in found["files"]}


def bytes_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("passphrase", ["", "another passphrase"])
def test_without_the_passphrase_nothing_is_opened_or_written(
    settings: Settings, encrypted: Path, empty: Settings, passphrase: str
) -> None:
    there = bytes_in(encrypted)
    with pytest.raises(UsageError, match="passphrase"):
        restore(encrypted, empty, passphrase=passphrase)
    with pytest.raises(UsageError, match="passphrase"):
        back_up(settings.home, encrypted, passphrase=passphrase)
    assert bytes_in(encrypted) == there
    assert not empty.home.exists()


def test_a_passphrase_for_what_is_not_encrypted_is_refused(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    with pytest.raises(UsageError, match="not encrypted"):
        back_up(settings.home, target, passphrase=PASSPHRASE)


def test_a_passphrase_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\nsomething else\n", encoding="utf-8")
    path.chmod(0o600)
    assert passphrase_in(path) == PASSPHRASE
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        passphrase_in(path)
    path.write_text("\n", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="empty"):
        passphrase_in(path)


# what cannot be done, and what to do


def test_a_target_in_the_home_or_around_it_is_refused(settings: Settings) -> None:
    for folder in (settings.home / "backups", settings.home, settings.home.parent):
        with pytest.raises(UsageError, match="lie in each other"):
            back_up(settings.home, folder)


def test_a_folder_that_holds_something_else_is_left_alone(settings: Settings, target: Path) -> None:
    target.mkdir()
    (target / "letters").mkdir()
    with pytest.raises(UsageError, match="something else"):
        back_up(settings.home, target)
    assert sorted(path.name for path in target.iterdir() if path.name != "lock") == ["letters"]


def test_nothing_is_restored_over_a_home(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    with pytest.raises(UsageError, match="not empty"):
        restore(target, settings)


def test_a_killed_restore_is_begun_anew(settings: Settings, target: Path, empty: Settings) -> None:
    back_up(settings.home, target)
    (empty.home / "unfinished-restore" / "files").mkdir(parents=True)
    restore(target, empty)
    assert faults(empty) == []
    assert not (empty.home / "unfinished-restore").exists()


def test_a_full_disk_is_said_before_anything_is_written(
    settings: Settings, target: Path, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(settings.home, target)
    full = {target, empty.home}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100 if path in full else 1 << 40))
    with pytest.raises(DiskFull, match="are free where"):
        restore(target, empty)
    assert not list(empty.home.iterdir())
    full.add(settings.home / "backup")
    with pytest.raises(DiskFull, match="copy of the database"):
        back_up(settings.home, target)
    full.remove(settings.home / "backup")
    full.add(settings.home.parent / "other")
    with pytest.raises(DiskFull, match="--keep"):
        back_up(settings.home, settings.home.parent / "other")


def test_where_nothing_is_to_be_had_that_is_said(settings: Settings, target: Path, empty: Settings) -> None:
    with pytest.raises(NotFound, match="nothing to back up"):
        back_up(settings.home / "nowhere", target)
    with pytest.raises(NotFound, match="docintel backup"):
        restore(target, empty)
    assert not target.exists()
    target.mkdir()
    with pytest.raises(NotFound, match="docintel backup"):
        restore(target, empty)
    back_up(settings.home, target)
    with pytest.raises(NotFound, match="--list"):
        restore(target, empty, snapshot="20200101-000000-000000-0123456789abcdef")


def test_two_backups_into_one_folder_do_not_meet(settings: Settings, target: Path) -> None:
    errors: list[str] = []

    def another(_done: int, _total: int, _what: str) -> None:
        if not errors:
            with pytest.raises(DocintelError) as caught:
                back_up(settings.home, target)
            errors.append(str(caught.value))

    back_up(settings.home, target, show=another)
    assert "being backed up" in errors[0]


def test_a_snapshot_that_leads_out_of_the_home_is_refused(settings: Settings, target: Path, empty: Settings) -> None:
    saved = back_up(settings.home, target)
    [path] = target.glob("snapshots/*")
    found = json.loads(gzip.decompress(path.read_bytes()))
    found["files"][0]["path"] = "../elsewhere"
    data = gzip.compress(json.dumps(found).encode())
    path.unlink()
    id = f"{saved.snapshot[:-16]}{sha256(data).hexdigest()[:16]}"
    (target / "snapshots" / f"{id}.json.gz").write_bytes(data)
    with pytest.raises(DamagedBackup):
        restore(target, empty)


# the command line


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docintel", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_commands(settings: Settings, target: Path, tmp_path: Path) -> None:
    done = run("backup", target, "--home", settings.home, "--json")
    assert done.returncode == 0, done.stderr
    saved = Saved.model_validate_json(done.stdout)
    [row] = json.loads(run("backup", target, "--list", "--json").stdout)
    assert (row["snapshot"], row["documents"]) == (saved.snapshot, 2)
    assert run("backup", target, "--verify").returncode == 0
    new = tmp_path / "new"
    done = run("restore", target, new)
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stderr
    assert run("restore", target, new).returncode == 2
    assert run("check", "--home", new).returncode == 0


def test_the_command_takes_the_passphrase_from_a_file(settings: Settings, encrypted: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE, encoding="utf-8")
    secret.chmod(0o600)
    done = run("backup", encrypted, "--home", settings.home, "--passphrase-file", secret)
    assert done.returncode == 0, done.stderr
    assert run("backup", encrypted, "--home", settings.home).returncode == 2
