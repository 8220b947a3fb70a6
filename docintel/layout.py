"""Where things on a page belong: rows, lines, columns, reading order, paragraphs. Pure geometry and text."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import TypeVar

from docintel.model import BBox, Word
from docintel.text.bidi import reading_order as word_order
from docintel.text.hyphens import NO_RULES, HyphenRules, joined_at_hyphen

T = TypeVar("T")

NO_SPACES = re.compile(r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3000-\u30FF\u3400-\u9FFF\uF900-\uFAFF\uFF00-\uFFEF]")
"""Scripts whose words don't stand apart, and the punctuation of Chinese and Japanese."""
AMOUNT_AT_END = re.compile(r"[^\W\d_].*[\s.…·][^\w\s]?\d[\d.,' ]*[.,]\d\d\W{0,3}$")
"""A line of words that ends in an amount with cents."""
LED_TO = re.compile(r"[\w)](?:\s?[.…·_]){4,}\s*\S")
"""Dots that lead from words to what belongs to them, at the line's other end."""
TALL = 0.03
"""A box of more than this part of the page's height holds more than one line, and can be part of a column."""
GUTTER_LINES = 5
"""White that runs through fewer lines may be chance."""
CROSSED = 0.08
"""Part of the lines that may run over the white between columns: headings, lines that were read as one."""
STEPS = 1000
"""Places across the page where lines are counted."""
COLUMN_WIDTH = 0.1
"""Part of the page's width below which a stripe of text is no column, but numbers of a list."""
NEW_LINE_GAP = 1.13
"""A gap of so many word heights inside a row parts two lines: they stand in two columns or cells."""
A4 = 0.707
"""Width by height."""


def rows(boxes: Sequence[BBox], *, right_to_left: bool = False) -> list[list[int]]:
    """Indices of `boxes` grouped into rows, top to bottom, each in reading direction.

    Boxes share a row when the middle of one lies within the height of the row's first.
    """
    found: list[list[int]] = []
    spans: list[tuple[float, float]] = []
    for index in sorted(range(len(boxes)), key=lambda i: boxes[i].center[1]):
        box = boxes[index]
        if spans and _same_row(spans[-1], box):
            found[-1].append(index)
            top, bottom = spans[-1]
            count = len(found[-1])
            spans[-1] = (top + (box.y0 - top) / count, bottom + (box.y1 - bottom) / count)
        else:
            found.append([index])
            spans.append((box.y0, box.y1))
    return [sorted(row, key=lambda i: -boxes[i].x1 if right_to_left else boxes[i].x0) for row in found]


def _same_row(span: tuple[float, float], box: BBox) -> bool:
    middle = (span[0] + span[1]) / 2
    return span[0] < box.center[1] < span[1] or box.y0 < middle < box.y1


def lines(words: Sequence[Word], *, right_to_left: bool = False, aspect: float = A4) -> list[list[Word]]:
    """Words grouped into lines: rows, cut where a gap is too wide for a space, each line in its own reading order.

    `right_to_left` says how the page is read; `aspect`: the page's width by its height.
    """
    found: list[list[Word]] = []
    for row in rows([word.bbox for word in words]):
        line = [words[row[0]]]
        row_lines = [line]
        for before, after in pairwise(row):
            if aspect * _gap(words[before].bbox, words[after].bbox) > NEW_LINE_GAP * _height(
                words[before], words[after]
            ):
                line = []
                row_lines.append(line)
            line.append(words[after])
        found += row_lines[::-1] if right_to_left else row_lines
    return [_as_read(line, right_to_left) for line in found]


def _as_read(line: Sequence[Word], right_to_left: bool) -> list[Word]:
    order = word_order([word.text for word in line], right_to_left=right_to_left)
    return [line[i] for i in order]


def _gap(a: BBox, b: BBox) -> float:
    return max(a.x0, b.x0) - min(a.x1, b.x1)


def _height(a: Word, b: Word) -> float:
    return (a.bbox.height + b.bbox.height) / 2


def reading_order(boxes: Sequence[BBox], *, right_to_left: bool = False) -> list[int]:
    """Indices of `boxes` as a reader would take them: down each column, columns in reading direction.

    Cuts the page along its white gaps, first where something runs across all columns, then between columns
    (recursive XY-cut, after Nagy and Seth 1984).
    """
    return _ordered(list(range(len(boxes))), boxes, right_to_left)


def _ordered(items: list[int], boxes: Sequence[BBox], right_to_left: bool) -> list[int]:
    if len(items) < 2:
        return items
    columns = _cut(items, lambda i: (boxes[i].x0, boxes[i].x1))
    if len(columns) > 1 and _are_columns(columns, boxes):
        columns = columns[::-1] if right_to_left else columns
        return [index for column in columns for index in _ordered(column, boxes, right_to_left)]
    bands = _bands(_cut(items, lambda i: (boxes[i].y0, boxes[i].y1)), boxes)
    if len(bands) > 1:
        return [index for band in bands for index in _ordered(band, boxes, right_to_left)]
    if len(columns) > 1 and _stand_beside(columns, boxes):
        columns = columns[::-1] if right_to_left else columns
        return [index for column in columns for index in _ordered(column, boxes, right_to_left)]
    order = rows([boxes[i] for i in items], right_to_left=right_to_left)
    return [items[index] for row in order for index in row]


def _cut(items: Sequence[int], extent: Callable[[int], tuple[float, float]]) -> list[list[int]]:
    """Items parted where nothing covers the axis; overlaps of a twentieth of the smaller item don't count."""
    groups: list[list[int]] = []
    reach = float("-inf")
    for index in sorted(items, key=lambda i: extent(i)):
        start, end = extent(index)
        if groups and start < reach - 0.05 * (end - start):
            groups[-1].append(index)
        else:
            groups.append([index])
        reach = max(reach, end)
    return groups


def _are_columns(columns: Sequence[Sequence[int]], boxes: Sequence[BBox]) -> bool:
    """Not the cells of a row, nor rows of labels and values: in columns, something is taller than a line."""
    return (
        sum(any(boxes[i].height > TALL for i in column) for column in columns) >= 2
        or len({round(boxes[i].center[1], 3) for column in columns for i in column}) == 1
    )


def _stand_beside(columns: Sequence[Sequence[int]], boxes: Sequence[BBox]) -> bool:
    """One thing stands beside several that stand below each other: an address beside a name and what it does."""
    return any(
        sum(boxes[i].y0 < boxes[j].center[1] < boxes[i].y1 for j in other) > 1
        for column in columns
        for i in column
        for other in columns
        if other is not column
    )


def _bands(bands: list[list[int]], boxes: Sequence[BBox]) -> list[list[int]]:
    """Neighbouring bands that stand in the same columns, put together."""
    merged: list[list[int]] = []
    for band in bands:
        if merged and _in_columns(merged[-1] + band, boxes):
            merged[-1] = merged[-1] + band
        else:
            merged.append(band)
    for index in range(len(merged) - 2, -1, -1):
        if _heads_columns(merged[index], merged[index + 1], boxes):
            merged[index : index + 2] = [merged[index] + merged[index + 1]]
    return merged


def _heads_columns(band: list[int], below: list[int], boxes: Sequence[BBox]) -> bool:
    """Whether a row of headings stands right above the columns that they head."""
    bottom, top = max(boxes[i].y1 for i in band), min(boxes[i].y0 for i in below)
    height = max(boxes[i].height for i in band)
    return (
        len(band) > 1
        and len(rows([boxes[i] for i in band])) == 1
        and top - bottom < 1.5 * height
        and _in_columns(below, boxes)
        and _in_columns(band + below, boxes)
        and len(_cut(band + below, lambda i: (boxes[i].x0, boxes[i].x1))) == len(band)
    )


def _in_columns(items: list[int], boxes: Sequence[BBox]) -> bool:
    columns = _cut(items, lambda i: (boxes[i].x0, boxes[i].x1))
    return len(columns) > 1 and _are_columns(columns, boxes)


def gutters(lines_of_boxes: Sequence[Sequence[BBox]]) -> list[float]:
    """Middles of the white between columns of running text, given each line's word boxes.

    At least five lines have to say so, and each side of a stripe has to be as wide as a column.
    """
    boxes = [box for line in lines_of_boxes for box in line]
    if len(lines_of_boxes) < GUTTER_LINES:
        return []
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    found = white_stripes(lines_of_boxes)
    return [place for place in found if place - left > COLUMN_WIDTH and right - place > COLUMN_WIDTH]


def white_stripes(lines_of_boxes: Sequence[Sequence[BBox]]) -> list[float]:
    """Middles of the stripes, at least half a line high in width, that run down the page and hardly a line crosses."""
    boxes = [box for line in lines_of_boxes for box in line]
    if not boxes:
        return []
    height = median(box.height for box in boxes)
    crossing = [0] * (STEPS + 1)
    for line in lines_of_boxes:
        for step in {step for box in line for step in range(int(box.x0 * STEPS), int(box.x1 * STEPS) + 1)}:
            crossing[step] += 1
    stripes = _runs([count <= CROSSED * len(lines_of_boxes) for count in crossing])
    inner = [(start / STEPS, end / STEPS) for start, end in stripes if start > 0 and end <= STEPS]
    return [(start + end) / 2 for start, end in inner if end - start > height / 2]


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and end (past the last) of each run of true flags."""
    edges = [i for i, (a, b) in enumerate(pairwise([False, *flags, False])) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def rows_of_amounts(texts: Sequence[str]) -> list[list[str]]:
    """A block's lines in groups that are joined: a row of a bill, words that end in an amount, stands alone.

    It is one where the line before or after it ends in an amount as well, and the next doesn't go on in small letters.
    So are lines with dots that lead from words to others.
    """
    ends = [bool(AMOUNT_AT_END.search(text) or LED_TO.search(text)) for text in texts]
    follows = [text.strip()[:1].islower() for text in texts]
    are_rows = [
        end and not any(follows[n + 1 : n + 2]) and (any(ends[max(n - 1, 0) : n]) or any(ends[n + 1 : n + 2]))
        for n, end in enumerate(ends)
    ]
    groups: list[list[str]] = []
    for n, text in enumerate(texts):
        if n and not are_rows[n] and not are_rows[n - 1]:
            groups[-1].append(text)
        else:
            groups.append([text])
    return groups


def join_lines(texts: Sequence[str], rules: HyphenRules = NO_RULES) -> str:
    """A paragraph's lines as one text: words broken over lines made whole, no space where the script has none."""
    joined = ""
    for text in (line.strip() for line in texts):
        if not text or not joined:
            joined += text
        elif whole := joined_at_hyphen(joined, text, rules):
            joined = whole
        elif NO_SPACES.match(joined[-1]) and NO_SPACES.match(text[0]):
            joined += text
        else:
            joined += " " + text
    return joined


def join_words(words: Sequence[str]) -> str:
    """Words of one line as text: no space between characters that are written without."""
    joined = ""
    for word in words:
        tight = not joined or (NO_SPACES.match(joined[-1]) and NO_SPACES.match(word[:1]))
        joined += word if tight else " " + word
    return joined


def paragraphs(boxes: Sequence[BBox]) -> list[list[int]]:
    """Line boxes grouped into paragraphs: lines of like height that follow closely and share most of their width."""
    typical = median(box.height for box in boxes) if boxes else 0.0
    groups: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda i: (boxes[i].y0, boxes[i].x0)):
        near = [group for group in groups if _follows(boxes[group[-1]], boxes[index], typical)]
        if near:
            near[-1].append(index)
        else:
            groups.append([index])
    return groups


def _follows(above: BBox, below: BBox, typical: float) -> bool:
    gap = below.y0 - above.y1
    shared = min(above.x1, below.x1) - max(above.x0, below.x0)
    alike = 0.6 < (above.height / below.height if below.height else 0) < 1.67
    return alike and -0.5 * typical < gap < 0.7 * typical and shared > 0.5 * min(above.width, below.width)
