"""What app.py gives to `streamlit.App`: the parts of the ASGI application that know the home."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from docintel.errors import DocintelError
from docintel.home import Home
from docintel.server.addresses import addresses
from docintel.server.routes import Routes
from docintel.server.security import SecurityHeaders
from docintel.ui.errors import show as show_error
from docintel.ui.resources import home

log = logging.getLogger(__name__)

__all__ = ["lifespan", "middleware", "routes", "show_error"]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """The home is open, and its worker runs, as long as the server does, whether or not anybody looks."""
    opened = await asyncio.to_thread(home)
    warming = asyncio.create_task(asyncio.to_thread(warm, opened))
    try:
        yield
    finally:
        await warming
        await asyncio.to_thread(opened.close)


def warm(opened: Home) -> None:
    """Loads what searching needs (seconds, mostly torch), so that the first question doesn't wait for it."""
    try:
        _ = opened.retriever
    except DocintelError as error:
        log.warning("searching will fail: %s", error)


def routes() -> list[BaseRoute]:
    return Routes(home, addresses()).all()


def middleware() -> list[Middleware]:
    return [Middleware(SecurityHeaders)]
