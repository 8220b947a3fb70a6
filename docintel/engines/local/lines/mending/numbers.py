"""Numbers in Latin digits inside lines of other scripts, whose models drop digits or take them for others.

What such a model read as digits is cut out at the white around it and read twice more, by Tesseract's English model and
by RapidOCR. Where both read the same, it stands there.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels, Quad, crop, part, size
from docintel.engines.local.lines.line_classifier import HEIGHT, ink
from docintel.engines.local.lines.words import ReadLine, ReadWord

GARBLES_DIGITS = frozenset("Arab Hebr Deva Beng Gujr Guru Taml Telu Knda Mlym Sinh Thai Ethi Khmr Laoo Mymr".split())
"""Scripts whose models garble Latin digits."""
NUMBER = re.compile(r"(?P<before>\W?)(?P<digits>\d+(?:[.,:/–-]\d+)*)(?P<after>\W{0,2})", re.ASCII)
DROPPED = 0.3
"""A word without letters that is read with less confidence may be what is left of a number."""
SPACES = range(10, 3, -1)
"""White that may part words, in 32nds of the line's height: the widest that parts a number from its neighbours does.
There is nearly as much beside a 1.
"""
TAKEN_FOR_PERCENT = "90"
"""What Arabic models read a per cent sign as, more or less."""
DANDAS = frozenset("।॥")
"""Full stops that are taken for a 1, and it for them."""
MARGIN = 0.07
"""White kept around a number, in line heights."""
INK = 0.4
EDGES = slice(3, HEIGHT - 3)
"""Rows of a line in which ink counts: neither lines above and below nor rules."""

Reader = Callable[[Pixels, Sequence[Quad]], list[ReadLine]]
Match = re.Match[str]
Extent = tuple[float, float]
Strip = NDArray[np.float32]
"""A line's ink, 32 pixels high."""


def are_latin(lines: Iterable[ReadLine]) -> bool:
    """Whether a page's numbers are in Latin digits rather than in the script's own."""
    digits = [character for line in lines for character in line.text if character.isdecimal()]
    return 2 * sum(map(str.isascii, digits)) >= len(digits)


def with_numbers(line: ReadLine, pixels: Pixels, quad: Quad, readers: Sequence[Reader]) -> ReadLine:
    """The line with its numbers as all `readers` read them; those that they read differently stay."""
    chosen = [index for index, word in enumerate(line.words) if may_be_number(word)]
    if not chosen:
        return line
    across, down = size(quad)
    strip = ink(crop(pixels, quad, height=HEIGHT))
    words = list(line.words)
    for index in chosen:
        others = [line.words[other] for other in chosen if other != index]
        for extent in _extents(words[index], others, strip, margin=MARGIN * down / max(across, 1.0)):
            read = _agreed(words[index], extent, pixels, quad, readers)
            if read:
                words[index] = read
                break
    return replace(line, text=" ".join(word.text for word in words), words=tuple(words))


def may_be_number(word: ReadWord) -> bool:
    """Whether Latin digits were read, and nothing of the script's own; or a mark that is hardly believed."""
    if any(unicodedata.category(c)[0] in "LMN" and not c.isascii() for c in word.text):
        return False
    return any(map(str.isdecimal, word.text)) or (word.confidence < DROPPED and not any(map(str.isalpha, word.text)))


def _extents(word: ReadWord, others: Sequence[ReadWord], strip: Strip, *, margin: float) -> Iterator[Extent]:
    """Where the number may stand: the stretch of ink that it was read in, without `others`; else its own box."""
    found: list[Extent] = []
    for space in SPACES:
        shared = [(min(word.end, end) - max(word.start, start), start, end) for start, end in _inked(strip, space)]
        overlap, start, end = max(shared, default=(0.0, 0.0, 0.0))
        if overlap > 0 and not any(start < (other.start + other.end) / 2 < end for other in others):
            found.append((start, end))
    for start, end in [*dict.fromkeys(found), (word.start, word.end)]:
        yield max(start - margin, 0.0), min(end + margin, 1.0)


def _inked(strip: Strip, space: int) -> list[Extent]:
    """Stretches of a line's width that hold ink, parted by so many columns of white; in fractions of it."""
    columns = np.flatnonzero((strip[EDGES] > INK).any(axis=0))
    if not len(columns):
        return []
    cuts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(columns)) if b - a > space), len(columns)]
    width = strip.shape[1]
    return [(float(columns[a] / width), float((columns[b - 1] + 1) / width)) for a, b in pairwise(cuts)]


def _agreed(word: ReadWord, extent: Extent, pixels: Pixels, quad: Quad, readers: Sequence[Reader]) -> ReadWord | None:
    """The number that all readers see there, with the marks that `word` has; None where digits would be lost."""
    place = part(quad, *extent)
    found: list[Match] = []
    confidence = 1.0
    for read in readers:
        (line,) = read(pixels, [place])
        number = NUMBER.fullmatch(line.text)
        if not number or (found and number["digits"] != found[0]["digits"]):
            return None
        found.append(number)
        confidence = min(confidence, line.confidence)
    text = _marked(word, found)
    return ReadWord(text, confidence, *extent) if text else None


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))


def _marked(word: ReadWord, numbers: Sequence[Match]) -> str | None:
    """The number between the marks that the script's own model read, unless nobody else sees any.

    Only that model knows on which side of a number a mark stands where text runs from the right.
    """
    digits, old, read = numbers[0]["digits"], _digits(word.text), _digits(numbers[0]["digits"])
    if all("%" in (number["before"], number["after"]) for number in numbers) and len(old) <= len(read) + len(
        TAKEN_FOR_PERCENT
    ):
        return digits + "%"
    if len(read) < len(old):
        return None
    if not old:
        return max((number.group() for number in numbers), key=len)
    seen = any(number["before"] or number["after"] for number in numbers)
    before, after = (_marks(end, seen) for end in (word.text[: _first(word.text)], word.text[_last(word.text) :]))
    if after in DANDAS and read == old + "1":
        return digits if word.confidence < DROPPED else None
    return before + digits + after


def _marks(text: str, seen: bool) -> str:
    return text if seen or not text.isascii() else ""


def _first(text: str) -> int:
    return next(place for place, character in enumerate(text) if character.isdecimal())


def _last(text: str) -> int:
    return len(text) - _first(text[::-1])
