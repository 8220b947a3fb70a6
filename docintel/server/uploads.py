"""Uploads: a file comes piece by piece onto the library's disk, and is added to the library, in one request.

What was acknowledged is kept: it is in the library and queued before the browser hears of it, whether or not the
browser is still there. What was not acknowledged leaves nothing behind, and is sent again.
"""

import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from anyio import fail_after, from_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from docintel.errors import (
    DiskFull,
    DocintelError,
    OwnerOnly,
    QuotaExceeded,
    QuotaExceededForNow,
    SignedOut,
    TooLarge,
    UsageError,
)
from docintel.ingest import INTERACTIVE, IngestOptions, IngestResult, ingest_stream
from docintel.intake import names, staging
from docintel.library.jobs import disk_space
from docintel.model import Model
from docintel.server.addresses import Addresses
from docintel.server.browsers import browser_of
from docintel.server.signed import is_signed, library_of
from docintel.settings import Settings

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.library import Library

MAX_AT_ONCE = 16
MAX_FROM_ONE = 4
"""Of these, from one user, or one browser where nobody signs in: the others' places stay theirs."""
STALLED_S = 30.0
"""How long the next piece may take before an upload is given up."""
MIN_BYTES_PER_S = 4_000
"""Over each `STALLED_S` that were spent waiting for the body; a slower one holds a place without end."""
DEADLINE_S = 6 * 3600.0
"""For one file."""
RETRY_AFTER_S = 3
NAME = "X-File-Name"
"""Header with the file's name as the user's machine had it, percent-encoded UTF-8."""
STATUSES: dict[type[DocintelError], int] = {
    TooLarge: 413,
    UsageError: 400,
    OwnerOnly: 403,
    SignedOut: 403,
    QuotaExceeded: 413,
    QuotaExceededForNow: 429,
    DiskFull: 507,
}
"""What the browser is answered; 503 for all else, which may pass."""


class UploadOptions(Model):
    """How files shall be added and read. It stands in the address, which is signed."""

    collection: str
    languages: tuple[str, ...]


class Busy(DocintelError):
    """More is being uploaded than is taken at once."""


def address(options: UploadOptions, signed: Addresses) -> str:
    """Where files may be put, for an hour or less."""
    return signed.sign(f"/uploads/{urlsafe_b64encode(options.model_dump_json().encode()).decode()}")


def renewed(path: str, signed: Addresses) -> str | None:
    """An address that has expired, valid again: for the same options, whatever is chosen now. None: it was no address
    of this user's."""
    try:
        options = UploadOptions.model_validate_json(urlsafe_b64decode(unquote(path.rpartition("/")[2])))
    except ValueError:
        return None
    found = address(options, signed)
    return found if found.partition("?")[0] == path else None


class Places:
    """Who is uploading now."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._changing = threading.Lock()

    @contextmanager
    def one_for(self, who: str) -> Iterator[None]:
        """Raises Busy where there is none."""
        with self._changing:
            if self._taken.total() >= MAX_AT_ONCE or self._taken[who] >= MAX_FROM_ONE:
                raise Busy("Too many files are being uploaded at once.")
            self._taken[who] += 1
        try:
            yield
        finally:
            with self._changing:
                self._taken[who] -= 1
                self._taken += Counter()  # forgets who has none


class Pace:
    """How fast a body comes. Only the time that was spent waiting for it counts: a slow disk is not the sender's."""

    def __init__(self) -> None:
        self._all_s = self._waited_s = 0.0
        self._num_bytes = 0

    def came(self, num_bytes: int, waited_s: float) -> None:
        """Raises TimeoutError where it is too slow, or has taken too long in all."""
        self._num_bytes += num_bytes
        self._waited_s += waited_s
        self._all_s += waited_s
        is_slow = self._waited_s >= STALLED_S and self._num_bytes < MIN_BYTES_PER_S * self._waited_s
        if is_slow or self._all_s > DEADLINE_S:
            raise TimeoutError
        if self._waited_s >= STALLED_S:
            self._waited_s, self._num_bytes = 0.0, 0


class Uploads:
    """The route that takes files into a home."""

    def __init__(self, home: Callable[[], "Home"], addresses: Addresses) -> None:
        self._home = home
        self._addresses = addresses
        self._places = Places()

    def all(self) -> list[BaseRoute]:
        return [Route(f"{place}/uploads/{{options}}", self.put, methods=["PUT"]) for place in ("", "/for/{user}")]

    async def put(self, request: Request) -> Response:
        """200 and what became of each document; else why not, in words."""
        is_own_page = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        if not (is_own_page and is_signed(request, self._addresses)):
            return PlainTextResponse("This address is not valid any more. Reload the page.", status_code=403)
        try:
            results = await run_in_threadpool(self._receive, request)
        except DocintelError as error:
            return _refusal(error)
        except ClientDisconnect:
            return PlainTextResponse("The upload broke off.", status_code=400)
        return JSONResponse({"taken": [_shown(each) for each in results]})

    def _receive(self, request: Request) -> list[IngestResult]:
        """Runs in a thread of its own, and asks the event loop for one piece after the other."""
        with self._places.one_for(request.path_params.get("user") or browser_of(request.cookies)):
            options = UploadOptions.model_validate_json(urlsafe_b64decode(request.path_params["options"]))
            library = library_of(request, self._home().library)
            staging.sweep(library.settings)
            return _received(library, request, options)


def _received(library: "Library", request: Request, asked: UploadOptions) -> list[IngestResult]:
    name = names.plain(unquote(request.headers.get(NAME, "")))
    options = IngestOptions(collection=asked.collection, languages=asked.languages, priority=INTERACTIVE)
    library.require_quota(options.collection, _announced(request))
    return list(ingest_stream(library, _pieces(request, library.settings, name), name, options))


def _announced(request: Request) -> int:
    """The body's bytes as its sender has it; 0 where nothing is said."""
    announced = request.headers.get("Content-Length", "")
    return int(announced) if announced.isascii() and announced.isdecimal() else 0


def _pieces(request: Request, settings: Settings, name: str) -> Iterator[bytes]:
    """The body. Raises TooLarge and DiskFull as soon as either is certain, ClientDisconnect, DocintelError."""
    stream, pace = request.stream(), Pace()

    async def next_piece() -> bytes:
        began = time.monotonic()
        with fail_after(STALLED_S):
            piece = await anext(stream, b"")
        pace.came(len(piece), time.monotonic() - began)
        return piece

    size = _announced(request)
    _check_size(size, settings)
    disk_space.require(settings, size, name)
    num_bytes = 0
    try:
        while piece := from_thread.run(next_piece):
            num_bytes += len(piece)
            _check_size(num_bytes, settings)
            yield piece
    except TimeoutError as error:
        raise DocintelError("The upload stalled, or was too slow.") from error


def _check_size(size: int, settings: Settings) -> None:
    if size > settings.max_file_bytes:
        raise TooLarge(
            f"The file has more than {settings.max_file_bytes / 1e6:,.0f} MB, the limit. Split it, or raise "
            "DOCINTEL_MAX_FILE_BYTES."
        )


def _shown(result: IngestResult) -> dict[str, str | bool]:
    """What the browser is told of one document: added, already there, or refused with a reason."""
    error = result.error or "" if result.document is None else ""
    return {"name": result.name, "error": error, "is_duplicate": result.is_duplicate}


def _refusal(error: DocintelError) -> Response:
    status = STATUSES.get(type(error), 503)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status >= 500 else {}
    return PlainTextResponse(str(error), status_code=status, headers=headers)
