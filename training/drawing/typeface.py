"""Fonts with what drawing needs at hand: who can set which language, and each character's advance."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.drawing.fonts import HANDWRITING, HELDOUT_FONTS
from training.drawing.pagetypes import Line
from training.text.breaking import is_han, wrapped_han

_Glyph = tuple[np.ndarray, int, int]
_Placed = tuple[_Glyph, int]
_NOTHING = np.zeros((0, 0), np.uint8)
_HELDOUT = frozenset(HELDOUT_FONTS)


class Typeface:
    """One font at one size (pixels); draws lines and knows each character's place (kerning is left to the drawing)."""

    def __init__(self, path: Path, size: float, missing: str = "") -> None:
        self.font = ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
        self.size = size
        self.name = path.stem
        self._missing = str.maketrans("", "", missing)
        self._advances: dict[str, float] = {}
        self._glyphs: dict[str, _Glyph] = {}
        top, bottom = self.font.getbbox("x", anchor="ls")[1::2]
        self.x_height = max(1.0, bottom - top)

    def advance(self, char: str) -> float:
        """The pen's way over one character, in pixels."""
        value = self._advances.get(char)
        if value is None:
            value = self._advances[char] = self.font.getlength(char)
        return value

    def width(self, text: str) -> float:
        """The pen's way over `text`."""
        return sum(map(self.advance, text))

    def writable(self, text: str) -> str:
        """`text` without the characters that the font lacks."""
        return " ".join(text.translate(self._missing).split())

    def wrap(self, text: str, max_width: float, *, indent: float = 0.0, hyphenated: bool = False) -> list[str]:
        """Lines no wider than `max_width`, the first one less by `indent`; characters the font lacks are left out.

        A word wider than a line is broken; `hyphenated` also breaks long words with a hyphen where they would not fit.
        """
        if is_han(text):
            return wrapped_han(self.writable(text), self.width, max_width, indent)
        lines: list[str] = []
        current, current_width = "", 0.0
        space = self.advance(" ")
        for word in self.writable(text).split(" "):
            room = max_width - (0.0 if lines else indent)
            width = self.width(word)
            while width > max_width and len(word) > 1:
                keep = max(1, int(len(word) * max_width / width) - 1)
                if current:
                    lines.append(current)
                    current = ""
                lines.append(word[:keep])
                word, width = word[keep:], self.width(word[keep:])
            if current and current_width + space + width > room:
                keep = self._break(word, room - current_width - space) if hyphenated else 0
                lines.append(f"{current} {word[:keep]}-" if keep else current)
                word, width = word[keep:], self.width(word[keep:])
                current = ""
            current_width = current_width + space + width if current else width
            current = f"{current} {word}" if current else word
        return [*lines, current] if current else lines

    def _break(self, word: str, room: float) -> int:
        """How many of a long word's letters fit into `room` before a hyphen; 0 where it should stay whole."""
        if len(word) < 7 or not word.isalpha():
            return 0
        width = self.advance("-")
        for keep, char in enumerate(word[:-3]):
            width += self.advance(char)
            if width > room:
                return keep if keep >= 3 else 0
        return len(word) - 3

    def draw(self, canvas: Canvas, text: str, x: float, baseline: float, ink: int, gaps: Sequence[float] = ()) -> Line:
        """Draw one line and say where each character is; `gaps` is how much further the pen goes after each one."""
        is_kerned = canvas.kerned and not gaps and not canvas.typist
        if is_kerned:
            canvas.pen.text((x, baseline), text, font=self.font, fill=ink, anchor="ls")
        xs, pen, placed = [], x, []
        for char, gap in zip(text, chain(gaps, repeat(0.0)), strict=False):
            advance = self.advance(char)
            placed.append((self._glyph(char), round(pen)))
            xs.append(pen + advance / 2)
            pen += advance + gap
        placed = [(glyph, pen) for glyph, pen in placed if glyph[0].size]
        if canvas.typist:
            placed = [(_typed(glyph, canvas.typist), pen) for glyph, pen in placed]
        box = (
            _extent(placed, round(baseline))
            if placed
            else (round(x), round(baseline) - 1, round(x) + 1, round(baseline))
        )
        if is_kerned:
            stretch = self.font.getlength(text) / max(pen - x, 1e-6)
            xs = [x + (place - x) * stretch for place in xs]
        else:
            _blend(canvas.array, placed, box, round(baseline), ink)
        return Line(text, xs, baseline - self.x_height / 2, box)

    def _glyph(self, char: str) -> _Glyph:
        """A character's coverage (uint8), and its left and top seen from the pen on the baseline."""
        glyph = self._glyphs.get(char)
        if glyph is None:
            mask, (left, top) = self.font.getmask2(char, mode="L", anchor="ls")
            width, height = mask.size
            pixels = np.frombuffer(bytes(mask), np.uint8).reshape(height, width) if width * height else _NOTHING
            glyph = self._glyphs[char] = (pixels, int(left), int(top))
        return glyph


def _typed(glyph: _Glyph, typist: random.Random) -> _Glyph:
    """A glyph as a typewriter strikes it: one in five a pixel too high or low, one in five too weak."""
    pixels, left, top = glyph
    chance = typist.random()
    if chance < 0.2:
        return pixels, left, top + (1 if chance < 0.1 else -1)
    if chance < 0.4:
        return (pixels * (0.3 + chance * 1.5)).astype(np.uint8), left, top
    return glyph


def _extent(placed: list[_Placed], baseline: int) -> tuple[int, int, int, int]:
    """The box of all glyphs' ink."""
    return (
        min(pen + left for (_, left, _), pen in placed),
        baseline + min(top for (_, _, top), _ in placed),
        max(pen + left + pixels.shape[1] for (pixels, left, _), pen in placed),
        baseline + max(top + pixels.shape[0] for (pixels, _, top), _ in placed),
    )


def _blend(image: np.ndarray, placed: list[_Placed], box: tuple[int, int, int, int], baseline: int, ink: int) -> None:
    """Lay the glyphs' coverage together, then mix ink into the page once for the whole line."""
    x0, y0, x1, y1 = box
    height, width = image.shape
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if right <= left or bottom <= top:
        return
    cover = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for (pixels, glyph_left, glyph_top), pen in placed:
        x, y = pen + glyph_left - x0, baseline + glyph_top - y0
        part = cover[y : y + pixels.shape[0], x : x + pixels.shape[1]]
        np.maximum(part, pixels, out=part)
    page = image[top:bottom, left:right]
    share = cover[top - y0 : bottom - y0, left - x0 : right - x0].astype(np.int16)
    page[...] = page + ((ink - page.astype(np.int16)) * share + 127) // 255


class Cabinet:
    """The fonts of the data folder; the held-out families only when asked for."""

    def __init__(self, data: Path, *, heldout: bool = False) -> None:
        coverage: dict[str, dict[str, str]] = json.loads((data / "fonts.json").read_text(encoding="utf-8"))
        self.folder = data / "fonts"
        self._missing = {name: known["missing"] for name, known in coverage.items()}
        self._by_language: dict[str, list[str]] = {}
        for name, known in coverage.items():
            if (name in _HELDOUT) == heldout:
                for language in known["languages"].split():
                    self._by_language.setdefault(language, []).append(name)
        printed = {language for language, names in self._by_language.items() if not HANDWRITING.issuperset(names)}
        self._by_language = {language: self._by_language[language] for language in printed}
        self.open = lru_cache(maxsize=4000)(self._open)

    def languages(self) -> list[str]:
        """Languages that at least one font can set."""
        return sorted(self._by_language)

    def _open(self, name: str, size: float) -> Typeface:
        return Typeface(self.folder / name, size, self._missing[name])

    def draw_name(self, rng: random.Random, language: str, among: Collection[str] = ()) -> str:
        """A font's file name for `language`, one of `among` if any of those can set it, else none like handwriting."""
        names = self._by_language[language]
        printed = [name for name in names if name not in HANDWRITING]
        return rng.choice([name for name in names if name in among] or printed)

    def bold_of(self, name: str) -> str:
        """The family's bold cut if there is one, else the same font."""
        stem = (
            name.rsplit(".", 1)[0]
            .replace("-Regular", "")
            .replace("-Roman", "")
            .replace("-regular", "")
            .replace("_R", "")
        )
        for candidate in (
            f"{stem}-Bold.ttf",
            f"{stem}-Bold.otf",
            f"{stem}Bold.ttf",
            f"{stem}_RB.otf",
            f"{stem}Bold.otf",
        ):
            if (self.folder / candidate).exists():
                return candidate
        return name


@dataclass(frozen=True, slots=True)
class Canvas:
    """A grey page (uint8, height × width) and a pen for lines and shapes on the same memory.

    `kerned` pages are set by FreeType's own layout, the others glyph by glyph from a cache: several times faster.
    Where there is a `typist`, letters are struck unevenly, as that one's numbers say.
    """

    array: np.ndarray
    pen: ImageDraw.ImageDraw
    kerned: bool
    typist: random.Random | None = None


def blank(width: int, height: int, paper: int, *, kerned: bool, typist: random.Random | None = None) -> Canvas:
    """An empty page."""
    array = np.full((height, width), paper, np.uint8)
    image = Image.frombuffer("L", (width, height), array, "raw", "L", 0, 1)
    image.readonly = 0
    return Canvas(array, ImageDraw.Draw(image), kerned, typist)
