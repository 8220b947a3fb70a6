"""Where two readings of a page differ, word by word. All text goes through `html`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from docintel.ui.text import html

PIECES = re.compile(r"\s+|\S+")
WORD = re.compile(r"\S+")
MAX_WORDS = 2_000
"""Of one reading; what comes behind is not compared, which would take too long."""


@dataclass(frozen=True)
class Differences:
    """Both readings as HTML, a string a block, with what the other doesn't say marked."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    alike: float
    """The part of all words that both say, 0…1; 1 where neither says any."""
    is_whole: bool
    """False: the readings are too long, and only their beginnings were compared."""


@lru_cache(maxsize=8)
def differences(first: tuple[str, ...], second: tuple[str, ...]) -> Differences:
    """Between the texts of two readings' blocks, however they are divided into blocks."""
    words = [[word for text in texts for word in WORD.findall(text)] for texts in (first, second)]
    compared = [each[:MAX_WORDS] for each in words]
    matcher = SequenceMatcher[str](None, compared[0], compared[1], autojunk=False)
    same = [set[int](), set[int]()]
    for match in matcher.get_matching_blocks():
        same[0].update(range(match.a, match.a + match.size))
        same[1].update(range(match.b, match.b + match.size))
    total = sum(len(each) for each in compared)
    return Differences(
        first=tuple(_marked(first, same[0])),
        second=tuple(_marked(second, same[1])),
        alike=2 * len(same[0]) / total if total else 1.0,
        is_whole=all(len(each) <= MAX_WORDS for each in words),
    )


def _marked(texts: Sequence[str], same: set[int]) -> list[str]:
    """Each text as HTML; words are counted over all of them, and those that are not in `same` are marked."""
    marked, number = [], 0
    for text in texts:
        shown = []
        for piece in PIECES.findall(text):
            if piece.isspace():
                shown.append("\n" if "\n" in piece else " ")
                continue
            is_marked = number not in same and number < MAX_WORDS
            shown.append(f"<mark>{html(piece)}</mark>" if is_marked else html(piece))
            number += 1
        marked.append("".join(shown))
    return marked
