"""Calls in a process that may be killed: files from outside are opened, rendered and read nowhere else.

A child takes one call after another, so that what is costly to open is opened once. It has limits of memory, of
processor time and of what it writes, its caller a clock; when it crashes or hangs, that is the end of the call, of the
child and of what it has started, and of nothing else. Children are forked from a server process that has imported what
they need and nothing more (no torch, no threads).
"""

import fcntl
import logging
import math
import os
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, forkserver, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from docintel.errors import DocintelError
from docintel.logs import TextLines

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

log = logging.getLogger(__name__)

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)
KILL_GRACE_S = 5.0
PIPE_BYTES = 65_536
MAX_LINES, MAX_CHARACTERS = 3, 300
"""Of a crashed process's last words."""
LOG_BEGINS, LOG_ENDS = "\x1e", "\x1f"
LOG_RECORD = re.compile(f"{LOG_BEGINS}(.*?){LOG_ENDS}\n?", re.DOTALL)


@dataclass(frozen=True)
class Returned:
    value: Any


@dataclass(frozen=True)
class Raised:
    """The call's own error. Anything but a DocintelError has become one; `trace` is for the log."""

    error: DocintelError
    trace: str = ""


@dataclass(frozen=True)
class Crashed:
    """The process ended in the middle of the call: `how` says it, such as `signal SIGSEGV`."""

    how: str
    last_words: str = ""
    """The end of what its libraries wrote to stderr, if anything."""


@dataclass(frozen=True)
class TimedOut:
    timeout_s: float
    last_words: str = ""


Outcome = Returned | Raised | Crashed | TimedOut


class Child:
    """One process, one call at a time."""

    def __init__(self, *, memory_bytes: int, file_bytes: int | None = None, preload: Sequence[str] = ()) -> None:
        """`memory_bytes`: address space that it may take beyond what it has at its start; `file_bytes`: the largest
        file that it may write."""
        _start_server(preload)
        context = get_context("forkserver")
        self._connection, theirs = context.Pipe()
        their_lifeline, self._lifeline = context.Pipe(duplex=False)
        self._stderr, their_stderr = context.Pipe(duplex=False)
        os.set_blocking(self._stderr.fileno(), False)
        self._process = context.Process(
            target=_serve, args=(theirs, their_lifeline, their_stderr, memory_bytes, file_bytes), daemon=True
        )
        self._process.start()
        theirs.close()
        their_lifeline.close()
        their_stderr.close()
        self._began = 0.0
        self._timeout_s = 0.0
        self.num_calls = 0
        self.is_alive = True

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def resident_bytes(self) -> int:
        """Memory that it holds now; 0 once it is gone."""
        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def begin(self, function: Callable[..., Any], *args: Any, timeout_s: float) -> None:
        """Starts a call; function and arguments travel by pickle."""
        self._began, self._timeout_s = time.monotonic(), timeout_s
        self.num_calls += 1
        try:
            self._connection.send((function, args, timeout_s))
        except OSError:
            log.debug("child %d was gone before its call", self.pid)  # outcome() sees the same and says how it ended

    def outcome(self) -> Outcome | None:
        """What became of the call, or None while it runs. After Crashed and TimedOut the child is gone."""
        try:
            if self._connection.poll():
                outcome = _checked(self._connection.recv())
                self._pass_on_log()
                return outcome
        except (EOFError, OSError):
            return self._crashed()
        if time.monotonic() - self._began > self._timeout_s:
            last_words = self._pass_on_log()
            self.kill()
            return TimedOut(self._timeout_s, last_words)
        return None

    def _pass_on_log(self) -> str:
        """What it logged is logged here. The end of what else it wrote to stderr."""
        written = _read_all(self._stderr.fileno()).decode("utf-8", "replace")
        for record in LOG_RECORD.findall(written):
            log.warning("in process %d: %s", self.pid, record)
        return _last_words(LOG_RECORD.sub("", written))

    def wait(self, timeout_s: float) -> Outcome | None:
        """Like `outcome`, but waits for up to `timeout_s`."""
        wait_for([self], timeout_s)
        return self.outcome()

    def fileno(self) -> int:
        return self._connection.fileno()

    def kill(self) -> None:
        """Ends it and whatever programs it has started."""
        if self.is_alive:  # once only: its number may be another's later
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.is_alive = False
        self._process.kill()  # where it has not come as far as having a group of its own
        self._process.join(KILL_GRACE_S)
        self._connection.close()
        self._lifeline.close()
        self._stderr.close()

    def _crashed(self) -> Crashed:
        self._process.join(KILL_GRACE_S)
        code = self._process.exitcode
        last_words = self._pass_on_log()
        self.kill()
        return Crashed(_how_it_ended(code), last_words)


def wait_for(children: Sequence[Child], timeout_s: float) -> None:
    """Returns when one of `children` has something to say, at the latest after `timeout_s`."""
    if children:
        connection.wait([child.fileno() for child in children], timeout_s)
    else:
        time.sleep(timeout_s)


def call(
    function: Callable[..., Any], *args: Any, timeout_s: float, memory_bytes: int, file_bytes: int | None = None
) -> Any:
    """One call in a child of its own. Raises the call's DocintelError, or one for a crash or a time-out."""
    child = Child(memory_bytes=memory_bytes, file_bytes=file_bytes)
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


def _checked(message: object) -> Returned | Raised:
    if isinstance(message, Returned | Raised):
        return message
    raise TypeError(f"a child answered with {type(message).__name__}")


def _serve(
    calls: "Connection", lifeline: "Connection", stderr: "Connection", memory_bytes: int, file_bytes: int | None
) -> None:
    """The child's whole life. Ends when its owner does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setpgid(0, 0)  # so that what it starts is ended with it; in its parent's session: see module_process.py
    _end_with(lifeline)
    _limit_memory(memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    if file_bytes is not None:
        _limit(resource.RLIMIT_FSIZE, file_bytes)
    _write_to(stderr)
    while True:
        try:
            function, args, timeout_s = calls.recv()
        except (EOFError, OSError):
            return
        _limit_processor(timeout_s)
        calls.send(_result(function, args))


def _result(function: Callable[..., Any], args: tuple[Any, ...]) -> Returned | Raised:
    try:
        return Returned(function(*args))
    except DocintelError as error:
        return Raised(error)
    except MemoryError:
        return Raised(DocintelError("It needs more memory than DOCINTEL_READER_MEMORY_BYTES allows."))
    except Exception as error:  # noqa: BLE001 - the edge: whatever a file provokes is that call's own failure
        trace = "".join(traceback.format_tb(error.__traceback__))
        return Raised(DocintelError(f"It could not be read: the reader failed with {type(error).__name__}."), trace)


def _write_to(stderr: "Connection") -> None:
    """C libraries write what they think of a broken file to stderr, and so does our log: the owner of the process reads
    it there. Nobody waits for that: what finds the pipe full is lost."""
    os.set_blocking(stderr.fileno(), False)
    os.dup2(stderr.fileno(), 2)
    handler = logging.StreamHandler(open(2, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - for life
    handler.setFormatter(_MarkedLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _MarkedLines(TextLines):
    """Records that can be told from what libraries write."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{LOG_BEGINS}{super().format(record)}{LOG_ENDS}"


def _read_all(descriptor: int) -> bytes:
    """What there is to read just now."""
    read = bytearray()
    with suppress(BlockingIOError):
        while piece := os.read(descriptor, PIPE_BYTES):
            read += piece
    return bytes(read)


def _last_words(written: str) -> str:
    """The last lines, in one, printable and not too long."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    shown = "; ".join(lines[-MAX_LINES:])
    return "".join(c if c.isprintable() else " " for c in shown)[-MAX_CHARACTERS:]


def _limit_memory(memory_bytes: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _limit(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE") + memory_bytes)


def _limit_processor(timeout_s: float) -> None:
    """No more than all cores could use in the time of a call. A program that the child has started is held to it too:
    should child and owner be killed together, it runs on, but not for ever."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + timeout_s * (os.cpu_count() or 1)) + 1)


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _end_with(lifeline: "Connection") -> None:
    """Has the kernel end this process when the owner's end of the pipe closes, even in the middle of a library's code.

    Nothing is ever written to the pipe: the only event is its end, and SIGIO's default action is to terminate.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline.fileno(), fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline.fileno(), fcntl.F_SETFL, fcntl.fcntl(lifeline.fileno(), fcntl.F_GETFL) | os.O_ASYNC)
    if lifeline.poll():
        sys.exit()


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "no exit status"
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _start_server(preload: Sequence[str]) -> None:
    with _environment(ONE_THREAD):
        forkserver.set_forkserver_preload([__name__, *preload])
        forkserver.ensure_running()


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
