"""What app.py gives to `streamlit.App`: the parts of the ASGI application that know the home."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from docintel.server.addresses import addresses
from docintel.server.routes import Routes
from docintel.server.security import SecurityHeaders
from docintel.ui.errors import show as show_error
from docintel.ui.resources import home

__all__ = ["lifespan", "middleware", "routes", "show_error"]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """The home is open, and its worker runs, as long as the server does, whether or not anybody looks."""
    opened = await asyncio.to_thread(home)
    try:
        yield
    finally:
        await asyncio.to_thread(opened.close)


def routes() -> list[BaseRoute]:
    return Routes(home, addresses()).all()


def middleware() -> list[Middleware]:
    return [Middleware(SecurityHeaders)]
