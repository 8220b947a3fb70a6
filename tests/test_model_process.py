"""The process that owns the model, for real: asked over its socket, killed, started again."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from pathlib import Path

import numpy as np
import pytest

from docintel.errors import EngineLoading, EngineUnavailable
from docintel.processes import module_process
from docintel.runtime import Generated, Request
from docintel.runtime.fake import FakeGenerator
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.process.address import ADDRESS_FILE, Address
from docintel.runtime.process.client import RemoteGenerator, connect, model_status
from docintel.runtime.process.request_queue import RequestQueue
from docintel.runtime.process.serving import ModelServer
from tests.houses import settings_in
from tests.waiting import PATIENCE_S, until


class Process:
    """A model process for a home."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.settings = settings_in(folder, qwen3_vl_model=str(model), qwen3_vl_device="cpu", qwen3_vl_batch=4)
        self.settings.home.mkdir(parents=True, exist_ok=True)
        self._started: list[subprocess.Popen[str]] = []

    def start(self) -> "subprocess.Popen[str]":
        process = module_process.start("docintel.runtime", self.settings)
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()

    @property
    def remote(self) -> RemoteGenerator:
        return RemoteGenerator(self.settings.home, timeout_s=PATIENCE_S)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("home"), tiny)
    process.start()
    yield process
    process.end()


def page(seed: int, most: int = 16) -> Request:
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return Request("qwenvl html", (pixels,), min_tokens=4, max_tokens=64, max_new_tokens=most, stops_loops=False)


def test_it_says_what_it_has_loaded(running: Process) -> None:
    name = running.remote.name
    status = model_status(running.settings.home)
    assert status is not None
    assert (status.state, status.name) == ("ready", name)
    assert "cpu, float32" in status.about


def test_eight_callers_at_once_each_get_their_answer(running: Process) -> None:
    alone = [running.remote.generate([page(seed)])[0] for seed in range(8)]
    found: dict[int, object] = {}

    def call(seed: int) -> None:
        [found[seed]] = running.remote.generate([page(seed)])

    callers = [threading.Thread(target=call, args=(seed,)) for seed in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(PATIENCE_S)
    texts = [answer.text if isinstance(answer, Generated) else "" for answer in alone]
    assert [found[seed].text for seed in range(8)] == texts  # type: ignore[attr-defined]


def test_an_answer_is_told_while_it_is_made(running: Process) -> None:
    told: list[int] = []

    def heard(_number: int, _text: str, count: int) -> bool:
        told.append(count)
        return True

    [answer] = running.remote.generate([page(1, most=100)], heard)
    assert isinstance(answer, Generated)
    assert told == list(range(16, answer.num_tokens, 16))[: len(told)]
    assert told


def test_a_caller_that_goes_away_leaves_nothing_stuck(running: Process) -> None:
    connection = connect(running.settings.home)
    assert connection is not None
    connection.send(("generate", [page(seed, most=1_500) for seed in range(12)]))
    connection.recv()  # the first is on its way
    connection.close()
    until(lambda: (status := model_status(running.settings.home)) and status.num_running + status.num_waiting == 0)
    assert isinstance(running.remote.generate([page(3)])[0], Generated)


def test_what_nobody_waits_for_any_more_is_not_begun(tmp_path: Path) -> None:
    opened = threading.Event()

    def script(request: Request) -> str:
        opened.wait(PATIENCE_S)
        return request.text

    generator = FakeGenerator(script)
    batches = RequestQueue(lambda: generator, batch_size=1)
    server = ModelServer(batches, VisionCache(), str, home=tmp_path)
    listening = threading.Thread(target=server.serve)
    listening.start()
    first = batches.submit([Request("first")])
    until(lambda: generator.asked)
    gone = connect(tmp_path)
    assert gone is not None
    gone.send(("generate", [Request("unwanted")]))
    until(lambda: batches.num_waiting == 1)
    gone.close()
    until(lambda: batches.num_waiting == 0)
    opened.set()
    assert isinstance(first[0].result(PATIENCE_S), Generated)
    assert isinstance(batches.generate([Request("last")])[0], Generated)
    assert [request.text for batch in generator.asked for request in batch] == ["first", "last"]
    server.close()
    listening.join(PATIENCE_S)


def test_nobody_else_can_read_its_key_or_come_to_its_socket(tmp_path: Path) -> None:
    server = ModelServer(RequestQueue(lambda: FakeGenerator(lambda _request: "")), VisionCache(), str, home=tmp_path)
    listening = threading.Thread(target=server.serve)
    listening.start()
    until(lambda: Address.read(tmp_path))
    closed = (tmp_path / ADDRESS_FILE, Path(server.address.path).parent)
    assert [path.stat().st_mode & 0o077 for path in closed] == [0, 0]
    server.close()
    listening.join(PATIENCE_S)


def test_it_ends_though_its_listener_ended_before(tmp_path: Path) -> None:
    batches = RequestQueue(lambda: FakeGenerator(lambda request: request.text))
    server = ModelServer(batches, VisionCache(), str, home=tmp_path)
    listening = threading.Thread(target=server.serve)
    listening.start()
    until(lambda: Address.read(tmp_path))
    batches.close()
    with socket.socket(socket.AF_UNIX) as caller:  # goes away while it is let in
        caller.connect(server.address.path)
    listening.join(PATIENCE_S)
    closing = threading.Thread(target=server.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()


def test_without_the_key_nobody_is_let_in(running: Process) -> None:
    _ = running.remote.name
    address = Address.read(running.settings.home)
    assert address is not None
    with pytest.raises(AuthenticationError):
        Client(address.path, "AF_UNIX", authkey=b"guessed").recv()
    assert (running.settings.home / ADDRESS_FILE).stat().st_mode & 0o077 == 0
    assert isinstance(running.remote.generate([page(4)])[0], Generated)


def test_what_was_asked_of_a_process_that_is_killed_is_asked_of_the_next(tmp_path: Path, tiny: Path) -> None:
    process = Process(tmp_path, tiny)
    first = process.start()
    remote = process.remote
    _ = remote.name
    begun = threading.Event()
    found: list[object] = []

    def heard(_number: int, _text: str, _count: int) -> bool:
        begun.set()
        return True

    caller = threading.Thread(target=lambda: found.extend(remote.generate([page(5, most=400)], heard)))
    caller.start()
    assert begun.wait(PATIENCE_S)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = process.start()
    caller.join(PATIENCE_S)
    assert isinstance(found[0], Generated)
    assert second.stdin
    second.stdin.close()
    assert second.wait(PATIENCE_S) == 0
    assert not (process.settings.home / ADDRESS_FILE).exists()
    process.end()


def test_answers_that_came_before_the_process_was_lost_for_the_third_time_are_kept(tmp_path: Path) -> None:
    """A process that answers the first request and ends, three times in a row."""
    key = b"key"
    with Listener(str(tmp_path / "socket"), "AF_UNIX", authkey=key) as listener:
        Address(str(listener.address), key.hex(), os.getpid()).write(tmp_path)

        def answer_one() -> None:
            for _ in range(3):
                with listener.accept() as connection:
                    _, requests = connection.recv()
                    connection.send(("done", 0, Generated(requests[0].text, "end", 1, 1, 0.0)))

        answering = threading.Thread(target=answer_one)
        answering.start()
        remote = RemoteGenerator(tmp_path, timeout_s=PATIENCE_S)
        answers = remote.generate([Request(text) for text in ("one", "two", "three", "four")])
        answering.join(PATIENCE_S)
    assert [each.text if isinstance(each, Generated) else "lost" for each in answers] == ["one", "two", "three", "lost"]


def test_weights_that_cannot_be_loaded_are_told_to_everybody(tmp_path: Path) -> None:
    def cannot() -> FakeGenerator:
        raise EngineUnavailable("There are no weights.")

    server = ModelServer(RequestQueue(cannot), VisionCache(), str, home=tmp_path)
    listening = threading.Thread(target=server.serve)
    listening.start()
    with pytest.raises(EngineUnavailable, match="There are no weights"):
        _ = RemoteGenerator(tmp_path, timeout_s=PATIENCE_S).name
    server.close()
    listening.join(PATIENCE_S)
    assert not listening.is_alive()


def test_where_no_process_is_the_page_waits(tmp_path: Path) -> None:
    with pytest.raises(EngineLoading):
        RemoteGenerator(tmp_path, timeout_s=0.1).generate([page(1)])
    assert model_status(tmp_path) is None
