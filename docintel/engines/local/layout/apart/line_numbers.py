"""Numbers that count the lines of a page at its margin: of court papers, contracts, verses. No part of the text.

Numbers at one margin, outside all text, count in steps of one beside lines that run on, or in steps of several beside
as many lines.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docintel.engines.local.layout.placed import Part, PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.layout import rows
from docintel.model import BBox, BlockLabel

MAX_DIGITS = 4
MIN_GAP = 1.2
"""Digits' widths of white between a line and its number: more than a space."""
WIDE_GAP = 4
"""The same between the cells of a table's row."""
STEPS = frozenset({1, 2, 3, 4, 5, 10})
MIN_NUMBERS = 5
"""Of those that count every line; of others, half as many will do."""
IN_STEP = 0.8
"""Part of the numbers that follow each other in steps of one size: some may be misread."""
MIN_RUNNING = 0.25
"""Part of the lines that begin with a small letter, where lines run on."""
MAX_ENDED = 0.4
"""The same of lines that end a sentence, where letters are neither small nor large."""
MAX_TABLE_ROWS = 0.2


@dataclass(frozen=True)
class _Mark:
    """A number that begins or ends a line, by the line's and the word's index."""

    line: int
    word: int
    value: int
    box: BBox

    @property
    def digit(self) -> float:
        return self.box.width / len(str(self.value))


def part_line_numbers(lines: Sequence[PlacedLine]) -> tuple[list[Part], list[PlacedLine]]:
    """The columns of line numbers, each a part of its own, and the lines without them."""
    taken: dict[int, int] = {}
    parts = []
    for at_end in (False, True):
        for marks in _aligned([mark for mark in _marks(lines, at_end=at_end) if mark.line not in taken]):
            if _count_lines(marks, lines, at_end=at_end):
                taken |= {mark.line: mark.word for mark in marks}
                kept = tuple(piece(lines[mark.line], [mark.word]) for mark in marks)
                box = BBox.around(line.level for line in kept)
                parts.append(Part(Region(BlockLabel.PAGE_HEADER, box, 1.0), kept))
    return parts, [left for index, line in enumerate(lines) if (left := _without(line, taken.get(index)))]


def _without(line: PlacedLine, word: int | None) -> PlacedLine | None:
    if word is None:
        return line
    kept = [index for index in range(len(line.level_words)) if index != word]
    return piece(line, kept) if kept else None


def _marks(lines: Sequence[PlacedLine], *, at_end: bool) -> list[_Mark]:
    marks = []
    for index, line in enumerate(lines):
        order = sorted(range(len(line.level_words)), key=lambda i: line.level_words[i][1].x0, reverse=at_end)
        if not order:
            continue
        text, box = line.level_words[order[0]]
        if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS and not text.startswith("0"):
            mark = _Mark(index, order[0], int(text), box)
            beside = line.level_words[order[1]][1] if len(order) > 1 else None
            if beside is None or max(beside.x0 - box.x1, box.x0 - beside.x1) > MIN_GAP * mark.digit:
                marks.append(mark)
    return sorted(marks, key=lambda mark: mark.box.center[1])


def _aligned(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Marks below each other, from the top."""
    columns: list[list[_Mark]] = []
    for mark in marks:
        column = next((each for each in columns if _is_below(each[-1], mark)), None)
        if column is None:
            columns.append([mark])
        else:
            column.append(mark)
    return columns


def _is_below(above: _Mark, mark: _Mark) -> bool:
    a, b = above.box, mark.box
    return min(abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.center[0] - b.center[0])) < 0.6 * above.digit


def _count_lines(marks: Sequence[_Mark], lines: Sequence[PlacedLine], *, at_end: bool) -> bool:
    steps = Counter(below.value - above.value for above, below in pairwise(marks))
    step, num_in_step = max(steps.items(), key=lambda item: item[1], default=(0, 0))
    enough = MIN_NUMBERS if step == 1 else MIN_NUMBERS // 2
    if step not in STEPS or len(marks) < enough or num_in_step < IN_STEP * (len(marks) - 1):
        return False
    beside = _beside(marks, lines)
    if not beside or not _is_outside(marks, beside, at_end=at_end):
        return False
    return _run_on(beside, marks) if step == 1 else _stand_apart(marks, beside, step)


def _beside(marks: Sequence[_Mark], lines: Sequence[PlacedLine]) -> list[list[tuple[str, BBox]]]:
    """The rows of words beside the numbers, from the first to the last, without the numbers."""
    own = {mark.line: mark.word for mark in marks}
    top, bottom = marks[0].box.y0, marks[-1].box.y1
    pieces = [
        [word for place, word in enumerate(line.level_words) if place != own.get(index)]
        for index, line in enumerate(lines)
        if top < line.level.center[1] < bottom
    ]
    held = [words for words in pieces if words]
    found = rows([BBox.around(box for _, box in words) for words in held])
    return [[word for index in row for word in held[index]] for row in found]


def _is_outside(marks: Sequence[_Mark], beside: Sequence[Sequence[tuple[str, BBox]]], *, at_end: bool) -> bool:
    """Whether all text stands to one side of the numbers."""
    if at_end:
        return min(mark.box.x0 for mark in marks) >= max(box.x1 for row in beside for _, box in row)
    return max(mark.box.x1 for mark in marks) <= min(box.x0 for row in beside for _, box in row)


def _run_on(beside: Sequence[Sequence[tuple[str, BBox]]], marks: Sequence[_Mark]) -> bool:
    """Whether the rows are lines of running text, neither the items of a list nor the rows of a table."""
    digit = median(mark.digit for mark in marks)
    parted = sum(any(b.x0 - a.x1 > WIDE_GAP * digit for (_, a), (_, b) in pairwise(row)) for row in beside)
    if parted > MAX_TABLE_ROWS * len(beside) or len(beside) < MIN_NUMBERS:
        return False
    starts = [row[0][0][0] for row in beside]
    if any(start.islower() or start.isupper() for start in starts):
        return sum(start.islower() for start in starts) >= MIN_RUNNING * len(starts)
    ended = sum(row[-1][0][-1] in ".!?。！？؟।" for row in beside)
    return ended <= MAX_ENDED * len(beside)


def _stand_apart(marks: Sequence[_Mark], beside: Sequence[Sequence[tuple[str, BBox]]], step: int) -> bool:
    """Whether as many lines stand between two numbers as they count."""
    middles = [BBox.around(box for _, box in row).center[1] for row in beside]
    rights = [
        sum(above.box.center[1] < middle - above.box.height / 2 and middle < below.box.y1 for middle in middles)
        == below.value - above.value
        for above, below in pairwise(marks)
    ]
    return step > 1 and sum(rights) >= IN_STEP * len(rights)
