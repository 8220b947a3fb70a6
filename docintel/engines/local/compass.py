"""Which way up a page is, without reading it: for engines that read whole pages and do not see that by themselves."""

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.rapid import Rapid
from docintel.engines.local.lines.seen import LineEye
from docintel.engines.local.orientation import attitude

SIDE = 960
"""Longer side of the picture that is looked at: enough to see where lines are, in half the time that reading takes."""


class Compass:
    """Opens its models at once."""

    def __init__(self) -> None:
        self._rapid = Rapid(side=SIDE)
        self._eye = LineEye()

    def turn(self, pixels: Pixels) -> int:
        """Degrees clockwise (0, 90, 180, 270) that put the page upright."""
        return attitude(self._eye, pixels, self._rapid.detect(pixels)).rotation
