"""Uploads: a file comes piece by piece onto the library's disk, and is added to the library, in one request.

What was acknowledged is kept: it is in the library and queued before the browser hears of it, whether or not the
browser is still there. What was not acknowledged leaves nothing behind, and is sent again.
"""

import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import uuid4

from anyio import fail_after, from_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from docintel import intake
from docintel.errors import DiskFull, DocintelError, FileError, OwnerOnly, SignedOut, TooLarge, UsageError
from docintel.intake import names, staging
from docintel.library.jobs import disk_space
from docintel.model import Model
from docintel.server.addresses import Addresses
from docintel.server.signed import is_signed, library_of
from docintel.settings import Settings

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.library import Library

INTERACTIVE = 10
"""Priority of what somebody dropped in and waits for, before what was queued in bulk."""
MAX_AT_ONCE = 8
STALLED_S = 60.0
"""How long the next piece may take before an upload is given up."""
RETRY_AFTER_S = 3
NAME = "X-File-Name"
"""Header with the file's name as the user's machine had it, percent-encoded UTF-8."""
STATUSES: dict[type[DocintelError], int] = {
    TooLarge: 413,
    UsageError: 400,
    OwnerOnly: 403,
    SignedOut: 403,
    DiskFull: 507,
}
"""What the browser is answered; 503 for all else, which may pass."""


class Wish(Model):
    """How files shall be added and read. It stands in the address, which is signed."""

    collection: str
    languages: tuple[str, ...]


class Taken(Model):
    """What became of one document: added, already there, or refused with a reason."""

    name: str
    error: str = ""
    is_duplicate: bool = False


class Busy(DocintelError):
    """More is being uploaded than is taken at once."""


def address(wish: Wish, signed: Addresses) -> str:
    """Where files may be put, for an hour or less."""
    return signed.sign(f"/uploads/{urlsafe_b64encode(wish.model_dump_json().encode()).decode()}")


class Uploads:
    """The route that takes files into a home."""

    def __init__(self, home: Callable[[], "Home"], addresses: Addresses) -> None:
        self._home = home
        self._addresses = addresses
        self._places = threading.BoundedSemaphore(MAX_AT_ONCE)

    def all(self) -> list[BaseRoute]:
        return [Route(f"{place}/uploads/{{wish}}", self.put, methods=["PUT"]) for place in ("", "/for/{user}")]

    async def put(self, request: Request) -> Response:
        """200 and what became of each document; else why not, in words."""
        is_own_page = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        if not (is_own_page and is_signed(request, self._addresses)):
            return PlainTextResponse("This address is not valid any more. Reload the page.", status_code=403)
        try:
            taken = await run_in_threadpool(self._take, request)
        except DocintelError as error:
            return _refusal(error)
        except ClientDisconnect:
            return PlainTextResponse("The upload broke off.", status_code=400)
        return JSONResponse({"taken": [each.model_dump() for each in taken]})

    def _take(self, request: Request) -> list[Taken]:
        """Runs in a thread of its own, and asks the event loop for one piece after the other."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many files are being uploaded at once.")
        try:
            wish = Wish.model_validate_json(urlsafe_b64decode(request.path_params["wish"]))
            library = library_of(request, self._home().library)
            staging.sweep(library.settings)
            return _taken(library, request, wish)
        finally:
            self._places.release()


def _taken(library: "Library", request: Request, wish: Wish) -> list[Taken]:
    path = staging.folder(library.settings) / uuid4().hex
    name = names.plain(unquote(request.headers.get(NAME, "")))
    try:
        with staging.translate_errors(), path.open("xb") as file:
            for piece in _pieces(request, library.settings, name):
                file.write(piece)
        return list(_added(library, path, name, wish))
    finally:
        path.unlink(missing_ok=True)


def _pieces(request: Request, settings: Settings, name: str) -> Iterator[bytes]:
    """The body. Raises TooLarge and DiskFull as soon as either is certain, ClientDisconnect, DocintelError."""
    stream = request.stream()

    async def next_piece() -> bytes:
        with fail_after(STALLED_S):
            return await anext(stream, b"")

    announced = request.headers.get("Content-Length", "")
    size = int(announced) if announced.isascii() and announced.isdecimal() else 0
    _check_size(size, settings)
    disk_space.require(settings, 2 * size, name)  # here, and in the library
    num_bytes = 0
    try:
        while piece := from_thread.run(next_piece):
            num_bytes += len(piece)
            _check_size(num_bytes, settings)
            yield piece
    except TimeoutError as error:
        raise DocintelError("The upload stalled.") from error


def _check_size(size: int, settings: Settings) -> None:
    if size > settings.max_file_bytes:
        raise TooLarge(
            f"The file has more than {settings.max_file_bytes / 1e6:,.0f} MB, the limit. Split it, or raise "
            "DOCINTEL_MAX_FILE_BYTES."
        )


def _added(library: "Library", path: Path, name: str, wish: Wish) -> Iterator[Taken]:
    """Adds the file, or every document in it where it is a zip; one that is refused doesn't stop the others."""
    try:
        for incoming in intake.incoming(path, settings=library.settings):
            yield _add(library, incoming, name if incoming.path == path else incoming.name, wish)
    except FileError as error:
        yield Taken(name=name, error=str(error))


def _add(library: "Library", incoming: intake.Incoming, name: str, wish: Wish) -> Taken:
    if isinstance(incoming.error, DiskFull):
        raise incoming.error
    if incoming.error is not None:
        return Taken(name=name, error=str(incoming.error))
    try:
        added = library.add(
            incoming.path, name=name, collection=wish.collection, languages=wish.languages, priority=INTERACTIVE
        )
    except FileError as error:
        return Taken(name=name, error=str(error))
    return Taken(name=name, is_duplicate=added.duplicate)


def _refusal(error: DocintelError) -> Response:
    status = STATUSES.get(type(error), 503)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status >= 500 else {}
    return PlainTextResponse(str(error), status_code=status, headers=headers)
