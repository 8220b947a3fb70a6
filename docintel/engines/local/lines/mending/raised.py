"""Raised and lowered digits, told by their place and height: 4,250¹ is no 42501, and H₂O has no 20.

Each character of a word is one stretch of ink, or the word is left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.stretches import around, stretches
from docintel.engines.local.lines.words import ReadLine, ReadWord

HIGH = 0.25
"""Of a digit's height, by which a raised one ends above the line."""
LOW = 0.12
"""The same for a lowered one, below it."""
SMALL = 0.82
"""A raised or lowered digit's height, at most, as a part of the others'."""
X_HEIGHT = 0.7
"""Of letters without ascenders, as a part of a digit's height."""
SHORT_LETTERS = frozenset("acemnorsuvwxz")
HANGING = frozenset("gjpqyQ,;()[]{}/|$§")
MARKS = frozenset(".,;:-–—'’‘\"“”*°´`·~")

DATE = re.compile(r"\W*\d{1,4}([./-])\d{1,2}\1(?:\d{4}|\d{2})\W*")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Glyph:
    """A character and its ink's extent in pixels of the crop."""

    text: str
    top: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


def with_raised_digits(line: ReadLine, pixels: Pixels, quad: Quad) -> ReadLine:
    words = tuple(_word(word, pixels, quad) if _may_be(word.text) else word for word in line.words)
    return line if words == line.words else replace(line, text=" ".join(each.text for each in words), words=words)


def _may_be(text: str) -> bool:
    """Whether a digit follows something that it may be raised above. Those of a date stand on its line."""
    return not DATE.fullmatch(text) and any(
        after in "0123456789" and (before.isalnum() or before in ".,)") for before, after in pairwise(text)
    )


def _word(word: ReadWord, pixels: Pixels, quad: Quad) -> ReadWord:
    found = stretches(pixels, around(word, quad))
    if len(found) != len(word.text):
        return word
    glyphs = [Glyph(character, *stretch) for character, stretch in zip(word.text, found, strict=True)]
    text = "".join(_written(glyph, glyphs[:n], glyphs) for n, glyph in enumerate(glyphs))
    return replace(word, text=text) if text != word.text else word


def _written(glyph: Glyph, before: Sequence[Glyph], glyphs: Sequence[Glyph]) -> str:
    standing = [each for each in glyphs if each is not glyph and each.text not in MARKS | HANGING]
    if glyph.text not in "0123456789" or not before or not standing:
        return glyph.text
    tall = max(each.height / (X_HEIGHT if each.text in SHORT_LETTERS else 1.0) for each in standing)
    if glyph.height > SMALL * tall:
        return glyph.text
    foot = median(each.bottom for each in standing if each.height > SMALL * X_HEIGHT * tall)
    if foot - glyph.bottom > HIGH * tall:
        return glyph.text.translate(RAISED)
    is_lowered = glyph.bottom - foot > LOW * tall and before[-1].text.isalpha()
    return glyph.text.translate(LOWERED) if is_lowered else glyph.text
