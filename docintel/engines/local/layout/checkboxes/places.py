"""Boxes and pieces of lines, with their places in line heights."""

from dataclasses import dataclass, field

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.placed import PlacedLine


@dataclass
class PlacedBox:
    """A box with its words. Boxes are (x0, y0, x1, y1) in line heights, mirrored where the page reads leftwards."""

    mark: Mark
    x0: float
    y0: float
    x1: float
    y1: float
    label: list[int] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True)
class PlacedPiece:
    """A line, or part of one, beside or between boxes."""

    line: PlacedLine
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass
class BoxGroup:
    boxes: list[PlacedBox]
    question: list[int]
