"""Calls in a process that may be killed: files from outside are opened, rendered and read nowhere else.

A child takes one call after another, so that what is costly to open is opened once. It has limits of memory, of
processor time and of what it writes, and where it decodes files a sandbox; its caller has a clock. When it crashes or
hangs, that is the end of the call, of the child and of what it has started, and of nothing else. What it says is data:
it is checked, and never executed. Children are forked by a server that has imported what they need and nothing more.
"""

import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent import futures
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

import psutil
from pydantic import ValidationError

from docintel.errors import DiskFull, DocintelError, EngineLoading, StoreBusy
from docintel.processes import child_side, frames, results
from docintel.processes.arguments import Owned, checked, has_events, name_of, pickled, real_module
from docintel.processes.child_side import LOG_BEGINS, LOG_ENDS
from docintel.processes.fork_server import FOR_LIBRARIES, ChildConfig, server
from docintel.processes.outcomes import (
    Crashed,
    Outcome,
    Raised,
    Returned,
    TimedOut,
    how_it_ended,
    last_words,
    printable,
    result_in,
)
from docintel.processes.sandbox import Sandbox, find_program

log = logging.getLogger(__name__)

KILL_GRACE_S = 5.0
PIPE_BYTES = 65_536
PROGRAM_MEMORY_BYTES = 1024**3
LOG_RECORD = re.compile(f"{LOG_BEGINS}(.*?){LOG_ENDS}\n?", re.DOTALL)
NOBODYS_FAULT = (DiskFull, EngineLoading, StoreBusy)
NONSENSE = "an answer that makes no sense"


class Child:
    """One process, one call at a time."""

    def __init__(
        self,
        *,
        memory_bytes: int,
        sandbox: Sandbox | None = None,
        file_bytes: int | None = None,
        preload: Sequence[str] = (),
    ) -> None:
        """`memory_bytes`: address space that it may take beyond what it has at its start; `preload`: modules whose
        functions are called. Without a sandbox it has this process's environment, and `file_bytes` is the largest file
        that it may write. Raises OSError."""
        self._sandbox = sandbox
        environment = {**os.environ, **FOR_LIBRARIES} if sandbox is None else None
        config = ChildConfig(memory_bytes, tuple(map(real_module, preload)), sandbox, file_bytes, environment)
        self._calls, theirs = socket.socketpair()
        self._stderr, their_stderr = os.pipe()
        try:
            self._process = server.fork(config, [theirs.fileno(), their_stderr])
        except BaseException:
            self._calls.close()
            os.close(self._stderr)
            raise
        finally:
            theirs.close()
            os.close(their_stderr)
        self._calls.setblocking(False)
        os.set_blocking(self._stderr, False)
        self._ending = threading.Lock()
        self._is_conversing = False
        self._owners_errors: set[type[DocintelError]] = set()
        """Of what the owner's functions raised in this call."""
        self._outcome: Future[Outcome] = Future()
        self._deadline = 0.0
        self._timeout_s = 0.0
        self._exit_status: int | None = None
        self._last_words = ""
        self.num_calls = 0
        self.is_alive = True

    @property
    def pid(self) -> int:
        return self._process.pid

    def resident_bytes(self) -> int:
        """Memory that it holds now; 0 once it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def begin(self, function: Callable[..., Any], *args: Any, timeout_s: float) -> None:
        """Starts a call; arguments travel by pickle, what comes back as plain data (see docintel.processes.results)."""
        self._deadline, self._timeout_s = time.monotonic() + timeout_s, timeout_s
        self.num_calls += 1
        arguments, owned = pickled(args)
        call = {"function": name_of(function), "arguments": arguments, "timeout_s": timeout_s}
        self._owners_errors.clear()
        self._outcome, self._is_conversing = Future(), True
        conversation = threading.Thread(
            target=self._converse, args=(self._outcome, call, function, owned), name=f"child {self.pid}", daemon=True
        )
        conversation.start()

    def outcome(self) -> Outcome | None:
        """What became of the call, or None while it runs. After Crashed and TimedOut the child is gone."""
        if self._outcome.done():
            return self._outcome.result()
        if time.monotonic() > self._deadline:
            self.kill()
            return TimedOut(self._timeout_s, self._last_words)
        return None

    def wait(self, timeout_s: float) -> Outcome | None:
        """Like `outcome`, but waits for up to `timeout_s`."""
        wait_for([self], timeout_s)
        return self.outcome()

    @property
    def future(self) -> "Future[Outcome]":
        """Done when the call is."""
        return self._outcome

    @property
    def deadline(self) -> float:
        return self._deadline

    def kill(self) -> None:
        """Ends it and whatever it has started."""
        with self._ending:
            if not self.is_alive:
                return
            self.is_alive = False
            self._exit_status = self._process.end(KILL_GRACE_S)
            self._last_words = self._pass_on_log()
            self._process.line.close()
            os.close(self._stderr)
            if self._is_conversing:
                with suppress(OSError):
                    self._calls.shutdown(socket.SHUT_RDWR)  # closed by the thread that still uses it
            else:
                self._calls.close()

    def _converse(
        self, outcome: "Future[Outcome]", call: dict[str, Any], function: Callable[..., Any], owned: list[Owned]
    ) -> None:
        """One call from its beginning to its end, in a thread of its own: a child can hold up nobody else."""
        found = self._outcome_of(call, function, owned)
        with self._ending:
            self._is_conversing = False
            if not self.is_alive:
                self._calls.close()
        outcome.set_result(found)

    def _outcome_of(self, call: dict[str, Any], function: Callable[..., Any], owned: list[Owned]) -> Outcome:
        try:
            frames.send(self._calls.fileno(), call, deadline=self._deadline)
            message = self._receive()
            while self._serve(message, owned):
                message = self._receive()
            result = self._believable(result_in(message, function))
            with self._ending:
                if self.is_alive:
                    self._pass_on_log()
            return result
        except frames.TooLate:
            self.kill()
            return TimedOut(self._timeout_s, self._last_words)
        except (frames.FrameError, results.Unexpected) as error:
            log.warning("child %d is ended: %s", self.pid, error)
            self.kill()
            return Crashed(NONSENSE)
        except (EOFError, OSError, ValueError):
            self.kill()
            return Crashed(how_it_ended(self._exit_status), self._last_words)

    def _receive(self) -> Any:
        return frames.receive(self._calls.fileno(), deadline=self._deadline)

    def _serve(self, message: Any, owned: list[Owned]) -> bool:
        """What the child asks for while its call runs. False: it asks for nothing."""
        match message:
            case {"ask": int() as number, "arguments": list() as arguments} if 0 <= number < len(owned):
                self._answer(owned[number].function, arguments, owned)
            case {"program": str() as name, "arguments": list() as arguments, "for_s": float() as for_s}:
                self._run_program(name, arguments, for_s)
            case _:
                return False
        return True

    def _answer(self, function: Callable[..., Any], arguments: list[Any], owned: list[Owned]) -> None:
        more = {"on_event": _Events(partial(self._tell, owned=owned))} if has_events(function) else {}
        try:
            answer = {"answer": checked(function)(*arguments, **more)}
        except results.Unexpected:
            raise
        except ValidationError as error:
            raise results.Unexpected("a child asked for what cannot be asked for") from error
        except DocintelError as error:
            self._owners_errors.add(type(error))
            answer = {"raised": results.said_of(error)}
        except Exception as error:
            log.exception("what a child asked for failed")
            answer = {"raised": ["DocintelError", f"It could not be read: {type(error).__name__}."]}
        frames.send(self._calls.fileno(), answer, deadline=self._deadline)

    def _tell(self, event: tuple[Any, ...], *, owned: list[Owned]) -> bool:
        """Whether the child, which may ask for something first, wants the rest. One that does not answer as it should
        wants nothing more; its conversation will find out why."""
        try:
            frames.send(self._calls.fileno(), {"event": list(event)}, deadline=self._deadline)
            while self._serve(message := self._receive(), owned):
                continue
        except (frames.TooLate, frames.FrameError, results.Unexpected, EOFError, OSError, ValueError):
            return False
        return bool(message == {"goes_on": True})

    def _believable(self, result: Returned | Raised) -> Returned | Raised:
        """That nobody is to blame, so that the call is made again, only this side can know."""
        if not isinstance(result, Raised) or not isinstance(result.error, NOBODYS_FAULT):
            return result
        is_known = self._sandbox is None or type(result.error) in self._owners_errors
        return result if is_known else Raised(DocintelError(str(result.error)), result.trace)

    def _run_program(self, name: str, arguments: list[Any], timeout_s: float) -> None:
        """Its output goes to the child, None where there is none."""
        sandbox = self._sandbox
        program = find_program(name) if sandbox and name in sandbox.programs else None
        output = None
        if sandbox and program and all(isinstance(each, str) for each in arguments):
            inner = Child(
                memory_bytes=PROGRAM_MEMORY_BYTES, sandbox=Sandbox(readable=sandbox.readable, becomes=program)
            )
            try:
                deadline = min(self._deadline, time.monotonic() + timeout_s)
                output = inner.become(program, arguments, deadline=deadline)
            finally:
                inner.kill()
        frames.send(self._calls.fileno(), {"answer": output}, deadline=self._deadline)

    def become(self, program: Any, arguments: list[str], *, deadline: float) -> bytes | None:
        """Turns the child into a program. What that writes to stdout, or None: too much, or not in time."""
        packed, _ = pickled((program, arguments))
        call = {"function": name_of(child_side.become), "arguments": packed, "timeout_s": deadline - time.monotonic()}
        try:
            frames.send(self._calls.fileno(), call, deadline=deadline)
            return frames.receive_all(self._calls.fileno(), deadline=deadline)
        except (frames.TooLate, frames.FrameError, OSError):
            return None

    def _pass_on_log(self) -> str:
        """What it logged is logged here. The end of what else it wrote to stderr."""
        written = _read_all(self._stderr).decode("utf-8", "replace")
        for record in LOG_RECORD.findall(written):
            log.warning("in process %d: %s", self.pid, printable(record))
        return last_words(LOG_RECORD.sub("", written))


class _Events:
    """What an owner's function tells the child that called it, from whatever thread."""

    def __init__(self, tell: Callable[[tuple[Any, ...]], bool]) -> None:
        self._tell = tell
        self._telling = threading.Lock()
        self._is_wanted = True

    def __call__(self, *event: Any) -> bool:
        with self._telling:
            if self._is_wanted:
                self._is_wanted = self._tell(event)
            return self._is_wanted


def wait_for(children: Sequence[Child], timeout_s: float) -> None:
    """Returns when a call of one of `children` has ended, at the latest after `timeout_s`."""
    if not children:
        time.sleep(timeout_s)
        return
    left_s = min(child.deadline for child in children) - time.monotonic()
    futures.wait(
        [child.future for child in children], min(timeout_s, max(left_s, 0.0)), return_when=futures.FIRST_COMPLETED
    )


def call(
    function: Callable[..., Any],
    *args: Any,
    timeout_s: float,
    memory_bytes: int,
    sandbox: Sandbox | None = None,
    file_bytes: int | None = None,
) -> Any:
    """One call in a child of its own. Raises the call's DocintelError, or one for a crash or a time-out."""
    child = Child(memory_bytes=memory_bytes, sandbox=sandbox, file_bytes=file_bytes, preload=[function.__module__])
    try:
        return ask(child, function, *args, timeout_s=timeout_s)
    finally:
        child.kill()


def ask(child: Child, function: Callable[..., Any], *args: Any, timeout_s: float) -> Any:
    """One call in `child`, waited for. Raises as `call` does; after a crash or a time-out the child is gone."""
    child.begin(function, *args, timeout_s=timeout_s)
    outcome = None
    while outcome is None:
        outcome = child.wait(min(timeout_s, 1.0))
    match outcome:
        case Returned(value):
            return value
        case Raised(error):
            raise error
        case Crashed(how):
            raise DocintelError(f"The file crashed the process that opened it ({how}).")
        case TimedOut():
            raise DocintelError(f"Nothing came of it within {timeout_s:.0f} s. DOCINTEL_OPEN_TIMEOUT_S is the limit.")


def _read_all(descriptor: int) -> bytes:
    """What there is to read just now."""
    read = bytearray()
    with suppress(BlockingIOError):
        while len(read) < PIPE_BYTES * 2 and (piece := os.read(descriptor, PIPE_BYTES)):
            read += piece
    return bytes(read)
