"""Tables without drawn borders, and lists of labels and values: found by what stands above and beside what. Pure.

Boxes are those of the levelled page. Widths are multiplied by `aspect` (the page's width by its height) wherever they
are compared with heights.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from statistics import median

from docintel.layout import rows
from docintel.model import BBox, Cell, Table
from docintel.ruled import Text, cell_text, header_rows, is_number

SPACE = 0.9
"""Words further apart than so many line heights are no neighbours in a sentence."""
GUTTER = 0.45
"""White between columns is at least so many line heights wide where many rows leave it."""
FEW_ROWS = 4
"""Fewer rows may leave a narrow white by chance."""
BAND = 2.6
"""White of so many line heights from side to side parts what stands above from what stands below."""
LEVEL = 0.3
"""Lines whose middles differ by less (in line heights) are on one level."""
LONGEST_LABEL = 45
MOST_PAIRS = 24
TIGHT = 0.85
"""Lines that follow closer than this part of the usual pitch are one wrapped text."""


@dataclass(frozen=True)
class Piece:
    """Part of a region: a table, a list of labels and values, or (with neither) plain text. `words` are indices."""

    words: tuple[int, ...]
    table: Table | None = None
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass
class _Line:
    """Words on one level, and what they fill: spans of columns → words."""

    words: list[int]
    box: BBox
    cells: dict[tuple[int, int], list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Sheet:
    """The words looked at, and how: everything that the steps below share."""

    texts: Sequence[Text]
    rules: Sequence[BBox]
    aspect: float
    right_to_left: bool

    def height(self, words: Sequence[int]) -> float:
        return median(self.texts[i][1].height for i in words)

    def span(self, word: int) -> tuple[float, float]:
        box = self.texts[word][1]
        return box.x0 * self.aspect, box.x1 * self.aspect

    def text(self, words: Sequence[int]) -> str:
        return cell_text([self.texts[i] for i in words], right_to_left=self.right_to_left)

    def box(self, words: Sequence[int]) -> BBox:
        return BBox.around(self.texts[i][1] for i in words)


def pieces(
    texts: Sequence[Text], rules: Sequence[BBox], *, aspect: float, right_to_left: bool = False
) -> list[Piece]:
    """What a region without a grid consists of, every word in one piece; `rules` are level rules on the page."""
    sheet = _Sheet(texts, rules, aspect, right_to_left)
    return [piece for band in _bands(sheet) for group in _groups(sheet, band) for piece in _pieces(sheet, group)]


def _lines(sheet: _Sheet, words: Sequence[int]) -> list[_Line]:
    boxes = [sheet.texts[i][1] for i in words]
    found = [[words[i] for i in row] for row in rows(boxes)]
    return [_Line(line, sheet.box(line)) for line in found]


def _bands(sheet: _Sheet) -> list[list[int]]:
    """Words parted where wide white runs from side to side."""
    order = sorted(range(len(sheet.texts)), key=lambda i: sheet.texts[i][1].y0)
    if not order:
        return []
    height, reach = sheet.height(order), sheet.texts[order[0]][1].y1
    bands: list[list[int]] = [[]]
    for i in order:
        box = sheet.texts[i][1]
        if box.y0 - reach > BAND * height:
            bands.append([])
        bands[-1].append(i)
        reach = max(reach, box.y1)
    return bands


def _groups(sheet: _Sheet, words: Sequence[int]) -> list[list[int]]:
    """Words of a band parted between columns whose lines don't stand level: two things side by side."""
    columns = _columns(sheet, _lines(sheet, words))
    members: list[list[int]] = [[] for _ in columns]
    for word in words:
        members[_nearest(columns, sheet.span(word))].append(word)
    groups = [members[0]]
    for before, column in pairwise(members):
        if before and column and not _stand_level(sheet, before, column):
            groups.append(column)
        else:
            groups[-1] = groups[-1] + column
    return groups[::-1] if sheet.right_to_left else groups


def _stand_level(sheet: _Sheet, one: Sequence[int], other: Sequence[int]) -> bool:
    levels = [[line.box.center[1] for line in _lines(sheet, words)] for words in (one, other)]
    few, many = sorted(levels, key=len)
    near = LEVEL * sheet.height([*one, *other])
    return sum(min(abs(a - b) for b in many) < near for a in few) * 2 >= len(few)


def _segments(sheet: _Sheet, line: Sequence[int]) -> list[list[int]]:
    """A line's words, cut at white that is too wide for a space."""
    order = sorted(line, key=lambda i: sheet.texts[i][1].x0)
    gap = SPACE * sheet.height(line)
    found = [[order[0]]]
    for before, word in pairwise(order):
        if sheet.span(word)[0] - sheet.span(before)[1] > gap:
            found.append([])
        found[-1].append(word)
    return found


def _columns(sheet: _Sheet, lines: Sequence[_Line]) -> list[tuple[float, float]]:
    """Stretches across that words cover, between whites that the fullest lines leave; at least one."""
    counts = [len(_segments(sheet, line.words)) for line in lines]
    body = [line.words for line, count in zip(lines, counts, strict=True) if count >= 0.6 * max(counts)]
    spans = sorted(sheet.span(word) for line in body for word in line)
    height = sheet.height([word for line in body for word in line])
    columns = [spans[0]]
    for start, end in spans[1:]:
        if start - columns[-1][1] >= GUTTER * height and _is_parted(sheet, body, (start + columns[-1][1]) / 2, height):
            columns.append((start, end))
        else:
            columns[-1] = (columns[-1][0], max(columns[-1][1], end))
    return columns


def _is_parted(sheet: _Sheet, body: Sequence[Sequence[int]], x: float, height: float) -> bool:
    """Whether enough lines have words on both sides, and leave more than a space there when they are few."""
    gaps = []
    for line in body:
        left = [sheet.span(i)[1] for i in line if sheet.span(i)[1] <= x]
        right = [sheet.span(i)[0] for i in line if sheet.span(i)[0] >= x]
        if left and right:
            gaps.append(min(right) - max(left))
    return len(gaps) >= FEW_ROWS or (bool(gaps) and median(gaps) >= SPACE * height)


def _nearest(columns: Sequence[tuple[float, float]], span: tuple[float, float]) -> int:
    middle = sum(span) / 2
    return min(range(len(columns)), key=lambda n: max(columns[n][0] - middle, middle - columns[n][1], 0.0))


def _pieces(sheet: _Sheet, words: Sequence[int]) -> list[Piece]:
    """One group of words: text before, the table or list, text after."""
    if not words:
        return []
    lines = _lines(sheet, words)
    columns = _columns(sheet, lines)
    if len(columns) < 2:
        return [Piece(tuple(words))]
    for line in lines:
        line.cells = _filled(sheet, line, columns)
    first, last = _core(sheet, lines, len(columns))
    core = lines[first:last]
    found = _table_or_pairs(sheet, core, columns) if len(core) > 1 else None
    if found is None:
        return [Piece(tuple(words))]
    outside = [[word for line in part for word in line.words] for part in (lines[:first], lines[last:])]
    before, after = ([Piece(tuple(part))] if part else [] for part in outside)
    return [*before, found, *after]


def _filled(sheet: _Sheet, line: _Line, columns: Sequence[tuple[float, float]]) -> dict[tuple[int, int], list[int]]:
    """The line's words by the columns (first, last) they stand in: a segment over several columns spans them."""
    cells: dict[tuple[int, int], list[int]] = {}
    for segment in _segments(sheet, line.words):
        homes = [_nearest(columns, sheet.span(word)) for word in segment]
        first, last = min(homes), max(homes)
        if first == last or not _runs_over(sheet, segment, homes):
            for word, home in zip(segment, homes, strict=True):
                cells.setdefault((home, home), []).append(word)
        else:
            cells.setdefault((first, last), []).extend(segment)
    return cells


def _runs_over(sheet: _Sheet, segment: Sequence[int], homes: Sequence[int]) -> bool:
    """Whether words of neighbouring columns stand no further apart than by a space."""
    steps = [
        sheet.span(b)[0] - sheet.span(a)[1]
        for (a, home_a), (b, home_b) in pairwise(zip(segment, homes, strict=True))
        if home_a != home_b
    ]
    return min(steps, default=0.0) < GUTTER * sheet.height(segment)


def _core(sheet: _Sheet, lines: Sequence[_Line], num_columns: int) -> tuple[int, int]:
    """The lines that are the table's, without a caption that runs over all columns above, or a note below."""
    first, last = 0, len(lines)
    while first < last - 1 and _is_caption(sheet, lines[first], num_columns):
        first += 1
    while last > first + 1 and _is_caption(sheet, lines[last - 1], num_columns):
        last -= 1
    return first, last


def _is_caption(sheet: _Sheet, line: _Line, num_columns: int) -> bool:
    if len(line.cells) != 1:
        return False
    ((first, last),) = line.cells
    return last > first and (num_columns == 2 or last - first + 1 < num_columns or first == 0)


def _table_or_pairs(sheet: _Sheet, lines: Sequence[_Line], columns: Sequence[tuple[float, float]]) -> Piece | None:
    groups = _row_groups(sheet, lines)
    words = tuple(word for line in lines for word in line.words)
    texts = [[sheet.text(_in_column(group, column)) for column in range(len(columns))] for group in groups]
    if sheet.right_to_left:
        texts = [row[::-1] for row in texts]
    headers = _header_rows(sheet, groups, texts)
    if not headers and _are_pairs(texts):
        return Piece(words, pairs=tuple((label, value) for label, value in texts))
    return Piece(words, table=_table(sheet, groups, columns, headers)) if len(groups) > 1 else None


def _in_column(group: Sequence[_Line], column: int) -> list[int]:
    return [word for line in group for (first, _), words in line.cells.items() if first == column for word in words]


def _row_groups(sheet: _Sheet, lines: Sequence[_Line]) -> list[list[_Line]]:
    """Lines put together to rows: by rules where each row has one, else a line that says little joins its neighbour."""
    ruled = _between_rules(sheet, lines)
    if len(ruled) > 3 and len(ruled) * 2 > len(lines):
        return ruled
    return [row for band in ruled for row in _wrapped(sheet, band)]


def _between_rules(sheet: _Sheet, lines: Sequence[_Line]) -> list[list[_Line]]:
    cuts = _rules_within(sheet, lines)
    bands: dict[int, list[_Line]] = {}
    for line in lines:
        bands.setdefault(sum(cut < line.box.center[1] for cut in cuts), []).append(line)
    return list(bands.values())


def _rules_within(sheet: _Sheet, lines: Sequence[_Line]) -> list[float]:
    """Where rules run over most of the lines' width, between their first and last."""
    box = BBox.around(line.box for line in lines)
    return sorted(
        rule.y0
        for rule in sheet.rules
        if min(rule.x1, box.x1) - max(rule.x0, box.x0) > 0.6 * box.width
        and lines[0].box.center[1] < rule.y0 < lines[-1].box.center[1]
    )


def _wrapped(sheet: _Sheet, lines: Sequence[_Line]) -> list[list[_Line]]:
    """Rows of lines between which no rule runs: every full line begins one, others join the nearest."""
    fullest = max(len(line.cells) for line in lines)
    own = [_is_row(sheet, line, fullest) for line in lines]
    pitches = [b.box.center[1] - a.box.center[1] for a, b in pairwise(lines)]
    between_rows = [pitch for pitch, a, b in zip(pitches, own, own[1:], strict=False) if a and b]
    usual = median(between_rows) if between_rows else max(pitches, default=0.0)
    rows_at = [i for i, is_own in enumerate(own) if is_own]
    homes = [_home(i, lines, rows_at, usual) if not own[i] else i for i in range(len(lines))]
    groups: dict[int, list[_Line]] = {}
    for line, home in zip(lines, homes, strict=True):
        groups.setdefault(home, []).append(line)
    return [groups[home] for home in sorted(groups)]


def _is_row(sheet: _Sheet, line: _Line, fullest: int) -> bool:
    """Whether the line says enough to be a row: most columns, or a number."""
    enough = max(2, ceil(0.6 * fullest))
    return len(line.cells) >= enough or any(is_number(sheet.text(words)) for words in line.cells.values())


def _home(index: int, lines: Sequence[_Line], rows_at: Sequence[int], usual: float) -> int:
    """The row that a line belongs to by distance, itself where it stands as far off as rows do."""
    middle = lines[index].box.center[1]
    above = next((i for i in reversed(rows_at) if i < index), None)
    below = next((i for i in rows_at if i > index), None)
    steps = []
    if above is not None:
        steps.append((middle - lines[index - 1].box.center[1], above))
    if below is not None:
        steps.append((lines[index + 1].box.center[1] - middle, below))
    if not steps:
        return index
    step, home = min(steps)
    starts_row = min(lines[index].cells)[0] == 0
    return home if step < TIGHT * usual or (not starts_row and step < 1.1 * usual) else index


def _header_rows(sheet: _Sheet, groups: Sequence[Sequence[_Line]], texts: Sequence[Sequence[str]]) -> int:
    """Rows above the only rule near the top; without one, what the texts say."""
    lines = [line for group in groups for line in group]
    cuts = _rules_within(sheet, lines)
    for count in (1, 2):
        if len(groups) > count + 1:
            top, bottom = groups[count - 1][-1].box.center[1], groups[count][0].box.center[1]
            if any(top < cut < bottom for cut in cuts) and (len(cuts) < len(groups) - 1 or header_rows(texts)):
                return count
    found = header_rows(texts)
    return found if len(texts[0]) > 2 or len(texts) > 4 else 0


def _are_pairs(texts: Sequence[Sequence[str]]) -> bool:
    if len(texts[0]) != 2 or len(texts) > MOST_PAIRS:
        return False
    labels = [label for label, _ in texts]
    short = sum(0 < len(label) <= LONGEST_LABEL and not is_number(label) for label in labels)
    return short >= 0.75 * len(labels)


def _table(
    sheet: _Sheet, groups: Sequence[Sequence[_Line]], columns: Sequence[tuple[float, float]], headers: int
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
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table(num_rows=len(groups), num_columns=len(columns), cells=tuple(cells))


def _row_cells(group: Sequence[_Line], num_columns: int) -> dict[tuple[int, int], list[int]]:
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
