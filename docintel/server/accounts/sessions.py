"""Who is signed in, as the server knows it: a cookie holds a random name of a session and nothing else.

Sessions live in memory: a restart of the app ends them all, and one that was ended opens nothing any more, whoever has
a copy of its cookie.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from docintel.model import User

HOLDS_S = 12 * 3600.0


@dataclass(frozen=True)
class Session:
    user_id: str
    """Nothing where one password is for everybody."""
    stored: str
    """Hash of the password that it was begun with: another one ends it."""
    until: float
    """Seconds since the epoch."""

    @property
    def user(self) -> User | None:
        """None where one password is for everybody."""
        if not self.user_id:
            return None
        return User(id=self.user_id, name=self.user_id, until=datetime.fromtimestamp(self.until, UTC))


class Sessions:
    """Known by the hash of their names, so that what is in memory opens nothing."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}
        self._changing = threading.Lock()

    def begin(self, user_id: str, stored: str) -> str:
        """The new session's name."""
        name, now = secrets.token_urlsafe(32), self._clock()
        with self._changing:
            self._sessions = {key: each for key, each in self._sessions.items() if each.until > now}
            self._sessions[_key(name)] = Session(user_id, stored, now + HOLDS_S)
        return name

    def find(self, name: str) -> Session | None:
        found = self._sessions.get(_key(name))
        return found if found and found.until > self._clock() else None

    def end(self, name: str) -> None:
        with self._changing:
            self._sessions.pop(_key(name), None)


def _key(name: str) -> bytes:
    return sha256(name.encode()).digest()
