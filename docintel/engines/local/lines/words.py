"""What a recogniser says about one line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ReadWord:
    """A word and its extent along its line: fractions of the line's width, from its left end whatever the script."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True)
class ReadLine:
    """A line's text in logical order (as typed, not as drawn), its words in the same order, confidence 0…1."""

    text: str
    confidence: float
    words: tuple[ReadWord, ...] = ()
    by_hand: float | None = None
    """How likely it is written by hand, where a reader said so."""

    @property
    def is_by_hand(self) -> bool:
        return self.by_hand is not None and self.by_hand > 0.5


EMPTY_LINE = ReadLine(text="", confidence=0.0)
LEGIBLE = 0.3
"""Below this confidence a line is no text: a drawing, a stamp, the paper's grain."""
LEGIBLE_SHORT = 0.6
"""The same for a line of a letter or two."""
MIN_RULE = 6
"""Letters of a line that are all the same, where it is a rule."""


def mean_confidence(words: Sequence[ReadWord]) -> float:
    """By letters."""
    return sum(word.confidence * len(word.text) for word in words) / max(sum(len(word.text) for word in words), 1)


def is_legible(line: ReadLine) -> bool:
    """Whether a line is worth keeping: it has words that are more than specks taken for letters."""
    letters = sum(map(str.isalnum, line.text))
    return (
        bool(line.words) and not is_rule(line.text) and line.confidence >= (LEGIBLE if letters > 2 else LEGIBLE_SHORT)
    )


def is_rule(text: str) -> bool:
    """Whether a row of asterisks or dashes was read as letters: ЖЖЖЖЖЖ, 一一一一一一. XXXXXX may be a blank."""
    signs = "".join(text.split()).casefold()
    return len(signs) >= MIN_RULE and len(set(signs)) == 1 and signs[0].isalpha() and not signs[0].isascii()
