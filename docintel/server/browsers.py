"""A random name for each browser, in a cookie that scripts cannot read: signed addresses open nowhere else.

The pages see the cookie at the start of a session, the routes with every request. Signing out gives the browser another
name and ends the one of before, and all addresses with it.
"""

import secrets
from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "docintel_browser"
SIGN_OUT = "/auth/logout"
"""Streamlit's own route."""


def browser_of(cookies: Mapping[str, str]) -> str:
    """The browser's name, or nothing where it keeps no cookies."""
    return cookies.get(COOKIE, "")


class BrowserNames:
    """Middleware that names a browser: with a page of HTML where it has no name yet, and when it signs out.

    `on_sign_out` is given the cookies with which it did.
    """

    def __init__(self, app: ASGIApp, on_sign_out: Callable[[Mapping[str, str]], None]) -> None:
        self._app = app
        self._on_sign_out = on_sign_out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_leaving = scope["path"].endswith(SIGN_OUT)
        cookies = HTTPConnection(scope).cookies
        is_named = bool(browser_of(cookies))
        if is_leaving:
            await run_in_threadpool(self._on_sign_out, cookies)

        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_leaving or (is_page and not is_named):
                    headers.append("set-cookie", _new_name(is_secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, send_with_name)


def _new_name(*, is_secure: bool) -> str:
    """Lax, not strict: coming back from a sign-in provider must not change the name."""
    secure = "; Secure" if is_secure else ""
    return f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; HttpOnly; SameSite=Lax{secure}"
