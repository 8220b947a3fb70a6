"""The rows of a table without drawn borders: which lines of words belong together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from statistics import median

from docintel.model import BBox
from docintel.tables.lattice import Text, is_number
from docintel.tables.leaders import is_leader, without_leaders
from docintel.tables.ruled import cell_text

MIN_RULES = 3
"""So many rules between its lines make a table one whose rows are ruled."""
TIGHT = 0.85
"""Lines that follow closer than this part of the usual pitch are one wrapped text."""


@dataclass
class Line:
    """Words on one level, and what they fill: spans of columns → words."""

    words: list[int]
    box: BBox
    cells: dict[tuple[int, int], list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """The words looked at, and how: everything that the steps below share."""

    texts: Sequence[Text]
    rules: Sequence[BBox]
    aspect: float
    right_to_left: bool

    def height(self, words: Sequence[int]) -> float:
        return median(self._height(self.texts[i]) for i in words)

    def _height(self, text: Text) -> float:
        return text.box.width * self.aspect if text.is_tall else text.box.height

    def are_two_heads(self, word: int, other: int) -> bool:
        """Whether they are parts of turned lines, which stand apart however close."""
        one, two = self.texts[word], self.texts[other]
        return (one.is_tall or two.is_tall) and one.box != two.box

    def span(self, word: int) -> tuple[float, float]:
        """Where a word begins and ends, without dots that lead the eye from its end to a number."""
        text, box = self.texts[word].text, self.texts[word].box
        kept = len(without_leaders(text)) / len(text) if text else 1.0
        start, end = (box.x1 - kept * box.width, box.x1) if self.right_to_left else (box.x0, box.x0 + kept * box.width)
        return (start * self.aspect, end * self.aspect) if kept else (box.x0 * self.aspect, box.x1 * self.aspect)

    def is_leader(self, word: int) -> bool:
        return is_leader(self.texts[word].text)

    def text(self, words: Sequence[int]) -> str:
        kept = [self.texts[i] for i in words if not self.is_leader(i)]
        return without_leaders(cell_text(kept, right_to_left=self.right_to_left))

    def box(self, words: Sequence[int]) -> BBox:
        return BBox.around(self.texts[i].box for i in words)


def row_groups(sheet: Sheet, lines: Sequence[Line]) -> list[list[Line]]:
    """Lines put together to rows: by rules where each row has one, else a line that says little joins its neighbour."""
    bands = _between_rules(sheet, lines)
    if len(bands) > MIN_RULES and len(bands) * 2 > len(lines):
        fullest = max(len(line.cells) for line in lines)
        parted = [_wrapped(sheet, b) if sum(_is_row(sheet, line, fullest) for line in b) > 1 else [b] for b in bands]
        return [row for band in parted for row in band]
    return [row for band in bands for row in _wrapped(sheet, band)]


def _between_rules(sheet: Sheet, lines: Sequence[Line]) -> list[list[Line]]:
    cuts = rules_within(sheet, lines)
    bands: dict[int, list[Line]] = {}
    for line in lines:
        bands.setdefault(sum(cut < line.box.center[1] for cut in cuts), []).append(line)
    return list(bands.values())


def rules_within(sheet: Sheet, lines: Sequence[Line]) -> list[float]:
    """Where rules run over most of the lines' width, between their first and last."""
    box = BBox.around(line.box for line in lines)
    return sorted(
        rule.y0
        for rule in sheet.rules
        if min(rule.x1, box.x1) - max(rule.x0, box.x0) > 0.6 * box.width
        and lines[0].box.center[1] < rule.y0 < lines[-1].box.center[1]
    )


def _wrapped(sheet: Sheet, lines: Sequence[Line]) -> list[list[Line]]:
    """Rows of lines between which no rule runs: every full line begins one, others join the nearest."""
    fullest = max(len(line.cells) for line in lines)
    own = [_is_row(sheet, line, fullest) or _is_head(lines[n : n + 2]) for n, line in enumerate(lines)]
    pitches = [b.box.center[1] - a.box.center[1] for a, b in pairwise(lines)]
    between_rows = [pitch for pitch, a, b in zip(pitches, own, own[1:], strict=False) if a and b]
    usual = median(between_rows) if between_rows else max(pitches, default=0.0)
    homes = list(range(len(lines)))
    edge = max(last for line in lines for _, last in line.cells) if sheet.right_to_left else 0
    starts = [any(first <= edge <= last for first, last in line.cells) for line in lines]
    for start, end in _stretches(own):
        homes[start:end] = _homes(lines, starts, start, end, usual)
    groups: dict[int, list[Line]] = {}
    for line, home in zip(lines, homes, strict=True):
        groups.setdefault(home, []).append(line)
    return [groups[home] for home in sorted(groups)]


def _stretches(own: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of lines that are no rows by themselves: first, and past the last."""
    edges = [i for i, (a, b) in enumerate(pairwise([True, *own, True])) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _homes(lines: Sequence[Line], starts: Sequence[bool], start: int, end: int, usual: float) -> list[int]:
    """The rows that lines start…end-1 belong to: parted at the widest white, the lowest of equal ones.

    A line that stands as far off as rows do and says something in the column read first (`starts`) is a row.
    """
    if start == 0 and end == len(lines):
        return list(range(start, end))
    middles = [line.box.center[1] for line in lines]
    steps = [middles[i] - middles[i - 1] if 0 < i < len(lines) else float("inf") for i in range(start, end + 1)]
    widest = max(range(len(steps)), key=lambda i: (round(steps[i] / (usual or 1.0), 1), i))
    homes = []
    for i, (before, after) in enumerate(pairwise(steps)):
        step, home = (before, start - 1) if i < widest else (after, end)
        homes.append(start + i if starts[start + i] and step >= TIGHT * usual else home)
    return homes


def _is_row(sheet: Sheet, line: Line, fullest: int) -> bool:
    """Whether the line says enough to be a row: most columns, or a number."""
    enough = max(2, ceil(0.6 * fullest))
    return len(line.cells) >= enough or any(is_number(sheet.text(words)) for words in line.cells.values())


def _is_head(lines: Sequence[Line]) -> bool:
    """Whether the first of two lines heads several columns at once, of which the next names each."""
    if len(lines) < 2:
        return False
    spans = [(first, last) for first, last in lines[0].cells if last > first]
    named = {first for first, last in lines[1].cells if first == last}
    return bool(spans) and all(set(range(first, last + 1)) <= named for first, last in spans)
