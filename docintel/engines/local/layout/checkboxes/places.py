"""Boxes and pieces of lines, with their places in line heights."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.placed import PlacedLine, piece
from docintel.model import BBox

WORD_GAP = 1.6
"""Wider gaps end a label."""


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

    @property
    def is_labelled(self) -> bool:
        return any(box.label for box in self.boxes)


class PlacedPage:
    """The pieces of lines and the boxes of one page; `used` are the pieces that belong to a box by now, by index."""

    def __init__(
        self, lines: Sequence[PlacedLine], marks: Sequence[Mark], aspect: float, unit: float, right_to_left: bool
    ) -> None:
        self._scale = (aspect / unit, 1 / unit)
        self._mirrored = right_to_left
        self._unit = unit
        self.pieces = [PlacedPiece(cut, *self.placed(cut.level)) for line in lines for cut in self._narrow(line)]
        self.boxes = [PlacedBox(mark, *self.placed(mark.bbox)) for mark in marks]
        self.used: set[int] = set()

    def placed(self, box: BBox) -> tuple[float, float, float, float]:
        across, down = self._scale
        x0, x1 = (1 - box.x1, 1 - box.x0) if self._mirrored else (box.x0, box.x1)
        return x0 * across, box.y0 * down, x1 * across, box.y1 * down

    def _narrow(self, line: PlacedLine) -> list[PlacedLine]:
        """The line cut at gaps that are too wide for a space, where it has boxes beside it or not."""
        order = sorted(range(len(line.level_words)), key=lambda i: line.level_words[i][1].x0)
        across = self._scale[0]
        runs: list[list[int]] = [order[:1]]
        for before, after in pairwise(order):
            gap = (line.level_words[after][1].x0 - line.level_words[before][1].x1) * across
            if gap > WORD_GAP:
                runs.append([])
            runs[-1].append(after)
        return [line] if len(runs) < 2 else [piece(line, sorted(run)) for run in runs]

    def rows(self) -> list[list[PlacedBox]]:
        rows: list[list[PlacedBox]] = []
        for box in sorted(self.boxes, key=lambda box: box.middle):
            if rows and box.middle - sum(each.middle for each in rows[-1]) / len(rows[-1]) < 0.5:
                rows[-1].append(box)
            else:
                rows.append([box])
        return [sorted(row, key=lambda box: box.x0) for row in rows]

    def row_pieces(self, row: Sequence[PlacedBox]) -> list[int]:
        """Unused pieces that stand on the row, in reading direction."""
        top, bottom = min(box.y0 for box in row), max(box.y1 for box in row)
        middle = sum(box.middle for box in row) / len(row)
        found = [
            index
            for index, each in enumerate(self.pieces)
            if index not in self.used and (top < each.middle < bottom or each.y0 < middle < each.y1)
        ]
        return sorted(found, key=lambda index: self.pieces[index].x0)

    def between(self, row: Sequence[int], start: float, end: float) -> list[int]:
        return [i for i in row if start - 0.3 <= self.pieces[i].x0 and self.pieces[i].x1 <= end + 0.3]
