"""Sign-ins that have ended: who has a copy of a cookie from before opens nothing with it.

Streamlit keeps who signed in with a provider in a cookie of its own, signed and good for thirty days wherever it
comes from. So the home remembers the hashes of those that were signed out with, over restarts too.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from docintel import json_files

log = logging.getLogger(__name__)

FILE = json_files.SIGNED_OUT
COOKIES = "_streamlit_user"
"""Large ones go on in `_streamlit_user_1` and so on; the first then only counts them, and is as others' are."""
MIN_LENGTH = 200
HOLDS_S = 31 * 24 * 3600.0


class EndedSignIns:
    """Hash of a cookie → when it may be forgotten, in a file of the home."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = home / FILE
        self._clock = clock
        self._changing = threading.Lock()
        self._ended = self._read()

    def end(self, cookies: Mapping[str, str]) -> None:
        """Whoever comes with one of these from now on has not signed in."""
        now = self._clock()
        with self._changing:
            new = dict.fromkeys(_digests(cookies), now + HOLDS_S)
            self._ended = {each: until for each, until in self._ended.items() if until > now} | new
            try:
                json_files.write(self._path, self._ended)
            except OSError as error:  # it counts until the app is started again
                log.error("a sign-out is not kept: %s", error.strerror)

    def has_ended(self, cookies: Mapping[str, str]) -> bool:
        return any(digest in self._ended for digest in _digests(cookies))

    def _read(self) -> dict[str, float]:
        try:
            found = json_files.read(self._path)
            return {str(each): float(until) for each, until in found.items()}  # type: ignore[attr-defined]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.error("earlier sign-outs cannot be read: %s", error)
            return {}


def _digests(cookies: Mapping[str, str]) -> Iterator[str]:
    for name, value in cookies.items():
        if name.startswith(COOKIES) and len(value) >= MIN_LENGTH:
            yield sha256(value.encode()).hexdigest()
