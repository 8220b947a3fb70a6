"""Check boxes that are written: ☐ and ☑ and what fonts have like them, `[x]`, `( )`.

What may be a bullet as well (a disc, a tick, a filled square) is a check box only beside others of another state.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.placed import PlacedLine
from docintel.engines.local.outlines import sliced
from docintel.layout import join_words
from docintel.model import BBox, Word
from docintel.text.ticks import CROSSES, EMPTY_BOXES, EMPTY_RINGS, FULL_BOXES, FULL_RINGS, SIGNS, TICKED_BOXES, TICKS

RINGS = frozenset("⦿◉⊙🔘")
SQUARE_BRACKETS = r"(?<![\w\])])[\[［【][\s_]{0,4}([xX×✓✔✗✘√vV*]?)[\s_]{0,4}[\]］】](?![(\[])"
ROUND_BRACKETS = r"(?<![\w)])[(（][\s_]{0,4}([xX×✓✔✗✘√•●*oOоО]?)[\s_]{0,4}[)）](?![(\[])"
WRITTEN = re.compile(f"[{''.join(sorted(SIGNS))}]|{SQUARE_BRACKETS}|{ROUND_BRACKETS}")
MARKS = frozenset("xX×хХ√vV/\\*+") | SIGNS
"""What stands in a frame to mark it."""
IN_LINE = 0.5
"""Signs of one row or column are out of line by less than this part of their height."""


@dataclass(frozen=True)
class _Sign:
    """A sign in a line: its place in the line's text, and its kind: the character, `[`, `[x`, `(` or `(x`.

    `[]` and `()` have nothing between, as in code.
    """

    line: int
    start: int
    end: int
    kind: str
    box: BBox


def is_mark(text: str) -> bool:
    """Whether a word may be the mark in a frame, or a check box itself."""
    return len(text) == 1 and text in MARKS


def text_boxes(words: Iterable[Word]) -> list[BBox]:
    """Where words stand, without the check boxes that they begin or end with and without marks."""
    found = []
    for word in words:
        letters = [index for index, character in enumerate(word.text) if character not in SIGNS]
        if letters and not is_mark(word.text):
            found.append(_part(word.bbox, word.text, letters[0], letters[-1] + 1))
    return found


def written_marks(
    lines: Sequence[PlacedLine], drawn: Sequence[Mark], *, aspect: float
) -> tuple[list[Mark], list[PlacedLine]]:
    """The check boxes that are drawn and those that are written, and the lines without the latter.

    What is written in a drawn one is its mark.
    """
    signs = [sign for number, line in enumerate(lines) for sign in _signs(number, line)]
    full = [sign for sign in signs if sign.kind in FULL_BOXES | FULL_RINGS]
    are_bullets = any(_is_ticked(sign, drawn) for sign in signs)
    drawn = [mark for mark in drawn if not (mark.is_full and any(_overlap(sign.box, mark.bbox) > 0.3 for sign in full))]
    lines = [_without(line, _inside(line, drawn)) for line in lines]
    lines = [line for line in lines if line.level_words]
    signs = [sign for number, line in enumerate(lines) for sign in _signs(number, line)]
    signs = [sign for sign in signs if not (are_bullets and sign.kind in FULL_BOXES)]
    chosen = [sign for sign in signs if _is_box(sign, signs, lines, aspect)]
    has_ticks = any(sign.kind in TICKS for sign in chosen)
    marks = [
        Mark(sign.box, _is_checked(sign, has_ticks=has_ticks))
        for sign in chosen
        if not any(_overlap(sign.box, mark.room or mark.bbox) > 0.3 for mark in drawn)
    ]
    left = [_cut(line, [sign for sign in chosen if sign.line == number]) for number, line in enumerate(lines)]
    return [*drawn, *marks], [line for line in left if line.level_words]


def _is_ticked(sign: _Sign, drawn: Sequence[Mark]) -> bool:
    """Whether a mark was drawn on a written box: where boxes are ticked so, full ones are bullets."""
    boxes = EMPTY_BOXES | EMPTY_RINGS
    return sign.kind in boxes and any(mark.is_checked and _overlap(sign.box, mark.bbox) > 0.3 for mark in drawn)


def _inside(line: PlacedLine, drawn: Sequence[Mark]) -> list[int]:
    """Words of one character that stand in a drawn box, by index."""
    return [
        index
        for index, (text, box) in enumerate(line.level_words)
        if len(text) == 1 and any(_holds(mark.room or mark.bbox, box) for mark in drawn)
    ]


def _holds(outer: BBox, inner: BBox) -> bool:
    x, y = inner.center
    return outer.x0 <= x <= outer.x1 and outer.y0 <= y <= outer.y1


def _overlap(a: BBox, b: BBox) -> float:
    return a.overlap(b) / (min(a.area, b.area) or 1.0)


def _without(line: PlacedLine, dropped: Sequence[int]) -> PlacedLine:
    if not dropped:
        return line
    kept = [index for index in range(len(line.level_words)) if index not in dropped]
    return _rebuilt(line, [(line.level_words[i], i) for i in kept])


def _signs(number: int, line: PlacedLine) -> Iterator[_Sign]:
    text = " ".join(word for word, _ in line.level_words)
    for found in WRITTEN.finditer(text):
        written = found.group()
        mark = (found[1] or found[2] or "").strip()
        kind = written if len(written) == 1 else _kind_of(written, mark)
        yield _Sign(number, found.start(), found.end(), kind, _box(line, found.start(), found.end()))


def _kind_of(written: str, mark: str) -> str:
    bracket = "[" if written[0] in "[［【" else "("
    if mark:
        return f"{bracket}x"
    return bracket if len(written) > 2 else {"[": "[]", "(": "()"}[bracket]


def _spans(line: PlacedLine) -> Iterator[tuple[int, int]]:
    """Where each word stands in the line's text, its words with one space between."""
    start = 0
    for text, _ in line.level_words:
        yield start, start + len(text)
        start += len(text) + 1


def _box(line: PlacedLine, start: int, end: int) -> BBox:
    return BBox.around(
        _part(box, text, max(start - first, 0), min(end - first, len(text)))
        for (text, box), (first, last) in zip(line.level_words, _spans(line), strict=True)
        if start < last and first < end
    )


def _part(box: BBox, text: str, start: int, end: int) -> BBox:
    """The box of some of a word's characters, as if they were of one width."""
    width = box.width / len(text)
    return BBox.from_corners(box.x0 + start * width, box.y0, box.x0 + end * width, box.y1)


def _is_box(sign: _Sign, signs: Sequence[_Sign], lines: Sequence[PlacedLine], aspect: float) -> bool:
    others = [other for other in signs if other is not sign]
    beside = {other.kind for other in others if _in_line(sign.box, other.box, aspect)}
    kind = sign.kind
    if kind == "(x":
        return any(other.kind in ("(", "()") for other in others)
    if kind in ("[]", "()"):
        return f"{kind[0]}x" in beside
    if kind in TICKED_BOXES or kind in EMPTY_BOXES or kind in ("[", "[x", "("):
        return True
    if kind in FULL_RINGS:
        return bool(beside & EMPTY_RINGS) and not any(other.kind in RINGS for other in others)
    if kind in EMPTY_RINGS:
        in_row = any(other.kind == kind and _level(sign.box, other.box) for other in others if other.line >= 0)
        return in_row or bool(beside & (FULL_RINGS | RINGS))
    if kind in FULL_BOXES:
        return bool(beside & EMPTY_BOXES)
    return bool(beside & (EMPTY_BOXES | (TICKS if kind in CROSSES else CROSSES))) or _stands_alone(sign, lines)


def _stands_alone(sign: _Sign, lines: Sequence[PlacedLine]) -> bool:
    """A tick in a table's cell."""
    line = lines[sign.line]
    return len(line.level_words) == 1 and len(line.level_words[0][0]) == 1


def _in_line(a: BBox, b: BBox, aspect: float) -> bool:
    slack = IN_LINE * max(a.height, b.height)
    return _level(a, b) or abs(a.center[0] - b.center[0]) * aspect < slack


def _level(a: BBox, b: BBox) -> bool:
    return abs(a.center[1] - b.center[1]) < IN_LINE * max(a.height, b.height)


def _is_checked(sign: _Sign, *, has_ticks: bool) -> bool:
    """A cross says yes where nothing else does, and no beside ticks."""
    if sign.kind in CROSSES:
        return not has_ticks
    return sign.kind in TICKED_BOXES | TICKS | FULL_RINGS | FULL_BOXES or sign.kind in ("[x", "(x")


def _cut(line: PlacedLine, signs: Sequence[_Sign]) -> PlacedLine:
    """The line without its signs; what is left of a word keeps its place."""
    if not signs:
        return line
    kept: list[tuple[tuple[str, BBox], int]] = []
    for index, ((text, box), (first, _)) in enumerate(zip(line.level_words, _spans(line), strict=True)):
        flags = [not any(sign.start <= first + n < sign.end for sign in signs) for n in range(len(text))]
        for start, end in _runs(flags):
            if text[start:end].strip():
                whole = end - start == len(text)
                kept.append(((text[start:end], box if whole else _part(box, text, start, end)), index))
    return _rebuilt(line, kept)


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            yield start, index
            start = None


def _rebuilt(line: PlacedLine, kept: Sequence[tuple[tuple[str, BBox], int]]) -> PlacedLine:
    """The line of other words, each with the index of the word that it was or was part of."""
    words = []
    for (text, level), index in kept:
        word = line.words[index]
        if text != line.level_words[index][0]:
            old = line.level_words[index][1]
            start, end = ((x - old.x0) / (old.width or 1.0) for x in (level.x0, level.x1))
            word = sliced(word, start, end).model_copy(update={"text": text})
        words.append(word)
    level_words = tuple(each for each, _ in kept)
    return replace(
        line,
        text=join_words([text for text, _ in level_words]),
        level=BBox.around(box for _, box in level_words) if level_words else line.level,
        words=tuple(words),
        level_words=level_words,
    )
