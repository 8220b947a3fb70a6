"""Pure: which way the lines of a text layer run.

A line is looked at as its reader sees it: boxes are turned so that it runs from left to right. Columns of vertical
Chinese and Japanese often come glyph by glyph, each a line of its own; they are put together, with the words in other
letters that lie in them.
"""

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docintel.intake.pdf.written.bidi import is_right_to_left, logical
from docintel.intake.pdf.written.glyphs import Box, Glyph, Piece, around, words_of
from docintel.layout import NO_SPACES
from docintel.model import Direction

MAX_LEAN = 10.0
"""Degrees by which a line may lean off a quarter turn; one that leans more runs slantwise."""
MAX_SPACE = 0.8
"""Heights of its letters between two words of a line."""
MAX_SHIFT = 0.3
"""Ems by which the parts of a column may stand beside its middle."""
MAX_OVERLAP = 0.5
MAX_GAP = 0.35
"""Ems between the parts of a column."""
MAX_STANDING = 2
"""A number of so many digits stands upright in a column."""
FULL_STOPS = frozenset("、。，．・「」『』（）〔〕【】〈〉《》！？：；ー…―")


@dataclass(frozen=True)
class Line:
    """Glyphs of one line in the file's order, boxes as the line's reader sees them, or slanted ones as displayed."""

    glyphs: tuple[Glyph, ...]
    direction: Direction | None
    """Degrees clockwise in which it runs, as displayed; None: slantwise."""
    letters: Direction = 0
    """Degrees clockwise by which its letters are turned."""

    @property
    def size(self) -> float:
        """How wide a column of such letters is."""
        return max(glyph.box[3] - glyph.box[1] for glyph in self.glyphs)


@dataclass(frozen=True)
class LayerWord:
    """A word with its box as displayed, and how its line runs."""

    piece: Piece
    direction: Direction | None
    letters: Direction = 0


def line_of(glyphs: Sequence[Glyph], along: tuple[float, float], *, is_vertical: bool = False) -> Line:
    """A line of glyphs with boxes as displayed, which runs in the direction `along` (x to the right, y down)."""
    degrees = math.degrees(math.atan2(along[1], along[0])) % 360
    nearest = round(degrees / 90) * 90
    if abs(degrees - nearest) > MAX_LEAN:
        return Line(tuple(glyphs), None)
    direction = quarter(nearest)
    return Line(_turned(glyphs, -direction), direction, quarter(direction - 90 * is_vertical))


def slanted_boxes(lines: Iterable[Line]) -> list[Box]:
    """Of the glyphs of slanted lines, whose words' boxes hold much else."""
    return [glyph.box for line in lines if line.direction is None for glyph in line.glyphs if glyph.is_visible]


def quarter(degrees: int) -> Direction:
    quarters: tuple[Direction, ...] = (0, 90, 180, 270)
    return quarters[degrees // 90 % 4]


def words_in(lines: Iterable[Line]) -> list[LayerWord]:
    """The words of the lines, each in reading order."""
    found = []
    for line in with_columns(lines):
        straight = line.direction is not None and line.letters == line.direction
        for glyphs in _as_read(line.glyphs) if straight and is_right_to_left(line.glyphs) else [line.glyphs]:
            for piece in words_of(glyphs):
                shown = replace(piece, box=turned_box(piece.box, line.direction or 0))
                found.append(LayerWord(shown, line.direction, line.letters))
    return found


def _as_read(glyphs: Sequence[Glyph]) -> list[Sequence[Glyph]]:
    """The glyphs in reading order, in pieces where white parts two columns: each has a direction of its own."""
    written = sorted((g for g in glyphs if not g.text.isspace()), key=lambda g: g.box[0])
    cuts, reach = [], written[0].box[2]
    for glyph in written[1:]:
        if glyph.box[0] - reach > MAX_SPACE * (glyph.box[3] - glyph.box[1]):
            cuts.append((glyph.box[0] + reach) / 2)
        reach = max(reach, glyph.box[2])
    pieces: list[list[Glyph]] = [[] for _ in range(len(cuts) + 1)]
    for glyph in glyphs:
        pieces[bisect(cuts, (glyph.box[0] + glyph.box[2]) / 2)].append(glyph)
    return [logical(piece) if is_right_to_left(piece) else piece for piece in pieces]


def letters_rotation(words: Iterable[LayerWord]) -> int:
    """Degrees clockwise that put most letters upright."""
    counts = dict.fromkeys((0, 90, 180, 270), 0)
    for word in words:
        if word.direction is not None:
            counts[word.letters] += len(word.piece.text)
    return (360 - max(counts, key=lambda letters: counts[letters])) % 360


def with_columns(lines: Iterable[Line]) -> list[Line]:
    """The lines, those that are pieces of one column put together."""
    kept: list[Line] = []
    column: Line | None = None
    for line in lines:
        piece = _column_piece(line)
        joined = _joined(column, line, piece) if column else None
        if joined:
            column = kept[-1] = joined
        else:
            kept.append(line)
            column = piece
    return kept


def _column_piece(line: Line) -> Line | None:
    """The line as the beginning of a column, if it may be one."""
    if line.direction is None:
        return None
    if line.letters != line.direction:
        return line
    seen = [glyph for glyph in line.glyphs if not glyph.text.isspace()] or line.glyphs[:1]
    text = "".join(glyph.text for glyph in seen)
    if not text or not (_stands_alone(text) or (len(text) <= MAX_STANDING and text.isdigit()) or text == "\u3000"):
        return None
    box = turned_box(around(glyph.box for glyph in seen), -90)
    side, middle = box[3] - box[1], (box[0] + box[2]) / 2
    square = (middle - side / 2, box[1], middle + side / 2, box[3])
    share = side / len(seen)
    glyphs = tuple(
        replace(glyph, box=(square[0] + n * share, square[1], square[0] + (n + 1) * share, square[3]))
        for n, glyph in enumerate(seen)
    )
    return Line(glyphs, quarter(line.direction + 90), line.letters)


def _stands_alone(text: str) -> bool:
    return len(text) == 1 and bool(NO_SPACES.match(text) or text in FULL_STOPS)


def _joined(column: Line, line: Line, piece: Line | None) -> Line | None:
    """The column with the line at its end, if it goes on there."""
    if piece and _goes_on(column, piece):
        return replace(column, glyphs=column.glyphs + piece.glyphs)
    lies_in = line.direction == line.letters == column.direction
    if lies_in and any(map(_is_column_letter, column.glyphs)) and _goes_on(column, line):
        return replace(column, glyphs=column.glyphs + line.glyphs)
    return None


def _is_column_letter(glyph: Glyph) -> bool:
    return bool(NO_SPACES.match(glyph.text))


def _goes_on(column: Line, piece: Line) -> bool:
    if piece.direction != column.direction:
        return False
    last, first = column.glyphs[-1].box, around(glyph.box for glyph in piece.glyphs)
    em = column.size
    across = abs((last[1] + last[3]) - (first[1] + first[3])) / 2
    alike = 0.6 < (first[3] - first[1]) / em < 1.67
    return alike and across < MAX_SHIFT * em and -MAX_OVERLAP * em < first[0] - last[2] < MAX_GAP * em


def _turned(glyphs: Iterable[Glyph], rotation: int) -> tuple[Glyph, ...]:
    return tuple(replace(glyph, box=turned_box(glyph.box, rotation)) for glyph in glyphs)


def turned_box(box: Box, rotation: int) -> Box:
    """The box turned clockwise around the page's corner by a multiple of 90 degrees."""
    x0, y0, x1, y1 = box
    for _ in range(rotation // 90 % 4):
        x0, y0, x1, y1 = -y1, x0, -y0, x1
    return x0, y0, x1, y1
