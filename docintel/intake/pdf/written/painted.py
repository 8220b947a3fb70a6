"""Pure: the glyphs of a right-to-left line as they were painted.

MuPDF moves vowel signs to the glyph that was painted before them, and then drops letters that stand at their place.
What it traces while painting has every glyph where it is: from that, a line is made of whole letters, each with its
signs and with the other letters of its ligature.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from docintel.intake.pdf.written.glyphs import UNKNOWN, Glyph, clean, is_sign

MAX_RAISED = 0.55
"""Sizes by which a sign's baseline may stand off its line's."""
MAX_ASIDE = 0.6
"""Sizes between a sign's place and its letter."""
MAX_GAP = 0.3
"""Sizes between a line and a letter of it that was dropped at its end."""


@dataclass(frozen=True)
class Painted:
    """A glyph as painted, its place along its line and across it as the line's reader sees it."""

    text: str
    start: float
    end: float
    baseline: float
    size: float
    is_visible: bool = True
    is_dropped: bool = False
    """MuPDF's own lines lack it."""

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def repaired(glyphs: Sequence[Glyph], painted: Sequence[Painted], *, baseline: float) -> list[Glyph]:
    """The line's glyphs from what was painted on its baseline; as they are, where that says less."""
    written = [glyph for glyph in glyphs if not glyph.text.isspace()]
    if not written:
        return list(glyphs)
    level = [each for each in painted if abs(each.baseline - baseline) < MAX_RAISED * each.size]
    own = _between(level, min(g.box[0] for g in written), max(g.box[2] for g in written))
    top, bottom = min(g.box[1] for g in written), max(g.box[3] for g in written)
    whole = _with_words_spread(own)
    found = [Glyph(each.text, (each.start, top, each.end, bottom), each.is_visible) for each in _with_signs(whole)]
    says_more = _num_letters(found) >= _num_letters(written) or whole != own
    return found if says_more and UNKNOWN not in _text(found) else list(glyphs)


def _with_words_spread(painted: Sequence[Painted]) -> list[Painted]:
    """The glyphs, a whole word's text that was given to one of its glyphs spread over the others, which have none."""
    spread: list[Painted] = []
    for may_be_word, group in groupby(painted, key=lambda each: each.text == UNKNOWN or len(each.text.strip()) > 1):
        run = list(group)
        spread += _as_word(run) if may_be_word else run
    return spread


def _as_word(run: Sequence[Painted]) -> list[Painted]:
    known = [each for each in run if each.text != UNKNOWN]
    if len(known) != 1 or len(run) < 2 or not 1 < len(known[0].text) <= len(run) + 1:
        return [replace(each, text=(each.text.split() or [""])[-1]) for each in run]
    from_the_left = sorted(run, key=lambda each: each.start)
    ends = [replace(from_the_left[0], text=" ")] if known[0].text[-1].isspace() else []
    body = from_the_left[len(ends) :]
    return [*ends, replace(known[0], text=known[0].text.strip(), start=body[0].start, end=body[-1].end)]


def _between(level: Sequence[Painted], left: float, right: float) -> list[Painted]:
    """What stands on a line from `left` to `right`, and dropped letters that go on from there."""
    inside = [left <= each.middle <= right for each in level]
    grows = True
    while grows:
        grows = False
        for i, each in enumerate(level):
            near = left - MAX_GAP * each.size <= each.end and each.start <= right + MAX_GAP * each.size
            if each.is_dropped and not inside[i] and near:
                inside[i] = grows = True
                left, right = min(left, each.start), max(right, each.end)
    return [each for each, is_inside in zip(level, inside, strict=True) if is_inside]


def _with_signs(painted: Sequence[Painted]) -> list[Painted]:
    """The glyphs, signs put to their letters' text."""
    letters = [i for i, each in enumerate(painted) if not is_sign(each.text)]
    steps = [painted[b].start > painted[a].start for a, b in pairwise(filter(lambda i: _is_rtl(painted[i]), letters))]
    forwards = sum(steps) * 2 >= len(steps)
    signs: dict[int, str] = {}
    lone = []
    for i, each in enumerate(painted):
        if is_sign(each.text):
            home = _home(painted, i, letters, forwards=forwards)
            if home is None:
                lone.append(i)
            else:
                signs[home] = each.text + signs.get(home, "") if forwards else signs.get(home, "") + each.text
    return [replace(painted[i], text=painted[i].text + signs.get(i, "")) for i in sorted([*letters, *lone])]


def _home(painted: Sequence[Painted], sign: int, letters: Sequence[int], *, forwards: bool) -> int | None:
    """The letter that a sign stands on: painted after it where a line is painted from the left, else before it."""
    before = next((i for i in reversed(letters) if i < sign and not painted[i].text.isspace()), None)
    after = next((i for i in letters if i > sign and not painted[i].text.isspace()), None)
    ranked = [i for i in ((after, before) if forwards else (before, after)) if i is not None]
    near = [i for i in ranked if _distance(painted[i], painted[sign].start) <= MAX_ASIDE * painted[sign].size]
    return next(iter(near), None)


def _distance(letter: Painted, place: float) -> float:
    return max(letter.start - place, place - letter.end, 0.0)


def _is_rtl(painted: Painted) -> bool:
    return unicodedata.bidirectional(painted.text[:1] or " ") in ("R", "AL")


def _text(glyphs: Sequence[Glyph]) -> str:
    return "".join(glyph.text for glyph in glyphs)


def _num_letters(glyphs: Sequence[Glyph]) -> int:
    return len("".join(clean(_text(glyphs)).split()))
