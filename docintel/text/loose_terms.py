"""Further terms that a text is found by: ends of compounds, numbers however they are written, look-alike letters. Pure.

They begin with a digit and a letter that no word begins with, so that an exact word is never taken for a loose one.
"""

import re
import unicodedata
from functools import lru_cache

from docintel.text.compounds import CompoundParts, tails

COMPOUND_END = "0e"
SAME_NUMBER = "0n"
SAME_DIGITS = "0t"
MIN_END = 4
"""Letters of a compound's end that is searched by."""
PHONE_DIGITS = 7
"""The last digits of a telephone number, by which it is found with and without what stands before them."""
MAX_PHONE_DIGITS = 15

_DIGIT_GROUPS = re.compile(r"(?<![\w.,])(?:\+ ?)?\(?\d+\)?(?:(?: ?[-–/.] ?| ?\(0\) ?|[  ]\(?|\) ?)\d+\)?)*(?![\w])")
_DATE = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}")
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3})+")
_CODE = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*")

_CAPITALS = dict(zip("АВЕЅЗІЈКМНОРСТУХԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABES3IJKMHOPCTYXQWABEZHIKMNOPTYXC", strict=True))
_SMALL = dict(zip("аеіјорсухѕԛԝһοϲν", "aeijopcyxsqwhocv", strict=True))
_LATIN = {**_CAPITALS, **_SMALL}


@lru_cache(maxsize=65_536)
def compound_ends(word: str, parts: CompoundParts) -> tuple[str, ...]:
    """The terms for what a folded compound ends in."""
    return tuple(COMPOUND_END + tail for tail in dict.fromkeys(tails(word, parts)) if len(tail) >= MIN_END)


def loose_number(digits: str) -> str:
    """The term for a number without its leading zeros."""
    return SAME_NUMBER + (digits.lstrip("0") or "0")


def telephone_terms(text: str) -> list[str]:
    """A term for each run of digit groups that may be a telephone or account number, however it is spaced."""
    found = []
    for run in _DIGIT_GROUPS.finditer(text):
        digits = "".join(c for c in run[0].replace("(0)", "") if c.isdigit())
        is_other = _DATE.fullmatch(run[0]) or _AMOUNT.fullmatch(run[0])
        if PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS and not is_other:
            found.append(SAME_DIGITS + digits[-PHONE_DIGITS:])
    return found


def latin_lookalikes(text: str) -> list[str]:
    """Codes with Cyrillic or Greek letters that look like Latin ones, in Latin letters and lower case: СНЕ → che.

    Those in capitals and digits, and words of two alphabets; a word in small letters of one alphabet is no code.
    """
    if text.isascii():
        return []
    return [latin for word in _CODE.findall(unicodedata.normalize("NFKC", text)) for latin in _in_latin(word)]


def _in_latin(word: str) -> list[str]:
    letters = [c for c in word if c.isalpha()]
    foreign = [c for c in letters if not c.isascii()]
    is_mixed = len(foreign) < len(letters)
    if not foreign or not all(c in _LATIN for c in foreign) or not (is_mixed or word.isupper()):
        return []
    parts = re.findall(r"[^\W_]+", "".join(_LATIN.get(c, c) for c in word).lower())
    return [*parts, "".join(parts)] if len(parts) > 1 else parts
