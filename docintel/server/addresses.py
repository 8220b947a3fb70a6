"""Short-lived signed addresses: the only way to a page image or an export over HTTP.

Whoever is shown a page is handed the address of its image; nobody can make one up. The path is signed, not the query,
so everything an address asks for stands in its path, and so does the user for whom it was made. It opens in the browser
that it was made for only (see docintel.server.browsers). Expiry falls on fixed hours, so that an address stays the same
between two runs of a script and the browser keeps the image; none outlives its user's sign-in.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from urllib.parse import quote

from docintel.model import BBox, Polygon, User, Word

PERIOD_S = 1800
GRID = 10_000


class Addresses:
    """Makes and checks addresses with one key; they live between one and two periods."""

    def __init__(
        self, key: bytes, *, clock: Callable[[], float] = time.time, user: User | None = None, browser: str = ""
    ) -> None:
        self._ended: dict[str, float] = {}
        self._key = key
        self._clock = clock
        self._user = user
        self._browser = browser

    def made_for(self, user: User | None, browser: str) -> "Addresses":
        """Addresses that open for this user, in this browser (as its cookie names it)."""
        made = Addresses(self._key, clock=self._clock, user=user, browser=browser)
        made._ended = self._ended
        return made

    def end(self, browser: str) -> None:
        """What was made for this browser opens no more, even for who has a copy of its cookie."""
        now = self._clock()
        for name in [name for name, until in self._ended.copy().items() if until <= now]:
            self._ended.pop(name, None)
        if browser:
            self._ended[browser] = now + 2 * PERIOD_S

    def page(self, document_id: str, number: int) -> str:
        return self.sign(f"/images/page/{document_id}/{number}.jpg")

    def thumbnail(self, document_id: str, number: int = 1) -> str:
        return self.sign(f"/images/thumbnail/{document_id}/{number}.jpg")

    def preview(self, document_id: str, number: int) -> str:
        """A page that is being read."""
        return self.sign(f"/images/preview/{document_id}/{number}.jpg")

    def crop(self, document_id: str, number: int, boxes: Sequence[BBox]) -> str:
        """What stands in and around `boxes` (at least one) of one page."""
        return self.sign(f"/images/crop/{document_id}/{number}/{write_boxes(boxes)}.jpg")

    def part(self, document_id: str, number: int, box: BBox) -> str:
        """A part of one page as it is, nothing marked in it."""
        return self.sign(f"/images/part/{document_id}/{number}/{write_boxes([box])}.jpg")

    def export(self, document_id: str, format_name: str) -> str:
        return self.sign(f"/exports/{document_id}/{format_name}")

    def bundle(self, document_ids: Sequence[str], format_name: str) -> str:
        """A zip of these documents."""
        return self.sign(f"/bundles/documents/{'_'.join(document_ids)}/{format_name}.zip")

    def bundle_of(self, collection: str, format_name: str) -> str:
        """A zip of a collection's documents."""
        return self.sign(f"/bundles/collection/{format_name}.zip/{collection}")

    def sign(self, path: str) -> str:
        expires = (int(self._clock()) // PERIOD_S + 2) * PERIOD_S
        if self._user is not None:
            path = f"/for/{quote(self._user.id, safe='')}{quote(path)}"
            expires = min(expires, int(self._user.until.timestamp())) if self._user.until else expires
        else:
            path = quote(path)
        return f"{path}?expires={expires}&signature={self._signature(path, str(expires), self._browser)}"

    def is_valid(self, path: str, *, expires: str, signature: str, browser: str = "") -> bool:
        """Whether this very path was signed for this browser and its time isn't over; `path` as it came, encoded."""
        expected = self._signature(path, expires, browser)
        is_ours = hmac.compare_digest(expected.encode(), signature.encode())
        return is_ours and int(expires) > self._clock() and browser not in self._ended

    def _signature(self, path: str, expires: str, browser: str) -> str:
        return hmac.new(self._key, f"{path}\n{expires}\n{browser}".encode(), sha256).hexdigest()[:40]


@cache
def addresses() -> Addresses:
    """This process's addresses; its key is never written down, so a restart ends them all.

    The pages take theirs from docintel.ui.resources, which knows the user and the browser.
    """
    return Addresses(secrets.token_bytes(32))


def write_boxes(boxes: Sequence[BBox]) -> str:
    """Boxes as part of an address: `x0-y0-x1-y1` in ten-thousandths of the page, joined by `_`."""
    return "_".join("-".join(str(round(value * GRID)) for value in (b.x0, b.y0, b.x1, b.y1)) for b in boxes)


def read_boxes(text: str) -> tuple[BBox, ...]:
    """What `write_boxes` wrote; whatever isn't a box is left out, since anyone can type an address."""
    return tuple(box for part in text.split("_") if (box := _read_box(part)))


def polygons_at(boxes: Sequence[BBox], words: Sequence[Word]) -> list[Polygon | None]:
    """For each of the boxes, which may have stood in an address, the polygon of the word whose box it is."""
    polygons = {write_boxes([word.bbox]): word.polygon for word in words if word.polygon}
    return [polygons.get(write_boxes([box])) for box in boxes]


def _read_box(text: str) -> BBox | None:
    parts = text.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and len(part) <= 5 for part in parts):
        return None
    x0, y0, x1, y1 = (int(part) for part in parts)
    return BBox.from_corners(x0, y0, x1, y1, width=GRID, height=GRID)
