"""The forms of dates, amounts and firms in texts of any script: where they stand, and what they mean."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "ar", "uk", "cs", "sv", "da", "ms", "id", "ro")
"""Languages whose months are known by name; Chinese, Japanese and Korean number them."""
_HAN = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_MINGUO = 1911
_YEAR = r"(?:19|20)\d\d"
_DAY, _MONTH = r"(?:3[01]|[12]\d|0?[1-9])", r"(?:1[0-2]|0?[1-9])"
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(?P<y>{_YEAR})\s?(?:[-./]|年|년)\s{{0,2}}(?P<m>{_MONTH})\s?(?:[-./]|月|월)\s{{0,2}}(?P<d>{_DAY})(?:\s?[日일]|(?!\d))"
)
_YEAR_LAST = re.compile(
    rf"(?<![\d.])(?P<d>{_DAY})\s?(?P<s>[-./])\s?(?P<m>{_DAY})\s?(?P=s)\s?(?P<y>{_YEAR}|\d\d(?![\d]))(?![./-]\d)"
)
_HAN_DATE = re.compile(
    r"(?P<y>[〇零一二三四五六七八九]{4})年(?P<m>[一二三四五六七八九十]{1,2})月(?P<d>[一二三四五六七八九十]{1,3})日"
)
_ERA = re.compile(
    rf"(?P<e>令和|平成|昭和|民國|民国)\s?(?P<y>\d{{1,3}}|元)\s?年\s?(?P<m>{_MONTH})\s?月\s?(?P<d>{_DAY})\s?日"
)
_CURRENCY = (
    r"(?:(?<![^\W\d])(?<!\w-)(?:US\$|S\$|A\$|HK\$|NT\$|R\$|[$€£¥￥₽₺₩₹₴]|(?:EUR|USD|GBP|CHF|JPY|CNY|RMB|RUB|TRY|PLN|KRW|BRL|SAR|AED|EGP|MYR|SGD"
    r"|INR|CZK|SEK|NOK|DKK|HUF|RON|UAH|CAD|AUD|RM|TL|zł|Rs|руб|Fr|kr|EURO)\.?|元|円|원|ر\.س|د\.إ|ج\.م|ريال|درهم|جنيه))"
)
_DIGITS = r"(?:\d{1,3}(?:[.,'’ \u00a0]\d{3})+|\d+)"
_NUMBER = rf"(?:{_DIGITS}[.,]\s?\d{{2}}|\d{{1,3}}(?:[.,]\d{{3}})+|\d+)"
_AMOUNT = re.compile(
    rf"(?P<before>{_CURRENCY}\s?|(?<![\w])S(?=\d+\.\d\d))?(?P<sign>(?<![\w.-])[-−+]\s?)?"
    rf"(?P<before2>{_CURRENCY}\s?)?(?<![\d.,/:#])(?<!\d-)(?P<n>{_NUMBER})(?![\d%])(?![.,/:-]\d)(?P<after>\s?{_CURRENCY}(?!\w))?(?P<minus>-(?!\w))?",
    re.I,
)
_CURRENCY_ALONE = re.compile(rf"{_CURRENCY}(?!\w)")
_EXACT = re.compile(r"[.,]\s?\d\d$")
_LEGAL_FORM = re.compile(
    r"(?<!\w)(?:gmbh|ag|kg|ohg|gbr|ug|e\.?\s?k\.?|se|inc|llc|llp|ltd|limited|corp|corporation|co|plc|company|sarl|s\.?a\.?r\.?l|sas|s\.?a\.?s"
    r"|sasu|eurl|s\.?a|sl|s\.?l\.?u?|s\.?r\.?l\.?s?|s\.?p\.?a|s\.?n\.?c|ltda|lda|b\.?v|n\.?v|v\.?o\.?f|sp\.?\s?z\s?o\.?\s?o|sp\.?\s?j"
    r"|s\.?k\.?a|ооо|оао|зао|пао|ао|ип|тов|a\.?ş|ltd\.?\s?şti|şti|sdn|bhd|enterprise|trading|pte|pty|oy|ab|as|a/s|aps"
    r"|s\.?r\.?o|kft|d\.?o\.?o)\.?(?!\w)|株式会社|有限会社|合同会社|有限公司|集团|公司|商店|超市|주식회사|\(주\)|㈜|유한회사|شركة|مؤسسة",
    re.I,
)


@dataclass(frozen=True)
class Date:
    """`value` is ISO 8601, read with the day first where that is open."""

    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Amount:
    """`is_exact`: it has two decimals; `is_bare`: a whole number alone, which is hardly money."""

    start: int
    end: int
    number: float
    has_currency: bool
    is_exact: bool

    @property
    def value(self) -> str:
        return f"{self.number:.2f}"

    @property
    def is_bare(self) -> bool:
        return not self.has_currency and not self.is_exact


def dates_in(text: str) -> list[Date]:
    """Dates with a day, a month and a year, from left to right."""
    plain = ascii_digits(text)
    found: list[Date] = []
    for pattern in (_ERA, _HAN_DATE, _YEAR_FIRST, *_with_month_names(), _YEAR_LAST):
        for match in pattern.finditer(plain):
            value = _iso(match)
            if value and all(match.start() >= each.end or match.end() <= each.start for each in found):
                found.append(Date(*match.span(), value))
    return sorted(found, key=lambda date: date.start)


def amounts_in(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(ascii_digits(text)):
        start, end = match.span()
        has_currency = bool(match["before"] or match["before2"] or match["after"])
        before = text[:start][-1:]
        if (before.isalnum() and not has_currency) or (text[end:].lstrip()[:1] in "%٪" and text[end:].strip()):
            continue
        is_exact = bool(_EXACT.search(match["n"]))
        if not has_currency and ((text[end : end + 1].isalpha() and not is_exact) or len(match["n"]) > 12):
            continue
        number = _number(match["n"]) * (-1 if "-" in (match["sign"] or "") + (match["minus"] or "") else 1)
        yield Amount(start, end, number, has_currency, is_exact)


def currency_in(text: str) -> str:
    """The first sign or code of a currency, as written; empty where there is none."""
    found = _CURRENCY_ALONE.search(text)
    return found.group() if found else ""


def legal_form_in(text: str) -> bool:
    return bool(_LEGAL_FORM.search(text))


@lru_cache(maxsize=4096)
def ascii_digits(text: str) -> str:
    """Digits of every script and full-width signs as in ASCII, each in its place."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return {"٫": ".", "٬": ",", "−": "-", "‐": "-", "–": "-", "〇": "〇", "\u00a0": " ", "\u202f": " "}.get(
        character, character
    )


@cache
def _months() -> dict[str, int]:
    names: dict[str, int] = {"sept": 9, "märz": 3, "mrz": 3, "maerz": 3}
    for language in LANGUAGES:
        months = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    names.setdefault(name.casefold().rstrip("."), number)
    return {_bare_month(name): number for name, number in names.items() if sum(c.isalpha() for c in name) > 2}


def _bare_month(name: str) -> str:
    """As patterns match it without regard to case: Turkish has an i without a dot, and one that keeps it."""
    return name.casefold().replace("ı", "i").replace("\u0307", "")


@cache
def _with_month_names() -> tuple[re.Pattern[str], ...]:
    names = "|".join(re.escape(name) for name in sorted(_months(), key=len, reverse=True)).replace("i", "[iıİ]\u0307?")
    year = rf"(?P<y>{_YEAR}|['’]?\d\d(?!\d))"
    day = rf"(?<![\d.])(?P<d>{_DAY})(?:\.|st|nd|rd|th|er|º|\.º)?[\s-]{{0,2}}(?:de\s|of\s|del\s)?"
    day_first = rf"{day}(?P<n>{names})\.?,?[\s-]{{0,2}}(?:de\s|del\s)?{year}"
    month_first = rf"(?<!\w)(?P<n>{names})\.?\s{{0,2}}(?P<d>{_DAY})(?:st|nd|rd|th)?,?\s{{0,2}}{year}"
    return re.compile(day_first, re.I), re.compile(month_first, re.I)


def _iso(match: re.Match[str]) -> str:
    parts = match.groupdict()
    year = _year(parts)
    month = _months().get(_bare_month(parts["n"]), 0) if parts.get("n") else _han_number(parts["m"])
    day = _han_number(parts["d"])
    if month > 12 >= day:
        day, month = month, day
    return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _year(parts: dict[str, str]) -> int:
    written = parts["y"].lstrip("'’")
    if era := parts.get("e"):
        number = 1 if written == "元" else int(written)
        return _ERAS.get(era, _MINGUO) + number
    number = int("".join(_HAN.get(c, c) for c in written))
    return number if number > 99 else number + (2000 if number < 70 else 1900)


def _han_number(text: str) -> int:
    """A number below 100 in digits or in Chinese: 二十三."""
    if "十" not in text:
        return int("".join(_HAN.get(c, c) for c in text))
    tens, ones = text.split("十", 1)
    return int(_HAN.get(tens, "1")) * 10 + int(_HAN.get(ones, "0"))


def _number(written: str) -> float:
    digits = re.sub(r"\s", "", written)
    if _EXACT.search(digits):
        whole = re.sub(r"\D", "", digits[:-3]) or "0"
        return float(f"{whole}.{digits[-2:]}")
    return float(re.sub(r"\D", "", digits))
