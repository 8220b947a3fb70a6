"""Layouts of newspaper pages and of book spreads: grids of articles, sampled; nothing of them is written down.

A page is cut again and again, across or along its columns, until an article stands in each part. The same language,
kind and seed give the same page.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Literal

from benchmarks.pages import RIGHT_TO_LEFT

TEXTS = Path(__file__).parents[1] / "texts"
WITHOUT_SPACES = {"zh-Hans", "zh-Hant", "ja"}
WIDE = {"zh-Hans", "zh-Hant", "ja", "ko"}
"""Languages whose characters are about as wide as high."""
Kind = Literal["news", "spread", "paper"]
KINDS: tuple[Kind, ...] = ("news", "news", "spread", "news", "paper")
"""In turn: newspaper pages, two pages of a book side by side, articles in two or three columns with sections."""
SHEETS = {
    "news": ((297, 420), (280, 400), (350, 500)),
    "spread": ((420, 297), (340, 240), (297, 210)),
    "paper": ((210, 297), (216, 279)),
}
"""Width and height in mm."""


@dataclass(frozen=True)
class NewsPage:
    """`articles` is what each says, in reading order; `width`, `height` in mm."""

    name: str
    kind: Kind
    language: str
    html: str
    articles: tuple[str, ...]
    width: int
    height: int


class Words:
    """Sentences of a language's words, each another: pages must not say the same thing twice."""

    def __init__(self, language: str, random: Random) -> None:
        text = " ".join((TEXTS / f"{language}-{kind}.txt").read_text(encoding="utf-8") for kind in ("declaration",))
        self._random, self._is_tight = random, language in WITHOUT_SPACES
        letters = [c if c.isalnum() or c in "’'-" or not c.isascii() else " " for c in text.replace("#", " ")]
        words = "".join(" " if c in "，。、；：「」（）・؛،。" else c for c in letters).split()
        self._words = [part for word in words for part in self._parts(word)]

    def _parts(self, word: str) -> list[str]:
        return [word[i : i + 3] for i in range(0, len(word), 3)] if self._is_tight else [word]

    def sentence(self, length: int) -> str:
        """About `length` characters."""
        words: list[str] = []
        while sum(map(len, words)) + len(words) * (not self._is_tight) < length:
            words.append(self._random.choice(self._words))
        text = ("" if self._is_tight else " ").join(words)
        return text[:1].upper() + text[1:]

    def paragraph(self, length: int) -> str:
        parts: list[str] = []
        stop = "。" if self._is_tight else "."
        while sum(len(part) for part in parts) < length:
            parts.append(self.sentence(self._random.randint(30, 110)) + stop)
        return ("" if self._is_tight else " ").join(parts)


@dataclass(frozen=True)
class Style:
    """Of one page; lengths in mm, type in points."""

    columns: int
    gutter: float
    size: float
    family: str
    is_ruled: bool
    is_justified: bool
    characters: float
    """A square millimetre of text has so many."""
    apart: float
    """White between paragraphs, in em."""


def sampled(language: str, kind: Kind, seed: int, *, fullness: float = 1.0) -> NewsPage:
    """`fullness`: less where the page would not fit on its sheet."""
    random = Random(f"{language} {kind} {seed}")
    words = Words(language, random)
    width, height = random.choice(SHEETS[kind])
    if kind == "spread":
        style = _style(random, language, columns=random.choice((1, 1, 2)), size=random.uniform(8.5, 11))
        body = "".join(f"<section>{part}</section>" for part in _spread(random, words, style, width, height, fullness))
    elif kind == "paper":
        style = _style(random, language, columns=random.choice((2, 2, 3)), size=random.uniform(8.5, 10.5))
        body = f"<article>{_paper(random, words, style, (width - 24) * (height - 70) * fullness)}</article>"
    else:
        style = _style(random, language, columns=random.randint(3, 7), size=random.uniform(7, 9))
        body = "".join(_news(random, words, style, width, height, fullness))
    articles = tuple(_said(body))
    return NewsPage(
        f"{language}-{kind}-{seed}",
        kind,
        language,
        _document(body, language, style, width, height),
        articles,
        width,
        height,
    )


def sampled_to_fit(language: str, kind: Kind, seed: int) -> Iterator[NewsPage]:
    """The page and, should it take more than its sheet, fewer and fewer words on it."""
    return (sampled(language, kind, seed, fullness=fullness) for fullness in (1.0, 0.85, 0.7, 0.55, 0.4))


def _style(random: Random, language: str, *, columns: int, size: float) -> Style:
    advance = size * 0.353 * (1.0 if language in WIDE else 0.5)
    return Style(
        columns=columns,
        gutter=random.uniform(3, 6),
        size=size,
        family=random.choice(("serif", "serif", "sans-serif")),
        is_ruled=random.random() < 0.4,
        is_justified=random.random() < 0.7,
        characters=1 / (advance * size * 0.353 * 1.25),
        apart=random.choice((0.0, 0.0, 0.4, 0.7)),
    )


def _news(random: Random, words: Words, style: Style, width: float, height: float, fullness: float) -> Iterator[str]:
    head = 0.0
    if random.random() < 0.6:
        head = 30.0
        yield f"<article class=mast><h1>{_text(words.sentence(12))}</h1><p>{_text(words.sentence(40))}</p></article>"
    yield _grid(random, words, style, style.columns, width - 24, (height - 30 - head) * fullness)


def _spread(random: Random, words: Words, style: Style, width: float, height: float, fullness: float) -> Iterator[str]:
    for number in (random.randint(1, 150) * 2, 0):
        area = (width / 2 - 30) * (height - 50) * fullness * random.choice((1, 1, 0.6))
        head = f"<h2>{_text(words.sentence(25))}</h2>" if random.random() < 0.5 else ""
        running = f"<p class=running>{_text(words.sentence(20))}</p>" if random.random() < 0.6 else ""
        body = _body(random, words, area * style.characters * 0.8)
        folio = f"<p class=folio>{number}</p>" if number and random.random() < 0.7 else ""
        yield f"<article>{running}{head}<div class=body style='columns:{style.columns}'>{body}</div>{folio}</article>"


def _paper(random: Random, words: Words, style: Style, area: float) -> str:
    head = f"<h1 class=paper>{_text(words.sentence(50))}</h1>"
    if random.random() < 0.6:
        head += f"<p class=kicker>{_text(words.sentence(40))}</p>" + _body(random, words, 300)
    sections = random.randint(2, 5)
    parts = []
    for _ in range(sections):
        body = _body(random, words, area * style.characters * 0.75 / sections)
        parts.append(f"<h2 style='font-size:{1.25 * style.size:.1f}pt'>{_text(words.sentence(20))}</h2>{body}")
    return f"{head}<div class=body style='columns:{style.columns}'>{''.join(parts)}</div>"


def _grid(random: Random, words: Words, style: Style, columns: int, width: float, height: float) -> str:
    """A part of the page, `columns` wide: an article, or two parts beside or below each other."""
    lines = height / (style.size * 0.353 * 1.25)
    can_stand_beside, can_stand_below = columns > 1, lines > 36
    if not (can_stand_beside or can_stand_below) or (columns < 4 and lines < 60 and random.random() < 0.3):
        return _article(random, words, style, columns, width, height)
    if can_stand_beside and (not can_stand_below or random.random() < columns / (columns + lines / 22)):
        if lines < 30 and columns < 4 and random.random() < 0.5:
            return _article(random, words, style, columns, width, height)
        left = random.randint(1, columns - 1)
        parts = [
            f"<div style='flex:{part} 1 0'>{_grid(random, words, style, part, width * part / columns, height)}</div>"
            for part in (left, columns - left)
        ]
        return f"<div class=beside>{''.join(parts)}</div>"
    top = random.uniform(0.3, 0.7)
    parts = [_grid(random, words, style, columns, width, height * part) for part in (top, 1 - top)]
    return f"<div class=below>{parts[0]}{parts[1]}</div>"


def _article(random: Random, words: Words, style: Style, columns: int, width: float, height: float) -> str:
    size = style.size * random.uniform(1.5, 2.2) * (1 + 0.25 * columns)
    room = width / (size * 0.353 * 0.6)
    kicker = f"<p class=kicker>{_text(words.sentence(18))}</p>" if random.random() < 0.3 else ""
    length = int(min(room * random.uniform(0.6, 1.6), 90))
    head = f"<h2 style='font-size:{size:.1f}pt'>{_text(words.sentence(max(length, 6)))}</h2>"
    byline = f"<p class=byline>{_text(words.sentence(16))}</p>" if random.random() < 0.4 else ""
    used = 2.2 * size * 0.353 * 1.2 + 8
    picture = ""
    if random.random() < 0.3 and height > 90:
        tall = random.uniform(0.2, 0.35) * height
        used += tall + 8
        picture = f"<div class=picture style='height:{tall:.0f}mm'></div>"
        picture += f"<p class=caption>{_text(words.sentence(40))}</p>"
    area = max(width - columns * style.gutter, 10) * max(height - used, 12)
    own = columns if random.random() < 0.85 else max(columns - 1, 1)
    body = _body(random, words, area * style.characters * 0.72)
    return f"<article>{kicker}{head}{picture}{byline}<div class=body style='columns:{own}'>{body}</div></article>"


def _body(random: Random, words: Words, length: float) -> str:
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < length:
        paragraphs.append(words.paragraph(int(min(random.randint(80, 420), max(length, 60)))))
    return "".join(f"<p>{_text(each)}</p>" for each in paragraphs)


def _text(text: str) -> str:
    return html.escape(text)


def _said(body: str) -> Sequence[str]:
    """The text of each article, a paragraph a line; what is set apart in it (a caption) where it stands."""
    reader = _Articles()
    reader.feed(body)
    return ["\n".join(article) for article in reader.articles]


class _Articles(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.articles: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag == "article":
            self.articles.append([])

    def handle_data(self, data: str) -> None:
        self.articles[-1].append(data)


def _document(body: str, language: str, style: Style, width: float, height: float) -> str:
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    rule = "0.3pt solid black" if style.is_ruled else "none"
    align = "justify" if style.is_justified else "start"
    return f"""<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8"><style>
@page {{ size: {width}mm {height}mm; margin: 12mm }}
body {{ font: {style.size:.1f}pt/1.25 {style.family}; margin: 0; text-align: {align} }}
h1 {{ font-size: 34pt; margin: 0; text-align: center; line-height: 1.1 }}
h1.paper {{ font-size: 16pt; margin-bottom: 3mm }}
h2 {{ margin: 0 0 1.5mm; line-height: 1.1; text-align: start }} p {{ margin: 0; text-indent: .8em }}
.body p {{ margin-bottom: {style.apart}em }}
.mast {{ border-bottom: .5pt solid black; margin-bottom: 4mm; text-align: center }}
.body {{ column-gap: {style.gutter:.1f}mm; column-rule: {rule} }}
.beside {{ display: flex; gap: {style.gutter:.1f}mm }} .below > * + *, .below > .beside {{ margin-top: 4mm }}
.kicker, .byline, .caption, .running, .folio {{ text-indent: 0; font-size: .9em }} .kicker {{ font-weight: bold }}
.byline, .caption {{ font-style: italic; margin-bottom: 1mm }} .picture {{ background: #888 }}
section {{ float: inline-start; width: {width / 2 - 12 - 14:.0f}mm; margin-inline-end: 14mm }}
section + section {{ margin-inline: 14mm 0; }} .running, .folio {{ text-align: center; margin: 2mm 0 }}
</style><body>{body}</body></html>"""
