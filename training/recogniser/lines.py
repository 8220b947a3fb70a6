"""Draws lines of text, black on white and 40 pixels high, as a detector cuts them out."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from bidi.algorithm import get_display
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.recogniser.alphabet import RIGHT_TO_LEFT, encoded, symbols
from training.recogniser.fonts import family, fonts_of, is_held_out, letters_of
from training.recogniser.texts import SCRIPTS, hash_of

HEIGHT = 40
MAX_WIDTH = 1024
SHARES = {"Latn": 5, "Cyrl": 4, "Grek": 2.5, "Arab": 4, "Hebr": 2.5, "Deva": 3, "Thai": 2.5, "Hang": 4}
"""How often each script is drawn."""
MAX_LETTERS = 72
HELD_OUT_TEXTS = 20
"""One text in so many is kept for judging."""
DIGITS = {"Arab": "٠١٢٣٤٥٦٧٨٩", "Deva": "०१२३४५६७८९", "Thai": "๐๑๒๓๔๕๖๗๘๙"}
THAI_MARKS = "".join(map(chr, [0xE31, *range(0xE33, 0xE3B), 0xE45, *range(0xE47, 0xE4F)]))
"""What no line begins with."""
PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
PATTERNS = (
    "##.##.####", "##/##/####", "####-##-##", "#,###.##", "#.###,##", "### ###,##", "##:##", "##%", "+## ### #######",
    "(###) ###-####", "A##-####", "AA## #### #### ####", "№ ###", "#.#", "€ ##,##", "##.## €", "$#,###.##", "a@a.aa",
    "www.a.aa", "###", "####", "#", "##", "A#", "A-##/##", "§ ##", "## a", "#×#", "±#.#", "##°", "A.", "- a",
    "• a", "## x #",
)  # fmt: skip

Strip = NDArray[np.uint8]


@dataclass(frozen=True)
class DrawnLine:
    strip: Strip
    """(40, width), 0 for ink and 255 for paper."""
    label: list[int]
    script: str


class Writer:
    """What is written in one script: its languages' texts, and the fonts that draw it by family."""

    def __init__(self, script: str, texts: Path, fonts: Path, *, held_out: bool) -> None:
        self.script = script
        wanted = [path for path in fonts_of(script, fonts) if is_held_out(path) == held_out]
        self._families = [[p for p in wanted if family(p) == name] for name in sorted({family(p) for p in wanted})]
        self._phrases, self._words = {}, {}
        for language in SCRIPTS[script]:
            phrases, words = (_read(texts / f"{language}.{kind}", held_out) for kind in ("txt", "words"))
            if phrases or words:
                self._phrases[language], self._words[language] = phrases or words, words or phrases
        self._latin = _read(texts / "en.txt", held_out)

    @property
    def is_ready(self) -> bool:
        return bool(self._families and self._phrases)

    def line(self, rng: random.Random) -> DrawnLine | None:
        text = self._text(rng)
        path = rng.choice(rng.choice(self._families))
        known = letters_of(path)
        if not text or any(ord(c) not in known for c in text if c != " "):
            return None
        base = "R" if self.script in RIGHT_TO_LEFT else "L"
        try:
            label = encoded(get_display(text, base_dir=base))
        except KeyError:
            return None
        strip = _drawn(text, _font(path, rng.choice((22, 28, 34, 40))), rtl=base == "R", rng=rng)
        return DrawnLine(strip, label, self.script) if strip is not None else None

    def _text(self, rng: random.Random) -> str:
        language = rng.choice(list(self._phrases))
        kind = rng.random()
        if kind < 0.5:
            windows = rng.choice((1, 1, 2, 3))
            text = " ".join(self._window(rng.choice(self._phrases[language]), rng) for _ in range(windows))
        elif kind < 0.75:
            text = " ".join(rng.choice(self._words[language]) for _ in range(rng.randint(1, 7)))
        elif kind < 0.85:
            text = " ".join(self._pattern(rng) for _ in range(rng.choice((1, 1, 2, 3))))
        elif kind < 0.97:
            parts = [self._window(rng.choice(self._phrases[language]), rng), self._pattern(rng)]
            if rng.random() < 0.3:
                parts.append(" ".join(rng.choice(self._latin).split()[: rng.randint(1, 3)]))
            rng.shuffle(parts)
            text = rng.choice((" ", " ", ": ", ", ", " – ")).join(parts)
        else:
            letters = [c for c in rng.choice(self._phrases[language]) if c.isalpha()] or ["a"]
            text = "".join(rng.choice(letters) for _ in range(rng.randint(2, 12)))
        style = rng.random()
        text = text.upper() if style < 0.1 else text.title() if style < 0.14 else text
        return text[:MAX_LETTERS].strip()

    def _window(self, phrase: str, rng: random.Random) -> str:
        if self.script == "Thai":
            start = rng.randrange(max(1, len(phrase) - 4))
            return phrase[start : start + rng.randint(4, 40)].lstrip(THAI_MARKS)
        words = phrase.split()
        start = rng.randrange(len(words))
        return " ".join(words[start : start + rng.choice((1, 2, 3, 5, 8, 12, 12))])

    def _pattern(self, rng: random.Random) -> str:
        own = DIGITS.get(self.script, "")
        own = PERSIAN if own and self.script == "Arab" and rng.random() < 0.5 else own
        digits = own if own and rng.random() < 0.35 else "0123456789"
        text = ""
        for sign in rng.choice(PATTERNS):
            if sign == "#":
                text += rng.choice(digits)
            elif sign == "A":
                text += rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            elif sign == "a":
                text += "".join(c for c in rng.choice(self._latin).split()[0].lower() if c.isalnum())
            else:
                text += sign
        return text


def writers(texts: Path, fonts: Path, *, held_out: bool) -> list[Writer]:
    every = [Writer(script, texts, fonts, held_out=held_out) for script in SHARES]
    return [writer for writer in every if writer.is_ready]


def lines(every: Sequence[Writer], seed: int) -> Iterator[DrawnLine]:
    """Without end."""
    rng = random.Random(seed)
    shares = [SHARES[writer.script] for writer in every]
    symbols()
    while True:
        line = rng.choices(every, shares)[0].line(rng)
        if line and len(line.label) * 4 < line.strip.shape[1] * 1.2:
            yield line


def _read(path: Path, held_out: bool) -> list[str]:
    if not path.exists():
        return []
    every = path.read_text(encoding="utf-8").splitlines()
    return [text for text in every if text.strip() and (hash_of(text) % HELD_OUT_TEXTS == 0) == held_out]


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)


def _drawn(text: str, font: ImageFont.FreeTypeFont, *, rtl: bool, rng: random.Random) -> Strip | None:
    direction = "rtl" if rtl else "ltr"
    left, top, right, bottom = map(int, font.getbbox(text, direction=direction))
    if not (10 < right - left < 3000 and 5 < bottom - top < 300):
        return None
    image = Image.new("L", (right - left + 80, bottom - top + 80), 255)
    ImageDraw.Draw(image).text((40 - left, 40 - top), text, 0, font=font, direction=direction)
    box = image.point(lambda value: 255 - value).getbbox()
    if not box:
        return None
    tall = max(box[3] - box[1], 0.5 * font.size)
    x0, x1 = box[0] - tall * rng.uniform(0, 0.4), box[2] + tall * rng.uniform(0, 0.4)
    slack = (tall - (box[3] - box[1])) / 2
    y0, y1 = box[1] - slack - tall * rng.uniform(0, 0.3), box[3] + slack + tall * rng.uniform(0, 0.3)
    x0, y0 = max(x0, 0), max(y0, 0)
    width = round((x1 - x0) * HEIGHT / (y1 - y0) * rng.uniform(0.85, 1.15))
    if not 12 <= width <= MAX_WIDTH:
        return None
    how = Image.Resampling.BOX if y1 - y0 > 1.5 * HEIGHT else Image.Resampling.BILINEAR
    return np.asarray(image.resize((width, HEIGHT), how, (x0, y0, min(x1, image.width), min(y1, image.height))))
