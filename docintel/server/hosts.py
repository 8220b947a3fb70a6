"""Which names this app answers to, and which pages may talk to it.

A foreign website can have its own name resolve to this machine (DNS rebinding): its pages would then read and change
everything here. They cannot choose the Host and Origin that the browser sends, so these are checked, for WebSockets as
for everything else. An address in digits cannot be rebound and is always answered to.
"""

import logging
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS = {"http": 80, "https": 443}
POLICY_VIOLATION = 1008
"""WebSocket close code of RFC 6455; before the handshake is over the server answers 403."""


def own_names() -> frozenset[str]:
    """Names that mean this machine wherever they are resolved: no website has them."""
    host = socket.gethostname().lower()
    return frozenset({"localhost", host, f"{host}.local"})


class HostCheck:
    """Middleware that refuses requests under a name that is not this app's, and from pages that are not.

    `allowed` gives names beside `own_names()`; `*.example.org` stands for every name under it. It is called once, with
    the first request.
    """

    def __init__(self, app: ASGIApp, allowed: Callable[[], Iterable[str]] = tuple) -> None:
        self._app = app
        self._named = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or (reason := self._refusal(scope)) is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            log.warning("a connection was refused: %s", reason)
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "See the app's log."})
        else:
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)

    @cached_property
    def _allowed(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self._named())

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = _netloc(f"//{headers.get('host', '')}")
        if host is None or not self._is_ours(host.hostname or ""):
            return (
                "This app does not answer to the name in this address. If it should, add the name to "
                "DOCINTEL_ALLOWED_HOSTS and start the app again."
            )
        is_read = scope["type"] == "http" and scope["method"] in SAFE_METHODS
        if is_read or "origin" not in headers or self._is_own_page(headers["origin"], host):
            return None
        return "This request comes from a page of another site."

    def _is_ours(self, name: str) -> bool:
        return _is_address(name) or name in own_names() or self._is_allowed(name)

    def _is_allowed(self, name: str) -> bool:
        parents = name.split(".")
        wildcards = {f"*.{'.'.join(parents[n:])}" for n in range(1, len(parents))}
        return name in self._allowed or bool(wildcards & self._allowed)

    def _is_own_page(self, origin: str, host: SplitResult) -> bool:
        """The very name and port that the request went to. Where people see a reverse proxy's name, that one; never
        another program on this machine."""
        page = _netloc(origin)
        if page is None or page.scheme not in DEFAULT_PORTS:
            return False
        default = DEFAULT_PORTS[page.scheme]
        is_same = page.hostname == host.hostname and (page.port or default) == (host.port or default)
        name = page.hostname or ""
        return is_same or (self._is_allowed(name) and name not in own_names() and not _is_address(name))


def _netloc(address: str) -> SplitResult | None:
    """None where host or port make no sense."""
    try:
        parts = urlsplit(address)
        return parts if parts.hostname and "@" not in parts.netloc and parts.port != 0 else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
