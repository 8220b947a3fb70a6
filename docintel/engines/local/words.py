"""What a recogniser says about one line."""

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


NOTHING = ReadLine(text="", confidence=0.0)
