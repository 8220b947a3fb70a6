"""The columns of a table without drawn borders: by the white that rows leave, by the right edges of numbers. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docintel.tables.aligned_rows import Line, Sheet
from docintel.tables.lattice import is_number

MIN_WORD_GAP = 0.9
"""Words further apart than so many line heights are no neighbours in a sentence."""
MIN_GUTTER = 0.45
"""White between columns is at least so many line heights wide where many rows leave it."""
WIDEST_SPACE = 1.15
"""A space is hardly wider than a letter, in type whose letters are all as wide."""
FEW_ROWS = 4
"""Fewer rows may leave a narrow white by chance."""
MIN_FULL_LINE = 0.75
"""Lines with so many of the most pieces that a line has say where columns are: headings over columns are no such."""
SAME_EDGE = 0.4
"""Numbers whose right edges differ by less (in line heights) stand in one column."""

Span = tuple[float, float]


def segments(sheet: Sheet, line: Sequence[int]) -> list[list[int]]:
    """A line's words, cut at white that is too wide for a space; dots that lead the eye are white."""
    order = sorted((i for i in line if not sheet.is_leader(i)), key=lambda i: sheet.texts[i].box.x0)
    if not order:
        return [sorted(line, key=lambda i: sheet.texts[i].box.x0)]
    gap = MIN_WORD_GAP * sheet.height(line)
    found = [[order[0]]]
    for before, word in pairwise(order):
        if sheet.span(word)[0] - sheet.span(before)[1] > gap or sheet.are_two_heads(before, word):
            found.append([])
        found[-1].append(word)
    return found


def columns_of(sheet: Sheet, lines: Sequence[Line]) -> list[Span]:
    """Stretches across that words cover, between whites that the fullest lines leave; at least one.

    A stretch that numbers fill with two right edges or more is as many columns.
    """
    pieces = [segments(sheet, line.words) for line in lines]
    most = max(map(len, pieces))
    body = [[word for piece in each for word in piece] for each in pieces if len(each) >= MIN_FULL_LINE * most]
    spans = sorted(sheet.span(word) for line in body for word in line)
    height = sheet.height([word for line in body for word in line])
    letter = median(_letter(sheet, word) for line in body for word in line)
    columns = [spans[0]]
    for start, end in spans[1:]:
        if start - columns[-1][1] >= MIN_GUTTER * height and _is_parted(
            sheet, body, (start + columns[-1][1]) / 2, height, letter
        ):
            columns.append((start, end))
        else:
            columns[-1] = (columns[-1][0], max(columns[-1][1], end))
    wide = [_span(sheet, piece) for line in pieces if len(line) > 1 for piece in line]
    columns = _widened(columns, wide, MIN_WORD_GAP * height)
    return _with_amounts(columns, _amounts(sheet, pieces, height), height)


def _widened(columns: Sequence[Span], spans: Sequence[Span], gap: float) -> list[Span]:
    """The columns, each as wide as what stands in it and not within `gap` of another."""
    found = list(columns)
    for start, end in spans:
        homes = [n for n, column in enumerate(columns) if start - gap < column[1] and column[0] < end + gap]
        if len(homes) == 1:
            left, right = found[homes[0]]
            found[homes[0]] = (min(start, left), max(end, right))
    return found


def _is_parted(sheet: Sheet, body: Sequence[Sequence[int]], x: float, height: float, letter: float) -> bool:
    """Whether enough lines have words on both sides, and leave more than a space there; much more when they are few."""
    gaps = []
    for line in body:
        left = [sheet.span(i)[1] for i in line if sheet.span(i)[1] <= x]
        right = [sheet.span(i)[0] for i in line if sheet.span(i)[0] >= x]
        if left and right:
            gaps.append(min(right) - max(left))
    least = WIDEST_SPACE * letter if len(gaps) >= FEW_ROWS else MIN_WORD_GAP * height
    return bool(gaps) and max(gaps) >= least and (len(gaps) >= FEW_ROWS or median(gaps) >= least)


def _letter(sheet: Sheet, word: int) -> float:
    start, end = sheet.span(word)
    return (end - start) / max(len(sheet.texts[word].text), 1)


def _amounts(sheet: Sheet, pieces: Sequence[Sequence[Sequence[int]]], height: float) -> list[Span]:
    """Stretches that numbers cover which end at one right edge; none lies over another.

    A number that stands alone needs a heading over it.
    """
    first = -1 if sheet.right_to_left else 0
    others = [(piece, is_number(sheet.text(piece))) for line in pieces for piece in line if piece is not line[first]]
    numbers = sorted((_span(sheet, piece) for piece, numeric in others if numeric), key=lambda span: span[1])
    heads = [_span(sheet, piece) for piece, numeric in others if not numeric]
    groups: list[list[Span]] = []
    for span in numbers:
        if groups and span[1] - groups[-1][0][1] < SAME_EDGE * height:
            groups[-1].append(span)
        else:
            groups.append([span])
    found = [
        (min(start for start, _ in group), group[-1][1])
        for group in groups
        if len(group) > 1 or any(start < group[0][1] and group[0][0] < end for start, end in heads)
    ]
    return [] if any(b[0] - a[1] < MIN_GUTTER * height for a, b in pairwise(found)) else found


def _span(sheet: Sheet, words: Sequence[int]) -> Span:
    spans = [sheet.span(word) for word in words]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _with_amounts(columns: Sequence[Span], amounts: Sequence[Span], height: float) -> list[Span]:
    """The columns, each that holds several stretches of numbers parted between these."""
    found: list[Span] = []
    for start, end in columns:
        inside = [each for each in amounts if start - height < each[0] and each[1] < end + height]
        if len(inside) < 2:
            found.append((start, end))
            continue
        found += [
            (start if n == 0 else each[0], end if n == len(inside) - 1 else each[1]) for n, each in enumerate(inside)
        ]
    return found


def nearest(columns: Sequence[Span], span: Span) -> int:
    middle = sum(span) / 2
    return min(range(len(columns)), key=lambda n: max(columns[n][0] - middle, middle - columns[n][1], 0.0))
