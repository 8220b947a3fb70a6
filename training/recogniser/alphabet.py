"""What the recogniser can write, and how text becomes a sequence of its symbols.

A line is written as it is seen from left to right, whatever its direction. Hangul is written in its letters (jamo), so
that every syllable can be spelled with few symbols. Vowel points of Arabic and Hebrew are left out.
"""

import re
import unicodedata
from functools import cache

BLOCKS = {
    "Latn": (
        (0x41, 0x5A),
        (0x61, 0x7A),
        (0xC0, 0xD6),
        (0xD8, 0xF6),
        (0xF8, 0x17F),
        (0x1A0, 0x1A1),
        (0x1AF, 0x1B0),
        (0x218, 0x21B),
        (0x1E9E, 0x1E9E),
        (0x1EA0, 0x1EF9),
    ),
    "Cyrl": (
        (0x400, 0x45F),
        (0x490, 0x493),
        (0x49A, 0x49B),
        (0x4A2, 0x4A3),
        (0x4AE, 0x4B1),
        (0x4BA, 0x4BB),
        (0x4D8, 0x4D9),
        (0x4E8, 0x4E9),
    ),
    "Grek": ((0x386, 0x3CE),),
    "Arab": ((0x621, 0x64A), (0x660, 0x66D), (0x671, 0x6D3), (0x6F0, 0x6F9)),
    "Hebr": ((0x5D0, 0x5EA), (0x5F3, 0x5F4)),
    "Deva": ((0x900, 0x97F),),
    "Thai": ((0xE01, 0xE5B),),
    "Hang": ((0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2)),
}
"""Code points of each script's symbols, by ISO 15924 code."""
SHARED = " 0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~§©®°±²³¹µ·¼½¾×÷–—‘’‚“”„•…‰‹›«»€£¥₹₽₺₴₪₩฿№™→−≤≥≈√ΩΔ✓،؛؟।॥"
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670\u0640\u200b-\u200f\u202a-\u202e\ufeff]"
)
RIGHT_TO_LEFT = frozenset({"Arab", "Hebr"})


def is_symbol(character: str) -> bool:
    return character in SHARED or any(
        low <= ord(character) <= high for ranges in BLOCKS.values() for low, high in ranges
    )


def written(text: str) -> str:
    """The text as it is drawn and asked for: composed, without points, spaces single."""
    return " ".join(_POINTS.sub("", unicodedata.normalize("NFC", text)).split())


def spelled(text: str) -> str:
    """`text`, in the order in which it is seen, in symbols."""
    return "".join(unicodedata.normalize("NFD", c) if "가" <= c <= "힣" else c for c in text)


@cache
def symbols() -> dict[str, int]:
    """Each symbol's number, from 1; 0 is CTC's blank."""
    ranges = [pair for pairs in BLOCKS.values() for pair in pairs]
    assigned = [
        chr(code) for low, high in ranges for code in range(low, high + 1) if unicodedata.category(chr(code)) != "Cn"
    ]
    single = [c for c in assigned if unicodedata.normalize("NFC", c) == c and not _POINTS.match(c)]
    return {symbol: number for number, symbol in enumerate(dict.fromkeys([*SHARED, *single]), 1)}


def encoded(text: str) -> list[int]:
    """Raises KeyError where `text` has what cannot be written."""
    return [symbols()[symbol] for symbol in spelled(text)]


def decoded(numbers: list[int]) -> str:
    """What a path through CTC's outputs says: repetitions are one, blanks are nothing."""
    kept = [n for before, n in zip([0, *numbers], numbers, strict=False) if n and n != before]
    every = list(symbols())
    return unicodedata.normalize("NFC", "".join(every[n - 1] for n in kept))
