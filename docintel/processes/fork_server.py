"""The process that children are forked from: it has imported what they need and nothing more, and has no threads.

It starts with a clean environment, so that no child ever held a key. Each child lives as long as its owner keeps its
line open. When a child has ended, so has all that it left: the server takes orphans in, and ends them.
"""

import atexit
import importlib
import logging
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docintel.processes import kernel
from docintel.processes.sandbox import Sandbox

log = logging.getLogger(__name__)

FOR_LIBRARIES = dict.fromkeys(
    (
        *("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
        "ORT_DISABLE_TELEMETRY",
    ),
    "1",
)
"""One thread each, and no reports of how they are used."""
PASSED_ON = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TESSDATA_PREFIX", "LD_LIBRARY_PATH"})
PASSED_ON_FAMILIES = ("LC_", "PYTHON")
MAX_REQUEST_BYTES = 128 * 1024
EXIT = "exit "
ORPHAN_ROUNDS = 50
STOP_S = 5.0


@dataclass(frozen=True)
class ChildConfig:
    memory_bytes: int
    modules: tuple[str, ...] = ()
    """Imported before the child is forked."""
    sandbox: Sandbox | None = None
    file_bytes: int | None = None
    """The largest file that a child in no sandbox may write; None: any."""
    environment: dict[str, str] | None = None
    """Of a child that is in no sandbox; None: the server's."""


@dataclass(frozen=True)
class ForkedProcess:
    """A child's ends of its lines are the server's and its own; these are the owner's."""

    pid: int
    line: socket.socket
    """Closing it ends the child; how it ended comes back over it."""

    def end(self, timeout_s: float) -> int | None:
        """Kills it where it still runs. Its exit status as subprocess has it, None where nobody knows it."""
        with suppress(OSError):
            self.line.shutdown(socket.SHUT_WR)
        return self._status(timeout_s)

    def _status(self, timeout_s: float) -> int | None:
        self.line.settimeout(timeout_s)
        try:
            said = self.line.recv(64).decode("ascii")
        except (OSError, ValueError):
            return None
        return int(said.removeprefix(EXIT)) if said.startswith(EXIT) else None


class ForkServer:
    """This process's own; started when the first child is, and again should it have ended."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, config: ChildConfig, descriptors: Sequence[int]) -> ForkedProcess:
        """A child that has `descriptors` (calls, stderr) and serves them. Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                with self._asking:
                    self._send(pickle.dumps((sys.path, config)), [theirs.fileno(), *descriptors])
                said = ours.recv(64)
                if not said:
                    raise OSError("the fork server ended")
                return ForkedProcess(int(said), ours)
            except BaseException:
                ours.close()
                raise

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._control is not None
        socket.send_fds(self._control, [request], descriptors)

    def _start(self) -> None:
        if self._control is not None:
            self._control.close()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main()"],
                stdin=theirs.fileno(),
                env=clean_environment() | FOR_LIBRARIES,
            )

    def close(self) -> None:
        """Ends it and all children."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_S)
        self._control = self._process = None


def clean_environment() -> dict[str, str]:
    """Of this process, what a child needs: names on a list, so that no key is among them whatever it is called."""
    return {
        name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(PASSED_ON_FAMILIES)
    }


server = ForkServer()
atexit.register(server.close)


def main() -> None:
    """The server's whole life. Ends with its owner, and its children with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if kernel.IS_LINUX:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    _Server().serve()


class _Server:
    def __init__(self) -> None:
        self._control = socket.socket(fileno=os.dup(0))
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.close(null)
        self._lines: dict[int, socket.socket] = {}
        """By the numbers of the children that run."""
        self._ended, self._wakeup = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)

    def serve(self) -> None:
        while True:
            dropped = self._wait()
            if self._control in dropped and not self._take_request():
                return
            for pid, line in self._lines.items():
                if line in dropped:
                    _kill(pid)
            self._reap()

    def _wait(self) -> list[socket.socket]:
        """What has something to say; of lines it is always that their owners are gone."""
        sockets = {each.fileno(): each for each in (self._control, *self._lines.values())}
        readable, _, _ = select.select([self._ended, *sockets], [], [])
        with suppress(BlockingIOError):
            while os.read(self._ended, 4096):
                continue
        return [sockets[each] for each in readable if each in sockets]

    def _take_request(self) -> bool:
        """False: the owner is gone."""
        request, descriptors, _, _ = socket.recv_fds(self._control, MAX_REQUEST_BYTES, 3)
        if not request:
            return False
        line, calls, stderr = socket.socket(fileno=descriptors[0]), descriptors[1], descriptors[2]
        path, config = pickle.loads(request)
        sys.path[:] = path
        for name in config.modules:
            _import(name)
        pid = os.fork()
        if pid == 0:
            self._become_child(line, calls, stderr, config)
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        os.close(calls)
        os.close(stderr)
        self._lines[pid] = line
        with suppress(OSError):
            line.send(str(pid).encode("ascii"))
        return True

    def _become_child(self, line: socket.socket, calls: int, stderr: int, config: ChildConfig) -> None:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (self._control, line, *self._lines.values()):
                each.close()
            os.close(self._ended)
            os.close(self._wakeup)
            from docintel.processes import child_side

            child_side.serve(calls, stderr, config)
            code = 0
        except SystemExit:
            code = 0
        except BaseException as error:  # noqa: BLE001 - the edge: said to the owner as the process's last words
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)

    def _reap(self) -> None:
        has_ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            has_ended = True
            if line := self._lines.pop(pid, None):
                with line, suppress(OSError):
                    line.send(f"{EXIT}{os.waitstatus_to_exitcode(status)}".encode("ascii"))
        if has_ended:
            self._end_orphans()

    def _end_orphans(self) -> None:
        """What an ended child had started is this process's child now."""
        for _ in range(ORPHAN_ROUNDS):
            orphans = [pid for pid in _children() if pid not in self._lines]
            if not orphans:
                return
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _kill(pid: int) -> None:
    """The child and its group; it is not reaped yet, so that the number is still its own."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _children() -> list[int]:
    found: list[int] = []
    me = str(os.getpid())
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = status.read_bytes().rpartition(b")")[2].split()
            if fields[1].decode("ascii") == me:
                found.append(int(status.parent.name))
    return found


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception:
        log.debug("%s could not be imported", name, exc_info=True)
