"""What a check says: a problem with the way to mend it, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from docintel.library.people.acknowledging import SignOff
from docintel.model import Model

Part = Literal[
    "rights",
    "database",
    "audit",
    "file",
    "document",
    "original",
    "page",
    "picture",
    "thumbnail",
    "chunks",
    "vectors",
    "cache",
    "index",
    "queue",
    "left over",
    "sandbox",
]


@dataclass(frozen=True)
class Problem:
    part: Part
    name: str
    """Which one, in the user's words."""
    text: str
    """What is wrong, and what that means."""
    mend: Callable[[], str] | None = None
    """Puts it right from where the truth is and says what it did; raises DocintelError. None: nothing here can."""
    advice: str = ""
    """What the user can do where it is not mended."""
    is_left_out: bool = False
    """Nothing is known to be wrong: it could not be looked at."""
    is_acknowledged: bool = False
    """Somebody has signed it off before."""
    acknowledge: Callable[[SignOff], str] | None = None
    """Where nothing can put it right: signs it off and says what was done; raises DocintelError."""


class Finding(Model):
    """A line of `docintel check --json`."""

    part: Part
    name: str
    problem: str
    state: Literal["found", "mended", "left_out", "acknowledged"]
    advice: str = ""
    """What was done, or what the user can do."""
