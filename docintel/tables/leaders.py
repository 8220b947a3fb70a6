"""Dots that lead the eye from a label to its number: they are white, not words. Pure."""

import re

DOTS = ".·․‥…⋅∙"
LEADER = re.compile(rf"^[{DOTS}]+$")
TRAIL = re.compile(rf"(?:\s*[{DOTS}]){{4,}}\s*$")
"""Fewer dots end a sentence."""


def is_leader(text: str) -> bool:
    """Whether a word is nothing but dots."""
    return bool(LEADER.match(text))


def without_leaders(text: str) -> str:
    """The text without the dots that follow it."""
    return TRAIL.sub("", text)
