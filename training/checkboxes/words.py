"""Words and faces of many languages, as `collect` puts them into a folder."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import ImageDraw, ImageFont

from training.recogniser.alphabet import RIGHT_TO_LEFT
from training.recogniser.fonts import cut_down, fonts_of, letters_of
from training.recogniser.texts import SCRIPTS, hash_of, phrases

HAN = {"ja": "ja", "zh": "zh_CN"}
"""Languages that the recogniser's folder lacks, with LibreOffice's names for them."""
HAN_FACES = {"ja": 0, "zh": 2}
"""Which of the faces in the collections of Noto Sans CJK is theirs."""
MAX_PHRASES = 8_000
SHARES = {"Latn": 8, "Cyrl": 2, "Grek": 1, "Arab": 1, "Hebr": 1, "Deva": 0.7, "Thai": 0.7, "Hang": 1, "Hani": 3}
SIGNS = "☐☑☒□■"
"""What a face must have to draw check boxes as letters."""
HELD_OUT = "DejaVu"
"""The family that benchmarks.forms draws signs in."""
LIKE_BOXES = {
    "Hani": "口回日田曰囗目国因困图園圆圈固否是吉古名合右石品只足早旦旧白百自四西酉甲由申且皿ロワコ印問間開一二三",
    "Hang": "ㅁㅇ마모무미요우오으이응",
}
"""Letters that a box or a ring may be taken for; elsewhere they are `LIKE_RINGS`."""
LIKE_RINGS = "O O. O, o 0 D Q 10 00 80 8 B C @ 1) 2) (1) (a) a) V X x".split()
WRITTEN = ("breip", "dancing", "isabella", "femke", "beteckna")
"""Beginnings of the names of faces like handwriting."""


def collect_han(packages: Path, output: Path) -> None:
    """Adds phrases and faces of Japanese and Chinese to what the recogniser's `collect` wrote, and faces with signs."""
    for language, name in HAN.items():
        some = sorted({text for text in phrases(packages, name) if 1 < len(text) < 60}, key=hash_of)[:MAX_PHRASES]
        (output / "texts" / f"{language}.txt").write_text("\n".join(some), encoding="utf-8")
        letters = set(map(ord, "".join(some))) | set(range(32, 127))
        for path in sorted(packages.rglob("NotoSansCJK-*.ttc")):
            if path.stem.endswith(("Regular", "Bold")):
                cut_down(path, HAN_FACES[language], letters, output / "han" / language / f"{path.stem}.ttf")
    for path in sorted(packages.rglob("*.ttf")):
        if not path.stem.startswith(HELD_OUT) and set(map(ord, SIGNS)) <= letters_of(path):
            cut_down(path, 0, set(range(0x2190, 0x27C0)), output / "signs" / path.name)


@dataclass(frozen=True)
class Hand:
    """One language and one of its faces; `likeness` is the share of words that a box may be taken for."""

    phrases: tuple[str, ...]
    face: Path
    script: str
    likeness: float

    @property
    def is_mirrored(self) -> bool:
        return self.script in RIGHT_TO_LEFT

    @property
    def is_spaced(self) -> bool:
        return self.script not in ("Hani", "Thai")

    def words(self, rng: random.Random, count: int) -> str:
        """About so many, a letter or two each where they are not spaced."""
        if count == 1 and rng.random() < self.likeness:
            return self._like(rng)
        text = self._said(rng, count)
        if self.is_spaced:
            return " ".join(self._like(rng) if rng.random() < self.likeness else word for word in text.split())
        return "".join(self._like(rng) if rng.random() < self.likeness else sign for sign in text)

    def _like(self, rng: random.Random) -> str:
        return rng.choice(LIKE_BOXES.get(self.script, LIKE_RINGS))

    def _said(self, rng: random.Random, count: int) -> str:
        text = rng.choice(self.phrases)
        while len(text) < 4 * count:
            text += (" " if self.is_spaced else "") + rng.choice(self.phrases)
        if not self.is_spaced:
            return text[: max(1, 2 * count)]
        return " ".join(text.split()[:count])

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        return _font(self.face, max(round(size), 6))

    def known(self, text: str) -> str:
        """What of it the face can draw."""
        letters = letters_of(self.face)
        return "".join(sign for sign in text if ord(sign) in letters)

    def write(
        self, pen: ImageDraw.ImageDraw, x: float, middle: float, text: str, *, size: float, ink: int
    ) -> tuple[float, float]:
        """Writes around a middle line; gives where it began and ended. From right to left, `x` is where it begins."""
        font, text = self.font(size), self.known(text)
        width = font.getlength(text)
        left = x - width if self.is_mirrored else x
        pen.text((left, middle), text, fill=ink, font=font, anchor="lm")
        return left, left + width


class Hands:
    """Every language that a folder holds."""

    def __init__(self, data: Path) -> None:
        self._by_script: dict[str, list[tuple[tuple[str, ...], list[Path]]]] = {}
        for script, languages in SCRIPTS.items():
            faces = fonts_of(script, data / "fonts")
            texts = [text for language in languages if (text := _read(data / "texts" / f"{language}.txt"))]
            if faces and texts:
                self._by_script[script] = [(text, faces) for text in texts]
        han = [(_read(data / "texts" / f"{name}.txt"), sorted((data / "han" / name).glob("*"))) for name in HAN]
        self._by_script["Hani"] = [(text, faces) for text, faces in han if text and faces]
        self.signs = sorted((data / "signs").glob("*"))
        self.written = [path for path in fonts_of("Latn", data / "fonts") if path.stem.lower().startswith(WRITTEN)]

    def some(self, rng: random.Random) -> Hand:
        scripts = [script for script, found in self._by_script.items() if found]
        script = rng.choices(scripts, [SHARES[script] for script in scripts])[0]
        texts, faces = rng.choice(self._by_script[script])
        return Hand(texts, rng.choice(faces), script, rng.choice((0.0, 0.0, 0.03, 0.12)))


def sign_font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    return _font(path, max(round(size), 6))


def _read(path: Path) -> tuple[str, ...]:
    return tuple(_lines(path)) if path.exists() else ()


def _lines(path: Path) -> Iterator[str]:
    for text in path.read_text(encoding="utf-8").splitlines():
        if text.strip():
            yield text.strip()


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.RAQM)
