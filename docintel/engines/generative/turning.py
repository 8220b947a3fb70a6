"""What is seen of a page before a model reads it: which way up it is, and whether it looks hard to read.

A model reads a page that lies on its side badly, makes things up where a page is hard to read, and says neither.
"""

from functools import cache
from typing import TYPE_CHECKING

from docintel.engines.generative.pages import is_blank
from docintel.intake.page_image import PageImage
from docintel.runtime.budget import MAX_RATIO

if TYPE_CHECKING:
    from docintel.engines.local.difficulty import Difficulty
    from docintel.engines.local.orientation import OrientationDetector


def turn_of(image: PageImage) -> int:
    """Degrees clockwise that put a page upright; 0 where no model could read it."""
    if image.words:
        return image.text_rotation
    is_strip = max(image.pixels.shape[:2]) > MAX_RATIO * min(image.pixels.shape[:2])
    return 0 if is_strip or is_blank(image) else _orientation_detector().rotation(image.pixels)


def is_hard(image: PageImage) -> bool:
    """Whether an upright page is photographed, written by hand, small or blurred. A blank one is not."""
    return not is_blank(image) and _difficulty().is_hard(image.pixels, _orientation_detector().lines(image.pixels))


@cache
def _difficulty() -> "Difficulty":
    from docintel.engines.local.difficulty import Difficulty

    return Difficulty(_orientation_detector().rapid)


@cache
def _orientation_detector() -> "OrientationDetector":
    """Opened with the first page that needs it, once a process."""
    from docintel.engines.local.orientation import OrientationDetector

    return OrientationDetector()
