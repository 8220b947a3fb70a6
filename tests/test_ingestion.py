"""docintel.ingestion: files in, and what became of each, however many are waited for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from docintel.home import Home
from docintel.ingestion import Outcome, Wishes, add_all, wait_for
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
    found = list(add_all(home, [folder], Wishes()))
    return [document.id for document in found if isinstance(document, Document)]


def test_many_are_waited_for_a_few_at_a_time(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = added(home, tmp_path / "in", 9)
    work(home.library)
    asked: list[int] = []

    class Counting(Library):
        def documents(self, **wanted: Any) -> list[Document]:
            asked.append(len(wanted["ids"]))
            return super().documents(**wanted)

    home.library = Counting(home.library.store, home.library.settings)
    monkeypatch.setattr("docintel.ingestion.AT_A_TIME", 2)
    rounds = list(wait_for(home, ids))
    ended = [document.id for each in rounds for document in each.ended]
    assert sorted(ended) == sorted(ids), "each once"
    assert max(asked) == 4
    assert (rounds[-1].pages_done, rounds[-1].num_pages) == (9, 9)


def test_one_far_back_that_ends_first_is_heard_of(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = added(home, tmp_path / "in", 6)
    monkeypatch.setattr("docintel.ingestion.AT_A_TIME", 1)
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
    [document] = add_all(home, [path], Wishes())
    assert isinstance(document, Document)
    work(home.library)
    rounds = wait_for(home, [document.id], password="open")
    assert next(rounds).ended == []
    work(home.library)
    assert [ended.state for each in rounds for ended in each.ended] == [DocumentState.READY]


def test_a_file_that_has_no_room_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path, min_free_bytes=10**18), owner=False) as home:
        [outcome] = add_all(home, [picture(tmp_path / "p.png")], Wishes())
    assert isinstance(outcome, Outcome)
    assert "MB are missing" in (outcome.error or "")
