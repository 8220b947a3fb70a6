"""Where an export goes: a file, or stdout."""

import sys
from pathlib import Path

from docintel.errors import UsageError
from docintel.permissions import share_as_usual


def write(data: bytes, output: Path | None) -> None:
    """To stdout where there is no `output`. Raises UsageError."""
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        is_new = not output.exists()
        output.write_bytes(data)
        if is_new:
            share_as_usual(output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}. Choose another --output.") from error
