"""How text is set: plainly, as in an old book (justified, indented, hyphenated), or by a typewriter."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.drawing.fonts import BOOK_FACES, HANDWRITING, TYPEWRITERS
from training.drawing.pagetypes import Line
from training.drawing.typeface import Canvas, Typeface


@dataclass(frozen=True, slots=True)
class Manner:
    """One page's or region's way of setting text; the defaults are the plain one."""

    faces: frozenset[str] = frozenset()
    """What to choose the font from; empty for any."""
    indent: float = 0.0
    """Of a paragraph's first line, in font sizes; with one, paragraphs follow each other without a gap."""
    is_justified: bool = False
    is_hyphenated: bool = False
    is_typed: bool = False
    marked: float = 0.0
    """Share of the lines that have a few words underlined or spaced."""
    is_written: bool = False
    """By hand."""

    @property
    def is_uneven(self) -> bool:
        """Whether letters stand a little higher or lower, and are weaker or stronger."""
        return self.is_typed or self.is_written

    @property
    def least_size(self) -> int:
        """Of type in pixels; 0 for any: handwriting faces have small letters."""
        return 18 if self.is_written else 0


PLAIN = Manner()


def draw_manner(rng: random.Random) -> Manner:
    """A manner that worn and old pages have: a typewriter's, a book's, or something between that and the plain one."""
    indent = rng.uniform(0.8, 3.0) if rng.random() < 0.7 else 0.0
    is_hyphenated, marked = rng.random() < 0.7, rng.choice((0.0, 0.02, 0.1))
    kind = rng.random()
    if kind < 0.4:
        return Manner(TYPEWRITERS, indent * 1.5, False, is_hyphenated, True, marked)
    if kind < 0.75:
        return Manner(BOOK_FACES, indent, rng.random() < 0.85, is_hyphenated, False, marked)
    return Manner(frozenset(), indent, rng.random() < 0.5, is_hyphenated, False, marked)


def draw_hand(rng: random.Random) -> Manner:
    """As somebody writes by hand."""
    return Manner(HANDWRITING, rng.choice((0.0, 0.0, 1.5)), is_hyphenated=rng.random() < 0.3, is_written=True)


def wrapped(face: Typeface, text: str, room: float, manner: Manner) -> list[str]:
    """A paragraph's lines."""
    return face.wrap(text, room, indent=manner.indent * face.size, hyphenated=manner.is_hyphenated)


def draw_paragraph_line(
    canvas: Canvas, face: Typeface, lines: Sequence[str], number: int, x: float, baseline: float, ink: int,
    *, room: float, manner: Manner, rng: random.Random,
) -> Line:  # fmt: skip
    """Draw one line of a paragraph that is `room` wide: indented, stretched, spaced, underlined as the manner says."""
    text, shift = lines[number], manner.indent * face.size if number == 0 else 0.0
    marked = _some_words(text, rng) if manner.marked and rng.random() < manner.marked else None
    slack = room - shift - face.width(text)
    gaps: list[float] = []
    if marked and rng.random() < 0.4:
        gaps = _spaced(text, marked, slack, face)
    elif manner.is_justified and number + 1 < len(lines):
        gaps = _justified(text, slack)
    line = face.draw(canvas, text, x + shift, baseline, ink, gaps)
    if marked and not gaps:
        _underline(canvas, face, line, marked, baseline, ink)
    return line


def _some_words(text: str, rng: random.Random) -> tuple[int, int]:
    """Where a run of one to four words starts and ends in `text`."""
    words = text.split(" ")
    first = rng.randrange(len(words))
    start = len(" ".join(words[:first])) + (first > 0)
    return start, start + len(" ".join(words[first : first + rng.randint(1, 4)]))


def _spaced(text: str, marked: tuple[int, int], slack: float, face: Typeface) -> list[float]:
    """Gaps that space some words' letters, as far as the line has room for it."""
    start, end = marked
    gap = min(0.35 * face.size, slack / (end - start + 1))
    return [gap if start <= place < end else 0.0 for place in range(len(text))] if gap > 0.12 * face.size else []


def _justified(text: str, slack: float) -> list[float]:
    """Gaps that stretch a line's spaces over its whole width."""
    num_spaces = text.count(" ")
    if not num_spaces or slack <= 0:
        return []
    return [slack / num_spaces if char == " " else 0.0 for char in text]


def _underline(canvas: Canvas, face: Typeface, line: Line, marked: tuple[int, int], baseline: float, ink: int) -> None:
    start, end = marked
    if end > start:
        y = round(baseline + max(2.0, 0.14 * face.size))
        left = line.xs[start] - face.advance(line.text[start]) / 2
        right = line.xs[end - 1] + face.advance(line.text[end - 1]) / 2
        canvas.pen.line([(left, y), (right, y)], fill=ink, width=1 if face.size < 20 else 2)
