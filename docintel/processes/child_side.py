"""A child's whole life: it confines itself, then serves one call after another."""

import importlib
import io
import logging
import math
import os
import pickle
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docintel.errors import DocintelError
from docintel.logs import TextLines
from docintel.processes import frames, kernel, results, sandbox
from docintel.processes.fork_server import ChildConfig

LOG_BEGINS, LOG_ENDS = "\x1e", "\x1f"

OnEvent = Callable[..., bool]

_owner: int | None = None
"""Where its owner is asked, in a child."""
_is_confined = False


def serve(calls: int, stderr: int, config: ChildConfig) -> None:
    """Ends when its owner does."""
    global _owner, _is_confined
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_server()
    _write_to(stderr)
    if config.environment is not None:
        os.environ.clear()
        os.environ.update(config.environment)
    _limit_memory(config.memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    if config.file_bytes is not None:
        _limit(resource.RLIMIT_FSIZE, config.file_bytes)
    if config.sandbox is not None:
        sandbox.enter(config.sandbox, list(config.modules))
        _is_confined = True
        tempfile.tempdir = os.sep  # no folder can be written to: whoever only asks for one shall not fail
    _owner = calls
    while True:
        try:
            call = frames.receive(calls)
        except (EOFError, OSError):
            return
        _limit_processor(call["timeout_s"])
        frames.send(calls, _result(call["function"], call["arguments"]))


def is_confined() -> bool:
    """Whether this process is a child in a sandbox; such a one starts no programs itself."""
    return _is_confined


def become(program: Path, arguments: list[str]) -> None:
    """This child turns into `program`, which writes to its owner."""
    assert _owner is not None
    os.dup2(_owner, 1)
    try:
        os.execv(program, [program.name, *arguments])
    finally:
        os._exit(127)


def ask_owner(message: dict[str, Any], on_event: OnEvent | None = None) -> Any:
    """What the owner of this process answers. `on_event` is told of what happens meanwhile; False: nobody wants the
    rest. Raises the DocintelError that the owner says, EOFError where it is gone."""
    assert _owner is not None
    frames.send(_owner, message)
    while True:
        match frames.receive(_owner):
            case {"event": list() as event}:
                frames.send(_owner, {"goes_on": on_event is None or on_event(*event)})
            case {"raised": error}:
                raise results.error_of(error)
            case {"answer": answer}:
                return answer


class OwnersFunction:
    """A function of its owner's, as the child has it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __call__(self, *args: Any, on_event: OnEvent | None = None) -> Any:
        return ask_owner({"ask": self._number, "arguments": results.plain(list(args))}, on_event)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: int) -> OwnersFunction:
        return OwnersFunction(pid)


def _result(name: str, arguments: bytes) -> dict[str, Any]:
    try:
        module, _, function_name = name.partition(":")
        function = getattr(importlib.import_module(module), function_name)
        value = function(*_Unpickler(io.BytesIO(arguments)).load())
        return {"returned": results.dumped(function, value)}
    except DocintelError as error:
        return {"raised": results.said_of(error), "trace": ""}
    except MemoryError:
        greedy = DocintelError("It needs more memory than DOCINTEL_READER_MEMORY_BYTES allows.")
        return {"raised": results.said_of(greedy), "trace": ""}
    except Exception as error:  # noqa: BLE001 - the edge: whatever a file provokes is that call's own failure
        trace = "".join(traceback.format_tb(error.__traceback__))
        said = DocintelError(f"It could not be read: the reader failed with {type(error).__name__}.")
        return {"raised": results.said_of(said), "trace": trace}


def _end_with_server() -> None:
    if kernel.IS_LINUX:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit()


def _write_to(stderr: int) -> None:
    """C libraries write what they think of a broken file to stderr, and so does our log: the owner of the process reads
    it there. Nobody waits for that: what finds the pipe full is lost."""
    os.set_blocking(stderr, False)
    for descriptor in (1, 2):
        os.dup2(stderr, descriptor)
    os.close(stderr)
    handler = logging.StreamHandler(open(2, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - for life
    handler.setFormatter(_MarkedLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _MarkedLines(TextLines):
    """Records that can be told from what libraries write."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{LOG_BEGINS}{super().format(record)}{LOG_ENDS}"


def _limit_memory(memory_bytes: int) -> None:
    if not kernel.IS_LINUX:
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + memory_bytes
    _limit(resource.RLIMIT_AS, most)


def _limit_processor(timeout_s: float) -> None:
    """No more than all cores could use in the time of a call. Its owner's clock ends it anyway."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + timeout_s * (os.cpu_count() or 1)) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(what: int, value: int) -> None:
    """For good: the hard limit too."""
    _, hard = resource.getrlimit(what)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (most, most))
