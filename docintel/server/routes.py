"""Routes beside Streamlit's own: page images, exports, health, metrics.

An address that was made for a user says so in its path, and shows what that user sees at the moment of asking: who may
read a document no longer, or whose document is gone, gets nothing from an address of before.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from docintel.errors import DamagedPage, DamagedStore, DocintelError, EngineLoading, NotFound, StoreBusy, UsageError
from docintel.export import FORMATS
from docintel.export.bundle import bundle
from docintel.model import Document, Word
from docintel.server.addresses import PERIOD_S, Addresses, read_boxes
from docintel.server.crops import crop, part
from docintel.server.metrics import CONTENT_TYPE, NOT_FOR_YOU, Metrics, may_read
from docintel.server.security import DOCUMENT_POLICY, POLICY
from docintel.server.signed import is_signed, library_of

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.library import Library

log = logging.getLogger(__name__)

JPEG = "image/jpeg"
RETRY_AFTER_S = 3
NO_PLACE = "This address names no place on the page."


class Routes:
    """What the routes answer with: a home's images and exports, for addresses that were signed here."""

    def __init__(self, home: Callable[[], "Home"], addresses: Addresses) -> None:
        self._home = home
        self._addresses = addresses
        self._metrics = Metrics(home)

    def all(self) -> list[BaseRoute]:
        signed = self.signed()
        return [
            *signed,
            Mount("/for/{user}", routes=signed),
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
        ]

    def signed(self) -> list[BaseRoute]:
        return [
            Route("/images/page/{document}/{number:int}.jpg", self._signed(self.page)),
            Route("/images/thumbnail/{document}/{number:int}.jpg", self._signed(self.thumbnail)),
            Route("/images/preview/{document}/{number:int}.jpg", self._signed(self.preview)),
            Route("/images/crop/{document}/{number:int}/{boxes}.jpg", self._signed(self.crop)),
            Route("/images/part/{document}/{number:int}/{box}.jpg", self._signed(self.part)),
            Route("/exports/{document}/{format}", self._signed(self.export)),
            Route("/bundles/documents/{documents}/{format}.zip", self._signed(self.bundle)),
            Route("/bundles/collection/{format}.zip/{collection:path}", self._signed(self.bundle_of_collection)),
        ]

    def page(self, request: Request) -> Response:
        return _image(library_of(request, self._home().library).page_image(*_page_of(request)))

    def thumbnail(self, request: Request) -> Response:
        return _image(library_of(request, self._home().library).thumbnail(*_page_of(request)))

    def preview(self, request: Request) -> Response:
        """A page while it is being read; kept nowhere, since it is gone in a moment."""
        content = library_of(request, self._home().library).preview(*_page_of(request))
        return Response(content, media_type=JPEG, headers={"Cache-Control": "no-store"})

    def crop(self, request: Request) -> Response:
        boxes = read_boxes(request.path_params["boxes"])
        if not boxes:
            raise NotFound(NO_PLACE)
        library, page = library_of(request, self._home().library), _page_of(request)
        return _image(crop(library.page_image(*page), boxes, _words_of(library, page)))

    def part(self, request: Request) -> Response:
        boxes = read_boxes(request.path_params["box"])
        if not boxes:
            raise NotFound(NO_PLACE)
        return _image(part(library_of(request, self._home().library).page_image(*_page_of(request)), boxes[0]))

    def export(self, request: Request) -> Response:
        library = library_of(request, self._home().library)
        document = library.document(request.path_params["document"])
        name = request.path_params["format"]
        content = library.export(document.id, name)
        headers = _download(f"{document.name}{FORMATS[name].suffix}")
        return Response(content, media_type=FORMATS[name].media_type, headers=headers)

    def bundle(self, request: Request) -> Response:
        library = library_of(request, self._home().library)
        ids = request.path_params["documents"].split("_")
        return _bundle(library, [library.document(id) for id in ids], request.path_params["format"], "documents")

    def bundle_of_collection(self, request: Request) -> Response:
        library, collection = library_of(request, self._home().library), request.path_params["collection"]
        documents = library.documents(collection=collection)
        return _bundle(library, documents, request.path_params["format"], collection)

    def health(self, _request: Request) -> Response:
        """200 while the library answers, 503 with the reason where it doesn't.

        What else is amiss stands in the answer and leaves it at 200: starting the app again would not mend that.
        """
        try:
            health = self._home().health()
        except DocintelError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok" if health.is_good else "degraded", **health.model_dump()})

    def metrics(self, request: Request) -> Response:
        """See docintel.server.metrics."""
        try:
            if not may_read(request, self._home().settings.metrics_token):
                return NOT_FOR_YOU
            return Response(self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})
        except DocintelError as error:
            return PlainTextResponse(str(error), status_code=503)

    def _signed(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer_if_signed(request: Request) -> Response:
            if not is_signed(request, self._addresses):
                return PlainTextResponse("This address is not valid any more. Reload the page.", status_code=403)
            try:
                return answer(request)
            except DocintelError as error:
                return _refusal(error)

        return answer_if_signed


def _bundle(library: "Library", documents: Sequence[Document], name: str, title: str) -> Response:
    if name not in FORMATS:
        raise NotFound(f"There is no export format {name!r}.")
    pieces = bundle(documents, name, lambda document: library.export(document.id, name))
    return StreamingResponse(pieces, media_type="application/zip", headers=_download(f"{title}.zip"))


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", POLICY: DOCUMENT_POLICY}


def _refusal(error: DocintelError) -> Response:
    """404 for what is not there, 503 for what may be answered later, 500 where something is wrong here."""
    if isinstance(error, NotFound | UsageError):
        return PlainTextResponse(str(error), status_code=404)
    if isinstance(error, StoreBusy | EngineLoading):
        return PlainTextResponse(str(error), status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    log.error("an address could not be answered: %s", error)
    return PlainTextResponse(str(error), status_code=500)


def _page_of(request: Request) -> tuple[str, int]:
    return request.path_params["document"], request.path_params["number"]


def _words_of(library: "Library", page: tuple[str, int]) -> tuple[Word, ...]:
    """None where the page is damaged: its picture can be shown all the same."""
    try:
        return library.page(*page).words
    except (DamagedPage, DamagedStore):
        return ()


def _image(content: bytes) -> Response:
    caching = f"private, max-age={PERIOD_S}, immutable"
    return Response(content, media_type=JPEG, headers={"Cache-Control": caching})
