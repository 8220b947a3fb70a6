"""Which words of a page are tables and lists of labels and values; what is left is text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from docintel.engines.local.layout.apart.turned import with_heads
from docintel.engines.local.layout.grids import Ruling
from docintel.engines.local.layout.placed import Part, PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.layout import NO_SPACES
from docintel.model import BBox, BlockLabel, Table
from docintel.tables.aligned import RegionPart, split_region
from docintel.tables.amounts import amount_lists, is_list_of_numbers
from docintel.tables.lattice import Grid, Text, holds
from docintel.tables.ruled import table_from_grid

INSIDE = 0.5
"""A line belongs to a region that holds this part of it."""
MOSTLY = 0.5
"""A region is a grid's own when the grid covers this part of it."""
BESIDE = 0.8
"""A column of numbers stands beside a table that holds this part of its height."""
BARE = 1.5
"""A table so many times as wide as a column of numbers is hardly more than it."""
LISTS_IN = frozenset({BlockLabel.TEXT, BlockLabel.PAGE_HEADER, BlockLabel.LIST_ITEM})
"""Regions in which the layout analysis sees text, and where a list of labels and values may stand."""
SUMS_IN = LISTS_IN | {BlockLabel.SECTION_HEADER, BlockLabel.CAPTION, BlockLabel.PICTURE}
"""And where lists of numbers may."""
MIN_PAIRS = 3
MAX_LABEL_WIDTH = 32
MAX_VALUE_WIDTH = 70
"""In Latin letters. Text in two columns is longer than labels and values are."""
SHORT_CELL = 20
"""Mean width of cells, in letters, that columns of running text don't stay under."""
MIN_FILLED = 0.85
"""Part of its cells that are filled in a table that stands in running text."""


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
    regions = with_amounts(regions, left, aspect, right_to_left)
    for region in regions:
        if region.label is BlockLabel.TABLE:
            region = with_heads(region, left, aspect)
            inside = [line for line in left if _is_in(line, region)]
            taken, free = _aligned(inside, region, drawn.rules, aspect, right_to_left)
            found += taken
            left = [line for line in left if line not in inside] + free
    kept = [_beside(region, left, boxes) for region in regions if region.label is not BlockLabel.TABLE]
    others = [region for region in kept if region]
    sums, left = _sums(left, others, aspect, right_to_left)
    found += sums
    others = [_shrunk(region, left) for region in others] if sums else others
    for candidate in _candidates(others):
        lists, left = _lists(left, candidate, aspect, right_to_left)
        found += lists
        others = [_shrunk(region, left) for region in others] if lists else others
    return Parted((*ruled, *found), tuple(left), tuple(others))


def _ruled(
    lines: Sequence[PlacedLine], grids: Sequence[Grid], right_to_left: bool
) -> tuple[list[Part], list[PlacedLine]]:
    parts, left = [], list(lines)
    for grid in grids:
        inside, outside = _cut(left, partial(holds, grid))
        table = table_from_grid(grid, _own_places(inside), right_to_left=right_to_left)
        if table:
            parts.append(Part(Region(BlockLabel.TABLE, grid.bbox, 1.0), tuple(inside), table))
            left = outside
    return parts, left


def _cut(lines: Sequence[PlacedLine], chosen: Callable[[BBox], bool]) -> tuple[list[PlacedLine], list[PlacedLine]]:
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
    texts = _texts(lines)
    found = split_region(texts, rules, aspect=aspect, right_to_left=right_to_left)
    parts = [_part(each, lines, texts, region.confidence) for each in found if each.table or each.pairs]
    plain = [each for each in found if not each.table and not each.pairs]
    free = [line for each in plain for line in _lines_of(lines, [texts[word] for word in sorted(each.words)])]
    return parts, free


def with_amounts(
    regions: Sequence[Region], lines: Sequence[PlacedLine], aspect: float, right_to_left: bool
) -> list[Region]:
    """The regions, tables as wide as the columns of numbers that stand beside them on their lines.

    A table that is nothing but such a column belongs to the other.
    """
    lists = amount_lists(_texts(lines), aspect=aspect, right_to_left=right_to_left)
    columns = [column for each in lists for column in each.amounts]
    bare = [region for region in regions if any(_is_bare(region, column) for column in columns)]
    tables = [region for region in regions if region.label is BlockLabel.TABLE and region not in bare]
    free = [column for column in columns if not any(holds_middle(region.bbox, column) for region in tables)]
    wide = {id(region): _widened(region, free) for region in tables}
    kept = [each for each in regions if each not in bare or not any(_is_within(each, wide[id(t)]) for t in tables)]
    return [wide.get(id(region), region) for region in kept]


def _is_bare(region: Region, column: BBox) -> bool:
    is_narrow = region.bbox.width < BARE * column.width
    return region.label is BlockLabel.TABLE and is_narrow and holds_middle(region.bbox, column)


def _is_within(region: Region, other: Region) -> bool:
    return region.bbox.overlap(other.bbox) > MOSTLY * region.bbox.area


def _widened(region: Region, columns: Sequence[BBox]) -> Region:
    box = region.bbox
    level = [column for column in columns if min(column.y1, box.y1) - max(column.y0, box.y0) > BESIDE * column.height]
    x0, x1 = min([box.x0, *(c.x0 for c in level)]), max([box.x1, *(c.x1 for c in level)])
    return replace(region, bbox=BBox(x0=x0, y0=box.y0, x1=x1, y1=box.y1))


def holds_middle(box: BBox, column: BBox) -> bool:
    x, y = column.center
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def _part(found: RegionPart, lines: Sequence[PlacedLine], texts: Sequence[Text], confidence: float) -> Part:
    kept = _lines_of(lines, [texts[word] for word in sorted(found.words)])
    label = BlockLabel.TABLE if found.table else BlockLabel.KEY_VALUE
    region = Region(label, BBox.around(line.level for line in kept), confidence)
    return Part(region, tuple(kept), found.table, found.pairs)


def _beside(region: Region, lines: Sequence[PlacedLine], grids: Sequence[BBox]) -> Region | None:
    """The region without what grids took from it: shrunk to its lines, None where it was the grids' own."""
    covered = sum(region.bbox.overlap(box) for box in grids)
    if not covered:
        return region
    if covered >= MOSTLY * region.bbox.area:
        return None
    return _shrunk(region, lines)


def _shrunk(region: Region, lines: Sequence[PlacedLine]) -> Region:
    inside = [line.level for line in lines if _is_in(line, region)]
    return replace(region, bbox=BBox.around(inside)) if inside else region


def _is_in(line: PlacedLine, region: Region) -> bool:
    return line.level.overlap(region.bbox) >= INSIDE * (line.level.area or 1.0)


def _sums(
    lines: Sequence[PlacedLine], regions: Sequence[Region], aspect: float, right_to_left: bool
) -> tuple[list[Part], list[PlacedLine]]:
    """Lists and tables of numbers among lines, whatever regions they are in but titles; and all other lines."""
    titles = [region for region in regions if region.label not in SUMS_IN]
    apart = [line for line in lines if any(_is_in(line, region) for region in titles)]
    free = [line for line in lines if line not in apart]
    texts = _texts(free)
    parts: list[Part] = []
    taken: set[tuple[int, int]] = set()
    for each in amount_lists(texts, aspect=aspect, right_to_left=right_to_left):
        kept = [texts[word] for word in sorted(each.words)]
        tries = (split_region(kept, (), aspect=aspect, right_to_left=right_to_left, are_rows=b) for b in (False, True))
        lists = ([found for found in pieces if is_list_of_numbers(found)] for pieces in tries)
        for found in next(filter(None, lists), []):
            parts.append(_part(found, free, kept, 1.0))
            taken.update((kept[word].line, kept[word].rank) for word in found.words)
    left = _lines_of(free, [text for text in texts if (text.line, text.rank) not in taken])
    return parts, [*apart, *left] if parts else list(lines)


def _candidates(regions: Sequence[Region]) -> list[Region]:
    """Where labels and values may stand that the layout analysis took for text: a region, or two side by side."""
    texts = [region for region in regions if region.label in LISTS_IN]
    beside = [
        replace(one, bbox=BBox.around([one.bbox, other.bbox]))
        for one, other in combinations(texts, 2)
        if _stand_beside(one.bbox, other.bbox)
    ]
    return [*beside, *texts]


def _stand_beside(one: BBox, other: BBox) -> bool:
    shared = min(one.y1, other.y1) - max(one.y0, other.y0)
    return shared > 0.7 * max(one.height, other.height) and (one.x1 <= other.x0 or other.x1 <= one.x0)


def _lists(
    lines: Sequence[PlacedLine], region: Region, aspect: float, right_to_left: bool
) -> tuple[list[Part], list[PlacedLine]]:
    """Lists of short labels and values, and tables beyond doubt, in a region of text; and all other lines."""
    inside = [line for line in lines if _is_in(line, region) and not line.direction]
    if len(inside) < MIN_PAIRS:
        return [], list(lines)
    texts = _texts(inside)
    found = [
        each
        for each in split_region(texts, (), aspect=aspect, right_to_left=right_to_left)
        if _is_plain_list(each.pairs) or (each.table and _is_plain_table(each.table))
    ]
    parts = [_part(each, inside, texts, region.confidence) for each in found]
    taken = {word for each in found for word in each.words}
    free = _lines_of(inside, [text for index, text in enumerate(texts) if index not in taken])
    return parts, [*(line for line in lines if line not in inside), *free] if parts else list(lines)


def _is_plain_list(pairs: Sequence[tuple[str, str]]) -> bool:
    return (
        len(pairs) >= MIN_PAIRS
        and all(
            0 < width_of(label) <= MAX_LABEL_WIDTH and 0 < width_of(value) <= MAX_VALUE_WIDTH for label, value in pairs
        )
        and not any(character.isdigit() for label, _ in pairs for character in label)
    )


def _is_plain_table(table: Table) -> bool:
    """Whether it has three columns and rows at least, hardly a cell empty, and all of them short."""
    texts = [cell.text for cell in table.cells]
    written = [text for text in texts if text.strip()]
    return (
        min(table.num_rows, table.num_columns) >= MIN_PAIRS
        and len(written) >= MIN_FILLED * table.num_rows * table.num_columns
        and sum(map(width_of, written)) <= SHORT_CELL * len(written)
    )


def width_of(text: str) -> int:
    """How many Latin letters are as wide."""
    return sum(1 + bool(NO_SPACES.match(character)) for character in text)


def _texts(lines: Sequence[PlacedLine]) -> list[Text]:
    return [
        Text(text, box, number, rank, line.direction)
        for number, line in enumerate(lines)
        for rank, (text, box) in enumerate(line.level_words)
    ]


def _own_places(lines: Sequence[PlacedLine]) -> list[Text]:
    """The words of lines, those of turned lines with their own boxes: such a line may run over several cells."""
    return [
        replace(text, box=lines[text.line].words[text.rank].bbox) if text.direction else text for text in _texts(lines)
    ]


def _lines_of(lines: Sequence[PlacedLine], texts: Sequence[Text]) -> list[PlacedLine]:
    """The lines that the words were taken from, each with these words only."""
    ranks: dict[int, list[int]] = {}
    for text in texts:
        ranks.setdefault(text.line, []).append(text.rank)
    return [
        lines[number] if len(kept) == len(lines[number].level_words) else piece(lines[number], kept)
        for number, kept in ranks.items()
    ]
