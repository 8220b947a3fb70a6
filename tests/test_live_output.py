"""What a model says of a page while it is read: noted now and then, shown to those who see the page, ended with it."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from docintel.errors import DocintelError
from docintel.jobs import live_output
from docintel.jobs.live_output import OutputWriter, read_output, write_output
from docintel.jobs.progress import BeingRead
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.model import User
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.process.request_queue import RequestQueue
from docintel.runtime.process.serving import ModelServer
from tests.houses import pdf, settings_in, working
from tests.waiting import PATIENCE_S, until

SAID = "<p data-bbox='1 2 3 4'>Der Zähler &amp; die Uhr"


class Endless:
    """Says the same for as long as anybody listens."""

    name = "endless@1"

    def __init__(self) -> None:
        self.num_told = 0
        self.ended = threading.Event()

    def generate(
        self, requests: Sequence[Request], heard: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        while heard(0, SAID, 16 * (self.num_told + 1)):
            self.num_told += 1
            time.sleep(0.01)
        self.ended.set()
        return [Generated("", "cancelled", 1, 16 * self.num_told, 1.0) for _ in requests]


@contextmanager
def model(home: Path) -> Iterator[Endless]:
    """A home's model process, but for the process."""
    generator = Endless()
    server = ModelServer(RequestQueue(lambda: generator), VisionCache(), str, home=home)
    listening = threading.Thread(target=server.serve)
    listening.start()
    yield generator
    server.close()
    listening.join(PATIENCE_S)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(settings_in(tmp_path, engine="qwen3-vl", embedding_languages=("de",)))
    yield opened
    opened.close()


def test_what_is_said_of_a_page_is_seen_and_ends_when_its_document_is_stopped(library: Library, tmp_path: Path) -> None:
    document = library.add(pdf(tmp_path / "a.pdf", "A page."), name="a.pdf").document.id
    queue, stranger = Queue(library), Queue(library.for_user(User(id="eve@example.org", name="Eve")))
    seen: list[BeingRead] = []

    def is_said() -> bool:
        seen[:] = [page for page in queue.being_read() if page.live_output]
        return bool(seen)

    with model(library.settings.home) as generator, working(library):
        until(is_said)
        assert stranger.being_read() == []
        first = seen[0].live_output
        assert first is not None
        assert first.words == "Der Zähler & die Uhr"
        assert first.num_tokens >= 16
        queue.cancel(document)
        assert generator.ended.wait(PATIENCE_S), "nobody wants the rest"
        until(lambda: not list(library.store.files.keys("work/")))
    assert queue.being_read() == []


@pytest.mark.parametrize(("every_s", "noted_of"), [(0.0, [16, 32, 48]), (3_600.0, [16, 16, 16])])
def test_notes_are_made_so_often_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every_s: float, noted_of: list[int]
) -> None:
    monkeypatch.setattr(live_output, "EVERY_S", every_s)
    note, found = OutputWriter(partial(write_output, tmp_path / "note.json")), []
    for count in (16, 32, 48):
        assert note(0, SAID, count)
        now = read_output(tmp_path / "note.json")
        found.append(now.num_tokens if now else None)
    assert found == noted_of


def test_the_rate_is_that_of_the_tokens_since_the_first_were_heard_of(tmp_path: Path) -> None:
    note = OutputWriter(partial(write_output, tmp_path / "note.json"))
    note(0, SAID, 1_000)
    first = read_output(tmp_path / "note.json")
    assert first is not None
    assert first.tokens_per_second == 0
    time.sleep(live_output.EVERY_S)
    note(0, SAID, 1_100)
    later = read_output(tmp_path / "note.json")
    assert later is not None
    assert 0 < later.tokens_per_second <= 100 / live_output.EVERY_S


def test_a_note_that_cannot_be_made_or_read_does_no_harm(tmp_path: Path) -> None:
    assert OutputWriter(partial(write_output, tmp_path / "no" / "folder.json"))(0, SAID, 16)
    assert read_output(tmp_path / "no" / "folder.json") is None
    (tmp_path / "half.json").write_text('{"num_tok', encoding="utf-8")
    assert read_output(tmp_path / "half.json") is None
