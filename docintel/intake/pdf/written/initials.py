"""Pure: drop capitals, joined to the words that they begin."""

from collections.abc import Sequence
from dataclasses import replace

from docintel.intake.pdf.written.glyphs import Glyph
from docintel.layout import NO_SPACES

LARGER = 1.7
"""A drop capital has so many times the size of the lines beside it at least."""
BESIDE = 1.2
"""The lines beside it begin at most so far to its right, in their size."""
CAP_HEIGHT = 0.7
LEVEL = 0.6
"""How far its top may differ from its line's, in the line's size."""
CAP_TOLERANCE = 0.05
"""By how much a face's capitals may be higher or lower than CAP_HEIGHT, in the initial's size."""


def with_initials(lines: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """The lines, drop capitals standing at the beginning of the first of the lines beside them."""
    joined = [list(line) for line in lines]
    for place, line in enumerate(joined):
        initial = _initial(line)
        home = _home(initial, joined, place) if initial else None
        if initial and home is not None:
            del line[: next((n for n, glyph in enumerate(line[1:], 1) if not glyph.text.isspace()), len(line))]
            joined[home] = _begun_by(initial, joined[home], joined)
    return joined


def _initial(line: Sequence[Glyph]) -> Glyph | None:
    """The letter that a line begins with, where it is much larger than what follows."""
    written = [glyph for glyph in line if not glyph.text.isspace()]
    if not written or written[0] is not line[0] or not written[0].text.isalpha() or line[0].angle:
        return None
    if NO_SPACES.match(written[0].text):  # Chinese and Japanese letters begin no words; small ones are their readings
        return None
    is_larger = len(written) == 1 or line[0].size >= LARGER * written[1].size
    return line[0] if is_larger and line[0].size else None


def _home(initial: Glyph, lines: Sequence[Sequence[Glyph]], own: int) -> int | None:
    """Which of two lines or more that stand beside the initial is the first; it has to begin at the initial's top."""
    starts = {place: _start(line, place == own) for place, line in enumerate(lines)}
    beside = {place: start for place, start in starts.items() if start and _is_beside(initial, start)}
    if len(beside) < 2:
        return None
    first = max(beside, key=lambda place: beside[place].baseline)
    top = initial.baseline + CAP_HEIGHT * initial.size
    line_top = beside[first].baseline + CAP_HEIGHT * beside[first].size
    slack = LEVEL * beside[first].size + CAP_TOLERANCE * initial.size
    return first if first != own and abs(top - line_top) <= slack else None


def _start(line: Sequence[Glyph], is_own: bool) -> Glyph | None:
    return next((glyph for glyph in line[is_own:] if not glyph.text.isspace()), None)


def _is_beside(initial: Glyph, start: Glyph) -> bool:
    white = start.box[0] - initial.box[2]
    top = initial.baseline + CAP_HEIGHT * initial.size
    return (
        not start.angle
        and initial.size >= LARGER * start.size > 0
        and -0.3 * start.size < white < BESIDE * start.size
        and initial.baseline - 0.5 * start.size < start.baseline < top
    )


def _begun_by(initial: Glyph, line: Sequence[Glyph], lines: Sequence[Sequence[Glyph]]) -> list[Glyph]:
    """The line with the initial before it: as part of its first word, or as a word where the page knows that word."""
    first = line[0]
    box = (initial.box[0], first.box[1], initial.box[2], first.box[3])
    placed = replace(initial, box=box, size=first.size, baseline=first.baseline)
    words = [word.casefold() for each in lines for word in "".join(glyph.text for glyph in each).split()]
    start = "".join(glyph.text for glyph in line).split()[0].casefold()
    is_word = words.count(start) > 1 and initial.text.casefold() + start not in words and first.text.islower()
    if is_word:
        return [placed, replace(first, text=" ", is_gap=True), *line]
    touching = (box[0], box[1], max(box[2], first.box[0]), box[3])  # however far off its word was set
    return [replace(placed, box=touching), *line]
