"""The process that owns the model: it answers requests over a local socket that only its own user can open.

Who knows the address and the key, kept in a file that nobody else may read, may ask. One thread listens, one a caller
passes requests on to the queue (docintel.runtime.process.request_queue) and sends back each answer when it is there.
"""

import contextlib
import logging
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from docintel.runtime import Request
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.process.address import ADDRESS_FILE, Address, ModelStatus
from docintel.runtime.process.request_queue import RequestQueue

log = logging.getLogger(__name__)

POLL_S = 0.5
"""A caller that goes away while its requests wait is noticed within so long."""


class ModelServer:
    """Listens for as long as it is open."""

    def __init__(self, queue: RequestQueue, vision: VisionCache, about: Callable[[], str], *, home: Path) -> None:
        """`about` describes what is loaded; it is asked when that is ready."""
        self._queue = queue
        self._vision = vision
        self._about = about
        self._home = home
        self._folder = Path(tempfile.mkdtemp(prefix="docintel-"))  # a home's own path may be too long for a socket
        key = secrets.token_bytes(32)
        self._listener = Listener(str(self._folder / "model"), "AF_UNIX", authkey=key)
        self.address = Address(str(self._listener.address), key.hex(), os.getpid())

    def serve(self) -> None:
        """Until `close`."""
        self.address.write(self._home)
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError) as error:
                if self._queue.state == "closed":
                    return
                log.warning("a caller was not let in: %s", error)
                continue
            if self._queue.state == "closed":
                connection.close()
                return
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def close(self) -> None:
        self._queue.close()
        with socket.socket(socket.AF_UNIX) as waking, contextlib.suppress(OSError):  # it may have ended by itself
            waking.settimeout(POLL_S)
            waking.connect(self.address.path)
        self._listener.close()
        (self._home / ADDRESS_FILE).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    def _serve_one(self, connection: Connection) -> None:
        with connection, contextlib.suppress(EOFError, OSError):
            while True:
                match connection.recv():
                    case ("generate", list() as requests):
                        self._generate(connection, requests)
                    case ("status",):
                        connection.send(self.status())
                    case _:
                        return

    def _generate(self, connection: Connection, requests: list[Request]) -> None:
        """Sends ("progress", index, text, count) now and then and ("done", index, answer) once for each request.

        A caller that goes away, or sends anything meanwhile, wants no more.
        """
        sending = threading.Lock()
        gone = threading.Event()

        def send(*message: object) -> bool:
            """Whether the caller is still there; the message is sent then."""
            with sending:
                try:
                    if connection.poll():
                        gone.set()
                    elif message and not gone.is_set():
                        connection.send(message)
                except OSError:
                    gone.set()
            return not gone.is_set()

        answers = self._queue.submit(requests, lambda *progress: send("progress", *progress))
        index_of = {answer: index for index, answer in enumerate(answers)}
        waiting = set(answers)
        while waiting and send():
            done, waiting = wait(waiting, timeout=POLL_S, return_when=FIRST_COMPLETED)
            for answer in done:
                send("done", index_of[answer], answer.result())
        for answer in waiting:
            answer.cancel()

    def status(self) -> ModelStatus:
        queue = self._queue
        is_ready = queue.state == "ready"
        return ModelStatus(
            state=queue.state,
            name=queue.name if is_ready else "",
            about=self._about() if is_ready else str(queue.failure or ""),
            num_waiting=queue.num_waiting,
            num_running=queue.num_running,
            num_answered=queue.num_answered,
            tokens_per_second=round(queue.num_tokens / queue.busy_s, 1) if queue.busy_s else 0.0,
            vision_hits=self._vision.num_hits,
            vision_misses=self._vision.num_misses,
        )
