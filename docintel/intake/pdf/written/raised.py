"""Pure: raised and lowered glyphs of a line, told by size and baseline beside their neighbours.

Raised digits and signs become Unicode's superscripts, lowered digits its subscripts, digits over digits fractions, so
that a note's mark never joins a number; other raised letters are parted from one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from docintel.intake.pdf.written.glyphs import Glyph, around, gap_between
from docintel.layout import NO_SPACES

SMALLER = 0.9
"""A raised or lowered glyph has at most this part of its neighbour's size."""
RISE = (0.2, 0.9)
SINK = (0.06, 0.6)
"""How far above or below its neighbour's baseline it stands, in its neighbour's size."""
DIGIT_HEIGHT = 0.7
TOP = 0.62
"""A raised digit, so high by its size, reaches this height by its neighbour's size."""
SAME_SIZE_RISE = (0.25, 0.6)
"""The rise of a mark that is as large as its neighbour."""
MAX_MARK = 3
"""Glyphs of such a mark, and of one that is a line of its own."""
NEAR = 1.5
"""A mark stands at most this far from what it belongs to, in sizes."""
TOUCHING = 0.35
MAX_RAISED = 12
ENDS = 4
"""Glyphs at a line's end among which the largest says how high the line stands."""
SUPERSCRIPTS = str.maketrans("0123456789+-−–=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾")
SUPERSCRIPT_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SUPERSCRIPT_LETTERS = str.maketrans("ni", "ⁿⁱ")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SIGNS = re.compile(r"[-\d+−–=()ni]+")
ORDINAL = re.compile(r"[^\W\d_]{2,4}|[eoaºª]")
MAX_ORDINAL = 4
"""Digits of a number that is written as an ordinal."""
ORDINAL_SIGNS = {"o": "º", "a": "ª"}
MEASURES = frozenset("°º◦∘˚'′″’”\"%‰")
"""Raised signs that are part of a number."""
SLASHES = frozenset("/⁄∕")
FRACTIONS = {
    "1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/5": "⅕", "2/5": "⅖", "3/5": "⅗", "4/5": "⅘",
    "1/6": "⅙", "5/6": "⅚", "1/7": "⅐", "1/8": "⅛", "3/8": "⅜", "5/8": "⅝", "7/8": "⅞", "1/9": "⅑", "1/10": "⅒",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Glyphs that follow each other in one size on one baseline, and their level: 1 raised, -1 lowered."""

    glyphs: tuple[Glyph, ...]
    level: int = 0

    @property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def size(self) -> float:
        return self.glyphs[0].size

    @property
    def baseline(self) -> float:
        return self.glyphs[0].baseline

    @property
    def is_gap(self) -> bool:
        return self.text.isspace()

    @property
    def is_number(self) -> bool:
        return self.text.isascii() and self.text.isdigit()


def with_marks_attached(lines: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """The lines with the marks joined to them that the file paints later; of the marks' own lines nothing is left."""
    joined: list[list[Glyph]] = []
    for line in lines:
        home = next((other for other in reversed(joined) if _goes_on(other, line)), None)
        if home is not None:
            home.extend(line)
        joined.append(list(line) if home is None else [])
    return joined


def _goes_on(line: Sequence[Glyph], following: Sequence[Glyph]) -> bool:
    """Whether a line begins where another ends, the one end being a mark on the other."""
    end = [glyph for glyph in line[-ENDS:] if not glyph.text.isspace()]
    start = [glyph for glyph in following[:ENDS] if not glyph.text.isspace()]
    if not end or not start or end[-1].angle != start[0].angle:
        return False
    reach = TOUCHING * max(end[-1].size, start[0].size)
    if not -2 * reach < gap_between(end[-1], start[0]) < reach:
        return False
    last, first = (
        [run for run in _runs(glyphs) if not run.is_gap][place] for glyphs, place in ((line, -1), (following, 0))
    )
    largest = [Run((max(glyphs, key=lambda glyph: glyph.size),)) for glyphs in (end, start)]
    is_mark_after = _may_be_mark(first.text) and _level(first, largest[0])
    is_mark_before = _may_be_mark(last.text) and last.text == _text(line) and _level(last, largest[1])
    return bool(is_mark_after or is_mark_before)


def _may_be_mark(text: str) -> bool:
    return len(text) <= MAX_MARK and not NO_SPACES.match(text)


def _text(glyphs: Sequence[Glyph]) -> str:
    return "".join(glyph.text for glyph in glyphs).strip()


def with_raised(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs of a line, raised and lowered ones written as such."""
    runs = _levelled(_runs(glyphs))
    if not any(run.level for run in runs):
        return list(glyphs)
    written: list[Glyph] = []
    for run in _with_fractions(runs):
        written += _written(run, written)
    return written


def _runs(glyphs: Sequence[Glyph]) -> list[Run]:
    runs: list[Run] = []
    for glyph in glyphs:
        if runs and _are_alike(runs[-1].glyphs[-1], glyph):
            runs[-1] = Run((*runs[-1].glyphs, glyph))
        else:
            runs.append(Run((glyph,)))
    return runs


def _are_alike(one: Glyph, other: Glyph) -> bool:
    if one.text.isspace() or other.text.isspace():
        return one.text.isspace() and other.text.isspace()
    return abs(one.size - other.size) < 0.02 * one.size and abs(one.baseline - other.baseline) < 0.03 * one.size


def _levelled(runs: Sequence[Run]) -> list[Run]:
    return [replace(run, level=_level_beside(runs, place)) for place, run in enumerate(runs)]


def _level_beside(runs: Sequence[Run], place: int) -> int:
    """The run's level beside the nearest larger run, the one before it first."""
    run = runs[place]
    if run.is_gap or not run.size or len(run.text) > MAX_RAISED:
        return 0
    before = next((other for other in reversed(runs[:place]) if _is_base(other, run)), None)
    after = next((other for other in runs[place + 1 :] if _is_base(other, run)), None)
    near = [base for base in (before, after) if base and _distance(run, base, runs) < NEAR * base.size]
    levels = [_level(run, base) for base in near]
    return next((level for level in levels if level), 0)


def _is_base(other: Run, run: Run) -> bool:
    if other.is_gap or not other.size:
        return False
    if run.size <= SMALLER * other.size:
        return True
    return run.size < 1.05 * other.size and len(run.text) <= MAX_MARK < len(other.text)


def _distance(run: Run, base: Run, runs: Sequence[Run]) -> float:
    """The white between two runs, what stands between them left out when it is small like the run."""
    gaps = [gap_between(base.glyphs[-1], run.glyphs[0]), gap_between(run.glyphs[-1], base.glyphs[0])]
    first, last = sorted((runs.index(run), runs.index(base)))
    between = sum(glyph.width for each in runs[first + 1 : last] if not each.is_gap for glyph in each.glyphs)
    return min(gaps) - between


def _level(run: Run, base: Run) -> int:
    rise = (run.baseline - base.baseline) / base.size if base.size else 0.0
    ratio = run.size / base.size if base.size else 1.0
    if ratio > SMALLER:
        is_mark = ratio < 1.05 and run.text.isascii() and SIGNS.fullmatch(run.text) and any(map(str.isdigit, run.text))
        return int(bool(is_mark) and SAME_SIZE_RISE[0] <= rise <= SAME_SIZE_RISE[1])
    if RISE[0] <= rise <= RISE[1] and rise + DIGIT_HEIGHT * ratio >= TOP:
        return 1
    return -1 if SINK[0] <= -rise <= SINK[1] else 0


def _with_fractions(runs: Sequence[Run]) -> list[Run]:
    """Raised digits, a slash and small digits as one glyph; so too raised digits that stand over lowered ones."""
    joined: list[Run] = []
    place = 0
    while place < len(runs):
        found = _fraction(runs[place : place + 3], after=joined[-1].text[-1:] if joined else "")
        if found:
            size, text = found
            joined.append(_as_one(runs[place : place + size], text, joined))
        else:
            joined.append(runs[place])
        place += found[0] if found else 1
    return joined


def _fraction(runs: Sequence[Run], *, after: str) -> tuple[int, str] | None:
    """How many of these runs are a fraction, and how it is written; at a letter digits over digits are two indices."""
    above, *rest = runs
    if above.level != 1:
        return None
    inner = re.fullmatch(r"(\d+)[/⁄∕](\d+)?", above.text)
    if inner and inner[2] is None and rest and rest[0].is_number:
        return 2, f"{inner[1]}/{rest[0].text}"
    if not above.is_number:
        return None
    if len(rest) == 2 and rest[0].text in SLASHES and rest[1].is_number and rest[1].size < 1.1 * above.size:
        return 3, f"{above.text}/{rest[1].text}"
    if rest and rest[0].level == -1 and (below := re.fullmatch(r"[/⁄∕]?(\d+)", rest[0].text)):
        is_under = gap_between(above.glyphs[0], rest[0].glyphs[0]) < -0.5 * above.glyphs[0].width
        is_fraction = not rest[0].is_number or (is_under and not after.isalpha())
        return (2, f"{above.text}/{below[1]}") if is_fraction else None
    return None


def _as_one(runs: Sequence[Run], fraction: str, before: Sequence[Run]) -> Run:
    """A fraction, with a space before it where digits would run into it."""
    glyphs = [glyph for run in runs for glyph in run.glyphs]
    text = FRACTIONS.get(fraction) or fraction.replace("/", "⁄")
    one = replace(glyphs[0], text=text, box=around(glyph.box for glyph in glyphs))
    touches = bool(before) and before[-1].text[-1:].isdigit() and len(text) > 1
    return Run((_gap_at(glyphs[0]), one) if touches else (one,))


def _written(run: Run, before: Sequence[Glyph]) -> list[Glyph]:
    if run.level == 0:
        return list(run.glyphs)
    if run.level < 0:
        return _translated(run.glyphs, SUBSCRIPTS)
    text = run.text
    if SIGNS.fullmatch(text) and text.strip("()"):
        return _translated(run.glyphs, SUPERSCRIPTS | SUPERSCRIPT_LETTERS)
    number = _number_before(before)
    if number.isdigit() and len(number) <= MAX_ORDINAL and ORDINAL.fullmatch(text):
        return [replace(glyph, text=ORDINAL_SIGNS.get(text, glyph.text)) for glyph in run.glyphs]
    glyphs = _translated(run.glyphs, SUPERSCRIPT_DIGITS)
    is_part_of_number = text[0] in MEASURES or (text[0].isdigit() and not any(map(str.isalpha, text)))
    return [_gap_at(glyphs[0]), *glyphs] if number and not is_part_of_number else glyphs


def _translated(glyphs: Sequence[Glyph], table: dict[int, int]) -> list[Glyph]:
    return [replace(glyph, text=glyph.text.translate(table)) for glyph in glyphs]


def _number_before(glyphs: Sequence[Glyph]) -> str:
    """The number that ends here, with its separators."""
    written = ""
    for glyph in reversed(glyphs):
        if not re.fullmatch(r"[\d.,'’]", glyph.text):
            break
        written = glyph.text + written
    return written if written[-1:].isdecimal() else ""


def _gap_at(glyph: Glyph) -> Glyph:
    return replace(glyph, text=" ", is_gap=True)
