"""Draws lines of text, black on white and 40 pixels high, as a detector cuts them out."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from bidi.algorithm import get_display
from PIL import Image, ImageDraw, ImageFont

from training.recogniser.alphabet import (
    ARABIC_POINTS,
    HEBREW_POINTS,
    KASHIDA,
    RIGHT_TO_LEFT,
    SHARED_LATER,
    encoded,
    later,
    symbols,
    written,
)
from training.recogniser.fonts import family, fonts_of, is_handwritten, is_held_out, letters_of
from training.recogniser.real import REAL_SHARE, RealLines
from training.recogniser.strips import HEIGHT, MAX_WIDTH, DrawnLine, Strip
from training.recogniser.texts import SCRIPTS, hash_of

SHARES = {"Latn": 6, "Cyrl": 5, "Grek": 3.5, "Arab": 5, "Hebr": 2.5, "Deva": 3, "Thai": 3, "Hang": 4}
"""How often each script is drawn."""
HANDWRITTEN_SHARE = 0.3
"""Of a script's lines, where it has fonts like handwriting."""
POINTED, STRETCHED, RARE = 0.06, 0.08, 0.03
"""Of lines: those with vowel points, Arabic ones with letters drawn out, those of letters that texts hardly have."""
JOINS_ON = frozenset("بتثجحخسشصضطظعغفقكلمنهيپچگکیئ")
"""Arabic letters after which one may be drawn out, if another follows."""
MAX_LETTERS = 72
HELD_OUT_TEXTS = 20
"""One text in so many is kept for judging."""
DIGITS = {"Arab": "٠١٢٣٤٥٦٧٨٩", "Deva": "०१२३४५६७८९", "Thai": "๐๑๒๓๔๕๖๗๘๙"}
THAI_MARKS = "".join(map(chr, [0xE31, *range(0xE33, 0xE3B), 0xE45, *range(0xE47, 0xE4F)]))
"""What no line begins with."""
UNSEEN = frozenset(" \u200c")
"""What a font need not have."""
PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
PATTERNS = (
    "##.##.####", "##/##/####", "####-##-##", "#,###.##", "#.###,##", "### ###,##", "##:##", "##%", "+## ### #######",
    "(###) ###-####", "A##-####", "AA## #### #### ####", "№ ###", "#.#", "€ ##,##", "##.## €", "$#,###.##", "a@a.aa",
    "www.a.aa", "###", "####", "#", "##", "A#", "A-##/##", "§ ##", "## a", "#×#", "±#.#", "##°", "A.", "- a",
    "• a", "## x #",
)  # fmt: skip


class Writer:
    """What is written in one script: its languages' texts, and the fonts that draw it by family."""

    def __init__(self, script: str, texts: Path, fonts: Path, *, held_out: bool) -> None:
        self.script = script
        wanted = [path for path in fonts_of(script, fonts) if is_held_out(path) == held_out]
        printed = [path for path in wanted if is_handwritten(path) is False]
        self._printed = _families(printed)
        self._by_hand = _families([path for path in wanted if path not in printed])
        self._pools: dict[str, list[list[str]]] = {}
        self._words: dict[str, list[str]] = {}
        for language in SCRIPTS[script]:
            phrases, words, prose = (
                _read(texts / f"{language}.{kind}", held_out) for kind in ("txt", "words", "prose")
            )
            pools = [pool for pool in (phrases, prose) if pool] or [words]
            if pools[0]:
                self._pools[language], self._words[language] = pools, words
        self._latin = _read(texts / "en.txt", held_out)

    @property
    def is_ready(self) -> bool:
        return bool((self._printed or self._by_hand) and self._pools)

    def line(self, rng: random.Random) -> DrawnLine | None:
        is_by_hand = not self._printed or (bool(self._by_hand) and rng.random() < HANDWRITTEN_SHARE)
        path = rng.choice(rng.choice(self._by_hand if is_by_hand else self._printed))
        known = letters_of(path)
        text = self._pointed(self._text(path, rng), known, rng)
        if not text or any(ord(c) not in known for c in text if c not in UNSEEN):
            return None
        base = "R" if self.script in RIGHT_TO_LEFT else "L"
        try:
            label = encoded(get_display(written(text), base_dir=base))
        except KeyError:
            return None
        strip = _drawn(text, _font(path, rng.choice((22, 28, 34, 40))), rtl=base == "R", rng=rng)
        return DrawnLine(strip, label, self.script, is_handwritten(path)) if strip is not None else None

    def _text(self, path: Path, rng: random.Random) -> str:
        language = rng.choice(list(self._pools))
        kind = rng.random()
        if kind < 0.5:
            windows = rng.choice((1, 1, 2, 3))
            text = " ".join(self._window(self._phrase(language, rng), rng) for _ in range(windows))
        elif kind < 0.72:
            words = self._words[language] or self._phrase(language, rng).split()
            text = " ".join(rng.choice(words) for _ in range(rng.randint(1, 7)))
        elif kind < 0.82:
            text = " ".join(self._pattern(rng) for _ in range(rng.choice((1, 1, 2, 3))))
        elif kind < 0.94:
            parts = [self._window(self._phrase(language, rng), rng), self._pattern(rng)]
            if rng.random() < 0.3:
                parts.append(" ".join(rng.choice(self._latin).split()[: rng.randint(1, 3)]))
            rng.shuffle(parts)
            text = rng.choice((" ", " ", ": ", ", ", " – ")).join(parts)
        elif kind < 1 - RARE:
            letters = [c for c in self._phrase(language, rng) if c.isalpha()] or ["a"]
            text = "".join(rng.choice(letters) for _ in range(rng.randint(2, 12)))
        else:
            return self._rare(language, path, rng)
        style = rng.random()
        text = text.upper() if style < 0.1 else text.title() if style < 0.14 else text
        return text[:MAX_LETTERS].strip()

    def _rare(self, language: str, path: Path, rng: random.Random) -> str:
        """Words among letters and signs that texts hardly have."""
        letters, signs = _rare_letters(path, self.script)
        parts = self._phrase(language, rng).split()[: rng.randint(1, 4)]
        if letters and (not signs or rng.random() < 0.7):
            parts.insert(rng.randint(0, len(parts)), "".join(rng.choice(letters) for _ in range(rng.randint(2, 8))))
        elif signs:
            for _ in range(rng.randint(1, 3)):
                parts.insert(rng.randint(0, len(parts)), rng.choice(signs))
        return " ".join(parts)[:MAX_LETTERS].strip()

    def _pointed(self, text: str, known: frozenset[int], rng: random.Random) -> str:
        """With vowel points, or drawn out, which is not written down."""
        points = {"Arab": ARABIC_POINTS, "Hebr": HEBREW_POINTS}.get(self.script, "")
        some = [point for point in points if ord(point) in known]
        chance = rng.random()
        if some and chance < POINTED:
            return "".join(c + rng.choice(some) if c.isalpha() and rng.random() < 0.6 else c for c in text)
        if self.script == "Arab" and POINTED < chance < POINTED + STRETCHED and ord(KASHIDA) in known:
            after = [*text[1:], " "]
            return "".join(
                c + KASHIDA * rng.randint(1, 5) if c in JOINS_ON and b.isalpha() and rng.random() < 0.15 else c
                for c, b in zip(text, after, strict=True)
            )
        return text

    def _phrase(self, language: str, rng: random.Random) -> str:
        return rng.choice(rng.choice(self._pools[language]))

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


def lines(every: Sequence[Writer], seed: int, real: RealLines | None = None) -> Iterator[DrawnLine]:
    """Without end; a share of them is real."""
    rng = random.Random(seed)
    shares = [SHARES[writer.script] for writer in every]
    symbols()
    while True:
        if real and rng.random() < REAL_SHARE:
            yield real.line(rng)
            continue
        line = rng.choices(every, shares)[0].line(rng)
        if line and len(line.label) * 4 < line.strip.shape[1] * 1.2:
            yield line


def _families(paths: Sequence[Path]) -> list[list[Path]]:
    return [[path for path in paths if family(path) == name] for name in sorted(set(map(family, paths)))]


@cache
def _rare_letters(path: Path, script: str) -> tuple[list[str], list[str]]:
    known = letters_of(path)
    return [c for c in later(script) if ord(c) in known], [c for c in SHARED_LATER if ord(c) in known]


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
