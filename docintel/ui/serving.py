"""What app.py gives to `streamlit.App`: the parts of the ASGI application that know the home."""

import asyncio
import contextlib
import ctypes
import gc
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from docintel import logs
from docintel.errors import DocintelError, UsageError
from docintel.library.people.repository import People
from docintel.model import User
from docintel.permissions import keep_private
from docintel.server.accounts.check import SignInCheck
from docintel.server.addresses import addresses
from docintel.server.browsers import BrowserNames, browser_of
from docintel.server.hosts import HostCheck, is_loopback
from docintel.server.metrics import StreamlitMetrics
from docintel.server.routes import Routes
from docintel.server.security import SecurityHeaders
from docintel.server.sign_in import providers
from docintel.server.uploads import Uploads
from docintel.settings import Settings
from docintel.ui.errors import show as show_error
from docintel.ui.people import signing_in
from docintel.ui.resources import close, whole_home

log = logging.getLogger(__name__)

ALL_NETWORKS = "0.0.0.0"
"""Where Streamlit listens unless it is told."""
M_ARENA_MAX = -8
"""Of glibc's malloc.h."""

__all__ = ["lifespan", "middleware", "routes", "show_error"]


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """The home is open, and its worker runs, as long as the server does, whether or not anybody looks.

    Raises UsageError where strangers could open the app.
    """
    keep_private()
    address = str(st.get_option("server.address") or ALL_NETWORKS)
    if not is_loopback(address):
        signing_in.must_be_protected(address, Settings.load())
    warming = asyncio.create_task(asyncio.to_thread(warm))
    try:
        yield
    finally:
        await warming
        await asyncio.to_thread(close)


def warm() -> None:
    """Opens the home, then loads what searching needs (seconds, mostly torch): the first visitor waits for neither.

    An error here comes again where it matters, and is shown there.
    """
    _keep_memory_together()
    try:
        logs.configure(Settings.load())
        whole_home().embedder.query("the model is loaded by its first question")
        gc.collect()
        gc.freeze()  # Streamlit collects garbage after every run: with all that torch has loaded, that takes 0.3 s
        log.info("the app is ready")
    except DocintelError as error:
        log.error("%s", error)


def _keep_memory_together() -> None:
    """Every session's script has its thread, and glibc gives up to eight arenas a core to threads: memory that one has
    freed is of no use to the others. Two for all of them; elsewhere than on glibc nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, 2)


def routes() -> list[BaseRoute]:
    return [*Uploads(whole_home, addresses()).all(), *Routes(whole_home, addresses()).all()]


def middleware() -> list[Middleware]:
    return [
        Middleware(SecurityHeaders),
        Middleware(HostCheck, allowed=allowed_hosts),
        Middleware(StreamlitMetrics, token=lambda: signing_in.loaded().metrics_token),
        Middleware(BrowserNames, on_sign_out=sign_out),
        Middleware(SignInCheck, accounts=signing_in.accounts, people=people_of),
    ]


def people_of(user: User | None) -> People:
    return whole_home().library.for_user(user).people


def sign_out(cookies: Mapping[str, str]) -> None:
    """Ends what was signed in with these cookies, and every address that was made for this browser."""
    addresses().end(browser_of(cookies))
    with contextlib.suppress(UsageError):  # settings that make no sense: nobody could sign in
        signing_in.ended(signing_in.loaded().home).end(cookies)


def allowed_hosts() -> set[str]:
    """Names that the settings give, that the server was started with, and that people come back to from signing in."""
    try:
        named, auth = Settings.load().allowed_hosts, signing_in.configured() or {}
    except DocintelError as error:  # said on every page
        log.error("%s", error)
        named, auth = (), {}
    returns = [str(section.get("redirect_uri", "")) for section in (auth, *providers(auth).values())]
    served = [_served("server.address", "server.port"), _served("browser.serverAddress", "browser.serverPort")]
    return {name for name in (*named, *served, *(urlsplit(each).netloc for each in returns)) if name}


def _served(address: str, port: str) -> str:
    """The address that these two options of Streamlit's give, or nothing."""
    name = str(st.get_option(address) or "")
    return f"[{name}]:{st.get_option(port)}" if ":" in name else name and f"{name}:{st.get_option(port)}"
