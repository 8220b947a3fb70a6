"""How many questions a user may ask a minute."""

import threading
import time
from collections import deque
from collections.abc import Callable

from docintel.errors import QuotaExceededForNow

WINDOW_S = 60.0


class QuestionRate:
    """Questions of the last minute, by user, as this process has them."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`limit`: 0 for none."""
        self._limit = limit
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}
        self._changing = threading.Lock()

    def count(self, user: str) -> None:
        """A question is about to be answered. Raises QuotaExceededForNow where it must not be."""
        if not self._limit:
            return
        with self._changing:
            now = self._clock()
            asked = self._asked.setdefault(user, deque())
            while asked and asked[0] <= now - WINDOW_S:
                asked.popleft()
            if len(asked) >= self._limit:
                wait_s = max(1, round(asked[0] + WINDOW_S - now))
                raise QuotaExceededForNow(
                    f"You may ask {self._limit:,} questions a minute. Ask again in {wait_s} s, or have "
                    "DOCINTEL_USER_QUESTIONS_PER_MINUTE raised."
                )
            asked.append(now)
