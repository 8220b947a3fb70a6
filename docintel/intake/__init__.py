"""Files in: what they really are, how many pages they have, and each page as pixels with the text that can be believed.

Runs in a killable child process with limits of time and memory. Nothing here trusts a name, a size or a count that a
file claims. Every error is a DocintelError in the user's words. MuPDF takes a second or two to load, so it is loaded
when a PDF is opened: telling files apart and unpacking zips go without it.
"""

from pathlib import Path

from docintel.errors import PageError, TooLarge
from docintel.intake import images
from docintel.intake.archives import Incoming, in_folder, incoming
from docintel.intake.confined import sandbox
from docintel.intake.kinds import PDF, media_type
from docintel.intake.page_image import PageImage
from docintel.intake.translating import opening, rendering
from docintel.model import Model
from docintel.settings import Settings

__all__ = ["FileInfo", "Incoming", "in_folder", "incoming", "inspect", "media_type", "render", "sandbox", "unlock"]


RENDERING = 3
"""Counts changes after which the same page of the same file may have other pixels, notes, or another text layer."""


class FileInfo(Model):
    media_type: str
    num_pages: int


def inspect(path: Path, *, settings: Settings, password: str | None = None) -> FileInfo:
    """What the file is and how many pages it has, without reading them.

    Raises EmptyFile, UnsupportedFile, DamagedFile, PasswordRequired (none given, or the wrong one) and TooLarge.
    """
    with opening():
        _check_size(path, settings)
        kind = media_type(path)
        if kind == PDF:
            from docintel.intake import pdf

            num_pages = pdf.count_pages(path, password=password, timeout_s=settings.open_timeout_s / 2)
        else:
            num_pages = images.count_pages(path, settings)
    if num_pages > settings.max_pages:
        raise TooLarge(f"The file has more than {settings.max_pages} pages. Split it, or raise DOCINTEL_MAX_PAGES.")
    return FileInfo(media_type=kind, num_pages=num_pages)


def unlock(path: Path, password: str, target: Path) -> None:
    """Writes a copy that needs no password into the file `target`. Raises PasswordRequired for a wrong one."""
    with opening():
        from docintel.intake import pdf

        pdf.unlock(path, password, target)


def render(path: Path, number: int, *, settings: Settings, languages: tuple[str, ...] = ()) -> PageImage:
    """Page `number` (from 1) as pixels, at most `settings.max_pixels` of them. Raises PageError.

    A PDF page that is exactly one image is that image's own pixels, so that its hash is the image file's; other
    pages are rendered at `settings.dpi`, small ones larger. `words` holds the embedded text where it can be believed.
    """
    with rendering(number):
        if number < 1:
            raise PageError(f"The file has no page {number}: pages count from 1.")
        if media_type(path) == PDF:
            from docintel.intake import pdf

            return pdf.render(path, number, settings=settings, languages=languages)
        return images.render(path, number, settings=settings, languages=languages)


def _check_size(path: Path, settings: Settings) -> None:
    size = path.stat().st_size
    if size > settings.max_file_bytes:
        raise TooLarge(
            f"The file has {size / 1e6:,.0f} MB, the limit is {settings.max_file_bytes / 1e6:,.0f} MB. Split it, or "
            "raise DOCINTEL_MAX_FILE_BYTES."
        )
