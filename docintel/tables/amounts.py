"""Where numbers stand below each other with words beside them: receipts, bills, price lists. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docintel.layout import rows
from docintel.model import BBox
from docintel.tables.aligned import RegionPart
from docintel.tables.aligned_columns import Span, segments
from docintel.tables.aligned_rows import Sheet
from docintel.tables.lattice import Text, is_number

MIN_AMOUNTS = 3
"""Fewer numbers may stand below each other by chance."""
SAME_EDGE = 0.8
"""Numbers whose edges differ by less (in line heights) stand below each other: paper that was photographed bends."""
MAX_PITCH = 3.2
"""Rows of one list stand at most so many of its usual distances apart."""
MAX_HEAD_DISTANCE = 2.2
"""And its heads at most so many above it."""


@dataclass(frozen=True)
class Amount:
    """A number on a line (by its index) that has words before it, in reading direction."""

    line: int
    words: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class AmountList:
    """Lines that belong together by the numbers in them: all their words, and the columns of numbers alone."""

    words: tuple[int, ...]
    amounts: tuple[BBox, ...]


def amount_lists(texts: Sequence[Text], *, aspect: float, right_to_left: bool = False) -> list[AmountList]:
    """Runs of lines with numbers that end (or begin) below each other, with what stands among them and their heads."""
    if not texts:
        return []
    sheet = Sheet(texts, (), aspect, right_to_left)
    lines = rows([text.box for text in texts])
    columns = _amount_columns(sheet, lines)
    runs = [run for column in columns for run in _runs(sheet, lines, column)]
    stretches: list[range] = []
    for stretch in sorted((range(run[0].line, run[-1].line + 1) for run in runs), key=lambda each: each.start):
        if stretches and stretch.start < stretches[-1].stop:
            stretches[-1] = range(stretches[-1].start, max(stretches[-1].stop, stretch.stop))
        else:
            stretches.append(stretch)
    return [_list(sheet, lines, each, columns) for each in stretches]


def _amount_columns(sheet: Sheet, lines: Sequence[Sequence[int]]) -> list[list[Amount]]:
    """Numbers that have their right edge in common, or their left one on a page that is read from the right, the most
    numerous first; each number in one column. Dates and references that begin below each other are no amounts."""
    left = [amount for number, line in enumerate(lines) for amount in _amounts(sheet, number, line)]
    near = SAME_EDGE * sheet.height(range(len(sheet.texts)))
    edges = (1, 0) if sheet.right_to_left else (1,)
    found: list[list[Amount]] = []
    while True:
        groups = [group for edge in edges for group in _grouped(left, edge, near)]
        most = max(groups, key=len, default=[])
        if len(most) < MIN_AMOUNTS:
            return found
        found.append(most)
        left = [amount for amount in left if amount not in most]


def _amounts(sheet: Sheet, number: int, line: Sequence[int]) -> list[Amount]:
    pieces = segments(sheet, line)
    pieces = pieces[::-1] if sheet.right_to_left else pieces
    texts = [sheet.text(piece) for piece in pieces]
    named = next((n for n, text in enumerate(texts) if any(map(str.isalpha, text))), len(texts))
    found = [(n, piece) for n, piece in enumerate(pieces) if n > named and is_number(texts[n])]
    spans = [(min(sheet.span(i)[0] for i in piece), max(sheet.span(i)[1] for i in piece)) for _, piece in found]
    return [Amount(number, tuple(piece), span) for (_, piece), span in zip(found, spans, strict=True)]


def _grouped(amounts: Sequence[Amount], edge: int, near: float) -> list[list[Amount]]:
    groups: list[list[Amount]] = []
    for amount in sorted(amounts, key=lambda each: each.span[edge]):
        if groups and amount.span[edge] - median(each.span[edge] for each in groups[-1]) < near:
            groups[-1].append(amount)
        else:
            groups.append([amount])
    return groups


def _runs(sheet: Sheet, lines: Sequence[Sequence[int]], column: Sequence[Amount]) -> list[list[Amount]]:
    """A column's numbers, parted where lines are too far apart or where text runs through the column."""
    ordered = sorted(column, key=lambda amount: amount.line)
    pitches = [_middle(sheet, lines[b.line]) - _middle(sheet, lines[a.line]) for a, b in pairwise(ordered)]
    usual = median(pitches)
    runs = [[ordered[0]]]
    for (above, below), pitch in zip(pairwise(ordered), pitches, strict=True):
        between = lines[above.line + 1 : below.line]
        if pitch > MAX_PITCH * usual or any(_crosses(sheet, line, below.span) for line in between):
            runs.append([])
        runs[-1].append(below)
    return [run for run in runs if len(run) >= MIN_AMOUNTS]


def _middle(sheet: Sheet, line: Sequence[int]) -> float:
    return sheet.box(line).center[1]


def _crosses(sheet: Sheet, line: Sequence[int], span: Span) -> bool:
    """Whether a text runs through a column of numbers."""
    pieces = [sheet.box(piece) for piece in segments(sheet, line)]
    return any(
        box.x0 * sheet.aspect < span[0] < box.x1 * sheet.aspect and box.width * sheet.aspect > 2 * (span[1] - span[0])
        for box in pieces
    )


def _list(sheet: Sheet, lines: Sequence[Sequence[int]], held: range, columns: Sequence[Sequence[Amount]]) -> AmountList:
    inside = [[word for amount in column if amount.line in held for word in amount.words] for column in columns]
    amounts = [word for column in inside for word in column]
    kept = list(held)
    while kept[0] > 0 and _heads(sheet, lines[kept[0] - 1], lines[kept[0]], amounts):
        kept.insert(0, kept[0] - 1)
    words = tuple(word for number in kept for word in lines[number])
    return AmountList(words, tuple(sheet.box(column) for column in inside if column))


def _heads(sheet: Sheet, line: Sequence[int], below: Sequence[int], amounts: Sequence[int]) -> bool:
    """Whether a line names the columns below: several short texts, one of them over the numbers."""
    pieces = segments(sheet, line)
    box = sheet.box(amounts)
    distance = _middle(sheet, below) - _middle(sheet, line)
    over = [piece for piece in pieces if sheet.box(piece).x1 > box.x0 and sheet.box(piece).x0 < box.x1]
    near = distance < MAX_HEAD_DISTANCE * 1.4 * sheet.height(below)
    named = not any(is_number(sheet.text(piece)) for piece in over)
    return len(pieces) > 1 and bool(over) and near and named


def is_list_of_numbers(part: RegionPart) -> bool:
    """Whether a part is rows of words and numbers: pairs most of whose values are numbers, or a table with such."""
    if part.table is None:
        return len(part.pairs) >= MIN_AMOUNTS and _mostly_numbers([value for _, value in part.pairs])
    texts: dict[int, list[str]] = {}
    for cell in part.table.cells:
        if not cell.is_header:
            texts.setdefault(cell.column, []).append(cell.text)
    return any(_mostly_numbers(column) for place, column in texts.items() if place > 0)


def _mostly_numbers(texts: Sequence[str]) -> bool:
    written = [text for text in texts if text.strip()]
    return sum(map(is_number, written)) * 2 > len(written)
