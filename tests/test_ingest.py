"""docintel.ingest: files in, and what became of each, however many are waited for."""

import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from docintel import intake
from docintel.home import Home
from docintel.home.waiting import wait_for
from docintel.ingest import IngestOptions, ingest, ingest_incoming, ingest_stream
from docintel.library import Library
from docintel.model import Document, DocumentState
from tests.houses import pdf, picture, settings_in, work


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(settings_in(tmp_path), owner=True) as opened:  # owned, so that waiting starts nothing
        yield opened


def added(home: Home, folder: Path, count: int) -> list[str]:
    folder.mkdir()
    for number in range(count):
        picture(folder / f"{number:02}.png", number)
    found = ingest(home.library, [folder], IngestOptions())
    return [result.document for result in found if result.document]


def test_many_are_waited_for_a_few_at_a_time(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = added(home, tmp_path / "in", 9)
    work(home.library)
    asked: list[int] = []

    class Counting(Library):
        def documents(self, **wanted: Any) -> list[Document]:
            asked.append(len(wanted["ids"]))
            return super().documents(**wanted)

    home.library = Counting(home.library.store, home.library.settings)
    monkeypatch.setattr("docintel.home.waiting.AT_A_TIME", 2)
    rounds = list(wait_for(home, ids))
    ended = [document.id for each in rounds for document in each.ended]
    assert sorted(ended) == sorted(ids), "each once"
    assert max(asked) == 4
    assert (rounds[-1].pages_done, rounds[-1].num_pages) == (9, 9)


def test_one_far_back_that_ends_first_is_heard_of(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = added(home, tmp_path / "in", 6)
    monkeypatch.setattr("docintel.home.waiting.AT_A_TIME", 1)
    home.queue.cancel(ids[-1])
    heard = next(each for each in wait_for(home, ids) if each.ended)
    assert [document.id for document in heard.ended] == [ids[-1]]


def test_those_that_are_deleted_meanwhile_are_not_waited_for(home: Home, tmp_path: Path) -> None:
    [one, two] = added(home, tmp_path / "in", 2)
    home.library.delete(one)
    home.queue.cancel(two)
    [only] = wait_for(home, [one, two])
    assert [document.state for document in only.ended] == [DocumentState.CANCELLED]


def test_whoever_waits_is_told_of_a_pause(home: Home, tmp_path: Path) -> None:
    ids = added(home, tmp_path / "in", 1)
    home.queue.pause("the disk is full")
    assert next(wait_for(home, ids)).paused == "the disk is full"


def test_an_encrypted_file_is_opened_with_the_password_that_was_given(home: Home, tmp_path: Path) -> None:
    path = pdf(tmp_path / "s.pdf", "secret", password="open")
    [result] = ingest(home.library, [path], IngestOptions())
    assert result.document
    work(home.library)
    rounds = wait_for(home, [result.document], password="open")
    assert next(rounds).ended == []
    work(home.library)
    assert [ended.state for each in rounds for ended in each.ended] == [DocumentState.READY]


def test_a_file_that_has_no_room_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path, min_free_bytes=10**18), owner=False) as home:
        [result] = ingest(home.library, [picture(tmp_path / "p.png")], IngestOptions())
    assert result.is_final
    assert "MB are missing" in (result.error or "")


class Interrupted(Exception):
    pass


def in_pieces(path: Path, *, interrupted: bool = False) -> Iterator[bytes]:
    content = path.read_bytes()
    for start in range(0, len(content), 1_000):
        yield content[start : start + 1_000]
        if interrupted:
            raise Interrupted


def files_in(home: Home) -> dict[str, int]:
    """Files of the home and their inodes, without the database's."""
    found = (path for place in ("files", "incoming") for path in (home.settings.home / place).rglob("*"))
    return {path.name: path.stat().st_ino for path in found if path.is_file()}


def test_a_stream_is_written_once_and_moved_to_its_place(home: Home, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", "hello")
    inodes: list[int] = []

    def watched() -> Iterator[bytes]:
        for piece in in_pieces(path):
            yield piece
            inodes[:] = files_in(home).values()

    [result] = ingest_stream(home.library, watched(), "letter.pdf", IngestOptions())
    assert (result.name, result.state, result.is_duplicate) == ("letter.pdf", "queued", False)
    [document] = home.library.documents()
    assert files_in(home) == {document.content: inodes[0]}
    assert document.content == sha256(path.read_bytes()).hexdigest()


def test_a_stream_that_breaks_off_or_is_no_document_leaves_nothing(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        list(
            ingest_stream(home.library, in_pieces(pdf(tmp_path / "a.pdf", "x"), interrupted=True), "a", IngestOptions())
        )
    [result] = ingest_stream(home.library, [b"no document"], "a.txt", IngestOptions())
    assert (result.state, result.document) == ("failed", None)
    assert files_in(home) == {}
    assert home.library.count() == 0


def test_the_same_bytes_by_path_stream_and_zip_are_one_document(home: Home, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", "hello")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "inside.pdf")
    [by_path] = ingest(home.library, [path], IngestOptions())
    [by_zip] = ingest(home.library, [tmp_path / "a.zip"], IngestOptions())
    [by_stream] = ingest_stream(home.library, in_pieces(path), "b.pdf", IngestOptions())
    [zip_by_stream] = ingest_stream(home.library, in_pieces(tmp_path / "a.zip"), "c.zip", IngestOptions())
    results = (by_path, by_zip, by_stream, zip_by_stream)
    assert len({result.document for result in results}) == 1
    assert [result.is_duplicate for result in results] == [False, True, True, True]
    assert len(files_in(home)) == 1
    assert path.exists()


def test_a_member_of_a_zip_is_moved_not_copied(home: Home, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", "hello")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "inside.pdf")
    inodes: list[int] = []
    for incoming in intake.incoming(tmp_path / "a.zip", settings=home.settings):
        inodes.append(incoming.path.stat().st_ino)
        ingest_incoming(home.library, incoming, IngestOptions())
    assert list(files_in(home).values()) == inodes
