"""docintel.checking: a flipped byte in each class of file is noticed, and mended where its truth is elsewhere."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from docintel.checking import Finding, check, is_well
from docintel.home import Home
from docintel.index import Index
from docintel.ingest import IngestOptions, ingest
from docintel.library import Library
from docintel.model import Filters
from docintel.settings import Settings
from tests.houses import WordCounts, pdf, picture, settings_in, work

Flip = Callable[[Path], None]
PARTS = ("green apples and pears", "a contract about rent")


@pytest.fixture(scope="module")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two documents of three pages, read and indexed."""
    folder = tmp_path_factory.mktemp("read")
    settings = settings_in(folder)
    library = Library.open(settings)
    library.add(pdf(folder / "two.pdf", *PARTS), name="two.pdf")
    library.add(picture(folder / "one.png"), name="one.png")
    work(library)
    index = Index(library)
    index.rebuild()
    index.close()
    library.close()
    return settings.home


@pytest.fixture
def settings(read_home: Path, tmp_path: Path) -> Settings:
    shutil.copytree(read_home, tmp_path / "home")
    return settings_in(tmp_path)


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    with opened(settings) as one:
        yield one


def opened(settings: Settings, *, owner: bool = True) -> Home:
    one = Home.open(settings, owner=owner)
    vars(one._models)["embedder"] = WordCounts()
    return one


def found(home: Home, *, repair: bool = False) -> list[Finding]:
    return [finding for finding in check(home, repair=repair) if finding.state != "left_out"]


def flip(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def only(folder: Path, pattern: str) -> Path:
    return sorted(path for path in folder.glob(pattern) if path.is_file())[0]


def flip_original(home: Path) -> None:
    flip(only(home, "files/originals/*/*"), 50)


def flip_picture(home: Path) -> None:
    flip(only(home, "files/images/*/*"), 700)


def flip_thumbnail(home: Path) -> None:
    flip(only(home, "files/thumbnails/*/*"))


def flip_seal(home: Path) -> None:
    flip(only(home, "files/images/*/*"), 30)


def flip_cache(home: Path) -> None:
    flip(only(home, "cache/*/*"))


def flip_vector_in_chroma(home: Path) -> None:
    data = (home / "chroma" / "chroma.sqlite3").read_bytes()
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database:
        [vector] = database.execute("SELECT vector FROM vectors LIMIT 1").fetchone()
    flip(home / "chroma" / "chroma.sqlite3", data.index(vector) + 3)


def flip_page_of_chroma(home: Path) -> None:
    flip(home / "chroma" / "chroma.sqlite3", 4096 * 3)


def flip_in(table: str, column: str) -> Flip:
    """One bit of one value: what a disk does to the middle of a row, which SQLite does not see."""

    def change(home: Path) -> None:
        with closing(sqlite3.connect(home / "docintel.sqlite3")) as database, database:
            rowid, value = database.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid LIMIT 1").fetchone()
            data = bytearray(value if isinstance(value, bytes) else str(value).encode())
            data[len(data) // 2] ^= 1
            new = bytes(data) if isinstance(value, bytes) else data.decode()
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, rowid))

    change.__name__ = f"{table}_{column}"
    return change


def flip_an_index(home: Path) -> None:
    """One byte of the file, in an index of chunks."""
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_chunks_text_hash'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    flip(home / "docintel.sqlite3", page * size - 20)


FLIPS: dict[str, list[Flip]] = {
    "picture": [flip_picture, flip_seal, flip_thumbnail],
    "cache": [flip_cache],
    "index": [flip_vector_in_chroma, flip_page_of_chroma],
    "database": [flip_an_index, flip_in("chunk_terms_content", "c0"), flip_in("chunk_terms_data", "block")],
    "page": [
        flip_in("page_bodies", "body"),
        flip_in("pages", "image_key"),
        flip_in("pages", "engine"),
    ],
    "chunks": [
        flip_in("chunks", "body"),
        flip_in("chunks", "id"),
        flip_in("chunks", "text_hash"),
        flip_in("chunks", "first_page"),
    ],
    "vectors": [flip_in("vectors", "vector"), flip_in("vectors", "model")],
    "document": [
        flip_in("page_languages", "num_characters"),
        flip_in("documents", "num_pages"),
        flip_in("documents", "name_folded"),
        flip_in("documents", "name"),
        flip_in("documents", "size"),
        flip_in("documents", "content"),
        flip_in("documents", "state"),
    ],
}


def test_a_home_as_it_should_be_has_no_findings(home: Home) -> None:
    assert found(home) == []


@pytest.mark.parametrize(("part", "change"), [(part, each) for part, flips in FLIPS.items() for each in flips])
def test_a_flipped_byte_is_noticed_and_mended(settings: Settings, part: str, change: Flip) -> None:
    change(settings.home)
    with opened(settings, owner=part == "index") as home:
        assert not is_well(found(home))
        mended = found(home, repair=True)
        assert mended
        assert is_well(mended), mended
        assert {part} <= {"picture" if each.part == "thumbnail" else each.part for each in mended}
        if not home.queue.is_idle():
            work(home.library)
        assert found(home) == []
        assert len(home.library.chunks.vectors(Filters())[0]) == 3


def test_a_text_that_is_none_any_more_is_noticed_and_mended(settings: Settings) -> None:
    path = settings.home / "docintel.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE documents SET name = CAST(x'74f76f2e706466' AS TEXT) WHERE name = 'two.pdf'")
        database.execute("UPDATE chunks SET body = CAST(x'7bf77d' AS TEXT) WHERE rowid = 1")
    with opened(settings) as home:
        assert not is_well(found(home))
        assert is_well(found(home, repair=True))
        assert found(home) == []
        assert set(home.library.names().values()) == {"two.pdf", "one.png"}


@pytest.mark.parametrize("nonsense", [9e300, "x", 12.5])
def test_when_a_document_was_added_is_known_thrice(settings: Settings, nonsense: object) -> None:
    with opened(settings, owner=False) as home:
        before = {document.id: document.added_at for document in home.library.documents()}
    with closing(sqlite3.connect(settings.home / "docintel.sqlite3")) as database, database:
        database.execute("UPDATE documents SET added_at = ? WHERE rowid = 1", (nonsense,))
    with opened(settings, owner=False) as home:
        assert not is_well(found(home))
        assert is_well(found(home, repair=True))
        assert found(home) == []
        after = {document.id: document.added_at for document in home.library.documents()}
    assert all(abs((after[id] - before[id]).total_seconds()) < 60 for id in before)


def test_a_damaged_original_is_said_and_what_was_read_is_kept(settings: Settings) -> None:
    flip_original(settings.home)
    with opened(settings, owner=False) as home:
        [finding] = found(home, repair=True)
        assert (finding.part, finding.state) == ("original", "found")
        assert "backup" in finding.advice
        assert sum(len(home.library.pages(document.id)) for document in home.library.documents()) == 3


def test_nothing_is_embedded_with_another_model(settings: Settings) -> None:
    flip_in("vectors", "vector")(settings.home)
    with Home.open(settings, owner=False) as home:
        [finding] = found(home, repair=True)
        assert (finding.part, finding.state) == ("vectors", "found")
        assert "word-counts@1" in finding.advice
        assert len(home.library.chunks.vectors(Filters())[0]) == 3


def test_a_picture_cannot_be_made_from_a_lost_original(settings: Settings) -> None:
    for original in settings.home.glob("files/originals/*/*"):
        original.unlink()
    flip_picture(settings.home)
    with opened(settings, owner=False) as home:
        assert {(each.part, each.state) for each in found(home, repair=True)} == {
            ("original", "found"),
            ("picture", "found"),
        }


def test_what_is_lost_for_good_is_said(settings: Settings) -> None:
    """The whole of a table that nothing else knows of, here; more of it is in tests/test_salvaging.py."""
    with closing(sqlite3.connect(settings.home / "docintel.sqlite3")) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    flip(settings.home / "docintel.sqlite3", (page - 1) * size)
    with opened(settings) as home:
        finding, missed = found(home, repair=True)
        assert (finding.part, finding.state) == ("database", "mended")
        assert "2 of audit" in finding.advice
        assert (missed.part, missed.state) == ("audit", "found")
        assert found(home) == [missed]


def test_old_files_that_nobody_uses_are_removed(home: Home) -> None:
    files, cache = home.library.store.files, home.library.store.cache.store
    kept = list(files.keys())
    for key in ("originals/ab/abc", "images/ab/abc-0.jpg", "work/abc"):
        files.write(key, b"left")
        os.utime(files.path(key), (0, 0))
    files.write("images/ab/new-0.jpg", b"a page that is being handed in")
    cache.write("ab/abc", b"left")
    os.utime(files.stage([b"half"]), (0, 0))
    left = {each.name for each in found(home, repair=True) if each.part == "left over"}
    assert {name for name in left if "unfinished" not in name} == {
        "files/originals/ab/abc",
        "files/images/ab/abc-0.jpg",
        "files/work/abc",
    }
    assert len(left) == 4
    assert found(home) == []
    assert sorted(files.keys()) == sorted([*kept, "images/ab/new-0.jpg"])


def test_what_a_dead_worker_holds_is_put_back(home: Home, tmp_path: Path) -> None:
    document = home.library.add(picture(tmp_path / "two.png", 9), name="two.png").document
    ended = subprocess.run(
        [sys.executable, "-c", "from docintel.jobs.process_id import this_process; print(this_process())"],
        capture_output=True,
        text=True,
    ).stdout.strip()
    with home.library.store.write() as tx:
        tx.run(
            "UPDATE jobs SET state = 'reading', owner = :owner, expires_at = :later WHERE document_id = :id",
            owner=ended,
            later=time.time() + 60,
            id=document.id,
        )
    [finding] = found(home, repair=True)
    assert (finding.part, finding.state) == ("queue", "mended")
    assert {job.document_id: job.state for job in home.queue.jobs()}[document.id] == "queued"


def test_beside_an_owner_the_index_is_left_to_it(settings: Settings) -> None:
    flip_thumbnail(settings.home)
    with opened(settings), opened(settings, owner=False) as other:
        assert {(each.part, each.state) for each in check(other, repair=True)} == {
            ("thumbnail", "mended"),
            ("index", "left_out"),
        }


def test_the_command_says_what_it_finds_and_ends_with_1(settings: Settings) -> None:
    flip_picture(settings.home)
    command = [sys.executable, "-m", "docintel", "check", "--json", "--home", str(settings.home)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    [line] = done.stdout.splitlines()
    assert json.loads(line)["part"] == "picture"
    mended = subprocess.run([*command, "--repair"], capture_output=True, text=True)
    assert mended.returncode == 0, mended.stderr
    assert subprocess.run(command, capture_output=True, text=True).stdout == ""


def test_a_database_that_cannot_be_opened_is_a_finding_with_advice(settings: Settings) -> None:
    (settings.home / "docintel.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 50)
    command = [sys.executable, "-m", "docintel", "check", "--repair", "--home", str(settings.home)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "docintel.sqlite3" in done.stdout
    assert "files/originals" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_is_advised_for_a_lost_database_brings_every_document_back(settings: Settings) -> None:
    for name in ("docintel.sqlite3", "chroma"):
        (settings.home / name).rename(settings.home / f"{name}.lost")
    (settings.home / "audit_head").unlink()
    with opened(settings, owner=False) as home:
        added = list(ingest(home.library, [settings.home / "files" / "originals"], IngestOptions()))
        work(home.library)
        assert len(added) == home.library.count() == 2
        assert sum(document.pages_read for document in home.library.documents()) == 3
        assert sum(document.pages_cached for document in home.library.documents()) == 3, "nothing is read again"
        assert found(home) == []
