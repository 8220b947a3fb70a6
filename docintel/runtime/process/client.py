"""Asks the process that owns the model. It may be started again meanwhile: what it had not answered is asked again."""

import logging
import time
from collections.abc import Sequence
from functools import cached_property
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

from docintel.errors import DocintelError, EngineLoading, EngineUnavailable
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress
from docintel.runtime.process.address import Address, ModelStatus

log = logging.getLogger(__name__)

MAX_LOST = 2
"""Times that the process may be lost with a request in its hands before the request is thought to be the cause."""
POLL_S = 0.5


class RemoteGenerator:
    """A Generator that is another process's: the one that the owner of `home` keeps."""

    def __init__(self, home: Path, *, timeout_s: float = 60.0) -> None:
        """`timeout_s`: how long a process that is being started, or loads, is waited for."""
        self._home = home
        self._patience_s = timeout_s

    @cached_property
    def name(self) -> str:
        """Raises EngineLoading, EngineUnavailable."""
        deadline = time.monotonic() + self._patience_s
        while True:
            status = model_status(self._home)
            if status is not None and status.state == "ready":
                return status.name
            if status is not None and status.state == "failed":
                raise EngineUnavailable(status.about)
            if time.monotonic() > deadline:
                raise EngineLoading("The model is still being loaded. The page will be read when it is there.")
            time.sleep(POLL_S)

    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        """Raises EngineLoading where no process answers."""
        answers: dict[int, Generated | DocintelError] = {}
        num_lost = 0
        while missing := [index for index in range(len(requests)) if index not in answers]:
            try:
                with self._connected() as connection:
                    self._request(connection, requests, missing, answers, on_progress)
            except (EOFError, OSError) as error:
                num_lost += 1
                log.warning("the model process was lost: %s", type(error).__name__)
                if num_lost > MAX_LOST:
                    lost = DocintelError("The model process ended three times while it read this. It is set aside.")
                    for index in missing:
                        answers.setdefault(index, lost)
        return [answers[index] for index in range(len(requests))]

    def _request(
        self,
        connection: Connection,
        requests: Sequence[Request],
        missing: list[int],
        answers: dict[int, Generated | DocintelError],
        on_progress: ProgressCallback,
    ) -> None:
        """Until every missing answer is there, or (where `on_progress` says False) nobody wants them."""
        connection.send(("generate", [requests[index] for index in missing]))
        while any(index not in answers for index in missing):
            match connection.recv():
                case ("progress", int() as number, str() as text, int() as count):
                    if not on_progress(missing[number], text, count):
                        for index in missing:
                            answers.setdefault(index, Generated(text, "cancelled", 0, count, 0.0))
                case ("done", int() as number, answer):
                    answers[missing[number]] = answer

    def _connected(self) -> Connection:
        """Raises EngineLoading."""
        deadline = time.monotonic() + self._patience_s
        while True:
            connection = connect(self._home)
            if connection is not None:
                return connection
            if time.monotonic() > deadline:
                raise EngineLoading("The model process does not answer yet. The page will be read when it does.")
            time.sleep(POLL_S)


def connect(home: Path) -> Connection | None:
    """A connection to the home's model process; None where none listens."""
    address = Address.read(home)
    if address is None:
        return None
    try:
        return Client(address.path, "AF_UNIX", authkey=bytes.fromhex(address.key))
    except (OSError, EOFError, AuthenticationError, ValueError):
        return None


def model_status(home: Path) -> ModelStatus | None:
    """How the home's model process is; None where there is none."""
    try:
        connection = connect(home)
        if connection is None:
            return None
        with connection:
            connection.send(("status",))
            status = connection.recv()
    except (OSError, EOFError):
        return None
    return status if isinstance(status, ModelStatus) else None
