"""Comparisons: one page read in two configs, in processes that can be killed."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from docintel.errors import DocintelError, NotFound
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress
from docintel.runtime.fake import FakeGenerator, Script
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.process.address import ADDRESS_FILE
from docintel.runtime.process.client import RemoteGenerator, connect
from docintel.runtime.process.request_queue import RequestQueue
from docintel.runtime.process.serving import ModelServer
from docintel.settings import Settings
from docintel.workers.comparison import MAX_KEPT, URGENT, Comparison, Comparisons, ReadConfig, temporary_model_process
from tests.houses import pdf, settings_in
from tests.tiny import tiny_model
from tests.waiting import PATIENCE_S, until

FAKE = ReadConfig(engine="fake")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_in(tmp_path)
    found.home.mkdir()
    return found


@pytest.fixture
def comparisons() -> Iterator[Comparisons]:
    opened = Comparisons()
    yield opened
    opened.close()


@contextmanager
def model(settings: Settings, script: Script) -> Iterator[FakeGenerator]:
    """A home's model process, but for the process."""
    generator = FakeGenerator(script)
    server = ModelServer(RequestQueue(lambda: generator), VisionCache(), lambda: "cpu", home=settings.home)
    listening = threading.Thread(target=server.serve)
    listening.start()
    yield generator
    server.close()
    listening.join(PATIENCE_S)


def wanted() -> None:
    """The model process is there already."""


def ended(comparisons: Comparisons, name: str) -> Comparison:
    until(lambda: not comparisons.find(name).is_open)
    return comparisons.find(name)


def test_a_page_is_read_in_both_ways_and_nothing_is_kept(
    comparisons: Comparisons, settings: Settings, tmp_path: Path
) -> None:
    path = pdf(tmp_path / "a.pdf", "First page.", "Second page.")
    comparison = ended(comparisons, comparisons.begin("d1", 2, path, (FAKE, FAKE), settings, want_model=wanted))
    assert [result.state for result in comparison.results] == ["read", "read"]
    assert [result.page.text if result.page else "" for result in comparison.results] == ["Second page."] * 2
    assert list(settings.home.iterdir()) == []


def test_a_model_is_asked_as_its_way_says(comparisons: Comparisons, settings: Settings, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", "Said by the model.")
    hot = ReadConfig(engine="qwen3-vl", max_tokens=64, max_new_tokens=100, temperature=0.7, top_p=0.9)
    asked: list[None] = []
    with model(settings, lambda _: "<p data-bbox='0 0 900 90'>Said by the model.</p>") as generator:
        name = comparisons.begin("d1", 1, path, (FAKE, hot), settings, want_model=lambda: asked.append(None))
        plain, said = ended(comparisons, name).results
    [[request]] = generator.asked
    assert (request.max_tokens, request.max_new_tokens) == (64, 100)
    assert (request.temperature, request.top_p, request.priority) == (0.7, 0.9, URGENT)
    assert plain.page is not None
    assert said.page is not None
    assert [attempt.outcome for attempt in said.page.attempts] == ["read"]
    assert len(asked) == 1


def test_tokens_are_told_while_a_model_answers_and_a_trial_can_be_cancelled(
    comparisons: Comparisons, settings: Settings, tmp_path: Path
) -> None:
    reported, seen = threading.Event(), threading.Event()

    class Slow:
        """Has said 32 tokens when it stops to think."""

        name = "slow@1"

        def generate(
            self, _requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
        ) -> list[Generated | DocintelError]:
            on_progress(0, "<p>", 32)
            reported.set()
            seen.wait(PATIENCE_S)
            return [Generated("", "cancelled", 1, 32, 0.0)]

    server = ModelServer(RequestQueue(Slow), VisionCache(), str, home=settings.home)
    listening = threading.Thread(target=server.serve)
    listening.start()
    path = pdf(tmp_path / "a.pdf", "A page.")
    name = comparisons.begin("d1", 1, path, (ReadConfig(engine="qwen3-vl"), FAKE), settings, want_model=wanted)
    comparison = comparisons.find(name)
    assert reported.wait(PATIENCE_S)
    until(lambda: comparison.results[0].num_tokens == 32)
    assert comparison.results[0].state == "reading"
    comparison.cancel()
    assert not comparison.is_open
    assert [result.state for result in comparison.results] == ["cancelled", "cancelled"]
    seen.set()
    server.close()
    listening.join(PATIENCE_S)


@pytest.mark.parametrize(("engine", "words"), [("nonsense", "no engine"), ("endpoint", "No server is named")])
def test_a_way_that_cannot_read_says_why_and_the_other_goes_on(
    comparisons: Comparisons, settings: Settings, tmp_path: Path, engine: str, words: str
) -> None:
    path = pdf(tmp_path / "a.pdf", "A page.")
    configs = (ReadConfig(engine=engine), FAKE)
    first, second = ended(comparisons, comparisons.begin("d1", 1, path, configs, settings, want_model=wanted)).results
    assert first.state == "failed"
    assert words in first.error
    assert second.state == "read"


def test_other_weights_have_a_process_of_their_own_that_ends_with_the_reading(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, qwen3_vl_model=str(tiny_model(tmp_path / "tiny")), qwen3_vl_device="cpu")
    settings.home.mkdir()
    with temporary_model_process(settings):
        assert RemoteGenerator(settings.home, timeout_s=PATIENCE_S).name.startswith("tiny@")
    assert connect(settings.home) is None
    assert not (settings.home / ADDRESS_FILE).exists()


def test_only_the_newest_trials_are_kept(comparisons: Comparisons, settings: Settings, tmp_path: Path) -> None:
    names = [comparisons.begin("d1", 1, tmp_path, (), settings, want_model=wanted) for _ in range(MAX_KEPT + 1)]
    with pytest.raises(NotFound, match="not kept any more"):
        comparisons.find(names[0])
    assert comparisons.find(names[1])
