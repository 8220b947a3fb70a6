"""Where a password is required, nobody is answered before they have signed in."""

import logging
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from docintel.errors import DocintelError
from docintel.library.people.access import claimed_id
from docintel.server.accounts import COOKIE, Accounts
from docintel.server.accounts.page import sign_in_page
from docintel.server.accounts.recording import PeopleOf, SignInRecorder
from docintel.server.browsers import SIGN_OUT
from docintel.server.hosts import POLICY_VIOLATION

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
OPEN = frozenset({"/healthz", "/metrics"})
"""They tell strangers nothing, and have a token of their own."""
MAX_FORM_BYTES = 8_192
MAX_AT_ONCE = 2
"""Passwords compared side by side; others wait for their turn."""
CANNOT_TELL = PlainTextResponse("The app cannot tell who may open it. Its log says why.", status_code=503)
WRONG = "That is not right. Try again."
TOO_MANY = "Too many tries. Wait a minute, then try again."


class SignInCheck:
    """Middleware; `accounts` is asked with every request, None: nothing is required here."""

    def __init__(self, app: ASGIApp, accounts: Callable[[], Accounts | None], people: PeopleOf) -> None:
        self._app = app
        self._accounts = accounts
        self._recorder = SignInRecorder(people)
        self._turns = CapacityLimiter(MAX_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        try:
            accounts = self._accounts()
            name = HTTPConnection(scope).cookies.get(COOKIE, "")
            is_known = accounts is None or not accounts.is_required or accounts.session(name) is not None
        except DocintelError as error:  # nobody can say who may come in
            log.error("nobody is let in: %s", error)
            await _refuse(scope, receive, send, CANNOT_TELL)
            return
        if accounts is None or not accounts.is_required:
            await self._app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == SIGN_IN:
            response = await _sign_in(accounts, Request(scope, receive), self._turns, self._recorder)
            await response(scope, receive, send)
        elif not is_known:
            await _refuse(scope, receive, send, _way_in(Request(scope)) if scope["type"] == "http" else None)
        elif scope["type"] == "http" and scope["path"].endswith(SIGN_OUT):
            await self._sign_out(accounts, name)
            await _left()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _sign_out(self, accounts: Accounts, name: str) -> None:
        session = accounts.session(name)
        accounts.sessions.end(name)
        if session:
            await to_thread.run_sync(self._recorder.signed_out, session)


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response | None) -> None:
    if scope["type"] == "websocket" or response is None:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "Sign in first."})
    else:
        await response(scope, receive, send)


def _way_in(request: Request) -> Response:
    """The sign-in page for who looks at a page; what a page asks for by itself is refused."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("Sign in first.", status_code=401)
    wanted = quote(f"{request.url.path}?{request.url.query}".rstrip("?"), safe="")
    return RedirectResponse(f"{SIGN_IN}?next={wanted}", status_code=303)


async def _sign_in(accounts: Accounts, request: Request, turns: CapacityLimiter, recorder: SignInRecorder) -> Response:
    if request.method != "POST":
        return _asked(accounts, request)
    form = await _form(request)
    client = request.client.host if request.client else ""
    if not accounts.tries.begin(client):
        return _asked(accounts, request, TOO_MANY, status=429)
    address, password = form.get("address", ""), form.get("password", "")
    name = await to_thread.run_sync(accounts.sign_in, address, password, limiter=turns)
    session = accounts.session(name) if name else None
    if name is None or session is None:
        await to_thread.run_sync(recorder.failed, claimed_id(address), client)
        return _asked(accounts, request, WRONG, status=403)
    accounts.tries.forget(client)
    await to_thread.run_sync(recorder.signed_in, session)
    response = RedirectResponse(_local(request.query_params.get("next", "/")), status_code=303)
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, name, httponly=True, samesite="lax", secure=is_secure)
    return response


def _asked(accounts: Accounts, request: Request, problem: str = "", *, status: int = 200) -> Response:
    action = f"{SIGN_IN}?next={quote(_local(request.query_params.get('next', '/')), safe='')}"
    page = sign_in_page(escape(action), has_users=accounts.has_users, problem=problem)
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})


async def _form(request: Request) -> dict[str, str]:
    """The fields, each once; nothing where they are too long to be an address and a password."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_FORM_BYTES:
                return {}
    except ClientDisconnect:
        return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _local(path: str) -> str:
    """A place of this app, whatever stands in the address."""
    parts = urlsplit(path)
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_local and not parts.netloc and not path.startswith(SIGN_IN) else "/"


def _left() -> Response:
    response = RedirectResponse(SIGN_IN, status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response
