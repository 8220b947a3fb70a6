"""Headers that every answer carries: a content policy under which the pages work and nothing foreign is fetched."""

import base64
import logging
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

POLICY = "Content-Security-Policy"
DOCUMENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For what is made of documents, should a browser open it: it may look like something, and no more."""
CLOSED = re.compile(r"/_stcore/(agent|upload_file)/")
"""Streamlit's ways in that docintel does not use: its agent API, and uploads, which stay in the server's memory."""
NOT_HERE = PlainTextResponse("There is nothing here.", status_code=404)
WENT_WRONG = PlainTextResponse("Something went wrong that should not have. Try again.", status_code=500)
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def content_policy() -> str:
    """The Content-Security-Policy. Streamlit's index.html has an inline script: its hash comes from the installed file.

    `blob:` scripts are how Streamlit loads a component; inline styles are how it styles everything.
    """
    index = Path(streamlit.__file__).with_name("static") / "index.html"
    scripts = INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    hashes = [f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", *hashes],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


@cache
def headers() -> dict[str, str]:
    return {
        POLICY: content_policy(),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


class SecurityHeaders:
    """Middleware that sets `headers()` on every HTTP answer, and closes what `CLOSED` names.

    An answer may bring a content policy of its own. An error that nobody caught is answered here: further out it would
    go without headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                answer = MutableHeaders(scope=message)
                policy = answer.get(POLICY)
                answer.update(headers() | ({POLICY: policy} if policy else {}))
            await send(message)

        app = NOT_HERE if CLOSED.search(scope["path"]) else self._app
        try:
            await app(scope, receive, send_with_headers)
        except Exception:
            if has_begun:
                raise
            log.exception("unexpected error at an address")
            await WENT_WRONG(scope, receive, send_with_headers)
