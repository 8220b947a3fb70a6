"""What engines said, by page image and fingerprint: the same pixels are not read again, whatever file they come in.

An entry is one line of JSON (what it is of, and the checksum of what follows) and the page's JSON, compressed. What
belongs to the file rather than to the pixels (number, size on paper, intake's notes) is put in when it is taken out.
"""

import json
import logging
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from pydantic import ValidationError

from docintel.intake.page_image import PageImage
from docintel.model import SCHEMA_VERSION, Page

log = logging.getLogger(__name__)


class Bytes(Protocol):
    """Bytes by key, whole or not at all; storage.files.Files is one."""

    def exists(self, key: str) -> bool: ...

    def read(self, key: str) -> bytes: ...

    def write(self, key: str, data: bytes) -> None: ...

    def delete(self, key: str) -> None: ...


@dataclass(frozen=True)
class Cache:
    """Plain data, so that a reading process can be handed it."""

    store: Bytes

    def page(self, image: PageImage, fingerprint: str) -> Page | None:
        """What `fingerprint` says of `image`, or None: never read, or the entry is damaged and to be read anew."""
        key = cache_key(image.hash, fingerprint)
        if not self.store.exists(key):
            return None
        kept = _opened(self.store.read(key), image.hash, fingerprint)
        if kept is None:
            log.warning("cache entry %s is damaged; the page is read again", key)
            self.store.delete(key)
            return None
        return _of_this_file(kept, image)

    def put(self, key: str, entry: bytes) -> None:
        """The first answer stays the answer."""
        if not self.store.exists(key):
            self.store.write(key, entry)


def cache_entry(image: PageImage, fingerprint: str, page: Page) -> bytes:
    """What is kept of `page`, which `fingerprint` says of `image`."""
    own_notes = tuple(note for note in page.notes if note not in image.notes)
    return _entry(page.model_copy(update={"notes": own_notes}), image.hash, fingerprint)


def cache_key(image_hash: str, fingerprint: str) -> str:
    digest = sha256(f"{image_hash}\n{fingerprint}".encode()).hexdigest()
    return f"{digest[:2]}/{digest}"


def is_sound(key: str, entry: bytes) -> bool:
    """Whether an entry's bytes are those that were written under `key`, by this release or one before."""
    header, _, body = entry.partition(b"\n")
    if not _matches(header, body, {}):
        return False
    found = json.loads(header)
    return json.dumps(found).encode() == header and cache_key(str(found.get("image")), str(found.get("engine"))) == key


def _entry(page: Page, image_hash: str, fingerprint: str) -> bytes:
    body = zlib.compress(page.model_dump_json().encode())
    header = {
        "docintel": SCHEMA_VERSION,
        "image": image_hash,
        "engine": fingerprint,
        "sha256": _checksum(SCHEMA_VERSION, body),
    }
    return json.dumps(header).encode() + b"\n" + body


def _opened(entry: bytes, image_hash: str, fingerprint: str) -> Page | None:
    header, _, body = entry.partition(b"\n")
    if not _matches(header, body, {"image": image_hash, "engine": fingerprint}):
        return None
    try:
        return Page.model_validate_json(zlib.decompress(body))
    except (ValidationError, zlib.error):
        return None


def _matches(header: bytes, body: bytes, expected: dict[str, object]) -> bool:
    try:
        found = json.loads(header)
    except ValueError:
        return False
    if not isinstance(found, dict) or found.get("docintel") not in range(1, SCHEMA_VERSION + 1):
        return False
    wanted = {**expected, "sha256": _checksum(found["docintel"], body)}
    return all(found.get(name) == value for name, value in wanted.items())


def _checksum(version: int, body: bytes) -> str:
    """From version 3 on the version is part of it: a 3 is one bit from a 2."""
    return sha256((f"{version}\n".encode() if version > 2 else b"") + body).hexdigest()


def _of_this_file(page: Page, image: PageImage) -> Page:
    width, height = (image.width, image.height) if page.rotation % 180 == 0 else (image.height, image.width)
    notes = (*image.notes, *page.notes)
    return page.model_copy(update={"number": image.number, "width": width, "height": height, "notes": notes})
