"""What becomes of a call in a child: its value, its error, or how the child ended."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docintel.errors import DocintelError
from docintel.processes import results

MAX_LINES, MAX_CHARACTERS = 3, 300
"""Of a crashed process's last words."""
MAX_TRACE = 20_000


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


def result_in(message: Any, function: Callable[..., Any]) -> Returned | Raised:
    """Raises Unexpected."""
    match message:
        case {"returned": value}:
            return Returned(results.loaded(function, value))
        case {"raised": said, "trace": str() as trace}:
            return Raised(results.error_of(said), printable(trace[:MAX_TRACE]))
        case _:
            raise results.Unexpected("a child said what is no answer")


def last_words(written: str) -> str:
    """The last lines, in one, printable and not too long."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    return printable("; ".join(lines[-MAX_LINES:]))[-MAX_CHARACTERS:]


def printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def how_it_ended(code: int | None) -> str:
    if code is None:
        return "no exit status"
    if code >= 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
