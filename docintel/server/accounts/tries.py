"""How often somebody may try a password."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable

WINDOW_S = 60.0
MAX_FROM_ONE = 5
MAX_IN_ALL = 40
"""Each costs 64 MiB and a core for a while; and whoever has many addresses guesses no faster."""


class Tries:
    """Tries of the last minute, by the address that they came from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: deque[tuple[float, str]] = deque()
        self._changing = threading.Lock()

    def begin(self, client: str) -> bool:
        """Counts a try before it is made; False where there have been too many: then it must not be made."""
        with self._changing:
            now = self._clock()
            while self._made and self._made[0][0] <= now - WINDOW_S:
                self._made.popleft()
            from_one = Counter(each for _, each in self._made)[client]
            if from_one >= MAX_FROM_ONE or len(self._made) >= MAX_IN_ALL:
                return False
            self._made.append((now, client))
            return True

    def forget(self, client: str) -> None:
        """Whoever knows the password has not been guessing."""
        with self._changing:
            self._made = deque(each for each in self._made if each[1] != client)
