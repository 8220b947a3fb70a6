"""docintel.runtime.process.request_queue: many callers, one queue, one thread that owns the model."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from docintel.errors import DocintelError, EngineUnavailable
from docintel.runtime import Generated, Request
from docintel.runtime.fake import FakeGenerator
from docintel.runtime.model.decoder import Decoder
from docintel.runtime.process.request_queue import RequestQueue
from docintel.runtime.slots.decoder import SlotDecoder
from tests.tiny import asking, loaded
from tests.waiting import until


@pytest.fixture(scope="module")
def decoder(tiny: Path) -> Decoder:
    return Decoder(loaded(tiny), context=2_048)


@pytest.fixture(scope="module")
def slots(tiny: Path) -> SlotDecoder:
    return SlotDecoder(loaded(tiny), context=2_048, num_slots=2)


@pytest.mark.parametrize("kind", ["decoder", "slots"])
def test_many_callers_are_answered_by_one_thread(kind: str, decoder: Decoder, request: pytest.FixtureRequest) -> None:
    generator = request.getfixturevalue(kind)
    batches = RequestQueue(lambda: generator, batch_size=4)
    expected = [decoder.generate([asking("x", (64, 64), seed=n)])[0].text for n in range(8)]  # type: ignore[union-attr]
    found: dict[int, str] = {}

    def call(number: int) -> None:
        [answer] = batches.generate([asking("x", (64, 64), seed=number)])
        found[number] = answer.text  # type: ignore[union-attr]

    callers = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    batches.close()
    assert [found[number] for number in range(8)] == expected


@pytest.fixture
def gate() -> Iterator[tuple[RequestQueue, FakeGenerator, threading.Event]]:
    """A queue whose generator stands still until the event is set."""
    opened = threading.Event()

    def script(request: Request) -> str:
        opened.wait(20)
        return request.text

    generator = FakeGenerator(script)
    batches = RequestQueue(lambda: generator, batch_size=2)
    yield batches, generator, opened
    opened.set()
    batches.close()


def test_urgent_requests_come_first(gate: tuple[RequestQueue, FakeGenerator, threading.Event]) -> None:
    batches, generator, opened = gate
    first = batches.submit([Request("first")])
    until(lambda: generator.asked)
    later = batches.submit([Request("bulk 1"), Request("bulk 2"), Request("asked", priority=10)])
    opened.set()
    for answer in [*first, *later]:
        answer.result(20)
    assert [request.text for request in generator.asked[1]] == ["asked", "bulk 1"]


def test_a_waiting_request_can_be_taken_back(gate: tuple[RequestQueue, FakeGenerator, threading.Event]) -> None:
    batches, generator, opened = gate
    first = batches.submit([Request("first")])
    until(lambda: generator.asked)
    [unwanted] = batches.submit([Request("unwanted")])
    assert unwanted.cancel()
    opened.set()
    assert first[0].result(20).text == "first"  # type: ignore[union-attr]
    [last] = batches.generate([Request("last")])
    assert last.text == "last"  # type: ignore[union-attr]
    assert "unwanted" not in [request.text for batch in generator.asked for request in batch]


def test_whoever_waits_when_the_model_is_closed_is_told() -> None:
    opened = threading.Event()

    def script(_request: Request) -> str:
        opened.wait(20)
        return ""

    generator = FakeGenerator(script)
    batches = RequestQueue(lambda: generator, batch_size=1)
    running, waiting = batches.submit([Request("running"), Request("waiting")])
    until(lambda: generator.asked)
    closing = threading.Thread(target=batches.close)
    closing.start()
    assert isinstance(waiting.result(20), EngineUnavailable)
    opened.set()
    closing.join(20)
    assert isinstance(running.result(20), Generated)
    with pytest.raises(EngineUnavailable):
        batches.submit([Request("late")])


def test_a_model_that_cannot_be_opened_tells_everybody_why() -> None:
    def cannot() -> FakeGenerator:
        raise EngineUnavailable("no weights")

    batches = RequestQueue(cannot)
    [answer] = batches.generate([Request("x")])
    assert isinstance(answer, EngineUnavailable)
    assert batches.state == "failed"
    with pytest.raises(EngineUnavailable, match="no weights"):
        batches.wait_open()
    batches.close()


def test_a_model_that_fails_fails_that_batch_only() -> None:
    def script(request: Request) -> str:
        if request.text == "bad":
            raise RuntimeError("broken")
        return request.text

    batches = RequestQueue(lambda: FakeGenerator(script), batch_size=1)
    bad, good = batches.generate([Request("bad"), Request("good")])
    batches.close()
    assert isinstance(bad, DocintelError)
    assert isinstance(good, Generated)


def test_slots_tell_of_an_answer_while_it_is_made_and_end_it_when_nobody_wants_it(slots: SlotDecoder) -> None:
    queue = RequestQueue(lambda: slots)
    told: list[int] = []

    def heard(_index: int, _text: str, count: int) -> bool:
        told.append(count)
        return count < 32

    [answer] = queue.generate([asking("qwenvl html", (96, 128), most=200)], heard)
    assert isinstance(answer, Generated)
    assert (answer.end, answer.num_tokens, told) == ("cancelled", 32, [16, 32])
    assert (queue.num_running, queue.num_answered, queue.num_tokens) == (0, 1, 32)
    assert queue.busy_s > 0
    queue.close()


def test_an_urgent_request_begins_though_all_slots_are_taken(slots: SlotDecoder) -> None:
    queue = RequestQueue(lambda: slots)
    begun = threading.Event()
    ended: list[str] = []

    def heard(_index: int, _text: str, _count: int) -> bool:
        begun.set()
        return True

    bulk = queue.submit([asking("qwenvl html", (96, 128), seed=seed, most=400) for seed in range(3)], heard)
    for answer in bulk:
        answer.add_done_callback(lambda _answer: ended.append("bulk"))
    assert begun.wait(60)
    [urgent] = queue.submit([replace(asking("How much?", (64, 64), most=3), priority=10)])
    urgent.add_done_callback(lambda _answer: ended.append("urgent"))
    assert isinstance(urgent.result(60), Generated)
    assert all(isinstance(answer.result(120), Generated) for answer in bulk)
    assert ended[0] == "urgent" or sum(answer.result().num_tokens < 100 for answer in bulk)  # type: ignore[union-attr]
    queue.close()


def test_slots_that_fail_fail_those_who_are_in_them_and_answer_the_next(tiny: Path) -> None:
    model = loaded(tiny)

    def broken(_module: torch.nn.Module, _args: object) -> None:
        raise RuntimeError("broken")

    hook = model.model.model.visual.register_forward_pre_hook(broken)
    queue = RequestQueue(lambda: SlotDecoder(model, context=2_048, num_slots=2))
    [bad] = queue.generate([asking("x", (64, 64))])
    hook.remove()
    [good] = queue.generate([asking("x", (64, 64))])
    queue.close()
    assert isinstance(bad, DocintelError)
    assert "RuntimeError" in str(bad)
    assert isinstance(good, Generated)


def test_who_waits_for_a_slot_when_the_model_is_closed_is_told(slots: SlotDecoder) -> None:
    queue = RequestQueue(lambda: slots)
    begun = threading.Event()

    def heard(_index: int, _text: str, _count: int) -> bool:
        begun.set()
        return queue.state != "closed"

    answers = queue.submit([asking("qwenvl html", (96, 128), most=1_500) for _ in range(4)], heard)
    assert begun.wait(60)
    queue.close()
    assert isinstance(answers[0].result(0), Generated)
    assert isinstance(answers[3].result(0), EngineUnavailable)
