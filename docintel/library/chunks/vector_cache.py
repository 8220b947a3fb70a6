"""Vectors in memory, for exact search: read from the database once, however many ask at the same time."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from docintel.library.chunks.rows import Vector

Vectors = tuple[list[str], Vector]
"""Chunk ids and their vectors, (n, dimension) float32."""

MAX_VECTORS = 50_000
"""Of all answers together; a larger one is not kept, and an empty one counts as one vector."""


class VectorCache:
    """The latest answers. Shared by all views of a library: what tells one from another is all in the key."""

    def __init__(self, max_vectors: int = MAX_VECTORS) -> None:
        self._max_vectors = max_vectors
        self._lock = threading.Lock()
        self._answers: dict[Hashable, Future[Vectors]] = {}

    def get(self, key: Hashable, load: Callable[[], Vectors]) -> Vectors:
        """Raises what `load` raises, to all who wait for it; the next one tries again."""
        with self._lock:
            answer = self._answers.pop(key, None)
            is_new = answer is None
            answer = self._answers[key] = answer or Future()
        if is_new:
            self._load(key, answer, load)
        return answer.result()

    def _load(self, key: Hashable, answer: Future[Vectors], load: Callable[[], Vectors]) -> None:
        try:
            answer.set_result(load())
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            answer.set_exception(error)
            with self._lock:
                self._answers.pop(key, None)
        else:
            with self._lock:
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        while sum(_size(answer) for answer in self._answers.values()) > self._max_vectors:
            oldest = next(key for key, answer in self._answers.items() if _size(answer))
            del self._answers[oldest]


def _size(answer: Future[Vectors]) -> int:
    return max(1, len(answer.result()[0])) if answer.done() and answer.exception() is None else 0
