"""What the recogniser learns from: a line as a picture, with what it says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEIGHT = 40
MAX_WIDTH = 1024

Strip = NDArray[np.uint8]


@dataclass(frozen=True)
class DrawnLine:
    strip: Strip
    """(40, width), 0 for ink and 255 for paper."""
    label: list[int]
    script: str
    is_handwritten: bool | None = False
    """None where nobody is to be asked."""
    source: str = ""
    """Of a real line."""
