"""A RequestSource of requests that are all there from the beginning."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from docintel.errors import DocintelError
from docintel.runtime import Generated, ProgressCallback, Request, Ticket


class ListSource:
    def __init__(self, requests: Sequence[Request], on_progress: ProgressCallback) -> None:
        self._waiting = deque(sorted(enumerate(requests), key=lambda numbered: -numbered[1].priority))
        self._on_progress = on_progress
        self.answers: dict[int, Generated | DocintelError] = {}

    def take(self, *, wait: bool, above: int | None = None) -> Ticket | None:  # noqa: ARG002
        if not self._waiting or (above is not None and self._waiting[0][1].priority <= above):
            return None
        return _ListTicket(self, *self._waiting.popleft(), self._on_progress)


@dataclass(frozen=True)
class _ListTicket:
    source: ListSource
    index: int
    request: Request
    on_progress: ProgressCallback

    def report(self, text: str, num_tokens: int) -> bool:
        return self.on_progress(self.index, text, num_tokens)

    def finish(self, answer: Generated | DocintelError) -> None:
        self.source.answers[self.index] = answer
