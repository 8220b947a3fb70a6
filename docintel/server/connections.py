"""Connections that say nothing, or a byte now and then, hold up nobody: limits that come before any application's code.

Uvicorn gives up an idle connection after an answer, but waits for the head of a request without end.
"""

import asyncio
import resource
from collections import Counter
from contextlib import suppress
from typing import Any

import uvicorn.config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from docintel.server.hosts import is_loopback

HEAD_S = 10.0
"""Within so long a request's head is here, or the connection is closed."""
MAX_FROM_ONE = 256
"""Connections from one address; from this machine, where a reverse proxy may be, as many as there are."""
WANTED_FILES = 65_536
SPARE_FILES = 256
"""Descriptors for everything else: files, database, processes."""


def guard() -> None:
    """Servers that uvicorn starts in this process from now on have these limits, and what descriptors they may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{GuardedProtocol.__name__}"


def max_connections() -> int:
    """As many as there are descriptors for."""
    return max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES, SPARE_FILES)


class GuardedProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """Uvicorn's own, whichever it takes, with a clock for heads and a limit of connections."""

    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > max_connections() or self._is_one_too_many():
            transport.abort()
        else:
            self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._has_no_request():
            self._wait_for_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _has_no_request(self) -> bool:
        """None is being answered, and the connection has not become a WebSocket."""
        is_ours = self.transport is not None and self.transport.get_protocol() is self
        return is_ours and (self.cycle is None or self.cycle.response_complete)

    def _wait_for_head(self) -> None:
        if self._overdue is None:
            self._overdue = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        self._overdue = None
        if self._has_no_request():
            self.transport.abort()

    def _is_one_too_many(self) -> bool:
        if self.client is None or is_loopback(self.client[0]):
            return False
        addresses = Counter(each.client[0] for each in self.connections if getattr(each, "client", None))
        return addresses[self.client[0]] > MAX_FROM_ONE
