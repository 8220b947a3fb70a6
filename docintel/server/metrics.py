"""What a home has to say to Prometheus: counts and times; no name, no text.

Counts tell strangers something, too. So without a token only this machine may read them, and behind a reverse proxy,
where every request may seem to come from this machine, a token should be set.
"""

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from docintel.jobs.pace import ended

if TYPE_CHECKING:
    from docintel.home import Home, HomeStatus

CONTENT_TYPE = CONTENT_TYPE_LATEST
STREAMLITS = "/_stcore/metrics"
NOT_FOR_YOU = PlainTextResponse("Metrics are for this machine, or for who has the token.", status_code=403)
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)


class Metrics:
    """One a process: counters begin with it, as Prometheus expects; everything else is looked up when it is asked."""

    def __init__(self, home: Callable[[], "Home"]) -> None:
        self._home = home
        self._registry = CollectorRegistry()
        self._pages = Counter(
            "docintel_pages", "Pages that came to an end: read, cached or failed.", ["how"], registry=self._registry
        )
        self._seconds = Histogram(
            "docintel_page_seconds", "What reading a page by the engine took.", buckets=SECONDS, registry=self._registry
        )
        for how in ("read", "cached", "failed"):
            self._pages.labels(how)
        self._registry.register(_State(home))
        self._since = time.time()
        self._counting = threading.Lock()

    def text(self) -> bytes:
        """In Prometheus' text format. Raises DocintelError where the library doesn't answer."""
        with self._counting:
            self._count()
        return generate_latest(self._registry)

    def _count(self) -> None:
        for page in ended(self._home().library, since=self._since):
            self._since = page.at
            if page.state == "failed":
                self._pages.labels("failed").inc()
            elif page.cached:
                self._pages.labels("cached").inc()
            else:
                self._pages.labels("read").inc()
                self._seconds.observe(page.seconds)


class _State:
    """Gauges, looked up when they are asked for."""

    def __init__(self, home: Callable[[], "Home"]) -> None:
        self._home = home

    def collect(self) -> Iterator[GaugeMetricFamily]:
        status = self._home().status()
        yield _by_state("docintel_documents", "Documents.", status.documents)
        yield _by_state("docintel_document_pages", "Pages of all documents.", status.pages)
        yield _by_state("docintel_jobs", "Jobs.", status.jobs)
        for name, (words, value) in _gauges(status).items():
            yield GaugeMetricFamily(f"docintel_{name}", words, value)


def _gauges(status: "HomeStatus") -> dict[str, tuple[str, float]]:
    """Name → what it means, its value."""
    return {
        "queue_pages": ("Pages that wait or are being read, as far as they are counted.", status.progress.pages_open),
        "queue_unopened_documents": (
            "Documents that wait and have not been opened.",
            status.progress.documents_unopened,
        ),
        "pages_per_minute": ("Over the last minutes.", status.progress.pages_per_minute),
        "paused": ("1: nothing new is begun.", status.paused is not None),
        "chunks": ("Passages that can be found.", status.chunks),
        "index_backlog": ("Changes that the vector index has not heard of.", status.index_backlog),
        "workers": ("Worker processes that are alive.", status.workers),
        "disk_free_bytes": ("Where DOCINTEL_HOME lies.", status.disk_free),
        "watched_folders_in_trouble": (
            "Watched folders that could not be looked at.",
            sum(watch.error is not None for watch in status.watches),
        ),
    }


def _by_state(name: str, words: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family


class StreamlitMetrics:
    """Middleware that asks for the token at Streamlit's own metrics, too."""

    def __init__(self, app: ASGIApp, token: Callable[[], str]) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asked = scope["type"] == "http" and scope["path"].endswith(STREAMLITS)
        app = NOT_FOR_YOU if is_asked and not may_read(Request(scope), self._token()) else self._app
        await app(scope, receive, send)


def may_read(request: Request, token: str) -> bool:
    """Who brings the token, or, where none is set, whoever is on this machine and was not passed on by a proxy."""
    if token:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    is_passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    return not is_passed_on and request.client is not None and _is_this_machine(request.client.host)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
