"""What app.py gives to `streamlit.App`: the parts of the ASGI application that know the home."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from docintel.errors import DocintelError
from docintel.server.addresses import addresses
from docintel.server.routes import Routes
from docintel.server.security import SecurityHeaders
from docintel.ui.errors import show as show_error
from docintel.ui.resources import close, home

log = logging.getLogger(__name__)

__all__ = ["lifespan", "middleware", "routes", "show_error"]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """The home is open, and its worker runs, as long as the server does, whether or not anybody looks."""
    warming = asyncio.create_task(asyncio.to_thread(warm))
    try:
        yield
    finally:
        await warming
        await asyncio.to_thread(close)


def warm() -> None:
    """Opens the home, then loads what searching needs (seconds, mostly torch): the first visitor waits for neither.

    What goes wrong here goes wrong again, and is told, where it is needed.
    """
    try:
        _ = home().retriever
    except DocintelError as error:
        log.error("%s", error)


def routes() -> list[BaseRoute]:
    return Routes(home, addresses()).all()


def middleware() -> list[Middleware]:
    return [Middleware(SecurityHeaders)]
