"""A deleted document is gone at once; what it leaves is removed little by little, and others write in between."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import event

from docintel.checking.database import problems
from docintel.home import Home
from docintel.jobs.process_id import this_process
from docintel.library import Library, deleting
from docintel.model import Filters
from tests.houses import page_of, picture, read_of, settings_in
from tests.test_library import read_all

NUM_PAGES = 120


@pytest.fixture
def large(library: Library, tmp_path: Path) -> str:
    """A document that leaves more than is removed while its user waits."""
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    read_all(library, document_id, [page_of(f"page{n} words", number=n) for n in range(1, NUM_PAGES + 1)])
    return document_id


def left(library: Library) -> dict[str, int]:
    with library.store.read() as tx:
        tables = {table: tx.value(f"SELECT count(*) FROM {table}") for table in ("trash", "chunk_terms", "chunks")}
    return tables | {"files": len(list(library.store.files.keys()))}


def test_a_large_document_is_gone_before_all_that_it_leaves_is(
    library: Library, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "AT_ONCE", deleting.AT_A_TIME)
    library.delete(large)
    assert library.documents() == []
    assert library.chunks.lexical('"words"', Filters(), 9) == []
    after = left(library)
    assert after["chunks"] == 0
    assert 0 < after["trash"] < 4 * NUM_PAGES
    library.sweep()
    assert left(library) == {"trash": 0, "chunk_terms": 0, "chunks": 0, "files": 0}


def test_others_write_while_a_large_document_is_deleted(library: Library, large: str) -> None:
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("DELETE FROM trash", "INSERT INTO facts")):
            writes.append(statement.split()[0])

    done = threading.Event()

    def write() -> None:
        while not done.wait(0.001):
            with library.store.write() as tx:
                tx.run("INSERT INTO facts (name, value) VALUES ('n', '1') ON CONFLICT DO NOTHING")

    event.listen(library.store.database._engine, "before_cursor_execute", note)
    other = threading.Thread(target=write)
    other.start()
    library.delete(large)
    library.sweep()
    done.set()
    other.join()
    first, last = writes.index("DELETE"), len(writes) - writes[::-1].index("DELETE")
    assert writes.count("DELETE") > 2
    assert "INSERT" in writes[first:last]


def test_what_comes_back_before_it_is_removed_stays(
    library: Library, large: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "AT_ONCE", 0)
    library.delete(large)
    again = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    read_all(library, again, [page_of("page1 words")])
    library.sweep()
    assert again == large
    assert library.page_image(again, 1)
    assert library.original(again).exists()
    assert len(library.chunks.lexical('"words"', Filters(), 9)) == 1
    assert left(library)["files"] == 3


def test_words_that_are_about_to_go_are_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.open(settings_in(tmp_path))
    library = home.library
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    read_all(library, document_id, [page_of("page1 words")])
    monkeypatch.setattr(deleting, "AT_ONCE", 0)
    library.delete(document_id)
    assert list(problems(home)) == []
    with library.store.write() as tx:
        tx.run("DELETE FROM trash")
    assert [problem.part for problem in problems(home)] == ["database"]
    home.close()


def test_a_file_that_cannot_be_removed_holds_up_no_other(
    library: Library, large: str, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = library.store.files.path("images/00/stuck.jpg")
    stuck.mkdir(parents=True)
    with library.store.write() as tx:
        tx.insert("trash", [{"room": "files", "key": "images/00/stuck.jpg"}])
    library.delete(large)
    library.sweep()
    assert left(library) == {"trash": 0, "chunk_terms": 0, "chunks": 0, "files": 0}
    assert "images/00/stuck.jpg is left over" in caplog.text


def test_reading_leaves_nothing_in_the_trash(library: Library, large: str) -> None:
    assert left(library)["trash"] == 0
    read = read_of(page_of("cancelled"))
    assert not library.commits.commit_page(large, read, [], None, owner=this_process())
    assert left(library)["trash"] == 2
    library.sweep()
    assert not library.store.files.exists(read.image_key)
