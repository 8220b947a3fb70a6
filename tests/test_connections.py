"""docintel.server.connections: silent and trickling connections stand, and a visitor is answered all the same."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.browsing import Served, running
from tests.waiting import PATIENCE_S

NUM_SILENT, NUM_TRICKLING = 400, 100
FILES = 256
"""Descriptors that the app begins with: fewer than there are connections."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("app")
    serve = f"{sys.executable} -m docintel serve --home {folder / 'home'} --port"
    environment = os.environ | {"DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1"}
    command = ["bash", "-c", f'ulimit -S -n {FILES}; exec {serve} "$0"']
    with running(command, folder, environment) as served:
        yield served


def connected(app: Served, stack: ExitStack, first: bytes = b"") -> socket.socket:
    parts = urlsplit(app.address)
    connection = stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0)))
    connection.settimeout(PATIENCE_S)
    connection.sendall(first)
    return connection


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True


def trickle(connections: list[socket.socket], stopped: threading.Event) -> None:
    while not stopped.wait(1.0):
        for connection in connections:
            with suppress(OSError):
                connection.send(b"x")


def test_silent_and_trickling_connections_hold_up_nobody_and_are_closed(app: Served) -> None:
    stopped = threading.Event()
    with ExitStack() as stack:
        silent = [connected(app, stack) for _ in range(NUM_SILENT)]
        trickling = [connected(app, stack, b"GET / HTTP/1.1\r\nX-Long: ") for _ in range(NUM_TRICKLING)]
        trickler = threading.Thread(target=trickle, args=(trickling, stopped))
        trickler.start()
        try:
            assert httpx.get(f"{app.address}/", timeout=PATIENCE_S).status_code == 200
            stream = f"{app.address.replace('http', 'ws')}/_stcore/stream"
            with connect(stream, subprotocols=[Subprotocol("streamlit")], origin=Origin(app.address)):
                assert all(is_closed(connection) for connection in (*silent, *trickling))
                assert httpx.get(f"{app.address}/healthz", timeout=PATIENCE_S).status_code == 200
        finally:
            stopped.set()
            trickler.join()


def test_a_second_request_must_come_whole_too(app: Served) -> None:
    host = urlsplit(app.address).netloc
    with ExitStack() as stack:
        connection = connected(app, stack, f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert is_closed(connection)


def test_a_websocket_outlives_the_clock_for_heads(app: Served) -> None:
    stream = f"{app.address.replace('http', 'ws')}/_stcore/stream"
    with (
        ExitStack() as stack,
        connect(stream, subprotocols=[Subprotocol("streamlit")], origin=Origin(app.address)) as ws,
    ):
        assert is_closed(connected(app, stack))  # began later, and was given up
        ws.ping().wait(PATIENCE_S)
