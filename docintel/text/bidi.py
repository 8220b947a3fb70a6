"""Words of one line, from the order in which they stand on paper to the order in which they are read."""

import re
import unicodedata
from collections.abc import Sequence

LEFT_TO_RIGHT_RUN = re.compile(r"L(?:[LNO]*[LN])?")
RIGHT_TO_LEFT_RUN = re.compile(r"R(?:[RNO]*R)?")
"""Runs of words by class: L and R as their letters are, N numbers, O others."""
CLASSES = {"R": "R", "AL": "R", "L": "L", "EN": "N", "AN": "N"}
CLEAR = 2
"""On a right-to-left page a line is read from the left with more than so many times as many letters that run so."""


def reading_order(texts: Sequence[str], *, right_to_left: bool = False) -> list[int]:
    """Indices of words that stand from left to right, as they are read.

    `right_to_left` decides where letters of both directions are about as many, or there are none.
    """
    places = list(range(len(texts)))
    classes = "".join(map(_class_of, texts))
    if not right_to_left and "R" not in classes:
        return places
    if runs_right_to_left("".join(texts), otherwise=right_to_left):
        return _with_turned(places[::-1], classes[::-1], LEFT_TO_RIGHT_RUN)
    return _with_turned(places, classes, RIGHT_TO_LEFT_RUN)


def runs_right_to_left(text: str, *, otherwise: bool = False) -> bool:
    """Whether a line of such letters is read from the right; `otherwise`, whether its page is."""
    counts = {"L": 0, "R": 0}
    for character in text:
        kind = CLASSES.get(unicodedata.bidirectional(character), "O")
        if kind in counts:
            counts[kind] += 1
    return counts["L"] <= CLEAR * counts["R"] if otherwise else counts["R"] > counts["L"]


def _class_of(word: str) -> str:
    """By its first letter, else by its first digit."""
    kinds = [CLASSES.get(unicodedata.bidirectional(character), "O") for character in word]
    return next((kind for kind in kinds if kind in "LR"), "N" if "N" in kinds else "O")


def _with_turned(places: list[int], classes: str, run: re.Pattern[str]) -> list[int]:
    ordered: list[int] = []
    end = 0
    for found in run.finditer(classes):
        ordered += places[end : found.start()] + places[found.start() : found.end()][::-1]
        end = found.end()
    return ordered + places[end:]
