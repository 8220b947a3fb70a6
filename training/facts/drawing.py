"""Words on a page as an engine gives them, each with the fact that it states; and reading errors."""

import random
import unicodedata
from dataclasses import dataclass, replace

from docintel.model import BBox, Page, Word

_LOOKALIKES = dict(
    pair.split("=", 1)
    for pair in (
        "0=OD8 1=lI7 2=Z 3=8 5=S6 6=8G 8=B3 9=g O=0Q o=0ec l=I1i I=l1 i=l1 S=5$ s=5 B=8 e=co a=o n=ru m=rn t=f u=ü ä=a "
        "ü=u ö=o é=e G=C E=F T=I .=, ,=. :=. -=~ H=N A=4 W=V ż=z ł=l ş=s ı=i"
    ).split()
)


@dataclass(frozen=True)
class Placed:
    """A word in points from the top left; `fact` is what it states, or part of it."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    fact: str = ""


class Drawing:
    """Texts placed on a page of points; `is_mirrored` for scripts that run from right to left."""

    def __init__(self, width: float, height: float, *, is_mirrored: bool = False) -> None:
        self.width, self.height, self.is_mirrored = width, height, is_mirrored
        self.words: list[Placed] = []

    def text(self, x: float, y: float, text: str, size: float, *, align: str = "left", fact: str = "") -> float:
        """Writes `text` with its top at `y`; returns where it ends. `align` says what `x` is."""
        total = text_width(text, size)
        x -= {"left": 0.0, "right": total, "center": total / 2}[align]
        for part in text.split():
            end = x + text_width(part, size)
            self.words.append(Placed(part, x, y, end, y + size, fact))
            x = end + 0.28 * size
        return x

    def page(self, rng: random.Random) -> tuple[Page, dict[str, list[tuple[int, ...]]]]:
        """The page, and for each fact the numbers of its words, a tuple for each time that it is stated."""
        words = _misread(self.words, rng)
        slope = rng.gauss(0, 0.004) if rng.random() < 0.3 else 0.0
        height = max(self.height, max((word.y1 for word in words), default=0) + 20)
        kept, made = [], []
        for word in words:
            x0, x1 = (self.width - word.x1, self.width - word.x0) if self.is_mirrored else (word.x0, word.x1)
            shift = slope * (x0 - self.width / 2) + rng.gauss(0, 0.04) * (word.y1 - word.y0)
            if not word.text.strip() or x1 <= 0 or x0 >= self.width:
                continue
            box = BBox.from_corners(x0, word.y0 + shift, x1, word.y1 + shift, width=self.width, height=height)
            kept.append(word)
            made.append(Word(text=word.text, bbox=box))
        facts: dict[str, list[tuple[int, ...]]] = {}
        for fact in {word.fact for word in kept if word.fact}:
            facts.setdefault(fact.partition("#")[0], []).append(
                tuple(number for number, word in enumerate(kept) if word.fact == fact)
            )
        page = Page(number=1, width=self.width, height=height, words=tuple(made), engine="drawn/1")
        return page, facts


def text_width(text: str, size: float) -> float:
    widths = {"W": 1.0, "F": 1.0}
    return size * sum(widths.get(unicodedata.east_asian_width(c), 0.28 if c == " " else 0.52) for c in text)


def _misread(words: list[Placed], rng: random.Random) -> list[Placed]:
    """Letters taken for others, words run together or lost: little on most pages, much on some."""
    rate = abs(rng.gauss(0, 0.012)) if rng.random() < 0.7 else 0.0
    glued = rng.choice([0, 0, 0, 0.02, 0.08])
    lost = rng.choice([0, 0, 0, 0.01, 0.03])
    read: list[Placed] = []
    for word in words:
        if rng.random() < lost:
            continue
        text = "".join(_letter(c, rng) if rng.random() < rate else c for c in word.text)
        before = read[-1] if read else None
        is_beside = before is not None and abs(before.y0 - word.y0) < 0.5 and 0 < word.x0 - before.x1 < 6
        if before and is_beside and rng.random() < glued and (before.fact == word.fact or not before.fact):
            read[-1] = replace(before, text=before.text + text, x1=word.x1, fact=word.fact)
        else:
            read.append(replace(word, text=text))
    return read


def _letter(c: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return ""
    return rng.choice(_LOOKALIKES.get(c, c)).strip()
