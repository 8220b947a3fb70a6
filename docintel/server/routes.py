"""Routes beside Streamlit's own: page images, exports, health."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from docintel.errors import DocintelError, NotFound
from docintel.export import FORMATS, export
from docintel.server.addresses import PERIOD_S, Addresses, read_boxes
from docintel.server.crops import crop

if TYPE_CHECKING:
    from docintel.home import Home

JPEG = "image/jpeg"


class Routes:
    """What the routes answer with: a home's images and exports, for addresses that were signed here."""

    def __init__(self, home: Callable[[], "Home"], addresses: Addresses) -> None:
        self._home = home
        self._addresses = addresses

    def all(self) -> list[BaseRoute]:
        return [
            Route("/images/page/{document}/{number:int}.jpg", self._signed(self.page)),
            Route("/images/thumbnail/{document}/{number:int}.jpg", self._signed(self.thumbnail)),
            Route("/images/crop/{document}/{number:int}/{boxes}.jpg", self._signed(self.crop)),
            Route("/exports/{document}/{format}", self._signed(self.export)),
            Route("/healthz", self.health),
        ]

    def page(self, request: Request) -> Response:
        return _image(self._home().library.page_image(*_page_of(request)))

    def thumbnail(self, request: Request) -> Response:
        return _image(self._home().library.thumbnail(*_page_of(request)))

    def crop(self, request: Request) -> Response:
        boxes = read_boxes(request.path_params["boxes"])
        if not boxes:
            raise NotFound("This address names no place on the page.")
        return _image(crop(self._home().library.page_image(*_page_of(request)), boxes))

    def export(self, request: Request) -> Response:
        library = self._home().library
        document = library.document(request.path_params["document"])
        name = request.path_params["format"]
        content = export(name, document, library.pages(document.id))
        file_name = quote(f"{document.name}{FORMATS[name].suffix}", safe="")
        disposition = f"attachment; filename*=UTF-8''{file_name}"
        return Response(content, media_type=FORMATS[name].media_type, headers={"Content-Disposition": disposition})

    def health(self, _request: Request) -> Response:
        """200 when the library answers; 503 with the reason where it doesn't."""
        try:
            num_documents = self._home().library.count()
        except DocintelError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok", "documents": num_documents})

    def _signed(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer_if_signed(request: Request) -> Response:
            path = request.scope.get("raw_path", b"").decode("ascii") or quote(request.url.path)
            query = request.query_params
            expires, signature = query.get("expires", ""), query.get("signature", "")
            if not self._addresses.is_valid(path, expires=expires, signature=signature):
                return PlainTextResponse("This address is not valid any more. Reload the page.", status_code=403)
            try:
                return answer(request)
            except DocintelError as error:
                return PlainTextResponse(str(error), status_code=404)

        return answer_if_signed


def _page_of(request: Request) -> tuple[str, int]:
    return request.path_params["document"], request.path_params["number"]


def _image(content: bytes) -> Response:
    caching = f"private, max-age={PERIOD_S}, immutable"
    return Response(content, media_type=JPEG, headers={"Cache-Control": caching})
