"""What the local engine reads of a page that a model has written down, kept among the page's attempts and compared."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import ValidationError

from docintel.doubts import in_reading_order, with_doubts
from docintel.doubts.notes import NOT_COMPARED
from docintel.engines import Engine
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.model import Attempt, Page, Word

WHAT = "local engine, for comparison"
DIGITS = 4
"""Of a coordinate that is kept."""
When = Literal["auto", "always", "never"]
IsHard = Callable[[PageImage], bool]
"""Whether a page looks as if a model might make up what it says: written by hand, photographed, hard to read."""

log = logging.getLogger(__name__)


def read_to_compare(image: PageImage, local: Callable[[], Engine]) -> Attempt:
    """The page as `local` reads it, or why it doesn't."""
    began = time.perf_counter()
    try:
        [result] = local().read([image])
    except DocintelError as error:
        result = error
    seconds = time.perf_counter() - began
    if isinstance(result, DocintelError):
        return Attempt(what=WHAT, prompt="", text="", outcome=str(result), seconds=round(seconds, 3))
    return attempt_of(_as_given(result), seconds)


def attempt_of(reading: Page, seconds: float = 0.0) -> Attempt:
    """Only what the comparison needs: words in reading order, the page's confidence and notes."""
    words = tuple(_small(word) for word in in_reading_order(reading))
    kept = reading.model_copy(update={"blocks": (), "words": words})
    text = kept.model_dump_json(exclude_defaults=True)
    return Attempt(what=WHAT, prompt="", text=text, outcome="read", seconds=round(seconds, 3))


def is_comparison(attempt: Attempt) -> bool:
    return attempt.what == WHAT


def models_attempts(attempts: Sequence[Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts if not is_comparison(attempt)]


def compared(page: Page) -> Page:
    """The page with its doubts, where the local engine's reading is kept among its attempts."""
    kept = next((attempt for attempt in page.attempts if is_comparison(attempt)), None)
    if kept is None:
        return page
    try:
        reading = Page.model_validate_json(kept.text) if kept.text else None
    except ValidationError:
        reading = None
    if reading is None:
        note = NOT_COMPARED.format(problem=kept.outcome)
        return page.model_copy(update={"notes": (*page.notes, note)})
    doubted = with_doubts(page, reading, _is_readable)
    return doubted.model_copy(update={"notes": tuple(dict.fromkeys((*doubted.notes, *reading.notes)))})


def _as_given(page: Page) -> Page:
    """With words where they stand on the picture that was read, whichever way up it is."""
    return page.model_copy(update={"words": tuple(word.turned(-page.rotation) for word in in_reading_order(page))})


def _small(word: Word) -> Word:
    corners = {name: round(value, DIGITS) for name, value in word.bbox}
    return Word(text=word.text, bbox=word.bbox.model_copy(update=corners), confidence=word.confidence)


def _is_readable(letter: str) -> bool:
    from docintel.engines.local.scripts import script_of

    return script_of(letter) is not None
