"""Turns of a dialogue, and what a question that leans on them is understood as."""

from dataclasses import dataclass
from typing import NamedTuple

from docintel.model import Answer


class Exchange(NamedTuple):
    """A question of a dialogue and its answer."""

    question: str
    answer: Answer

    @property
    def understood(self) -> str:
        """The question so that it stands alone."""
        return self.answer.understood or self.question


@dataclass(frozen=True)
class FollowUp:
    """A question that leans on the turns before."""

    text: str
    """The same so that it stands alone."""
    documents: tuple[str, ...] = ()
    """Ids of documents that it is about in the first place."""
    is_limited: bool = False
    """It is about these alone."""
    asks_where: bool = False
    """It asks where the answer before stands."""
