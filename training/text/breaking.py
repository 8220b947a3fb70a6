"""Where lines of Chinese may break: anywhere, but not before a closing mark and not after an opening one."""

from __future__ import annotations

import re
from collections.abc import Callable

_OPENING, _CLOSING = "（《〈「『【〔“‘￥", "，。、；：？！）》〉」』】〕”’…—～％℃"
_HAN = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef〇"
_PIECE = re.compile(rf" ?[{_OPENING}]*(?:[^\s{_HAN}{_OPENING}{_CLOSING}]+|\S)[{_CLOSING}]{{0,4}}")
_IS_HAN = re.compile(f"[{_HAN}]")


def is_han(text: str) -> bool:
    """Whether `text` has characters that are set without spaces."""
    return bool(_IS_HAN.search(text))


def wrapped_han(text: str, width_of: Callable[[str], float], max_width: float, indent: float) -> list[str]:
    """Lines no wider than `max_width`, the first one less by `indent`; words of letters stay whole where they can."""
    lines, current, used = [], "", indent
    for piece in _PIECE.findall(text):
        if current and used + width_of(piece) > max_width:
            lines.append(current)
            current, used = "", 0.0
        piece = piece if current else piece.lstrip()
        for part in [piece] if width_of(piece) <= max_width else piece:
            if current and used + width_of(part) > max_width:
                lines.append(current)
                current, used = "", 0.0
            current += part
            used += width_of(part)
    return [*lines, current] if current else lines
