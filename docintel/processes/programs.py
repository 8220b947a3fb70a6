"""Programs that files are given to. A child in a sandbox starts none: its owner starts the program for it, in a sandbox
that reads what the child's does."""

import subprocess
from collections.abc import Sequence

from docintel.errors import DocintelError
from docintel.processes import child_side
from docintel.processes.sandbox import find_program


class ProgramFailed(DocintelError):
    """It could not be started, or did not end in time."""


class NotInstalled(ProgramFailed):
    """There is no such program."""


def run(name: str, arguments: Sequence[str], *, timeout_s: float) -> bytes:
    """What a program writes to stdout, whatever its exit status. Raises ProgramFailed."""
    if find_program(name) is None:
        raise NotInstalled(f"{name} is not installed.")
    if child_side.is_confined():
        return _output(name, child_side.ask_owner({"program": name, "arguments": list(arguments), "for_s": timeout_s}))
    try:
        return subprocess.run([name, *arguments], capture_output=True, timeout=timeout_s, check=False).stdout
    except (subprocess.SubprocessError, OSError) as error:
        raise ProgramFailed(f"{name} failed ({type(error).__name__}).") from error


def _output(name: str, answer: object) -> bytes:
    if not isinstance(answer, bytes):
        raise ProgramFailed(f"{name} failed.")
    return answer
