"""Notes on pages of files that are damaged or cut off, so that nobody takes what is left for all there was."""

from docintel.model import Page

BREAKS_OFF = "The file is damaged or cut off inside this picture; the page shows it as far as it could be read."
REPAIRED = "The file is damaged or cut off: pages, or parts of this page, may be missing. Export or download it again."

NOTES = frozenset({BREAKS_OFF, REPAIRED})


def damage_noted(page: Page) -> str | None:
    """The note on the page that says that its file is damaged, if any."""
    return next((note for note in page.notes if note in NOTES), None)
