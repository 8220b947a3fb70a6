"""Which words of a page are tables and lists of labels and values; what is left is text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from docintel.aligned import pieces
from docintel.engines.local.grids import Ruling
from docintel.engines.local.placed import Part, PlacedLine, piece
from docintel.engines.local.regions import Region
from docintel.model import BBox, BlockLabel
from docintel.ruled import Grid, holds, table_from_grid

INSIDE = 0.5
"""A line belongs to a region that holds this part of it."""
MOSTLY = 0.5
"""A region is a grid's own when the grid covers this part of it."""


@dataclass(frozen=True)
class Parted:
    """Tables and lists found, and the lines and regions that are left for the rest of the page."""

    parts: tuple[Part, ...]
    lines: tuple[PlacedLine, ...]
    regions: tuple[Region, ...]


def part_tables(
    lines: Sequence[PlacedLine],
    regions: Sequence[Region],
    drawn: Ruling,
    *,
    aspect: float,
    right_to_left: bool = False,
) -> Parted:
    """Ruled grids first, whatever the layout analysis says; then what is left of the regions that it calls tables.

    `aspect` is the page's width by its height.
    """
    ruled, left = _ruled(lines, drawn.grids, right_to_left)
    boxes = [part.region.bbox for part in ruled]
    found: list[Part] = []
    for region in regions:
        if region.label is BlockLabel.TABLE:
            inside = [line for line in left if line.level.overlap(region.bbox) >= INSIDE * (line.level.area or 1.0)]
            taken, free = _aligned(inside, region, drawn.rules, aspect, right_to_left)
            found += taken
            left = [line for line in left if line not in inside] + free
    kept = [_beside(region, left, boxes) for region in regions if region.label is not BlockLabel.TABLE]
    return Parted((*ruled, *found), tuple(left), tuple(region for region in kept if region))


def _ruled(
    lines: Sequence[PlacedLine], grids: Sequence[Grid], right_to_left: bool
) -> tuple[list[Part], list[PlacedLine]]:
    parts, left = [], list(lines)
    for grid in grids:
        inside, outside = _cut(left, lambda box, grid=grid: holds(grid, box))
        words = [word for line in inside for word in line.level_words]
        table = table_from_grid(grid, words, right_to_left=right_to_left)
        if table:
            parts.append(Part(Region(BlockLabel.TABLE, grid.bbox, 1.0), tuple(inside), table))
            left = outside
    return parts, left


def _cut(
    lines: Sequence[PlacedLine], chosen: Callable[[BBox], bool]
) -> tuple[list[PlacedLine], list[PlacedLine]]:
    """The lines' words that are chosen and those that are not, each as lines."""
    inside, outside = [], []
    for line in lines:
        hits = [chosen(box) for _, box in line.level_words]
        if all(hits) and hits:
            inside.append(line)
        elif not any(hits):
            outside.append(line)
        else:
            inside.append(piece(line, [i for i, hit in enumerate(hits) if hit]))
            outside.append(piece(line, [i for i, hit in enumerate(hits) if not hit]))
    return inside, outside


def _aligned(
    lines: Sequence[PlacedLine], region: Region, rules: Sequence[BBox], aspect: float, right_to_left: bool
) -> tuple[list[Part], list[PlacedLine]]:
    """The tables and lists among a region's lines, and the lines that are neither."""
    owners = [(line, index) for line in lines for index in range(len(line.level_words))]
    texts = [line.level_words[index] for line, index in owners]
    parts: list[Part] = []
    free = [line for line in lines if not line.level_words]
    for found in pieces(texts, rules, aspect=aspect, right_to_left=right_to_left):
        words: dict[int, list[int]] = {}
        for word in sorted(found.words):
            words.setdefault(lines.index(owners[word][0]), []).append(owners[word][1])
        kept = [piece(lines[n], hits) if len(hits) < len(lines[n].level_words) else lines[n] for n, hits in words.items()]
        box = BBox.around(line.level for line in kept)
        if found.table:
            parts.append(Part(Region(BlockLabel.TABLE, box, region.confidence), tuple(kept), found.table))
        elif found.pairs:
            parts.append(Part(Region(BlockLabel.KEY_VALUE, box, region.confidence), tuple(kept), pairs=found.pairs))
        else:
            free += kept
    return parts, free


def _beside(region: Region, lines: Sequence[PlacedLine], grids: Sequence[BBox]) -> Region | None:
    """The region without what grids took from it: shrunk to its lines, None where it was the grids' own."""
    covered = sum(region.bbox.overlap(box) for box in grids)
    if not covered:
        return region
    if covered >= MOSTLY * region.bbox.area:
        return None
    inside = [line.level for line in lines if line.level.overlap(region.bbox) >= INSIDE * (line.level.area or 1.0)]
    return replace(region, bbox=BBox.around(inside)) if inside else region
