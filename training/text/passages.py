"""Text to draw: natural passages of a language, and random text in which only reading helps."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path

from training.text.charset import HAN_PUNCTUATION, LETTERS, script_of

_DRAWN = re.compile(r"([^\w.])\1{5,}")
"""Rows of one mark: drawings and rulers, which nobody reads letter by letter."""
_PAIR = re.compile(r"[A-Za-z0-9]+|\w{1,2}")
_DIGITS = "0123456789"
_MARKS = ".,;:!?-()/%&@#+*=\"'€$£<>[]_|\\{}~^§°–—“”„’«»•"
_ROWS = ("-", "- ", "_", ".", ". ", " .", "=", "*", "* ", "#", "~", "+", "'-_-' ", "-=", "<>", "/\\", "…",
         ". . ", "'U' ", "x", "x ", "X", "o ", "-x")  # fmt: skip
_CURRENCIES = ("€", "$", "£", "EUR", "USD", "CHF", "zł", "Kč", "kr", "₽", "₴", "₺", "₫", "¥", "лв.", "Ft", "lei")
WEIGHTS = {
    "en": 3.0,
    "de": 2.0,
    "fr": 2.0,
    "ru": 2.5,
    "uk": 1.5,
    "vi": 2.0,
    "el": 2.0,
    "pl": 1.3,
    "es": 1.5,
    "zh": 17.0,
}
"""How often a language is drawn; 1 where nothing is said. Chinese has more characters than all others together."""


@dataclass(frozen=True, slots=True)
class Library:
    """Passages and words of one language."""

    language: str
    passages: tuple[str, ...]
    words: tuple[str, ...]
    alphabet: str
    space: str = " "
    """What stands between words."""

    @property
    def em(self) -> float:
        """A character's usual width in font sizes."""
        return 0.5 if self.space else 1.0

    @property
    def least_size(self) -> float:
        """Type in pixels under which its characters cannot be told apart."""
        return 8.0 if self.space else 14.0


def is_heldout(text: str) -> bool:
    """One passage or word in twelve, told by its own hash, is never trained on."""
    return hashlib.sha256(text.encode()).digest()[0] % 12 == 0


def load_libraries(data: Path, *, heldout: bool = False) -> dict[str, Library]:
    """Read what `training.collect` wrote; languages without passages are left out."""
    libraries = {}
    for language, letters in LETTERS.items():
        path = data / ("heldout" if heldout else "text") / f"{language}.txt"
        lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
        passages = tuple(line for line in lines if not _DRAWN.search(line))
        words_path = data / "words" / f"{language}.txt"
        words = tuple(words_path.read_text(encoding="utf-8").split()) if words_path.exists() else ()
        if len(passages) < 20:
            continue
        latin = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if script_of(language) == "latin" else ""
        words = words or tuple(word for passage in passages[:500] for word in passage.split())
        words = tuple(word for word in words if is_heldout(word) == heldout) or words
        space = "" if script_of(language) == "han" else " "
        libraries[language] = Library(language, passages, words, latin + letters + letters, space)
    return libraries


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written: shares of text that is made up or shuffled, and of rows of marks; the language if not any."""

    randomness: float
    marks: float = 0.0
    language: str = ""


class Writer:
    """Draws text of one language."""

    def __init__(self, library: Library, rng: random.Random, wording: Wording) -> None:
        self.library = library
        self.rng = rng
        self.randomness = wording.randomness * (1.0 if library.space else 1.6)
        self.signs = _MARKS + _DIGITS + (library.alphabet[:26] if library.space else HAN_PUNCTUATION)
        self.marks = wording.marks

    def passage(self, num_chars: int) -> str:
        """About `num_chars` characters, cut at a space where there is one."""
        parts, total = [], 0
        while total < num_chars:
            text = self._some(num_chars - total)
            parts.append(text)
            total += len(text) + 1
        return _cut(self.library.space.join(parts), num_chars)

    def words(self, count: int) -> str:
        """A few words: a title, a cell, a key."""
        rng, space = self.rng, self.library.space
        if rng.random() < self.randomness:
            return space.join(self._random_word() for _ in range(count))
        if rng.random() < 0.5:
            return space.join(rng.choice(self.library.words) for _ in range(count))
        found = self._divided(rng.choice(self.library.passages))
        start = rng.randrange(max(1, len(found) - count))
        return space.join(found[start : start + count])

    def number(self) -> str:
        """An amount, a date, a number, a percentage or a code."""
        rng = self.rng
        kind = rng.randrange(6)
        if kind == 0:
            return self._amount()
        if kind == 1 and not self.library.space and rng.random() < 0.6:
            return f"{rng.randint(1950, 2035)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日"
        if kind == 1:
            return rng.choice((f"{rng.randint(1, 31):02d}.{rng.randint(1, 12):02d}.{rng.randint(1950, 2035)}",
                               f"{rng.randint(1950, 2035)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                               f"{rng.randint(1, 12)}/{rng.randint(1, 28)}/{rng.randint(0, 99):02d}"))  # fmt: skip
        if kind == 2:
            return f"{rng.uniform(-99, 999):.{rng.randint(1, 3)}f}".replace(".", rng.choice(",."))
        if kind == 3:
            return f"{rng.randint(0, 1000) / 10:g}" + rng.choice(("%", " %", "°", ""))
        if kind == 4:
            return str(rng.randrange(10 ** rng.randint(1, 8)))
        return (
            "".join(rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789-/") for _ in range(rng.randint(4, 12))).strip("-/")
            or "A1"
        )

    def folio(self) -> str:
        """A page's number, as pages bear it."""
        rng = self.rng
        return rng.choice(
            (str(rng.randint(1, 400)), f"{rng.randint(1, 9)} / {rng.randint(9, 40)}", f"- {rng.randint(1, 99)} -")
        )

    def label(self, most_words: int) -> str:
        """Something short: a title, a name, a number, a page's number; some of it in capitals."""
        rng = self.rng
        text = rng.choice((self.words(rng.randint(1, most_words)), self.words(1), self.number(), self.folio()))
        if rng.random() < 0.15:
            text = f"{self.words(rng.randint(1, 2))}{rng.choice((',', '', ':', ' –'))} {text}"
        return text.upper() if rng.random() < 0.25 and "ß" not in text else text

    def _amount(self) -> str:
        rng = self.rng
        separator, point = rng.choice(((",", "."), (".", ","), (" ", ","), ("", ".")))
        text = (
            f"{rng.randint(1, 10 ** rng.randint(1, 7)) / 100:,.2f}".replace(",", "§")
            .replace(".", point)
            .replace("§", separator)
        )
        currency = rng.choice(_CURRENCIES)
        return rng.choice((text, f"{text} {currency}", f"{currency} {text}", f"{currency}{text}"))

    def _row_of_marks(self) -> str:
        """One mark or a few, or a letter, over and over: a ruler, a leader, a drawing."""
        rng = self.rng
        mark = (
            rng.choice(_ROWS) if rng.random() < 0.7 else "".join(rng.choice(_MARKS) for _ in range(rng.randint(1, 4)))
        )
        if rng.random() < 0.1:
            mark = f"{rng.choice(('', *_MARKS))}{rng.choice(self.library.alphabet)}{rng.choice(('', ' '))}"
        return (mark * rng.randint(3, max(4, rng.choice((44, 110)) // len(mark)))).strip()

    def _some(self, limit: int) -> str:
        rng = self.rng
        if self.marks and rng.random() < self.marks:
            return self._row_of_marks()
        if rng.random() >= self.randomness:
            text = rng.choice(self.library.passages)
            if len(text) > limit > 40 and rng.random() < 0.5:
                start = text.find(self.library.space, rng.randrange(len(text) - limit + 1))
                text = text[start + 1 : start + 1 + limit] or text
            return text.upper() if rng.random() < 0.04 and "ß" not in text and "ŉ" not in text else text
        kind = rng.randrange(4)
        if kind == 0:
            words = self._divided(rng.choice(self.library.passages))
            rng.shuffle(words)
            return self.library.space.join(words)
        if kind == 1:
            return self._replaced(rng.choice(self.library.passages))
        if kind == 2:
            return self.library.space.join(rng.choice(self.library.words) for _ in range(rng.randint(3, 10)))
        return self.library.space.join(self._random_word() for _ in range(rng.randint(3, 10)))

    def _divided(self, text: str) -> list[str]:
        """Words, or in Chinese what is between marks, two characters at a time."""
        return text.split() if self.library.space else _PAIR.findall(text)

    def _replaced(self, text: str) -> str:
        rng = self.rng
        return "".join(
            rng.choice(self.library.alphabet) if char.isalpha() and rng.random() < 0.35 else char for char in text
        )

    def _random_word(self) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.15:
            return self.number()
        length = rng.randint(1, 10)
        if kind < 0.3:
            return "".join(rng.choice(self.signs) for _ in range(length))
        word = "".join(rng.choice(self.library.alphabet) for _ in range(length))
        return rng.choice((word, word.lower().replace("i̇", "i"), word.capitalize()))


def _cut(text: str, num_chars: int) -> str:
    if len(text) <= num_chars:
        return text.strip()
    end = text.rfind(" ", num_chars // 2, num_chars)
    return text[: end if end > 0 else num_chars].strip()


def draw_language(rng: random.Random, languages: list[str]) -> str:
    """One of `languages`, by weight."""
    return rng.choices(languages, [WEIGHTS.get(language, 1.0) for language in languages])[0]
