"""What is written, as a program wants it: ISO dates, decimal numbers with currency or unit, codes, true and false."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from docintel.answering.choices import YES_AND_NO, has_signs
from docintel.answering.facts.forms import amounts_in, ascii_digits, dates_in
from docintel.extraction.schema import FieldType
from docintel.text import one_line
from docintel.text.terms import fold
from docintel.text.ticks import TICKED, UNTICKED

TRUE, FALSE = "true", "false"
_CODES = {
    "EUR": ("€", "euro"),
    "GBP": ("£",),
    "USD": ("us$",),
    "SGD": ("s$",),
    "AUD": ("a$",),
    "HKD": ("hk$",),
    "TWD": ("nt$",),
    "BRL": ("r$",),
    "RUB": ("₽", "руб"),
    "TRY": ("₺", "tl"),
    "KRW": ("₩", "원"),
    "INR": ("₹",),
    "UAH": ("₴",),
    "MYR": ("rm",),
    "PLN": ("zł",),
    "JPY": ("円",),
    "CNY": ("元", "rmb"),
    "SAR": ("ر.س",),
    "AED": ("د.إ",),
    "EGP": ("ج.م",),
    **dict.fromkeys(("CHF", "CZK", "SEK", "NOK", "DKK", "HUF", "RON", "CAD"), ()),
}
"""Codes of ISO 4217 by their signs; those that several currencies share ($, ¥, kr) stay as they are."""
_BY_SIGN = {sign: code for code, signs in _CODES.items() for sign in (*signs, code.casefold())}
_NAMED = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_CODES)}|RM)(?![^\W\d_])|[€£₽₺₩₹₴]")
"""A currency in a header or a note, without an amount."""
_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d[\d.,'’ \u00a0]*(?!\d)")
_UNIT = re.compile(r"\s?(%|[^\W\d_][\w²³/.]{0,9})")
_CODE = re.compile(r"[^\W_](?:[\w/.#\-–]*[^\W_])?")
MAX_CODE = 40
"""Characters; what is longer is a sentence with a code in it."""


@dataclass(frozen=True)
class Normal:
    """`text` is the part that was understood, as written."""

    text: str
    value: str
    unit: str = ""


def normalised(type: FieldType, text: str) -> Normal | None:
    """The first value of this type in `text`; None where there is none."""
    return _READERS[type](one_line(text))


def currency_on(text: str) -> str:
    """The currency of all amounts in a text, where it names one and no other."""
    found = {each.unit for each in _amounts(text) if each.unit} | {_code_of(each) for each in _NAMED.findall(text)}
    return found.pop() if len(found) == 1 else ""


def _text(text: str) -> Normal | None:
    return Normal(text, text) if any(c.isalnum() for c in text) else None


def _date(text: str) -> Normal | None:
    return next((Normal(text[each.start : each.end], each.value) for each in dates_in(text)), None)


def _amount(text: str) -> Normal | None:
    """One with a currency or with decimals, else a whole number."""
    found = _amounts(text)
    return next((each for each in found if each.unit or "." in each.value), next(iter(found), None))


def _amounts(text: str) -> list[Normal]:
    return [
        Normal(
            text[each.start : each.end].strip(),
            each.value if each.is_exact else f"{each.number:.0f}",
            _currency(text[each.start : each.end]) if each.has_currency else "",
        )
        for each in amounts_in(text)
    ]


def _currency(amount: str) -> str:
    return _code_of(re.sub(r"[\d\s.,'’+\-−]+$|^[\d\s.,'’+\-−]+", "", ascii_digits(amount)).strip(" .-+−"))


def _code_of(sign: str) -> str:
    return _BY_SIGN.get(sign.casefold(), sign)


def _number(text: str) -> Normal | None:
    plain = ascii_digits(text)
    match = _NUMBER.search(plain)
    if match is None:
        return None
    unit = _UNIT.match(plain, match.end())
    return Normal(
        text[match.start() : unit.end() if unit else match.end()].strip(), _decimal(match[0]), unit[1] if unit else ""
    )


def _decimal(written: str) -> str:
    """The last point or comma parts decimals, unless three digits stand after it or it stands there more than once."""
    bare = re.sub(r"[\s'’\u00a0]", "", written).rstrip(".,").replace("−", "-").lstrip("+")
    marks = re.findall(r"[.,]", bare)
    last = max(bare.rfind("."), bare.rfind(","))
    parts_thousands = bool(marks) and marks.count(bare[last]) > 1
    if len(set(marks)) == 1 and not parts_thousands:
        parts_thousands = len(bare) - last - 1 == 3 and not re.match(r"-?0[.,]", bare)
    if not marks or parts_thousands:
        return re.sub(r"[.,]", "", bare)
    return f"{re.sub(r'[.,]', '', bare[:last])}.{bare[last + 1 :]}"


def _code(text: str) -> Normal | None:
    """A short text with a digit as a whole, but for what stands around it; of a longer one the first word with one."""
    if len(text) <= MAX_CODE and all(any(c.isdecimal() for c in each) or len(each) <= 3 for each in text.split()):
        match = re.search(r"[^\W_].*[^\W_]|[^\W_]", text)
        whole = match[0] if match else ""
        return Normal(whole, whole) if any(c.isdecimal() for c in whole) else None
    codes = (match[0] for match in _CODE.finditer(text) if any(c.isdecimal() for c in match[0]) and len(match[0]) > 1)
    return next((Normal(code, code) for code in codes), None)


def _yes_or_no(text: str) -> Normal | None:
    if has_signs(text):
        is_checked = TICKED in text
        return None if is_checked and UNTICKED in text else Normal(text, TRUE if is_checked else FALSE)
    word = fold(text).strip(" .!,")
    return Normal(text, _yes_and_no()[word]) if word in _yes_and_no() else None


@cache
def _yes_and_no() -> dict[str, str]:
    """By folded word."""
    listed = [(TRUE, yes) for yes, _ in YES_AND_NO.values()] + [(FALSE, no) for _, no in YES_AND_NO.values()]
    return {fold(word): value for value, word in listed}


_READERS: dict[FieldType, Callable[[str], Normal | None]] = {
    FieldType.TEXT: _text,
    FieldType.DATE: _date,
    FieldType.AMOUNT: _amount,
    FieldType.NUMBER: _number,
    FieldType.CODE: _code,
    FieldType.YES_NO: _yes_or_no,
    FieldType.LIST: _text,
}
