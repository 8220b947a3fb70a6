"""Rules on a page, and the ruled grids that they make.

A rule is darker than the paper on both its sides, thin and long. That is looked for directly (a grey closing along
the rule, then a black-hat across it), so that shaded cells, uneven light and the edges of pictures are no rules.
Everything is measured in pixels of the levelled page brought to `SIDE`, and given out in fractions of the page.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels
from docintel.model import BBox
from docintel.tables.lattice import Grid, Place

SIDE = 1754
"""Longer side, in pixels, of the page as it is looked at: A4 at 150 dpi. The lengths below are in these pixels."""
TALLEST = 52
"""Where lines of text are taller than this, the page is looked at smaller: it is a detail, or a poster."""
ENLARGED = 32
"""A small picture is enlarged until its lines are as tall as this: more would make rules of letters' strokes."""
STEM = 1.2
"""The longest upright rule of a grid, in line heights: Devanagari hangs its stems from a rule, too."""
RUN = 40
"""An unbroken piece of a horizontal rule has at least this length: longer than strokes of letters."""
STROKE = 1.3
"""The same in line heights, where type is large."""
RISE = 22
"""An unbroken piece of a vertical rule: a little less than a row of small type."""
ROW = 0.8
"""The same in line heights: letters' stems are shorter, rows are not."""
THROUGH = 0.5
"""A rule is made of letters' strokes when this part of it runs through words: a table's run between them."""
MIDDLE = 0.25
"""A level rule runs through a word when it keeps so many word heights from its upper and lower edge."""
SHORT = 2.0
"""In line heights: an upright rule that is no longer may be a word's first or last stroke."""
EDGE = 0.35
"""In word heights: a longer one may be a table's, read as a bracket at a word's edge."""
THICKNESS = 9
"""Rules are thinner than this."""
CONTRAST = 11
"""Grey levels by which a rule is darker than what is on both its sides."""
EVENNESS = 0.6
"""How dark a rule is at its lightest, by its mean: a line of small text is light between its letters."""
BREAK = 22
"""Rules with a gap of up to this length between them, one going on where the other ends, are one."""
LEAN = 0.012
"""Rise of a rule by its length that still is level, beside its thickness."""
TOUCH = 7
"""Rules that come so near to each other meet."""
SAME = 9
"""Parallel rules nearer than this are one line of the grid."""
OVERHANG = 14
"""A grid goes on beyond its last line where the rules across it stand out so far."""
DRAWN = 0.5
"""Part of a grid's lines that is drawn, taken over all level ones and over all upright ones."""
CLOSED = 0.9
"""Part of a frame's sides that is drawn."""
COVERED = 0.6
"""A wall stands between two cells when rules cover this part of it."""


@dataclass(frozen=True)
class Rule:
    """A level or upright rule: where it starts and ends along its axis, and its place across."""

    start: float
    end: float
    place: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Ruling:
    """What is drawn on a page: grids of cells, frames, and level rules (boxes without height) that belong to none."""

    grids: tuple[Grid, ...] = ()
    rules: tuple[BBox, ...] = ()
    frames: tuple[BBox, ...] = ()


def ruling(pixels: Pixels, line_height: float = 0.0, words: Sequence[BBox] = ()) -> Ruling:
    """The grids and rules of a levelled RGB page, in fractions of it; so are the usual height of its lines and its
    words' boxes, if known."""
    scale = SIDE / max(pixels.shape[:2])
    line = line_height * pixels.shape[0]
    if line:
        scale = min(scale, max(min(TALLEST / line, 1.0), ENLARGED / line))
    grey = _shrunk(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), scale)
    height, width = grey.shape
    line = line_height * height
    level = _rules(grey, max(RUN, round(STROKE * line)))
    upright = _rules(np.ascontiguousarray(grey.T), max(RISE, round(ROW * line)))
    upright = [rule for rule in upright if not _is_stem(rule, words, line, width, height)]
    strokes = {i for i, rule in enumerate(level) if _is_stroke(rule, words, width, height)}
    grids, used, frames = [], set(), []
    shortest = STEM * line
    for rows, columns in _meshes(level, upright, strokes):
        if max(upright[i].length for i in columns) < shortest:
            continue
        used.update(rows)
        if found := _grid([level[i] for i in rows], [upright[i] for i in columns], width, height):
            if not any(_is_letters(found, word) for word in words):
                grids.append(_shaded(found, grey))
        elif frame := _frame([level[i] for i in rows], [upright[i] for i in columns], width, height):
            frames.append(frame)
    free = [_level_box(rule, width, height) for i, rule in enumerate(level) if i not in used]
    return Ruling(tuple(_outermost(grids)), tuple(free), tuple(frames))


def _is_letters(grid: Grid, word: BBox) -> bool:
    """Whether a grid of more rows than one is no higher than a word that it meets: 園 has cells."""
    box = grid.bbox
    is_in_line = word.y0 <= box.y0 and box.y1 <= word.y1 and len(grid.rows) > 2
    return is_in_line and word.x0 < box.x1 and box.x0 < word.x1


def _is_stem(rule: Rule, words: Sequence[BBox], line: float, width: int, height: int) -> bool:
    """Whether an upright rule mostly runs through words."""
    edge = 0.0 if rule.length <= SHORT * line else EDGE * height
    crossed = (
        box for box in words if box.x0 * width + edge * box.height < rule.place < box.x1 * width - edge * box.height
    )
    return _shared(rule, ((box.y0 * height, box.y1 * height) for box in crossed)) >= THROUGH * rule.length


def _is_stroke(rule: Rule, words: Sequence[BBox], width: int, height: int) -> bool:
    """Whether a level rule mostly runs through words: as letters' bars do, or as what strikes them out."""
    place = rule.place / height
    crossed = (box for box in words if MIDDLE * box.height < min(place - box.y0, box.y1 - place))
    return _shared(rule, ((box.x0 * width, box.x1 * width) for box in crossed)) >= THROUGH * rule.length


def _shared(rule: Rule, spans: Iterable[tuple[float, float]]) -> float:
    return sum(max(min(rule.end, end) - max(rule.start, start), 0.0) for start, end in spans)


def _shrunk(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if 0.9 < scale < 1.1:
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    result: NDArray[np.uint8] = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
    return result


def _rules(grey: NDArray[np.uint8], run: int) -> list[Rule]:
    """The level rules of a page (turned by the caller for upright ones)."""
    across = np.ones((THICKNESS + 2, 1), np.uint8)
    whole = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((1, run), np.uint8))
    unbroken = cv2.morphologyEx(whole, cv2.MORPH_BLACKHAT, across)
    ink = cv2.blur(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, across), (run, 1))
    dark = (unbroken > CONTRAST) & (unbroken > EVENNESS * ink)
    thick = cv2.dilate(dark.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, boxes, centers = cv2.connectedComponentsWithStats(thick)
    found = []
    for i in range(1, count):
        x, _, width, height, _ = (int(value) for value in boxes[i])
        if width >= run and height <= THICKNESS + 2 + LEAN * width:
            found.append(Rule(x + 1, x + width - 1, float(centers[i][1])))
    return _mended(found)


def _mended(rules: Sequence[Rule]) -> list[Rule]:
    """Rules with their breaks closed."""
    whole: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rule.start):
        before = next((i for i, each in enumerate(whole) if _goes_on(each, rule)), None)
        if before is None:
            whole.append(rule)
        else:
            whole[before] = _one(whole[before], rule)
    return whole


def _goes_on(rule: Rule, following: Rule) -> bool:
    near = abs(rule.place - following.place) <= 4 + LEAN * (rule.length + following.length) / 2
    return near and -BREAK < following.start - rule.end <= BREAK


def _one(a: Rule, b: Rule) -> Rule:
    place = (a.place * a.length + b.place * b.length) / (a.length + b.length)
    return Rule(min(a.start, b.start), max(a.end, b.end), place)


def _meshes(
    level: Sequence[Rule], upright: Sequence[Rule], strokes: Container[int] = ()
) -> list[tuple[list[int], list[int]]]:
    """Level and upright rules that hang together, by index: each set has at least one of either.

    `strokes` are level rules that belong to none.
    """
    group = list(range(len(level) + len(upright)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i, row in enumerate(level):
        for j, column in enumerate(upright):
            if i not in strokes and _meet(row, column):
                group[root(len(level) + j)] = root(i)
    meshes: dict[int, tuple[list[int], list[int]]] = {}
    for i in range(len(group)):
        rows, columns = meshes.setdefault(root(i), ([], []))
        (rows if i < len(level) else columns).append(i if i < len(level) else i - len(level))
    return [mesh for mesh in meshes.values() if all(mesh)]


def _meet(row: Rule, column: Rule) -> bool:
    return (
        row.start - TOUCH <= column.place <= row.end + TOUCH and column.start - TOUCH <= row.place <= column.end + TOUCH
    )


def _grid(level: Sequence[Rule], upright: Sequence[Rule], width: int, height: int) -> Grid | None:
    """The grid of rules that hang together; None where they make no table: fewer than two rows or columns."""
    ys, xs = _lines(level), _lines(upright)
    if min(_drawn(level, ys, (xs[0], xs[-1])), _drawn(upright, xs, (ys[0], ys[-1]))) < DRAWN:
        return None
    ys, xs = _outer(ys, upright), _outer(xs, level)
    if len(ys) < 3 or len(xs) < 3:
        return None
    walls = [[_stands(upright, x, band) or x in (xs[0], xs[-1]) for x in xs] for band in pairwise(ys)]
    floors = [[_stands(level, y, strip) or y in (ys[0], ys[-1]) for strip in pairwise(xs)] for y in ys]
    places = _places(walls, floors)
    if len(places) < 3:
        return None
    return Grid(tuple(y / height for y in ys), tuple(x / width for x in xs), places)


def _lines(rules: Sequence[Rule]) -> list[float]:
    """Where the grid's lines run: places of rules, those that are nearly the same put together."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.place):
        if groups and rule.place - groups[-1][-1].place < SAME:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [sum(r.place * r.length for r in group) / sum(r.length for r in group) for group in groups]


def _frame(level: Sequence[Rule], upright: Sequence[Rule], width: int, height: int) -> BBox | None:
    """The box that four rules close, with nothing drawn across it."""
    ys, xs = _lines(level), _lines(upright)
    if len(ys) != 2 or len(xs) != 2:
        return None
    if min(_drawn(level, ys, (xs[0], xs[1])), _drawn(upright, xs, (ys[0], ys[1]))) < CLOSED:
        return None
    return BBox.from_corners(xs[0], ys[0], xs[1], ys[1], width=width, height=height)


def _drawn(rules: Sequence[Rule], lines: Sequence[float], span: tuple[float, float]) -> float:
    """The part of the grid's lines that is drawn."""
    covered = sum(_covered(rules, line, span) for line in lines)
    return covered / max((span[1] - span[0]) * len(lines), 1.0)


def _outer(lines: list[float], across: Sequence[Rule]) -> list[float]:
    """The lines with the outer ones that are not drawn: where at least two rules across stand out beyond the last."""
    starts, ends = sorted(rule.start for rule in across), sorted((rule.end for rule in across), reverse=True)
    if len(starts) > 1 and starts[1] < lines[0] - OVERHANG:
        lines = [starts[1], *lines]
    if len(ends) > 1 and ends[1] > lines[-1] + OVERHANG:
        lines = [*lines, ends[1]]
    return lines


def _stands(rules: Sequence[Rule], place: float, span: tuple[float, float]) -> bool:
    """Whether rules at `place` cover the span between two lines across it."""
    return _covered(rules, place, span) >= COVERED * (span[1] - span[0])


def _covered(rules: Sequence[Rule], place: float, span: tuple[float, float]) -> float:
    near = [rule for rule in rules if abs(rule.place - place) < SAME]
    return sum(max(min(rule.end, span[1]) - max(rule.start, span[0]), 0.0) for rule in near)


def _places(walls: Sequence[Sequence[bool]], floors: Sequence[Sequence[bool]]) -> tuple[Place, ...]:
    """Cells: grown right until a wall, then down while the whole width has no floor and no wall between."""
    num_rows, num_columns = len(walls), len(walls[0]) - 1
    taken: set[tuple[int, int]] = set()
    found = []
    for row in range(num_rows):
        for column in range(num_columns):
            if (row, column) in taken:
                continue
            right = column + 1
            while right < num_columns and not walls[row][right] and (row, right) not in taken:
                right += 1
            bottom = row + 1
            while bottom < num_rows and _open(walls, floors, bottom, column, right, taken):
                bottom += 1
            taken.update((r, c) for r in range(row, bottom) for c in range(column, right))
            found.append(Place(row, column, bottom - row, right - column))
    return tuple(found)


def _open(
    walls: Sequence[Sequence[bool]],
    floors: Sequence[Sequence[bool]],
    row: int,
    left: int,
    right: int,
    taken: set[tuple[int, int]],
) -> bool:
    """Whether the cell above goes on through this row: nothing is drawn inside, and its sides are."""
    return (
        not any(floors[row][column] for column in range(left, right))
        and not any(walls[row][column] for column in range(left + 1, right))
        and walls[row][left]
        and walls[row][right]
        and not any((row, column) in taken for column in range(left, right))
    )


def _shaded(grid: Grid, grey: NDArray[np.uint8]) -> Grid:
    """The grid with the number of rows at its top that are darker than the rows below: a shaded header."""
    height, width = grey.shape
    tones = []
    for top, bottom in pairwise(grid.rows):
        left, right = (round(place * width) for place in (grid.columns[0], grid.columns[-1]))
        band = grey[round(top * height) + 4 : round(bottom * height) - 3, left:right]
        tones.append(float(np.percentile(band, 70)) if band.size else 255.0)
    paper = float(np.median(tones[1:]))
    shaded = next((row for row, tone in enumerate(tones) if tone > paper - 8), 0)
    return Grid(grid.rows, grid.columns, grid.places, shaded_rows=shaded if shaded < len(tones) else 0)


def _outermost(grids: Iterable[Grid]) -> list[Grid]:
    """Grids without those that stand inside a cell of another."""
    kept: list[Grid] = []
    for grid in sorted(grids, key=lambda grid: -grid.bbox.area):
        if all(grid.bbox.overlap(other.bbox) < 0.5 * grid.bbox.area for other in kept):
            kept.append(grid)
    return sorted(kept, key=lambda grid: (grid.bbox.y0, grid.bbox.x0))


def _level_box(rule: Rule, width: int, height: int) -> BBox:
    return BBox.from_corners(rule.start, rule.place, rule.end, rule.place, width=width, height=height)
