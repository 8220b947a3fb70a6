"""Labels that end in a colon, with their values beside them: rows, whatever columns the layout analysis saw.

In forms and letterheads labels stand below each other and values below each other; read as columns, neither means
anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from docintel.engines.local.layout.placed import Part, PlacedLine, line_height
from docintel.engines.local.layout.regions import Region
from docintel.layout import join_words, rows
from docintel.model import BBox, BlockLabel

COLONS = (":", "：")
MIN_PAIRS = 3
SAME_EDGE = 0.7
"""Line heights between the beginnings of labels of one list, and of its values."""
CLOSE = 1.8
"""Line heights from one line of a value to the next."""


@dataclass(frozen=True)
class _Pair:
    label: PlacedLine
    value: tuple[PlacedLine, ...]

    @property
    def lines(self) -> tuple[PlacedLine, ...]:
        return self.label, *self.value

    @property
    def bottom(self) -> float:
        return max(line.level.y1 for line in self.lines)


def part_labelled(
    lines: Sequence[PlacedLine], *, aspect: float, right_to_left: bool = False
) -> tuple[list[Part], list[PlacedLine]]:
    """The lists of labels and values, and all other lines; `aspect` is the page's width by its height."""
    level = [line for line in lines if not line.direction]
    near = SAME_EDGE * line_height(level) / aspect
    parts: list[Part] = []
    taken: set[int] = set()
    for group in _alike(_pairs(level, right_to_left), near, right_to_left):
        whole = [_continued(pair, level, near, right_to_left) for pair in group]
        used = {id(line) for pair in whole for line in pair.lines}
        others = [line.level for line in level if id(line) not in used]
        parts += [_part(run) for run in _runs(whole, others)]
        taken |= used
    return parts, [line for line in lines if id(line) not in taken]


def _pairs(lines: Sequence[PlacedLine], right_to_left: bool) -> list[_Pair]:
    """Each line that ends in a colon with the next on its row, from the top."""
    found = []
    for row in rows([line.level for line in lines], right_to_left=right_to_left):
        for label, value in pairwise(lines[index] for index in row):
            if _is_label(label) and not _is_label(value):
                found.append(_Pair(label, (value,)))
    return found


def _is_label(line: PlacedLine) -> bool:
    return line.text.rstrip().endswith(COLONS)


def _alike(pairs: Sequence[_Pair], near: float, right_to_left: bool) -> list[list[_Pair]]:
    """Those whose labels begin below each other, and whose values do, where they are enough for a list."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        edges = [_start(pair.label, right_to_left), _start(pair.value[0], right_to_left)]
        for group in groups:
            others = [_start(group[0].label, right_to_left), _start(group[0].value[0], right_to_left)]
            if all(abs(a - b) < near for a, b in zip(edges, others, strict=True)):
                group.append(pair)
                break
        else:
            groups.append([pair])
    return [group for group in groups if len(group) >= MIN_PAIRS]


def _start(line: PlacedLine, right_to_left: bool) -> float:
    return line.level.x1 if right_to_left else line.level.x0


def _continued(pair: _Pair, lines: Sequence[PlacedLine], near: float, right_to_left: bool) -> _Pair:
    """With the lines that go on below the value and have nothing on the label's side."""
    start, label = _start(pair.value[0], right_to_left), pair.label.level
    value = [*pair.value]
    for line in sorted(lines, key=lambda line: line.level.center[1]):
        above = value[-1].level
        is_next = 0.5 * above.height < line.level.center[1] - above.center[1] < CLOSE * above.height
        if is_next and abs(_start(line, right_to_left) - start) < near and not _is_beside(line.level, label, lines):
            value.append(line)
    return _Pair(pair.label, tuple(value))


def _is_beside(box: BBox, label: BBox, lines: Sequence[PlacedLine]) -> bool:
    """Whether a line stands where a label of that row would."""
    return any(
        line.level.y0 < box.center[1] < line.level.y1 and line.level.x0 < label.x1 and label.x0 < line.level.x1
        for line in lines
    )


def _runs(pairs: Sequence[_Pair], others: Sequence[BBox]) -> list[list[_Pair]]:
    """Pairs between which nothing else stands, such as a heading."""
    box = BBox.around(line.level for pair in pairs for line in pair.lines)
    inside = [other.center[1] for other in others if other.x0 < box.x1 and box.x0 < other.x1]
    runs = [[pairs[0]]]
    for above, pair in pairwise(pairs):
        if any(above.label.level.center[1] < y < pair.label.level.center[1] for y in inside):
            runs.append([])
        runs[-1].append(pair)
    return runs


def _part(pairs: Sequence[_Pair]) -> Part:
    lines = tuple(line for pair in pairs for line in pair.lines)
    texts = tuple((pair.label.text, join_words([line.text for line in pair.value])) for pair in pairs)
    return Part(Region(BlockLabel.KEY_VALUE, BBox.around(line.level for line in lines), 1.0), lines, pairs=texts)
