"""Pure: letter-spaced words of a line made whole.

Where letter after letter stands apart, the gaps are of two kinds: between letters and between words. The words are cut
anew at the wider ones.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from docintel.intake.pdf.written.glyphs import Glyph, gap_between

APART = 0.08
"""Letters of a word that is not letter-spaced stand nearer to each other, in sizes."""
FARTHEST = 0.9
"""Letters further apart than this stand in columns."""
MIN_GAPS = 3
WIDER = 1.5
WIDER_BY = 0.08
"""A gap between words is so many times as wide as one between letters, and by this part of a size more."""
IN_GRID = 0.05
"""Of its width, by which a letter may be off its place where all places are of one width."""
MIN_LETTERS = 3
"""A letter-spaced stretch has a word of so many letters at least: single letters, digits and dots do stand apart."""

VOWEL = re.compile("[aeiouAEIOU]")


def without_tracking(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The line with a space where words end, and none between letters that are only spaced."""
    written = [glyph for glyph in glyphs if not glyph.text.isspace()]
    if len(written) <= MIN_GAPS or len(written) == len(glyphs):
        return list(glyphs)
    joined, parted = set[int](), set[int]()
    for start, words in _stretches(written, _spaces(glyphs)):
        ends = {start + sum(map(len, words[: count + 1])) for count in range(len(words))}
        joined |= set(range(start + 1, max(ends))) - ends
        parted |= ends - {max(ends)}
    return _spaced(glyphs, joined, parted) if joined else list(glyphs)


def _spaces(glyphs: Sequence[Glyph]) -> set[int]:
    """Places, counted over the glyphs that are written, before which a space stands."""
    spaces: set[int] = set()
    place = 0
    for glyph in glyphs:
        if glyph.text.isspace():
            spaces.add(place)
        else:
            place += 1
    return spaces


def _stretches(written: Sequence[Glyph], spaces: set[int]) -> Iterator[tuple[int, list[list[Glyph]]]]:
    """Letter-spaced stretches: the place of the first glyph, and the words.

    The last letter of a word that is not letter-spaced may stand before one, the first letter of another after it.
    """
    gaps = [gap_between(one, other) / (one.size or other.size or 1.0) for one, other in pairwise(written)]
    start = 0
    while start < len(gaps):
        end = start
        while end < len(gaps) and APART < gaps[end] < 4 * FARTHEST:
            end += 1
        first = start + (start > 0 and gaps[start - 1] <= APART and start + 1 in spaces)
        last = end - (end < len(gaps) and gaps[end] <= APART and end in spaces)
        if last - first >= MIN_GAPS:
            words = list(_words(written[first : last + 1], gaps[first:last]))
            if _are_words(words):
                yield first, words
        start = end + 1


def _words(written: Sequence[Glyph], gaps: Sequence[float]) -> Iterator[list[Glyph]]:
    usual = sorted(gaps)[len(gaps) // 4]
    ends = _ends_in_grid(written) or [gap > min(WIDER * usual + WIDER_BY, FARTHEST) for gap in gaps]
    word = [written[0]]
    for glyph, is_end in zip(written[1:], ends, strict=True):
        if is_end:
            yield word
            word = []
        word.append(glyph)
    yield word


def _ends_in_grid(written: Sequence[Glyph]) -> list[bool]:
    """Whether a place is left free after each glyph, where all begin at places of one width; else nothing."""
    starts = [glyph.box[0] for glyph in written]
    steps = [after - before for before, after in pairwise(starts)]
    pitch = min(steps)
    places = [step / pitch if pitch > 0 else 0.0 for step in steps]
    is_grid = all(round(place) and abs(place - round(place)) < IN_GRID for place in places)
    is_filled = 2 * sum(round(place) == 1 for place in places) > len(places)
    return [round(place) > 1 for place in places] if is_grid and is_filled else []


def _are_words(words: Sequence[Sequence[Glyph]]) -> bool:
    texts = ["".join(glyph.text for glyph in word) for word in words]
    is_formula = any(unicodedata.category(c) == "Sm" for text in texts for c in text)
    return not is_formula and any(map(_is_word, texts))


def _is_word(text: str) -> bool:
    """Letters enough, one of them a vowel, and not the alphabet."""
    letters = re.findall(rf"[^\W\d_]{{{MIN_LETTERS},}}", text)
    return any(not _is_alphabet(run) and (VOWEL.search(run) or not run.isascii()) for run in letters)


def _is_alphabet(text: str) -> bool:
    return all(ord(after) - ord(before) == 1 for before, after in pairwise(text))


def _spaced(glyphs: Sequence[Glyph], joined: set[int], parted: set[int]) -> list[Glyph]:
    """The glyphs with spaces only where they belong, places counted over those that are written."""
    spaced: list[Glyph] = []
    place = 0
    for glyph in glyphs:
        if glyph.text.isspace():
            if place not in joined and place not in parted:
                spaced.append(glyph)
            continue
        if place in parted:
            spaced.append(replace(glyph, text=" ", is_gap=True))
        spaced.append(glyph)
        place += 1
    return spaced
