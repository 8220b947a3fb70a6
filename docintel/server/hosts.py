"""Which addresses this app answers to, and which pages may talk to it.

A foreign website can have its own name resolve to this machine (DNS rebinding): its pages would then read and change
everything here. They cannot choose the Host and Origin that the browser sends, so these are checked, for WebSockets as
for everything else.
"""

import logging
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD"})
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
POLICY_VIOLATION = 1008
"""WebSocket close code of RFC 6455; before the handshake is over the server answers 403."""
OTHER_SITE = "This request comes from a page of another site."


def own_names() -> frozenset[str]:
    """Names that mean this machine wherever they are resolved: no website has them."""
    host = socket.gethostname().lower()
    return frozenset({"localhost", "127.0.0.1", "::1", host, f"{host}.local"})


def is_loopback(name: str) -> bool:
    """Whether only this machine reaches a server that listens on this address."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


class HostCheck:
    """Middleware that refuses requests under an address that is not this app's, and from pages that are not.

    Its own are `own_names()` and the address that the connection came to, with the very port that is served. `allowed`
    gives others, each `name`, `name:port` or `*.example.org` for every name under it; it is called once, with the first
    request.
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
        host = _site(f"{scope['scheme']}://{headers.get('host', '')}")
        if host is None or not (_is_served(host, scope) or self._is_allowed(host)):
            name = _written(host.hostname or "", host.port) if host else "the name"
            return (
                f"This app does not answer to the name in this address. If it should, add {name} to "
                "DOCINTEL_ALLOWED_HOSTS and start the app again."
            )
        return None if self._is_from_own_page(scope, headers, host) else OTHER_SITE

    def _is_allowed(self, host: SplitResult) -> bool:
        return bool(self._allowed & (_patterns(host) | _patterns(host, _port(host))))

    def _is_from_own_page(self, scope: Scope, headers: Headers, host: SplitResult) -> bool:
        """Links from other sites may lead here; nothing else of theirs may ask for anything. What is no browser sends
        neither of the headers."""
        is_http = scope["type"] == "http"
        if is_http and scope["method"] in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate":
            return True
        if is_http and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return False
        return "origin" not in headers or self._is_own_page(headers["origin"], host)

    def _is_own_page(self, origin: str, host: SplitResult) -> bool:
        """The very name and port that the request went to, or, where a reverse proxy puts its own Host, a name that is
        allowed; never another program on this machine."""
        page = _site(origin)
        if page is None or page.scheme not in {"http", "https"}:
            return False
        default = DEFAULT_PORTS[page.scheme]
        if page.hostname == host.hostname and (page.port or default) == (host.port or default):
            return True
        bare = _patterns(page) if _port(page) == default else set()
        return bool(self._allowed & (bare | _patterns(page, _port(page)))) and page.hostname not in own_names()


def _is_served(host: SplitResult, scope: Scope) -> bool:
    address, port = scope.get("server") or ("", None)
    return host.hostname in own_names() | {_plain(address)} and port in {None, _port(host)}


def _site(address: str) -> SplitResult | None:
    """None where it is no scheme, host and port and nothing else."""
    try:
        parts = urlsplit(address)
        is_site = parts.hostname and "@" not in parts.netloc and parts.port != 0 and not (parts.path or parts.query)
        return parts if is_site and parts.scheme in DEFAULT_PORTS else None
    except ValueError:
        return None


def _port(site: SplitResult) -> int:
    return site.port or DEFAULT_PORTS[site.scheme]


def _patterns(site: SplitResult, port: int | None = None) -> set[str]:
    """What may stand in the setting for this name."""
    name = site.hostname or ""
    parents = name.split(".")
    wildcards = {f"*.{'.'.join(parents[n:])}" for n in range(1, len(parents))}
    return {_written(each, port) for each in {name} | wildcards}


def _written(name: str, port: int | None) -> str:
    name = f"[{name}]" if ":" in name and port else name
    return f"{name}:{port}" if port else name


def _plain(address: str) -> str:
    """An address as it is written in a browser: IPv4 that came to an IPv6 socket is IPv4."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address.lower()
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)
