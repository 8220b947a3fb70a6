"""Furigana: small kana above the Chinese characters that they spell out. They stand aside, not in their line."""

import re
from collections.abc import Sequence

from docintel.model import BBox, Word

KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30ff]+")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆]")
SMALL = 0.7
"""Height of furigana by that of the line that they belong to, at most."""
ABOVE = 0.2
"""Heights of the line by which their middle stands above its."""
MAX_GAP = 0.5
"""Their own heights between them and the line."""


def parted_ruby(words: Sequence[Word]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """The words of lines that run from left to right, and the furigana among them."""
    bases = [word for word in words if HAN.search(word.text)]
    if not bases:
        return tuple(words), ()
    ruby = {i for i, word in enumerate(words) if KANA.fullmatch(word.text) and _stands_over_any(word, bases)}
    plain = tuple(word for i, word in enumerate(words) if i not in ruby)
    return plain, tuple(words[i] for i in sorted(ruby))


def _stands_over_any(word: Word, bases: Sequence[Word]) -> bool:
    return any(word.direction == base.direction == 0 and _stands_over(word.bbox, base.bbox) for base in bases)


def _stands_over(ruby: BBox, base: BBox) -> bool:
    shared = min(ruby.x1, base.x1) - max(ruby.x0, base.x0)
    rise = base.center[1] - ruby.center[1]
    return (
        ruby.height < SMALL * base.height
        and shared > ruby.width / 2
        and rise > ABOVE * base.height
        and base.y0 - ruby.y1 < MAX_GAP * ruby.height
    )
