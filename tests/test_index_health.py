"""docintel.index: a damaged vector index is noticed before it is used, set aside, and built again."""

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from docintel.home import VectorSearch
from docintel.index import Index, probing
from docintel.index import index as index_module
from docintel.library import Library, indexing
from docintel.model import Filters
from docintel.settings import Settings
from storage.vectors import VectorIndex
from tests.houses import WordCounts, settings_in
from tests.test_library import added
from tests.waiting import PATIENCE_S, until

TEXTS = ("green apples and pears", "a contract about rent", "the invoice total is 300 euros")
EVERYTHING = Filters()
Damage = Callable[[Path, Library], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def library(settings: Settings, tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(settings)
    added(opened, tmp_path, *TEXTS)
    drained(Index(opened)).close()
    yield opened
    opened.close()


def drained(index: Index) -> Index:
    index.opened()
    while index.drain():
        continue
    return index


def target(library: Library) -> indexing.IndexCollection:
    [only] = indexing.collections(library.store)
    return only


def found_by(library: Library, index: Index) -> list[str]:
    hits = index.query(WordCounts().query("rent"), 9, EVERYTHING)
    return [chunk.text for chunk in library.chunks.get([chunk_id for chunk_id, _ in hits])]


def flip_a_vector(chroma: Path, library: Library) -> None:
    """One byte in Chroma's own copy of a vector."""
    vector = library.chunks.vectors(EVERYTHING)[1][1].tobytes()
    file = chroma / "chroma.sqlite3"
    data = bytearray(file.read_bytes())
    assert vector in data
    data[data.index(vector) + 2] ^= 0x40
    file.write_bytes(data)


def break_the_database(chroma: Path, _library: Library) -> None:
    data = bytearray((chroma / "chroma.sqlite3").read_bytes())
    data[4096:8192] = os.urandom(4096)
    (chroma / "chroma.sqlite3").write_bytes(data)


def truncate(chroma: Path, _library: Library) -> None:
    os.truncate(chroma / "chroma.sqlite3", (chroma / "chroma.sqlite3").stat().st_size // 2)


def lose_a_vector(chroma: Path, library: Library) -> None:
    index = VectorIndex.open(chroma)
    index.delete(target(library).name, [library.chunks.of(library.documents()[0].id)[0].id])
    index.close()


def of_another_model(chroma: Path, library: Library) -> None:
    index = VectorIndex.open(chroma)
    ids, vectors = library.chunks.vectors(EVERYTHING)
    index.drop(target(library).name)
    index.use(target(library).name, {"model": "another@1", "dimension": 32})
    index.add(target(library).name, ids, vectors, [{"document": "x"}] * len(ids))
    index.close()


def keep_one_too_many(chroma: Path, library: Library) -> None:
    index = VectorIndex.open(chroma)
    index.add(target(library).name, ["stray"], np.ones((1, 32), dtype=np.float32), [{"document": "x"}])
    index.close()


DAMAGES = [flip_a_vector, break_the_database, truncate, lose_a_vector, of_another_model, keep_one_too_many]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_noticed_and_built_again(library: Library, settings: Settings, damage: Damage) -> None:
    damage(settings.home / "chroma", library)
    index = Index(library)
    index.opened()
    assert not index.is_current, "until it is filled again, search is exact"
    nearest = VectorSearch(library, index, WordCounts())
    exact = nearest.query(WordCounts().query("rent"), 3, EVERYTHING)
    drained(index)
    assert index.is_current
    found = nearest.query(WordCounts().query("rent"), 3, EVERYTHING)
    assert dict(found) == pytest.approx(dict(exact), abs=1e-4)
    assert sorted(found_by(library, index)) == sorted(TEXTS)
    assert len(list(settings.home.glob("chroma.damaged-*"))) == 1
    index.close()


def test_a_sound_index_is_used_as_it_is(library: Library, settings: Settings) -> None:
    generation = target(library).generation
    index = Index(library)
    index.opened()
    assert index.is_current
    assert target(library).generation == generation
    assert not list(settings.home.glob("chroma.damaged-*"))
    index.close()
    assert probing.faults(settings, thorough=True) == []


def test_an_index_that_outgrows_its_vectors_is_a_fault(
    library: Library, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(probing._bloat(settings.home, {target(library): 3})) == []
    monkeypatch.setattr(probing, "FEW_BYTES", 0)
    [fault] = probing._bloat(settings.home, {target(library): 3})
    assert "MB of vectors" in fault


@contextmanager
def the_reader_crashes(home: Path) -> Iterator[None]:
    """The process that looks at the index is killed as soon as it has the database open, where it waits meanwhile."""
    database = home / "docintel.sqlite3"

    def crashed() -> bool:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if str(database) in {file.path for file in process.open_files()}:
                    process.send_signal(signal.SIGSEGV)
                    return True
        return False

    def crash() -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            locked.set()
            until(crashed)

    locked, crashing = threading.Event(), threading.Thread(target=crash)
    crashing.start()
    assert locked.wait(PATIENCE_S)
    yield
    crashing.join()


def test_an_index_that_crashes_its_reader_is_set_aside(library: Library, settings: Settings) -> None:
    with the_reader_crashes(settings.home):
        [fault] = probing.faults(settings, thorough=False) or []
    assert "SIGSEGV" in fault
    index = Index(library)
    with the_reader_crashes(settings.home):
        index.opened()
    assert not index.is_current
    assert len(list(settings.home.glob("chroma.damaged-*"))) == 1
    drained(index)
    assert sorted(found_by(library, index)) == sorted(TEXTS)
    index.close()


def test_only_the_newest_damaged_index_is_kept(settings: Settings) -> None:
    for name in ("one", "two"):
        probing.folder_of(settings.home).mkdir(parents=True)
        (probing.folder_of(settings.home) / name).write_bytes(b"x")
        (settings.home / "chroma.damaged-19990101-000000").mkdir(exist_ok=True)
        probing.set_aside(settings.home, "for the test")
    [kept] = settings.home.glob("chroma.damaged-*")
    assert [path.name for path in kept.iterdir()] == ["two"]


def test_an_index_that_miscounts_is_built_again_once(library: Library) -> None:
    index = drained(Index(library))
    index.opened().delete(target(library).name, [library.chunks.of(library.documents()[0].id)[0].id])
    assert index.tend()
    assert not index.is_current
    drained(index)
    index.tend()
    assert index.is_current
    assert sorted(found_by(library, index)) == sorted(TEXTS)
    index.close()


def test_an_index_of_many_tombstones_is_built_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "FEW_TOMBSTONES", 3)
    index = drained(Index(library))
    generation = target(library).generation
    for _ in range(2):
        document = library.documents()[0]
        with library.store.write() as tx:
            rows = tx.rows("SELECT id FROM chunks WHERE document_id = :id", id=document.id)
            tx.insert(
                "outbox",
                [
                    {"collection": document.collection, "chunk_id": row["id"], "operation": operation}
                    for operation in ("delete", "add")
                    for row in rows
                ],
            )
        drained(index)
    index.tend()
    assert target(library).generation == generation + 1
    drained(index)
    index.tend()
    assert index.opened().names() == [target(library).name], "the old generation is dropped"
    assert target(library).generation == generation + 1, "and the count of tombstones begins again"
    index.close()


def test_an_index_that_a_search_finds_broken_is_looked_at_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "WAIT_AFTER_ERROR_S", 0.05)
    monkeypatch.setattr(index_module, "LOOK_AGAIN_S", 0.0)
    index = drained(Index(library))
    index.opened().close()
    nearest = VectorSearch(library, index, WordCounts())
    assert len(nearest.query(WordCounts().query("rent"), 3, EVERYTHING)) == 3
    index.start()
    until(lambda: index.is_current)
    assert sorted(found_by(library, index)) == sorted(TEXTS)
    index.close()


def test_the_thread_builds_a_miscounting_index_again(library: Library) -> None:
    index = drained(Index(library))
    index.opened().delete(target(library).name, [library.chunks.of(library.documents()[0].id)[0].id])
    generation = target(library).generation
    index.start()
    until(lambda: target(library).generation > generation and index.is_current)
    assert index.opened().count(target(library).name) == 3
    index.close()
