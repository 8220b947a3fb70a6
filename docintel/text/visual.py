"""A word's letters from the order in which they are read to the order in which they stand on paper."""

import re
import unicodedata

CLASSES = {"R": "R", "AL": "R", "L": "L", "EN": "L", "AN": "L"}
LEFT_TO_RIGHT_RUN = re.compile(r"L(?:[LO]*L)?")
RIGHT_TO_LEFT_RUN = re.compile(r"R(?:[RO]*R)?")


def visual_order(text: str, *, right_to_left: bool) -> str:
    """`text` from left to right as it is seen on a line that runs from the right, or from the left.

    A word without right-to-left letters stays as it is: brackets around a number look the same on either line.
    """
    classes = "".join(CLASSES.get(unicodedata.bidirectional(character), "O") for character in text)
    if "R" not in classes:
        return text
    if right_to_left:
        return _with_turned(text[::-1], classes[::-1], LEFT_TO_RIGHT_RUN)
    return _with_turned(text, classes, RIGHT_TO_LEFT_RUN)


def _with_turned(text: str, classes: str, run: re.Pattern[str]) -> str:
    pieces, end = [], 0
    for found in run.finditer(classes):
        pieces += [text[end : found.start()], text[found.start() : found.end()][::-1]]
        end = found.end()
    return "".join([*pieces, text[end:]])
