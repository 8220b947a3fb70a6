"""What a model says of a page at the moment: noted by the process that reads it, for those who watch.

The note is a small file that is not synced: nothing depends on it, and it goes with the page's preview.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from docintel.markup import last_words
from docintel.model import Model

EVERY_S = 0.5
MAX_CHARACTERS = 120


class LiveOutput(Model):
    num_tokens: int
    tokens_per_second: float
    """Since the first were heard of; 0 with the first."""
    words: str
    """The last of what is said, without markup; empty while the model thinks."""


class OutputWriter:
    """A `ProgressCallback` for one page: hands the latest output to `note`, every EVERY_S at most."""

    def __init__(self, note: Callable[[LiveOutput], None]) -> None:
        self._note = note
        self._first: tuple[float, int] | None = None
        self._next_s = 0.0

    def __call__(self, _page: int, text: str, num_tokens: int) -> bool:
        now = time.monotonic()
        began, num_first = self._first = self._first or (now, num_tokens)
        if now >= self._next_s:
            self._next_s = now + EVERY_S
            rate = (num_tokens - num_first) / (now - began) if now > began else 0.0
            words = last_words(text, most=MAX_CHARACTERS)
            self._note(LiveOutput(num_tokens=num_tokens, tokens_per_second=round(rate, 1), words=words))
        return True


def write_output(path: Path, output: LiveOutput) -> None:
    with suppress(OSError):  # a full disk is noticed where something is kept
        path.write_text(output.model_dump_json(), encoding="utf-8")


def read_output(path: Path) -> LiveOutput | None:
    """None where nothing is noted, or a note is just being written."""
    try:
        return LiveOutput.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None
