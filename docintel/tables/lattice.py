"""Grids that tables are made of, the words in them, and which words are numbers. Pure."""

import re
from dataclasses import dataclass

from docintel.model import BBox

NUMBER = re.compile(r"^[^\w]*\d[\d\s.,:/%'’`°+\-–−()]*[^\W\d_]{0,4}[^\w]*$")
"""Figures with what stands around them: signs, units and currencies of a few letters."""
AMOUNT = re.compile(r"^[^\w]*[^\W\d_]{1,4}[.\s]*\d[\d\s.,'’`°]*[.,]\d\d[^\w]*$")
"""Figures with cents after a currency's letters."""


@dataclass(frozen=True)
class Text:
    """A word, its box on the levelled page, and where it was read: which word of which line, in logical order."""

    text: str
    box: BBox
    line: int = 0
    rank: int = 0
    """Its place among the words of its line."""
    direction: int = 0
    """Degrees clockwise in which its line runs; the words of a turned line have the line's box."""

    @property
    def is_tall(self) -> bool:
        return self.direction % 180 != 0


@dataclass(frozen=True)
class Place:
    """A cell's place in its grid, as Cell counts it."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True)
class Grid:
    """Where a table's lines run, from top to bottom and from left to right, and the cells between them.

    In fractions of the levelled page; columns count from the left whatever the script.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    places: tuple[Place, ...]
    shaded_rows: int = 0
    """Rows from the top that stand on a ground of their own."""

    @property
    def bbox(self) -> BBox:
        return BBox(x0=self.columns[0], y0=self.rows[0], x1=self.columns[-1], y1=self.rows[-1])

    def box(self, place: Place) -> BBox:
        return BBox(
            x0=self.columns[place.column],
            y0=self.rows[place.row],
            x1=self.columns[place.column + place.column_span],
            y1=self.rows[place.row + place.row_span],
        )


def holds(grid: Grid, box: BBox) -> bool:
    """Whether the middle of `box` lies in the grid."""
    x, y = box.center
    return grid.columns[0] <= x <= grid.columns[-1] and grid.rows[0] <= y <= grid.rows[-1]


def is_number(text: str) -> bool:
    return bool(NUMBER.match(text.strip()) or AMOUNT.match(text.strip()))
