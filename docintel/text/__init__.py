"""Text as text: lines and sentences, terms to search by, where words stand. Pure."""

import re

UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
"""A character of a script whose words are not parted by spaces, or, in Korean, not by spaces alone."""


def one_line(text: str) -> str:
    """White space as single spaces, none at the ends."""
    return " ".join(text.split())
