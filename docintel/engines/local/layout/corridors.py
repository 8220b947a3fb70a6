"""White between columns of running text, found over the whole page, and lines and regions cut along it.

A column shows by the edge at which its lines begin. Where many lines begin at one edge, none runs over the white before
it, and running text stands on both sides, that white is a corridor, however narrow it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import mean, median

from docintel.engines.local.layout.placed import PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.layout import rows, white_stripes
from docintel.model import BBox, BlockLabel
from docintel.tables.prose import is_prose_beside_prose

RUNNING = frozenset({BlockLabel.TEXT, BlockLabel.LIST_ITEM, BlockLabel.FOOTNOTE})
"""What never holds columns of its own."""
MIN_LINES = 4
"""So many lines begin at a column's edge."""
NARROWEST = 0.45
"""Width of a corridor, in line heights."""
WIDER = 1.25
"""The same, by the white between words, which is as wide in typed letters as narrow corridors are."""
SAME_EDGE = 0.3
MAX_PITCH = 3.0
"""Lines further apart than this, in line heights, are of different paragraphs, and say less about a column."""
CLOSE_PITCH = 2.0
"""Lines nearer than this are of one paragraph."""
MIN_WORDS = 2.5
MIN_WIDTH = 9.0
"""Lines of running text have so many words, or are so many line heights wide, on the average."""


@dataclass(frozen=True)
class Corridor:
    """White from top to bottom; `x` is its middle. In fractions of the levelled page."""

    x: float
    y0: float
    y1: float


def corridors(lines: Sequence[PlacedLine], *, aspect: float, right_to_left: bool = False) -> list[Corridor]:
    """The white between columns of text, from left to right; `aspect` is the page's width by its height."""
    boxes = [box for line in lines for _, box in line.level_words]
    if len(boxes) < 2 * MIN_LINES:
        return []
    height = median(box.height for box in boxes)
    placed = [box for line in lines if line.level_words for box in _scaled(line, aspect, right_to_left)]
    levels = [[placed[i] for i in sorted(row, key=lambda i: placed[i].x0)] for row in rows(boxes)]
    starts = [b for row in levels for a, b in pairwise(row) if b.x0 - a.x1 > NARROWEST * height]
    starts += [row[0] for row in levels]
    found = [c for group in _edges(starts, height) for c in _at_edge(group, placed, levels, height)]
    scale = [replace(each, x=(aspect - each.x if right_to_left else each.x) / aspect) for each in found]
    return _joined(sorted(scale, key=lambda each: (round(each.x, 2), each.y0)), height / aspect, height)


def corridors_in(regions: Sequence[Region], lines: Sequence[PlacedLine], *, aspect: float) -> list[Corridor]:
    """The white inside regions of few lines, where the text on either side goes on from line to line."""
    found = []
    for region in regions:
        inside = [line for line in lines if line.level.overlap(region.bbox) > 0.5 * line.level.area]
        if region.label in RUNNING and len(inside) > 2:
            found += _between_texts(inside, region, aspect)
    return found


def _between_texts(lines: Sequence[PlacedLine], region: Region, aspect: float) -> list[Corridor]:
    words = [(text, box) for line in lines for text, box in line.level_words]
    levels = [[words[i] for i in row] for row in rows([box for _, box in words])]
    height = median(box.height for _, box in words)
    stripes = white_stripes([[box for _, box in level] for level in levels])
    for x in stripes:
        sides = [([w for w in level if w[1].x1 <= x], [w for w in level if w[1].x0 >= x]) for level in levels]
        gaps = [min(b.x0 for _, b in right) - max(b.x1 for _, b in left) for left, right in sides if left and right]
        texts = [[" ".join(text for text, _ in side) for side in both] for both in sides]
        if len(gaps) > 1 and median(gaps) * aspect > height and is_prose_beside_prose(texts):
            return [Corridor(x, region.bbox.y0, region.bbox.y1)]
    return []


def _joined(found: Sequence[Corridor], near: float, height: float) -> list[Corridor]:
    """Corridors that go on below each other as one: a line in between was a little too long for its column."""
    whole: list[Corridor] = []
    for each in found:
        above = next(
            (w for w in whole if abs(w.x - each.x) < near and each.y0 - w.y1 < MAX_PITCH * height and w.y0 < each.y1),
            None,
        )
        if above:
            whole.remove(above)
            each = replace(above, y0=min(above.y0, each.y0), y1=max(above.y1, each.y1))
        whole.append(each)
    return sorted(whole, key=lambda each: each.x)


@dataclass(frozen=True)
class _Box:
    x0: float
    x1: float
    y0: float
    y1: float
    is_first: bool
    is_last: bool
    """Of its line."""

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def _scaled(line: PlacedLine, aspect: float, right_to_left: bool) -> list[_Box]:
    """A line's words in heights of the page, from the side at which lines begin."""
    sides = [(1 - b.x1, 1 - b.x0) if right_to_left else (b.x0, b.x1) for _, b in line.level_words]
    first, last = min(x0 for x0, _ in sides), max(x1 for _, x1 in sides)
    return [
        _Box(x0 * aspect, x1 * aspect, box.y0, box.y1, is_first=x0 == first, is_last=x1 == last)
        for (x0, x1), (_, box) in zip(sides, line.level_words, strict=True)
    ]


def _edges(starts: Sequence[_Box], height: float) -> list[list[_Box]]:
    """Beginnings of lines that stand below each other."""
    groups: list[list[_Box]] = []
    for box in sorted(starts, key=lambda box: box.x0):
        if groups and box.x0 - groups[-1][0].x0 < SAME_EDGE * height:
            groups[-1].append(box)
        else:
            groups.append([box])
    return [group for group in groups if len(group) >= MIN_LINES]


def _at_edge(
    starts: Sequence[_Box], boxes: Sequence[_Box], levels: Sequence[Sequence[_Box]], height: float
) -> list[Corridor]:
    """Corridors before an edge: between what runs over it, where text stands on both sides."""
    edge = min(box.x0 for box in starts)
    crossing = sorted((box.y0, box.y1) for box in boxes if _crosses(box, edge, height))
    bounds = [(0.0, 0.0), *crossing, (1.0, 1.0)]
    found = []
    for (_, top), (bottom, _) in pairwise(bounds):
        inside = [box for box in starts if top - 0.2 * height <= box.y0 and box.y1 <= bottom + 0.2 * height]
        for run in _runs(inside, height):
            if corridor := _corridor(run, (top, bottom), edge, levels, height):
                found.append(corridor)
    return found


def _crosses(box: _Box, edge: float, height: float) -> bool:
    """Whether text runs over the white before an edge; lines that end or begin there may come near."""
    before = SAME_EDGE if box.is_first else 0.02
    after = SAME_EDGE if box.is_last else -NARROWEST
    return box.x0 < edge - before * height and box.x1 > edge + after * height


def _runs(starts: Sequence[_Box], height: float) -> list[list[_Box]]:
    runs: list[list[_Box]] = []
    for box in sorted(starts, key=lambda box: box.y0):
        if runs and box.middle - runs[-1][-1].middle < MAX_PITCH * height:
            runs[-1].append(box)
        else:
            runs.append([box])
    return [run for run in runs if len(run) >= MIN_LINES]


def _corridor(
    run: Sequence[_Box], bounds: tuple[float, float], edge: float, levels: Sequence[Sequence[_Box]], height: float
) -> Corridor | None:
    top, bottom = run[0].y0, run[-1].y1
    before, after = [], []
    for row in levels:
        if top - 0.5 * height <= row[0].middle <= bottom + 0.5 * height:
            before.append(_nearest([box for box in row if box.x1 <= edge - 0.02 * height][::-1], height))
            after.append(_nearest([box for box in row if box.x0 >= edge - 0.02 * height], height))
    left, right = [each for each in before if each], [each for each in after if each]
    if len(left) < MIN_LINES or not (_is_running(left, height) and _is_running(right, height)):
        return None
    gaps = [b[0].x0 - a[0].x1 for a, b in zip(before, after, strict=True) if a and b]
    if gaps and median(gaps) < WIDER * _word_gap([*left, *right]):
        return None
    end = max(box.x1 for each in left for box in each)
    top, bottom = _lengthened(top, bottom, edge, levels, height)
    return Corridor((min(end, edge) + edge) / 2, max(top - height, bounds[0]), min(bottom + height, bounds[1]))


def _lengthened(
    top: float, bottom: float, edge: float, levels: Sequence[Sequence[_Box]], height: float
) -> tuple[float, float]:
    """The corridor's ends, moved along lines that follow on one side of it only: a column goes on alone.

    Not along the last line of a paragraph that runs across.
    """
    below = sorted((row for row in levels if row[0].middle > bottom), key=lambda row: row[0].middle)
    above = sorted((row for row in levels if row[0].middle < top), key=lambda row: -row[0].middle)
    last = _following(below, bottom, edge, height)
    first = _following(above, top, edge, height)
    return min([top, *(box.y0 for box in first)]), max([bottom, *(box.y1 for box in last)])


def _following(levels: Sequence[Sequence[_Box]], end: float, edge: float, height: float) -> list[_Box]:
    found: list[_Box] = []
    for row in levels:
        distance = abs(row[0].middle - end)
        if distance > MAX_PITCH * height:
            break
        if not _is_aside(row, edge, height):
            return found if distance > CLOSE_PITCH * height else []
        found += row
        end = row[0].middle
    return found


def _is_aside(row: Sequence[_Box], edge: float, height: float) -> bool:
    return all(box.x1 <= edge - 0.02 * height for box in row) or all(box.x0 >= edge - 0.02 * height for box in row)


def _nearest(boxes: Sequence[_Box], height: float) -> list[_Box]:
    """The words that follow each other without a gap, the first of them beside the edge."""
    kept = list(boxes[:1])
    for a, b in pairwise(boxes):
        if max(b.x0 - a.x1, a.x0 - b.x1) > 1.5 * height:
            break
        kept.append(b)
    return kept


def _word_gap(lines: Sequence[Sequence[_Box]]) -> float:
    """The usual white between words."""
    gaps = [max(b.x0 - a.x1, a.x0 - b.x1) for line in lines for a, b in pairwise(line)]
    return median(gaps) if gaps else 0.0


def _is_running(lines: Sequence[Sequence[_Box]], height: float) -> bool:
    widths = [max(box.x1 for box in line) - min(box.x0 for box in line) for line in lines]
    return mean(widths) > MIN_WIDTH * height and (
        mean(map(len, lines)) >= MIN_WORDS or mean(widths) > 2 * MIN_WIDTH * height
    )


def cut_along(lines: Sequence[PlacedLine], found: Sequence[Corridor]) -> list[PlacedLine]:
    """The lines, each cut where a corridor runs through it."""
    pieces: list[PlacedLine] = []
    for line in lines:
        places = [each.x for each in found if each.y0 <= line.level.center[1] <= each.y1]
        strips: dict[int, list[int]] = {}
        for index, (_, box) in enumerate(line.level_words):
            strips.setdefault(sum(box.center[0] > place for place in places), []).append(index)
        pieces += [piece(line, strips[n]) for n in sorted(strips)] if len(strips) > 1 else [line]
    return pieces


def part_regions(regions: Sequence[Region], found: Sequence[Corridor]) -> list[Region]:
    """The regions, those of running text cut where a corridor runs through them; pieces that overlap are one."""
    parted = list(regions)
    for corridor in found:
        parted = [part for region in parted for part in _parts(region, corridor)]
    kept = [region for region in parted if region in regions]
    for region in parted:
        if region in regions:
            continue
        same = [other for other in kept if other.label in RUNNING and _overlap(region.bbox, other.bbox)]
        kept = [other for other in kept if other not in same]
        kept.append(replace(region, bbox=BBox.around([region.bbox, *(other.bbox for other in same)])))
    return kept


def _overlap(one: BBox, other: BBox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return down > 0.15 * min(one.height, other.height) and across > 0.5 * min(one.width, other.width)


def _parts(region: Region, corridor: Corridor) -> list[Region]:
    box = region.bbox
    top, bottom = max(box.y0, corridor.y0), min(box.y1, corridor.y1)
    if region.label not in RUNNING or not (box.x0 < corridor.x < box.x1) or bottom <= top:
        return [region]
    boxes = [
        (box.x0, box.y0, box.x1, top),
        (box.x0, top, corridor.x, bottom),
        (corridor.x, top, box.x1, bottom),
        (box.x0, bottom, box.x1, box.y1),
    ]
    return [replace(region, bbox=BBox(x0=x0, y0=y0, x1=x1, y1=y1)) for x0, y0, x1, y1 in boxes if y1 > y0 and x1 > x0]
