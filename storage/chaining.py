"""Rows of which each carries the hash of the one before: whoever changes one has to change all that follow.

Migrations use it too, so what it makes of given values must not change.
"""

import json
from collections.abc import Sequence
from hashlib import sha256

BEGINNING = "0" * 64
"""What the first row carries."""


def digest(values: Sequence[object]) -> str:
    """SHA-256 of the values as a JSON array in UTF-8, without spaces; fractions are written as Python's `repr` does.

    What is no JSON, such as bytes that somebody wrote into a column of text, is written so, too.
    """
    return sha256(
        json.dumps(list(values), ensure_ascii=False, separators=(",", ":"), default=repr).encode()
    ).hexdigest()
