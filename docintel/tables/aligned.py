"""Tables without drawn borders, and lists of labels and values: found by what stands above and beside what. Pure.

Boxes are those of the levelled page. Widths are multiplied by `aspect` (the page's width by its height) wherever they
are compared with heights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docintel.layout import rows
from docintel.model import BBox, Cell, Table
from docintel.tables.aligned_columns import MIN_GUTTER, columns_of, nearest, segments
from docintel.tables.aligned_heads import spread_heads
from docintel.tables.aligned_rows import MIN_RULES, Line, Sheet, row_groups, rules_within
from docintel.tables.lattice import Text, is_number
from docintel.tables.prose import is_prose, is_prose_beside_prose
from docintel.tables.ruled import header_rows

MIN_BAND_GAP = 2.6
"""White of so many line heights from side to side parts what stands above from what stands below."""
LEVEL_TOLERANCE = 0.3
"""Lines whose middles differ by less (in line heights) are on one level."""
MAX_LABEL_LENGTH = 45
MAX_PAIRS = 24
MAX_ONE_COLUMN_LINE_SHARE = 0.6
"""The same before lines are put together to rows, in two columns of which the second holds no numbers."""


WIDER = 1.3
"""White that parts columns is so much wider than the spaces beside it."""


@dataclass(frozen=True)
class RegionPart:
    """Part of a region: a table, a list of labels and values, or (with neither) plain text. `words` are indices."""

    words: tuple[int, ...]
    table: Table | None = None
    pairs: tuple[tuple[str, str], ...] = ()


def split_region(
    texts: Sequence[Text], rules: Sequence[BBox], *, aspect: float, right_to_left: bool = False, are_rows: bool = False
) -> list[RegionPart]:
    """What a region without a grid consists of, every word in one piece; `rules` are level rules on the page.

    With `are_rows` its words are known to stand in rows, though lines lean or bend.
    """
    sheet = Sheet(texts, rules, aspect, right_to_left)
    groups = [group for band in _bands(sheet) for group in ([band] if are_rows else _groups(sheet, band))]
    return [part for group in groups for part in _split_group(sheet, group)]


def _lines(sheet: Sheet, words: Sequence[int]) -> list[Line]:
    boxes = [sheet.texts[i].box for i in words]
    found = [[words[i] for i in row] for row in rows(boxes)]
    return [Line(line, sheet.box(line)) for line in found]


def _bands(sheet: Sheet) -> list[list[int]]:
    """Words parted where wide white runs from side to side."""
    order = sorted(range(len(sheet.texts)), key=lambda i: sheet.texts[i].box.y0)
    if not order:
        return []
    height, reach = sheet.height(order), sheet.texts[order[0]].box.y1
    bands: list[list[int]] = [[]]
    for i in order:
        box = sheet.texts[i].box
        if box.y0 - reach > MIN_BAND_GAP * height:
            bands.append([])
        bands[-1].append(i)
        reach = max(reach, box.y1)
    return bands


def _groups(sheet: Sheet, words: Sequence[int]) -> list[list[int]]:
    """Words of a band parted between columns whose lines don't stand level: two things side by side."""
    columns = columns_of(sheet, _lines(sheet, words))
    members: list[list[int]] = [[] for _ in columns]
    for word in words:
        members[nearest(columns, sheet.span(word))].append(word)
    groups = [members[0]]
    for column in members[1:]:
        if groups[-1] and column and not _stand_level(sheet, groups[-1], column):
            groups.append(column)
        else:
            groups[-1] = groups[-1] + column
    return groups[::-1] if sheet.right_to_left else groups


def _stand_level(sheet: Sheet, one: Sequence[int], other: Sequence[int]) -> bool:
    levels = [[line.box.center[1] for line in _lines(sheet, words)] for words in (one, other)]
    few, many = sorted(levels, key=len)
    near = LEVEL_TOLERANCE * sheet.height([*one, *other])
    return sum(min(abs(a - b) for b in many) < near for a in few) * 2 >= len(few)


def _split_group(sheet: Sheet, words: Sequence[int]) -> list[RegionPart]:
    """One group of words: text before, the table or list, text after."""
    if not words:
        return []
    lines = _lines(sheet, words)
    columns = columns_of(sheet, lines)
    if len(columns) < 2:
        return [RegionPart(tuple(words))]
    space = _usual_space(sheet, lines, columns)
    for line in lines:
        line.cells = _filled(sheet, line, columns, space)
    spread_heads(sheet, lines, columns)
    first, last = _core(sheet, lines, len(columns))
    core = lines[first:last]
    found = _table_or_pairs(sheet, core, columns) if len(core) > 1 else None
    if found is None:
        return [RegionPart(tuple(words))]
    before, after = ([word for line in part for word in line.words] for part in (lines[:first], lines[last:]))
    return [*_apart(sheet, before), found, *_apart(sheet, after)]


def _apart(sheet: Sheet, words: Sequence[int]) -> list[RegionPart]:
    """What stands above or below a table, looked at by itself."""
    return [part for group in _groups(sheet, words) for part in _split_group(sheet, group)] if words else []


def _usual_space(sheet: Sheet, lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> float:
    """The white between words that stand together in a column."""
    pairs = [pair for line in lines for piece in segments(sheet, line.words) for pair in pairwise(piece)]
    spans = [(sheet.span(a), sheet.span(b)) for a, b in pairs]
    return median([b[0] - a[1] for a, b in spans if nearest(columns, a) == nearest(columns, b)] or [0.0])


def _filled(
    sheet: Sheet, line: Line, columns: Sequence[tuple[float, float]], space: float
) -> dict[tuple[int, int], list[int]]:
    """The line's words by the columns (first, last) they stand in: a segment over several columns spans them."""
    cells: dict[tuple[int, int], list[int]] = {}
    for segment in segments(sheet, line.words):
        homes = [nearest(columns, sheet.span(word)) for word in segment]
        first, last = min(homes), max(homes)
        if first == last or not _runs_over(sheet, segment, homes, space):
            for word, home in zip(segment, homes, strict=True):
                cells.setdefault((home, home), []).append(word)
        else:
            cells.setdefault((first, last), []).extend(segment)
    return cells


def _runs_over(sheet: Sheet, segment: Sequence[int], homes: Sequence[int], space: float) -> bool:
    """Whether words of neighbouring columns stand no further apart than by a space, one word for each column aside."""
    if len(set(homes)) == len(homes) == max(homes) - min(homes) + 1 > 2:
        return False
    steps = [
        sheet.span(b)[0] - sheet.span(a)[1]
        for (a, home_a), (b, home_b) in pairwise(zip(segment, homes, strict=True))
        if home_a != home_b
    ]
    return min(steps, default=0.0) < max(MIN_GUTTER * sheet.height(segment), WIDER * space)


def _core(sheet: Sheet, lines: Sequence[Line], num_columns: int) -> tuple[int, int]:
    """The lines that are the table's: no caption over all columns above, no note or sums of another shape below."""
    first, last = 0, _ruled_end(sheet, lines)
    own = num_columns - 1 if sheet.right_to_left else 0
    usual = max((_reach(sheet, line.cells.get((own, own), [])) for line in lines if len(line.cells) > 1), default=0.0)
    apart = [_is_caption(line, num_columns) or _stands_out(sheet, line, own, usual) for line in lines]
    while first < last - 1 and apart[first]:
        first += 1
    while last > first + 1 and apart[last - 1]:
        last -= 1
    return first, last


def _stands_out(sheet: Sheet, line: Line, own: int, usual: float) -> bool:
    """Whether a line alone in its column reaches further than what stands there in rows: it is about the table."""
    return set(line.cells) == {(own, own)} and 0 < usual < _reach(sheet, line.cells[own, own])


def _reach(sheet: Sheet, words: Sequence[int]) -> float:
    """How far words go in reading direction; 0 for none."""
    spans = [sheet.span(word) for word in words]
    if sheet.right_to_left:
        return sheet.aspect + 1 - min((start for start, _ in spans), default=sheet.aspect + 1)
    return max((end for _, end in spans), default=0.0)


def _ruled_end(sheet: Sheet, lines: Sequence[Line]) -> int:
    """Where a table ends that has a rule under each row: at the last, if what follows fills fewer columns."""
    cuts = rules_within(sheet, lines)
    below = [i for i, line in enumerate(lines) if cuts and line.box.center[1] > cuts[-1]]
    if len(cuts) < MIN_RULES or not below or below[0] < 2:
        return len(lines)
    fullest = max(len(line.cells) for line in lines)
    other = all(len(lines[i].cells) < 0.6 * fullest for i in below)
    return below[0] if other else len(lines)


def _is_caption(line: Line, num_columns: int) -> bool:
    if len(line.cells) != 1:
        return False
    ((first, last),) = line.cells
    return last > first and (num_columns == 2 or last - first + 1 < num_columns or first == 0)


def _table_or_pairs(sheet: Sheet, lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> RegionPart | None:
    if len(columns) == 2 and _is_annotated(sheet, lines):
        return None
    groups = row_groups(sheet, lines)
    words = tuple(word for line in lines for word in line.words)
    texts = [[sheet.text(_in_column(group, column)) for column in range(len(columns))] for group in groups]
    if sheet.right_to_left:
        texts = [row[::-1] for row in texts]
    if is_prose_beside_prose(texts):
        return None
    headers = _header_rows(sheet, groups, texts)
    if not headers and _are_pairs(texts):
        return RegionPart(words, pairs=tuple((label, value) for label, value in texts))
    if len(groups) < 2 or is_prose(texts):
        return None
    return RegionPart(words, table=_table(sheet, groups, columns, headers))


def _is_annotated(sheet: Sheet, lines: Sequence[Line]) -> bool:
    """Whether most lines fill the column read first only, and what stands beside the others is no list of numbers."""
    own, beside = (1, 0) if sheet.right_to_left else (0, 1)
    alone = sum(set(line.cells) == {(own, own)} for line in lines)
    notes = [sheet.text(line.cells[beside, beside]) for line in lines if (beside, beside) in line.cells]
    return alone > MAX_ONE_COLUMN_LINE_SHARE * len(lines) and sum(map(is_number, notes)) <= len(notes) / 2


def _in_column(group: Sequence[Line], column: int) -> list[int]:
    return [word for line in group for (first, _), words in line.cells.items() if first == column for word in words]


def _header_rows(sheet: Sheet, groups: Sequence[Sequence[Line]], texts: Sequence[Sequence[str]]) -> int:
    """Rows above the only rule near the top, or to the one below headings over columns; else what the texts say."""
    lines = [line for group in groups for line in group]
    cuts = rules_within(sheet, lines)
    if len(groups) > 3 and any(last > first for line in groups[0] for first, last in line.cells):
        return 1 + max(header_rows(texts[1:]), 1)
    for count in (1, 2):
        if len(groups) > count + 1:
            top, bottom = groups[count - 1][-1].box.center[1], groups[count][0].box.center[1]
            if any(top < cut < bottom for cut in cuts) and (len(cuts) < len(groups) - 1 or header_rows(texts)):
                return count
    found = header_rows(texts)
    return found if len(texts[0]) > 2 or len(texts) > 4 else 0


def _are_pairs(texts: Sequence[Sequence[str]]) -> bool:
    if len(texts[0]) != 2 or len(texts) > MAX_PAIRS:
        return False
    labels = [label for label, _ in texts]
    short = sum(0 < len(label) <= MAX_LABEL_LENGTH and not is_number(label) for label in labels)
    return short >= 0.75 * len(labels)


def _table(
    sheet: Sheet, groups: Sequence[Sequence[Line]], columns: Sequence[tuple[float, float]], headers: int
) -> Table:
    boxes = [BBox.around(line.box for line in group) for group in groups]
    ys = [boxes[0].y0, *((a.y1 + b.y0) / 2 for a, b in pairwise(boxes)), boxes[-1].y1]
    xs = [columns[0][0], *((a[1] + b[0]) / 2 for a, b in pairwise(columns)), columns[-1][1]]
    cells = []
    for row, group in enumerate(groups):
        for (first, last), words in sorted(_row_cells(group, len(columns)).items()):
            cells.append(
                Cell(
                    row=row,
                    column=len(columns) - 1 - last if sheet.right_to_left else first,
                    column_span=last - first + 1,
                    text=sheet.text(words),
                    is_header=row < headers,
                    bbox=BBox.from_corners(xs[first] / sheet.aspect, ys[row], xs[last + 1] / sheet.aspect, ys[row + 1]),
                )
            )
    cells = _deepened(sorted(cells, key=lambda cell: (cell.row, cell.column)), headers)
    return Table(num_rows=len(groups), num_columns=len(columns), cells=tuple(cells))


def _deepened(cells: Sequence[Cell], headers: int) -> list[Cell]:
    """Of two header rows, a single cell with nothing below it takes both."""
    if headers != 2:
        return list(cells)
    tops = {cell.column: cell for cell in cells if cell.row == 0 and cell.column_span == 1}
    empty = {cell.column: cell for cell in cells if cell.row == 1 and not cell.text and cell.column in tops}
    deep = [
        tops[column].model_copy(
            update={"row_span": 2, "bbox": BBox.around(filter(None, (tops[column].bbox, below.bbox)))}
        )
        for column, below in empty.items()
        if tops[column].text
    ]
    gone = [cell for each in deep for cell in (tops[each.column], empty[each.column])]
    kept = [cell for cell in cells if cell not in gone]
    return sorted([*kept, *deep], key=lambda cell: (cell.row, cell.column))


def _row_cells(group: Sequence[Line], num_columns: int) -> dict[tuple[int, int], list[int]]:
    """What a row's lines fill, spans that overlap put together, empty cells in what is left."""
    found: list[tuple[int, int, list[int]]] = []
    for line in group:
        for (first, last), words in line.cells.items():
            hit = [each for each in found if each[0] <= last and first <= each[1]]
            for each in hit:
                found.remove(each)
            every = [*(word for each in hit for word in each[2]), *words]
            found.append((min(first, *(e[0] for e in hit), first), max(last, *(e[1] for e in hit), last), every))
    covered = {column for first, last, _ in found for column in range(first, last + 1)}
    cells = {(first, last): words for first, last, words in found}
    return cells | {(column, column): [] for column in range(num_columns) if column not in covered}
