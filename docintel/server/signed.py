"""What a request to a signed address is entitled to."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request

from docintel.model import User
from docintel.server.addresses import Addresses
from docintel.server.browsers import browser_of

if TYPE_CHECKING:
    from docintel.library import Library


def is_signed(request: Request, addresses: Addresses) -> bool:
    """The address was made here, for this browser, and its time isn't over."""
    path = request.scope.get("raw_path", b"").decode("ascii") or quote(request.url.path)
    query = request.query_params
    expires, signature = query.get("expires", ""), query.get("signature", "")
    return addresses.is_valid(path, expires=expires, signature=signature, browser=browser_of(request.cookies))


def library_of(request: Request, library: "Library") -> "Library":
    """The library as the user for whom the address was made may see it now."""
    name = request.path_params.get("user")
    if name is None:
        return library
    return library.for_user(User(id=name, name=name, is_admin=library.settings.is_admin(name)))
