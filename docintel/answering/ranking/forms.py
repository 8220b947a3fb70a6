"""What a value looks like, in any script: a date, money, a code, a name, a sentence …

A question tells what its answer looks like; the ranker learns which of these forms go with which questions.
"""

import re
from functools import lru_cache

from docintel.answering.facts.forms import amounts_in, ascii_digits, dates_in, legal_form_in
from docintel.text import UNSPACED
from docintel.text.ticks import TICKED, UNTICKED

FORMS = (
    "digits",
    "date",
    "year",
    "time",
    "money",
    "number",
    "percent",
    "unit",
    "code",
    "contact",
    "firm",
    "capitals",
    "letters",
    "tick",
    "short",
    "phrase",
    "sentence",
    "empty",
)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(?:[01]?\d|2[0-3])[:.h時时]\s?[0-5]\d(?!\d)|\d\s?(?:[ap]\.?m\.?|Uhr|h|時|时|点|시)(?!\w)", re.I
)
_PERCENT = re.compile(r"\d\s?[%‰٪]|\bper ?cent\b|Prozent|pour cent|por ciento|por cento|процент", re.I)
_UNIT = re.compile(r"\d\s?(?:[a-zA-Zµ°Ωа-яА-Я年月日個个人円元台名件]|\u0e00)")
_CODE = re.compile(r"(?<!\w)(?=[\w/.-]*\d)(?=[\w/.-]*[^\W\d_/.-])[\w/.-]{4,}(?!\w)|(?<![\d.,])\d{6,}(?![\d.,])")
_CONTACT = re.compile(r"\S@\S+\.\w|https?://|www\.|\+\d[\d ()/-]{6,}|(?<!\d)0\d[\d ()/-]{6,}\d")
_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।")


@lru_cache(maxsize=50_000)
def forms_of(value: str) -> tuple[float, ...]:
    """1 or 0 for each of `FORMS`."""
    plain = ascii_digits(value)
    letters = sum(c.isalpha() for c in plain)
    digits = sum(c.isdecimal() for c in plain)
    length = _length(plain)
    words = plain.split()
    capitals = [word for word in words if word[0].isupper()]
    flags = (
        digits > 0,
        bool(dates_in(plain)),
        bool(_YEAR.search(plain)),
        bool(_TIME.search(plain)),
        any(each.has_currency or each.is_exact for each in amounts_in(plain)),
        digits > 0 and digits >= letters,
        bool(_PERCENT.search(plain)),
        bool(_UNIT.search(plain)),
        bool(_CODE.search(plain)),
        bool(_CONTACT.search(plain)),
        legal_form_in(plain),
        len(capitals) >= 2 and 2 * len(capitals) >= len(words),
        letters > 0 and digits == 0,
        TICKED in value or UNTICKED in value,
        0 < length <= 3,
        3 < length <= 9,
        length > 9 or plain.rstrip().endswith(_ENDS),
        not plain.strip(),
    )
    return tuple(map(float, flags))


def _length(text: str) -> float:
    """In words; of scripts without spaces two letters are one."""
    unspaced = sum(bool(UNSPACED.match(c)) for c in text)
    return len(text.split()) + unspaced / 2
