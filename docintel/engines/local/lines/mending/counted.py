"""Numbers whose characters are as many as the stretches of ink on the page: 8.5 is no 85.

Where they are not, or the number is doubted, RapidOCR reads it again; what it reads counts where it fits the ink. Where
neither does and the two differ, the number is marked unsure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.mending.signs import SPELLINGS
from docintel.engines.local.lines.stretches import around, stretches
from docintel.engines.local.lines.words import ReadLine, ReadWord

MARKS = frozenset(".,:'’`´-–+/()°€$£¥CF")
"""What stands in numbers beside digits, each one stretch of ink."""
MIN_CONFIDENCE = 0.9
"""RapidOCR's, to be believed."""
UNSURE = 0.5
"""The most confidence of a number that two readers read differently."""

_PARTED = re.compile(r"(?<=\d)[°*`´’”“](?=\d{3})")
"""A Swiss thousands' mark, as it may be read."""

Reader = Callable[[Pixels, Sequence[Quad]], list[ReadLine]]


def with_counted_digits(line: ReadLine, pixels: Pixels, quad: Quad, read: Reader) -> ReadLine:
    words = tuple(_counted(word, pixels, around(word, quad), read) if _is_number(word) else word for word in line.words)
    return line if words == line.words else replace(line, text=" ".join(each.text for each in words), words=words)


def _is_number(word: ReadWord) -> bool:
    """Whether digits make up a word that could have lost or gained one."""
    return len(word.text) > 1 and any(map(str.isdecimal, word.text)) and _is_plain(word.text)


def _is_plain(text: str) -> bool:
    return all(c in MARKS or (c.isascii() and c.isdecimal()) for c in text)


def _counted(word: ReadWord, pixels: Pixels, place: Quad, read: Reader) -> ReadWord:
    num_stretches = len(stretches(pixels, place))
    if not num_stretches or (num_stretches == len(word.text) and not _PARTED.search(word.text)):
        return word
    (seen,) = read(pixels, [place])
    text = _PARTED.sub("'", seen.text.translate(SPELLINGS))
    if text == word.text:
        return word
    if seen.confidence >= MIN_CONFIDENCE and len(text) == num_stretches and _is_plain(text):
        return replace(word, text=text, confidence=min(seen.confidence, 1.0))
    return replace(word, confidence=min(word.confidence, UNSURE)) if _digits(text) != _digits(word.text) else word


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))
