"""What the recogniser can write, and how text becomes a sequence of its symbols.

A line is written as it is seen from left to right, whatever its direction. Hangul is written in its letters (jamo), so
that every syllable can be spelled with few symbols. Vowel points of Arabic and Hebrew are left out.
"""

import re
import unicodedata
from functools import cache

Ranges = tuple[tuple[int, int], ...]
BLOCKS: dict[str, Ranges] = {
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
LATER: dict[str, Ranges] = {
    "Latn": (
        (0x18F, 0x18F), (0x259, 0x259), (0x181, 0x181), (0x253, 0x254), (0x256, 0x257), (0x186, 0x186), (0x189, 0x18A),
        (0x190, 0x194), (0x196, 0x199), (0x19D, 0x19D), (0x1B1, 0x1B7), (0x1CD, 0x1DC), (0x1DE, 0x1EF), (0x1F4, 0x1F5),
        (0x1F8, 0x1FF), (0x226, 0x233), (0x25B, 0x25B), (0x260, 0x260), (0x263, 0x263), (0x268, 0x269), (0x272, 0x272),
        (0x28A, 0x28B), (0x292, 0x292), (0x2BB, 0x2BC), (0x1E00, 0x1E99),
    ),
    "Cyrl": ((0x462, 0x463), (0x46A, 0x46B), (0x46E, 0x475), (0x48A, 0x52F)),
    "Grek": ((0x1F00, 0x1FFF), (0x375, 0x375), (0x3DA, 0x3DB), (0x3DE, 0x3E1)),
    "Arab": ((0x66E, 0x66F), (0x6D4, 0x6D5), (0x6EE, 0x6EF), (0x6FA, 0x6FF), (0x750, 0x77F), (0xFD3E, 0xFD3F)),
    "Hebr": ((0x5BE, 0x5BE), (0x5F0, 0x5F2)),
}  # fmt: skip
"""Those that came after: polytonic Greek; old and Asian Cyrillic; Latin of Africa, Asia and transcriptions; Arabic of
Urdu, Kurdish and others."""
SHARED = " 0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_{|}~§©®°±²³¹µ·¼½¾×÷–—‘’‚“”„•…‰‹›«»€£¥₹₽₺₴₪₩฿№™→−≤≥≈√ΩΔ✓،؛؟।॥"
SHARED_LATER = (
    "`¡¿ªº¶¢¤¦¬†‡′″‑‐←↑↓↔⇒∞≠∑∏∫∂∈∅∆∠⊥∥⌀℃℉℮ℓ★☆●○■□▪◦▲▼►◄◆☐☑☒✔✗☎♥♦♪₫₦₱₲₵₸₼₾₿฿ƒ⁰⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉⅓⅔⅛⅜⅝⅞〈〉《》「」『』※"
)
_POINTS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670\u0640\u200b-\u200f\u202a-\u202e\ufeff]"
)
ARABIC_POINTS, HEBREW_POINTS, KASHIDA = (
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652",
    "".join(map(chr, range(0x5B0, 0x5BD))),
    "\u0640",
)
"""What is drawn and not written."""
RIGHT_TO_LEFT = frozenset({"Arab", "Hebr"})


def is_symbol(character: str) -> bool:
    return character in symbols()


def drawable(text: str) -> str:
    """The text as it is drawn: as it is written, but for the joiners that part Persian letters."""
    parts = "\u200c".join(written(part) for part in text.split("\u200c"))
    return re.sub("^\u200c+|\u200c+$|(?<=[ \u200c])\u200c+|\u200c+(?= )", "", parts)


def written(text: str) -> str:
    """The text as it is asked for: composed, without points, spaces single."""
    return " ".join(_POINTS.sub("", unicodedata.normalize("NFC", text)).split())


def spelled(text: str) -> str:
    """`text`, in the order in which it is seen, in symbols."""
    return "".join(unicodedata.normalize("NFD", c) if "가" <= c <= "힣" else c for c in text)


@cache
def symbols() -> dict[str, int]:
    """Each symbol's number, from 1; 0 is CTC's blank."""
    every = [*SHARED, *_single(BLOCKS), *SHARED_LATER, *_single(LATER)]
    return {symbol: number for number, symbol in enumerate(dict.fromkeys(every), 1)}


def later(script: str) -> list[str]:
    """Letters of the script that came after."""
    return _single({script: LATER.get(script, ())})


def letters_of_script(script: str) -> Ranges:
    return BLOCKS[script] + LATER.get(script, ())


def _single(blocks: dict[str, Ranges]) -> list[str]:
    every = [chr(code) for ranges in blocks.values() for low, high in ranges for code in range(low, high + 1)]
    assigned = [c for c in every if unicodedata.category(c) != "Cn"]
    return [c for c in assigned if unicodedata.normalize("NFC", c) == c and not _POINTS.match(c)]


def encoded(text: str) -> list[int]:
    """Raises KeyError where `text` has what cannot be written."""
    return [symbols()[symbol] for symbol in spelled(text)]


def decoded(numbers: list[int]) -> str:
    """What a path through CTC's outputs says: repetitions are one, blanks are nothing."""
    kept = [n for before, n in zip([0, *numbers], numbers, strict=False) if n and n != before]
    every = list(symbols())
    return unicodedata.normalize("NFC", "".join(every[n - 1] for n in kept))
