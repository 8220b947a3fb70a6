"""Draws lines of text in 24 scripts as the model sees them: strips of 32×320 pixels, some of them columns laid down."""

import random
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

HEIGHT, WIDTH = 32, 320
UPRIGHT, INVERTED, TOPS_LEFT, TOPS_RIGHT = range(4)
SCRIPTS = (
    "Latn Cyrl Grek Hani Hang Arab Hebr Deva Thai Beng Gujr Guru Taml Telu Knda Mlym Sinh Geor Armn Ethi Khmr Laoo "
    "Mymr Zyyy"
).split()
"""Zyyy: digits and marks only."""
VERTICAL = {"Hani", "Hang"}
SHARES = {"Latn": 5, "Cyrl": 4, "Grek": 3, "Hani": 4, "Hang": 3, "Arab": 4, "Hebr": 3, "Deva": 2, "Thai": 2}
_FREE = "DejaVuSans DejaVuSerif LiberationSans LiberationSerif LiberationMono"
_NOTO = "NotoSans- NotoSerif- NotoSansDisplay- NotoSansMono-"
FONTS = {
    "Latn": f"{_NOTO} NotoSerifDisplay- {_FREE}",
    "Cyrl": f"{_NOTO} {_FREE}",
    "Grek": f"{_NOTO} {_FREE}",
    "Hani": "NotoSansCJK NotoSerifCJK",
    "Hang": "NotoSansCJK NotoSerifCJK",
    "Arab": "NotoNaskhArabic NotoSansArabic NotoKufiArabic NotoNastaliqUrdu DejaVuSans.ttf DejaVuSansCondensed",
    "Hebr": "NotoSansHebrew NotoSerifHebrew NotoRashiHebrew DejaVuSans.ttf Liberation",
    "Thai": "NotoSansThai NotoSerifThai NotoLoopedThai",
    "Laoo": "NotoSansLao NotoSerifLao NotoLoopedLao DejaVuSans.ttf",
    "Geor": "NotoSansGeorgian NotoSerifGeorgian DejaVuSans.ttf DejaVuSerif.ttf",
    "Armn": "NotoSansArmenian NotoSerifArmenian DejaVuSans.ttf DejaVuSerif.ttf",
} | {
    code: f"NotoSans{name} NotoSerif{name}"
    for code, name in (
        ("Deva", "Devanagari"),
        ("Beng", "Bengali"),
        ("Gujr", "Gujarati"),
        ("Guru", "Gurmukhi"),
        ("Taml", "Tamil-"),
        ("Telu", "Telugu"),
        ("Knda", "Kannada"),
        ("Mlym", "Malayalam"),
        ("Sinh", "Sinhala"),
        ("Ethi", "Ethiopic"),
        ("Khmr", "Khmer"),
        ("Mymr", "Myanmar"),
    )
}
"""Starts of the names of font files, by script."""
FONTS["Zyyy"] = FONTS["Latn"]
SYMBOLIC = "0123456789" * 6 + ".,:/-()%+€$£ *" * 2


def fonts_of(script: str) -> list[Path]:
    """The installed font files that write a script; italics and weights included."""
    every = sorted(p for p in Path("/usr/share/fonts").rglob("*") if p.suffix in {".ttf", ".ttc", ".otf"})
    wanted = [p for p in every if any(p.name.startswith(start) for start in FONTS[script].split())]
    return [p for p in wanted if "Math" not in p.name] or wanted


def a_text(script: str, corpus: str, rng: random.Random) -> str:
    if script == "Zyyy":
        return "".join(rng.choice(SYMBOLIC) for _ in range(rng.randint(2, 28))).strip() or "1"
    length = rng.choice((3, 6, 10, 16, 24, 32, 40))
    start = rng.randrange(max(len(corpus) - length, 1))
    text = " ".join(corpus[start : start + length].split())
    if rng.random() < 0.15:
        letters = [c for c in text if c.isalpha()] or [corpus[0]]
        text = "".join(rng.choice(letters) if c.isalpha() else c for c in text)
    if rng.random() < 0.12:
        text = f"{text} {rng.randint(1, 2099)}" if rng.random() < 0.5 else f"{rng.randint(1, 99)}. {text}"
    return text.upper() if rng.random() < 0.1 else text


@cache
def letters_of(path: Path, face: int) -> frozenset[int]:
    """Code points that a font can draw."""
    with TTFont(path, fontNumber=face, lazy=True) as font:
        return frozenset(font.getBestCmap())


def is_of(script: str, text: str) -> bool:
    letters = [c for c in text if unicodedata.category(c)[0] == "L"]
    if script == "Zyyy":
        return not letters and any(map(str.isdigit, text))
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    return len(letters) >= 2 and (script == "Latn" or latin * 3 < len(letters))


def drawn(
    text: str, font: ImageFont.FreeTypeFont, *, language: str | None, rtl: bool, rng: random.Random
) -> NDArray[np.uint8] | None:
    """The line in black on white, cut as a detector cuts it: its ink and a little paper."""
    direction = "rtl" if rtl else "ltr"
    left, top, right, bottom = font.getbbox(text, direction=direction, language=language)
    if right - left < 12 or bottom - top < 8:
        return None
    image = Image.new("L", (int(right - left) + 60, int(bottom - top) + 60), 255)
    ImageDraw.Draw(image).text((30 - left, 30 - top), text, 0, font=font, direction=direction, language=language)
    pixels = np.asarray(image)
    return cut(pixels, rng)


def cut(pixels: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8] | None:
    ink_rows, ink_columns = np.where(pixels.min(axis=1) < 128)[0], np.where(pixels.min(axis=0) < 128)[0]
    if not len(ink_rows):
        return None
    tall = ink_rows[-1] - ink_rows[0] + 1
    margins = [int(tall * rng.uniform(-0.04, 0.35)) for _ in range(4)]
    y0, y1 = max(ink_rows[0] - margins[0], 0), ink_rows[-1] + 1 + margins[1]
    x0, x1 = max(ink_columns[0] - abs(margins[2]), 0), ink_columns[-1] + 1 + abs(margins[3])
    return pixels[y0:y1, x0:x1]


def vertical(text: str, font: ImageFont.FreeTypeFont, rng: random.Random) -> NDArray[np.uint8] | None:
    """A column of characters, turned so that it lies: their tops point left."""
    side = int(font.size * rng.uniform(1.05, 1.3))
    characters = [c for c in text if not c.isspace()]
    image = Image.new("L", (side + 60, side * len(characters) + 60), 255)
    draw = ImageDraw.Draw(image)
    for n, character in enumerate(characters):
        draw.text((30 + side / 2, 30 + side * (n + 0.5)), character, 0, font=font, anchor="mm")
    return cut(np.rot90(np.asarray(image)), rng)


def fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """32 pixels high, at most 320 wide, on white."""
    width = max(min(round(pixels.shape[1] * HEIGHT / pixels.shape[0]), WIDTH), 8)
    whole = Image.fromarray(pixels).resize(
        (max(round(pixels.shape[1] * HEIGHT / pixels.shape[0]), 8), HEIGHT), Image.Resampling.BOX
    )
    strip = np.full((HEIGHT, WIDTH), 255, np.uint8)
    strip[:, :width] = np.asarray(whole)[:, :width]
    return strip // 32 * 32


def draw_lines(texts: Path, num_lines: int, output: Path) -> None:
    rng = random.Random(1)
    shares = [SHARES.get(script, 1) for script in SCRIPTS]
    corpora = {s: (texts / f"{s}.txt").read_text(encoding="utf-8") if s != "Zyyy" else "" for s in SCRIPTS}
    fonts = {script: fonts_of(script) for script in SCRIPTS}
    strips: list[np.ndarray] = []
    scripts: list[int] = []
    turns: list[float] = []
    widths: list[int] = []
    loaded: dict[tuple[Path, int, int], ImageFont.FreeTypeFont] = {}
    while len(strips) < num_lines:
        script = rng.choices(SCRIPTS, shares)[0]
        path, size = rng.choice(fonts[script]), rng.choice((28, 40))
        face = rng.randrange(4) if path.suffix == ".ttc" and "CJK" in path.name else 0
        font = loaded.setdefault((path, size, face), ImageFont.truetype(str(path), size, index=face))
        text = a_text(script, corpora[script], rng)
        if not is_of(script, text) or not letters_of(path, face).issuperset(ord(c) for c in text if not c.isspace()):
            continue
        stands = script in VERTICAL and rng.random() < 0.3
        pixels = (
            vertical(text[:12], font, rng)
            if stands
            else drawn(text, font, language=None, rtl=script in {"Arab", "Hebr"}, rng=rng)
        )
        if pixels is None or pixels.shape[0] < 6:
            continue
        strips.append(fitted(pixels))
        widths.append(min(round(pixels.shape[1] * HEIGHT / pixels.shape[0]), WIDTH))
        scripts.append(SCRIPTS.index(script))
        turns.append(TOPS_LEFT if stands else UPRIGHT)
    np.savez_compressed(output, strips=np.stack(strips), scripts=scripts, turns=turns, widths=widths)
