"""Whether what a reading process says can be so. It may have been taken over by what it read, and must not be able to
put anything under another page's name."""

import re

from docintel.errors import FileError, PageError
from docintel.intake import FileInfo
from docintel.intake.kinds import IMAGE_TYPES, PDF
from docintel.pipeline import ReadPage, is_sealed, picture_keys
from docintel.pipeline.cache import is_sound
from docintel.settings import Settings

HASH = re.compile(r"[0-9a-f]{8,64}")
CACHE_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{8,64}")
MEDIA_TYPES = frozenset({PDF, *IMAGE_TYPES.values()})
TURNS = (0, 90, 180, 270)


def check_page(read: ReadPage, number: int) -> None:
    """Raises PageError."""
    page = read.page
    keys = (read.image_key, read.thumbnail_key)
    is_its_own = page.number == number and page.rotation in TURNS and HASH.fullmatch(read.image_hash) is not None
    has_its_keys = keys == picture_keys(read.image_hash, page.rotation) and CACHE_KEY.fullmatch(read.cache_key)
    has_pictures = all(not picture or is_sealed(picture) for picture in (read.image, read.thumbnail))
    has_entry = not read.cache_entry or is_sound(read.cache_key, read.cache_entry)
    if not (is_its_own and has_its_keys and has_pictures and has_entry):
        raise PageError(f"Page {number} was not read as it should be: what came of it does not belong to it.")


def check_info(info: FileInfo, settings: Settings) -> None:
    """Raises FileError."""
    if not 0 < info.num_pages <= settings.max_pages or info.media_type not in MEDIA_TYPES:
        raise FileError("The file was not opened as it should be: what came of it cannot be.")
