"""Pages that lie on their side or stand on their head: a model reads such a page badly, and does not say so."""

from functools import cache
from typing import TYPE_CHECKING

from docintel.engines.generative.pages import is_blank
from docintel.intake.page_image import PageImage
from docintel.runtime.budget import MAX_RATIO

if TYPE_CHECKING:
    from docintel.engines.local.orientation import OrientationDetector


def turn_of(image: PageImage) -> int:
    """Degrees clockwise that put a page upright; 0 where no model could read it."""
    if image.words:
        return image.text_rotation
    is_strip = max(image.pixels.shape[:2]) > MAX_RATIO * min(image.pixels.shape[:2])
    return 0 if is_strip or is_blank(image) else _orientation_detector().rotation(image.pixels)


@cache
def _orientation_detector() -> "OrientationDetector":
    """Opened with the first page that needs it, once a process."""
    from docintel.engines.local.orientation import OrientationDetector

    return OrientationDetector()
