"""The one place where errors of Pillow, MuPDF, poppler and the machine become ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from docintel.errors import DamagedFile, DocintelError, PageError, TooLarge

MAX_REASON = 160
PATH = re.compile(r"(?:/[^\s/'\":]+){2,}")
"""Of this machine: nobody's business who reads of a broken file."""
MUPDF_CODE = re.compile(r"^code=\d+: ")


@contextmanager
def opening() -> Iterator[None]:
    """Whatever goes wrong inside is a FileError."""
    try:
        yield
    except DocintelError:
        raise
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge(
            "The file needs more memory than a file may take. Split it, or make its pages smaller."
        ) from error
    except Exception as error:
        raise DamagedFile(
            f"The file is damaged and cannot be opened ({reason(error)}). Open it in the program that made it and "
            "save it anew."
        ) from error


@contextmanager
def rendering(number: int) -> Iterator[None]:
    """Whatever goes wrong inside is a PageError that names the page."""
    try:
        yield
    except PageError:
        raise
    except DocintelError as error:
        raise PageError(str(error)) from error
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PageError(
            f"Page {number} needs more memory than a page may take. Make it smaller, or raise "
            "DOCINTEL_READER_MEMORY_BYTES."
        ) from error
    except Exception as error:
        raise PageError(f"Page {number} is damaged ({reason(error)}).") from error


def reason(error: BaseException) -> str:
    """The first line of what a library said, short enough for one line of ours."""
    if isinstance(error, UnidentifiedImageError):
        return "its header makes no sense"
    said = MUPDF_CODE.sub("", str(error)).strip().splitlines()
    line = PATH.sub("…", said[0]).rstrip(".") if said else type(error).__name__
    return line if len(line) <= MAX_REASON else f"{line[:MAX_REASON]}…"
