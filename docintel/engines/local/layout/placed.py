"""Lines that have their place on the page, and the parts of a page that they make up."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from docintel.engines.local.layout.regions import Region
from docintel.layout import join_words
from docintel.model import BBox, Direction, Table, Word


@dataclass(frozen=True)
class PlacedLine:
    """A recognised line: words as displayed, and its and their boxes on the levelled page."""

    text: str
    confidence: float
    level: BBox
    words: tuple[Word, ...]
    level_words: tuple[tuple[str, BBox], ...] = ()
    """Of a turned line, each word has the line's box."""

    @property
    def direction(self) -> Direction:
        return self.words[0].direction if self.words else 0


@dataclass(frozen=True)
class Part:
    """What becomes a block: a region with its lines. Boxes of the table's cells are the levelled page's."""

    region: Region
    lines: tuple[PlacedLine, ...]
    table: Table | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    """Labels and their values."""
    text: str = ""
    """What it says, where that is not to be seen from its lines' places."""
    is_checked: bool | None = None
    """Of a check box."""


def piece(line: PlacedLine, kept: Sequence[int]) -> PlacedLine:
    """The line with only those of its words, by index."""
    level_words = tuple(line.level_words[i] for i in kept)
    return PlacedLine(
        text=join_words([text for text, _ in level_words]),
        confidence=line.confidence,
        level=BBox.around(box for _, box in level_words),
        words=tuple(line.words[i] for i in kept),
        level_words=level_words,
    )


def line_height(lines: Sequence[PlacedLine]) -> float:
    """The usual height of the lines, as a fraction of the page's; 0 where there are none."""
    heights = [line.level.height for line in lines if not line.direction]
    return median(heights) if heights else 0.0
