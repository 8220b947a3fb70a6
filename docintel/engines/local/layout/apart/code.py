"""Program text: lines in letters of one width, whose indentation means something."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.layout import NO_SPACES, rows
from docintel.model import BBox, BlockLabel

SYMBOLS = frozenset("{}[]()<>=;:#$_/\\|&*\"'`@+%!~^-")
MIN_SYMBOLS = 0.06
"""Part of the characters that are symbols, in program text. A typed letter has a third of that."""
MIN_ASCII = 0.6
"""Part of the characters that every language writes programs in: comments and strings may have others."""
MIN_LINES = 2
MIN_WORDS = 5
MIN_LETTERS = 3
"""Characters from which a word's width tells how wide its letters are."""
BARE = 0.3
"""Letters by which the ink of a word on a scan is narrower than its letters' places."""
EXACT = 0.12
"""Letters by which a word of a text layer, which knows the places, may be wider or narrower."""
UNSURE, UNSURE_PART = 0.8, 0.09
"""The same on a scan: so many letters, and this part of a long word."""
MAX_WHITE = 2.2
"""Line heights of white above a line that still goes on with the program."""
WIDE_GAP = 3
"""Spaces between words that look like a table's columns."""
MAX_GAPPED = 0.35
"""Part of the lines that may have such a gap."""
FLUSH = 1.0
"""Letters by which the ends of lines differ that are set flush right."""
COLUMN_GAP = 6
"""Letters of white between two columns of a page."""


@dataclass(frozen=True)
class _Row:
    """Words side by side, with the lines they come from."""

    lines: tuple[int, ...]
    words: tuple[tuple[str, BBox], ...]
    is_exact: bool

    @property
    def box(self) -> BBox:
        return BBox.around(box for _, box in self.words)


def part_code(lines: Sequence[PlacedLine]) -> tuple[list[Part], list[PlacedLine]]:
    """The parts of a page that are program text, and all other lines."""
    found = _rows(lines)
    taken: set[int] = set()
    parts = []
    for pitch in _pitches(found):
        for run in _runs([row for row in found if taken.isdisjoint(row.lines)], pitch):
            if _is_code(run, pitch):
                indices = [index for row in run for index in row.lines]
                taken.update(indices)
                kept = tuple(lines[index] for index in indices)
                parts.append(Part(Region(BlockLabel.CODE, BBox.around(line.level for line in kept), 1.0), kept))
    return parts, [line for index, line in enumerate(lines) if index not in taken]


def code_text(lines: Sequence[PlacedLine]) -> str:
    """The lines with their indentation and the spaces between their words, an empty line where there is white."""
    found = _rows(lines)
    pitch = median(width for row in found for width in _widths(row, MIN_LETTERS))
    left = min(row.box.x0 for row in found)
    steps = [below.box.center[1] - above.box.center[1] for above, below in pairwise(found)]
    written = [_written(found[0], left, pitch)]
    for step, row in zip(steps, found[1:], strict=True):
        written += [""] * (step > 1.6 * median(steps))
        written.append(_written(row, left, pitch))
    return "\n".join(written)


def _rows(lines: Sequence[PlacedLine]) -> list[_Row]:
    """Lines side by side, no farther than words of a program, as one."""
    found: list[_Row] = []
    for row in rows([line.level for line in lines]):
        beside: list[int] = []
        for index in row:
            if beside and lines[index].level.x0 - lines[beside[-1]].level.x1 > COLUMN_GAP * _letter(lines[index]):
                found.append(_row(lines, beside))
                beside = []
            beside.append(index)
        found.append(_row(lines, beside))
    return [row for row in found if row.words]


def _row(lines: Sequence[PlacedLine], indices: Sequence[int]) -> _Row:
    words = [word for index in indices for word in lines[index].level_words if word[0]]
    is_exact = all(word.confidence is None for index in indices for word in lines[index].words)
    return _Row(tuple(indices), tuple(sorted(words, key=lambda word: word[1].x0)), is_exact)


def _letter(line: PlacedLine) -> float:
    return line.level.width / max(len(line.text), 1)


def _widths(row: _Row, min_letters: int) -> list[float]:
    """How wide a letter is, by each of the longer words."""
    bare = 0.0 if row.is_exact else BARE
    return [box.width / (len(text) - bare) for text, box in row.words if len(text) >= min_letters]


def _pitches(found: Sequence[_Row]) -> list[float]:
    """Widths that letters may have, from the longer words; each at least a thirtieth apart."""
    widths = sorted(width for row in found for width in _widths(row, MIN_LETTERS + 1))
    kept: list[list[float]] = []
    for width in widths:
        if kept and width < kept[-1][0] * 1.03:
            kept[-1].append(width)
        else:
            kept.append([width])
    return [median(group) for group in sorted(kept, key=len, reverse=True)[:4]]


def _runs(found: Sequence[_Row], pitch: float) -> list[list[_Row]]:
    """Rows that follow each other and whose words are all as wide as their letters are many."""
    runs: list[list[_Row]] = []
    for row in found:
        if not _fits(row, pitch):
            continue
        above = next((run for run in runs if _goes_on(run, row, found)), None)
        if above is not None:
            above.append(row)
        else:
            runs.append([row])
    return runs


def _goes_on(run: Sequence[_Row], row: _Row, found: Sequence[_Row]) -> bool:
    """Whether nothing stands between the run's last row and this one, below it in the same column."""
    last, box = run[-1].box, row.box
    if not -0.5 * box.height < box.y0 - last.y1 < MAX_WHITE * box.height:
        return False
    column = BBox.around(each.box for each in run)
    if box.x0 > column.x1 or box.x1 < column.x0 or abs(box.height - last.height) > 0.5 * last.height:
        return False
    between = [each.box for each in found if last.center[1] < each.box.center[1] < box.center[1]]
    return not any(each.x0 < column.x1 and each.x1 > column.x0 for each in between)


def _fits(row: _Row, pitch: float) -> bool:
    for text, box in row.words:
        difference = box.width / pitch - len(text) + (0 if row.is_exact else BARE)
        unsure = EXACT if row.is_exact else max(UNSURE, UNSURE_PART * len(text))
        if NO_SPACES.search(text) or abs(difference) > unsure:
            return False
    return True


def _is_code(run: Sequence[_Row], pitch: float) -> bool:
    words = [text for row in run for text, _ in row.words]
    characters = "".join(words)
    symbols = sum(character in SYMBOLS for character in characters)
    telling = [text for text in words if len(text) >= MIN_LETTERS and any(map(str.isalpha, text))]
    gapped = sum(any(gap >= WIDE_GAP for gap in _gaps(row, pitch)) for row in run)
    return (
        len(run) >= MIN_LINES
        and len(telling) >= MIN_WORDS
        and symbols >= MIN_SYMBOLS * len(characters)
        and sum(map(str.isascii, characters)) >= MIN_ASCII * len(characters)
        and gapped <= MAX_GAPPED * len(run)
        and not _ends_flush(run, pitch)
    )


def _ends_flush(run: Sequence[_Row], pitch: float) -> bool:
    """Whether lines that begin here and there end at one place, as addresses at a letter's right do."""
    starts, ends = [row.box.x0 for row in run], [row.box.x1 for row in run]
    return max(ends) - min(ends) < FLUSH * pitch and max(starts) - min(starts) > COLUMN_GAP * pitch / 2


def _gaps(row: _Row, pitch: float) -> list[int]:
    """Spaces before each word but the first."""
    return [
        max(1, round((after[1].x0 - before[1].x0) / pitch) - len(before[0])) for before, after in pairwise(row.words)
    ]


def _written(row: _Row, left: float, pitch: float) -> str:
    bare = 0.0 if row.is_exact else BARE
    indentation = " " * max(0, round((row.box.x0 - left) / pitch - bare))
    texts = [text for text, _ in row.words]
    spaces = ["", *(" " * gap for gap in _gaps(row, pitch))]
    return indentation + "".join(space + text for space, text in zip(spaces, texts, strict=True))
