"""What a sampled document says: its language's words, and dates, amounts, numbers and names as they are written."""

import random
import string
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from zlib import crc32

from babel.dates import format_date

WORDS = Path(__file__).with_name("words.toml")
UNSPACED = ("zh", "ja")
WHOLE_CURRENCIES = ("ja", "ko")
_POINT = ("en", "zh", "ja", "ko", "ar")
_PATTERNS = {
    "en": (
        "dd/MM/yyyy",
        "dd/MM/yy",
        "dd-MM-yyyy",
        "dd-MM-yy",
        "d MMM yyyy",
        "MMMM d, yyyy",
        "MM/dd/yyyy",
        "yyyy-MM-dd",
        "dd MMMM yyyy",
        "dd.MM.yyyy",
        "dd-MMM-yyyy",
    ),
    "zh": ("yyyy年M月d日", "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyy年MM月dd日"),
    "ja": ("yyyy年M月d日", "yyyy/MM/dd", "yyyy-MM-dd", "yyyy年MM月dd日", "yyyy.M.d"),
    "ko": ("yyyy년 M월 d일", "yyyy-MM-dd", "yyyy.MM.dd", "yyyy. M. d.", "yyyy/MM/dd"),
    "ar": ("dd/MM/yyyy", "yyyy/MM/dd", "d MMMM yyyy", "dd-MM-yyyy", "yyyy-MM-dd"),
}
_OTHERS = (
    "dd.MM.yyyy",
    "d. MMMM yyyy",
    "dd/MM/yyyy",
    "d MMMM yyyy",
    "dd-MM-yyyy",
    "dd.MM.yy",
    "yyyy-MM-dd",
    "d MMM yyyy",
    "dd/MM/yy",
)
_CODES = (
    "{n6}",
    "{n8}",
    "{Y}-{n4}",
    "RE-{Y}{n4}",
    "INV-{n5}",
    "INV{n6}",
    "{A}{n5}",
    "{AA}{n8}",
    "{n4}/{Y}",
    "{A}-{n4}-{n3}",
    "{Y}{n6}",
    "{n3}-{n7}",
    "{AA}-{Y}-{n4}",
    "{n3}",
    "{n5}",
    "R{n9}",
    "{y}{n5}",
    "{AA}/{y}/{n4}",
    "{n12}",
    "{A}{n14}",
    "{AA}{n11}",
    "{n4}{A}{n3}",
    "{n10}",
    "{AAA}{n10}",
    "{n3}/{n3}/{n5}",
    "{n4}-{AA}",
    "#{n5}",
    "{n2}.{n3}.{n3}",
    "{AAA}{n4}{A}",
)
_INVENTED = {"people": 0.5, "items": 0.35, "streets": 0.4, "cities": 0.35, "trades": 0.15}
"""How often a name is made up, so that it is not told by being known."""
_WITH = {
    "en": "Incl.|Inclusive of|incl|included in|Inc.", "de": "inkl.|einschl.|enthalten in", "fr": "avec|incl.|y compris",
    "es": "con|incl.|incluido en", "it": "incl.|con|compresa", "pt": "com|c/|incl.", "nl": "incl.|inclusief",
    "pl": "z|w tym", "ru": "с|включая|в т.ч.", "tr": "dahil", "ar": "شامل",
}  # fmt: skip
_WITHOUT = {
    "en": "Excl.|Excluding|before|excl",
    "de": "ohne|exkl.|vor", "fr": "hors|sans", "es": "sin|antes de", "it": "senza|escl.",
    "pt": "sem|s/", "nl": "excl.|zonder", "pl": "bez", "ru": "без", "tr": "hariç", "ar": "قبل",
}  # fmt: skip
_LATIN = (
    "ka lo ri ven tor mi sa bel dor an quo zen fi gra pul ex ta nor che ston wi "
    "hal ber gu shi ye lin per mar do est cla ru ba"
).split()
_SYLLABLES = {
    "ru": "ка ло ри вен тор ми са бел дор ан зе фи гра пул та нор ше ст ви хал бер гу мар до".split(),
    "ar": "كا لو ري تو مي سا بل دو ان زن في غر با نور شه حل بر عم قص طا".split(),
    "ko": "가 나 다 라 마 바 사 아 자 한 강 정 윤 도 림 성 현 원 진 태 수 미 광 동".split(),
    "zh": "安 宝 昌 达 恩 丰 光 海 嘉 凯 利 茂 宁 鹏 庆 瑞 盛 泰 旺 祥 鑫 兴 源 泽 振 中 正 东 西".split(),
    "ja": "青 秋 石 井 上 江 岡 川 木 小 坂 島 清 高 竹 谷 中 西 野 橋 林 原 藤 宮 森 吉 渡 ト ミ カ ロ".split(),
}


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@cache
def _variants(language: str, key: str, words: str) -> list[str]:
    every = vocabulary()[language][key].split("|")
    chosen = [each for each in every if words == "all" or (crc32(each.encode()) % 6 == 0) == (words == "unseen")]
    return chosen or every


@dataclass
class Wording:
    """Of one document: a language, and habits that it keeps to."""

    rng: random.Random
    language: str
    words: str = "all"
    """Which variants it uses: `all`, those that are `learned`, or those that are kept `unseen` (one in six)."""

    def __post_init__(self) -> None:
        rng = self.rng
        point = self.language in _POINT or (self.language == "es" and rng.random() < 0.2)
        self.decimal, self.thousands = (".", ",") if point else (",", rng.choice([".", " ", ""]))
        self.decimals = 0 if self.language in WHOLE_CURRENCIES else 2
        self.currency = self.word("currency")
        self.is_before = rng.random() < (0.8 if point and self.language != "ar" else 0.15)
        self.has_space = rng.random() < 0.6
        self.pattern = rng.choice(_PATTERNS.get(self.language, _OTHERS))
        self.has_arabic_digits = self.language == "ar" and rng.random() < 0.35
        self.is_upper = rng.random() < 0.35

    def word(self, key: str) -> str:
        if self.rng.random() < _INVENTED.get(key, 0.0):
            return invented(self.rng, self.language)
        return self.rng.choice(_variants(self.language, key, self.words))

    def label(self, key: str) -> str:
        """Of a sum: a listed one, now and then with what it includes or leaves out."""
        rng, label = self.rng, self.word(key)
        if self.language not in _WITH or rng.random() > 0.15:
            return label
        with_, without = (rng.choice(each.split("|")) for each in (_WITH[self.language], _WITHOUT[self.language]))
        rate = rng.choice(["", "", f" {rng.randint(4, 23)}%", f"@{rng.randint(4, 23)}%"])
        if key == "gross":
            return f"{label} {with_} {self.word('tax')}{rate}"
        if key == "net":
            return f"{self.word('gross')} {without} {self.word('tax')}{rate}"
        return f"{label}{rate} {with_} {self.word('gross')}" if key == "tax" else label

    def columns(self) -> list[str]:
        return self.word("columns").split(";")

    def amount(self, number: float, *, currency: bool | None = None) -> str:
        whole, _, rest = f"{abs(number):.{self.decimals}f}".partition(".")
        groups: list[str] = []
        while len(whole) > 3 and self.thousands:
            whole, last = whole[:-3], whole[-3:]
            groups.insert(0, last)
        text = self.thousands.join([whole, *groups]) + (self.decimal + rest if rest else "")
        text = f"-{text}" if number < 0 else text
        shown = self.rng.random() < 0.5 if currency is None else currency
        if shown and self.currency:
            space = " " if self.has_space else ""
            text = f"{self.currency}{space}{text}" if self.is_before else f"{text}{space}{self.currency}"
        return self._digits(text)

    def written_date(self, day: date) -> str:
        pattern = self.pattern
        if self.language == "ja" and self.rng.random() < 0.1 and day.year > 2019:
            return f"令和{day.year - 2018}年{day.month}月{day.day}日"
        return self._digits(str(format_date(day, pattern, locale=self.language)))

    def _digits(self, text: str) -> str:
        return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) if self.has_arabic_digits else text

    def code(self) -> str:
        rng = self.rng
        pattern = rng.choice(_CODES)
        for letters in ("AAA", "AA", "A"):
            pattern = pattern.replace("{" + letters + "}", "".join(rng.choices(string.ascii_uppercase, k=len(letters))))
        year = rng.randint(2010, 2026)
        pattern = pattern.replace("{Y}", str(year)).replace("{y}", f"{year % 100:02}")
        for size in range(14, 1, -1):
            pattern = pattern.replace(f"{{n{size}}}", "".join(rng.choices(string.digits, k=size)))
        return pattern

    def day(self) -> date:
        return date(2012, 1, 1) + timedelta(days=self.rng.randint(0, 5300))

    def company(self) -> str:
        rng = self.rng
        words = vocabulary()[self.language]
        name, trade = rng.choice(words["people"].split("|")), rng.choice(words["trades"].split("|"))
        legal = rng.choice(words["legal"].split("|")) if rng.random() < 0.65 else ""
        if rng.random() < 0.5:
            name = invented(rng, self.language)
        if rng.random() < 0.2:
            trade = invented(rng, self.language)
        if self.language in UNSPACED:
            return f"{legal}{name}{trade}" if self.language == "ja" and rng.random() < 0.6 else f"{name}{trade}{legal}"
        first = [legal] if self.language in ("ko", "ar", "ru") and rng.random() < 0.7 else []
        last = [] if first else [legal]
        parts = [name, trade] if rng.random() < 0.6 else [trade, name]
        parts = parts[: rng.choice([1, 2, 2, 2, 2])] if legal else parts
        if rng.random() < 0.12:
            parts += ["&", rng.choice(words["people"].split("|"))]
        text = " ".join(part for part in [*first, *parts, *last] if part)
        if self.language == "ru" and first:
            text = f"{legal} «{' '.join(parts)}»" if rng.random() < 0.7 else text
        return text.upper() if self.is_upper else text

    def person(self) -> str:
        first = self.rng.choice(["Anna", "Max", "J.", "Maria", "Ali", "Jean", "Lena", "K.", "Paul", "Siti"])
        return f"{first} {self.word('people')}"

    def address(self) -> list[str]:
        rng = self.rng
        postcode = "".join(rng.choices(string.digits, k=rng.choice([4, 5, 5, 6])))
        street, city = self.word("streets"), self.word("cities")
        number = rng.randint(1, 240)
        lines = [f"{number} {street}" if rng.random() < 0.4 else f"{street} {number}"]
        lines += [f"{city} {postcode}" if rng.random() < 0.35 else f"{postcode} {city}"]
        if rng.random() < 0.3:
            unit = f"{rng.choice(['Lot', 'No', 'Unit', 'Block', 'Bât.', '2. OG'])} {rng.randint(1, 99)}"
            lines.insert(0, f"{unit}, {self.word('streets')}")
        return [", ".join(lines)] if rng.random() < 0.12 else lines

    def phone(self) -> str:
        digits = "".join(self.rng.choices(string.digits, k=self.rng.randint(6, 8)))
        return self.rng.choice(
            [
                f"0{self.rng.randint(2, 99)}-{digits}",
                f"+{self.rng.randint(1, 99)} {digits[:3]} {digits[3:]}",
                f"0{digits[:3]}/{digits[3:]}",
                digits,
            ]
        )

    def iban(self) -> str:
        digits = "".join(self.rng.choices(string.digits, k=20))
        return "DE" + " ".join(digits[n : n + 4] for n in range(0, 20, 4)) if self.rng.random() < 0.6 else digits[:10]


def invented(rng: random.Random, language: str) -> str:
    """A word that no list has, one or two of them now and then."""
    low, high = (1, 3) if language in (*UNSPACED, "ko") else (2, 4)
    syllables = _SYLLABLES.get(language, _LATIN)
    words = ["".join(rng.choices(syllables, k=rng.randint(low, high))) for _ in range(rng.choice([1, 1, 1, 2]))]
    return " ".join(word.capitalize() for word in words)
