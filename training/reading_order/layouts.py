"""Where the blocks of sampled pages stand, as a browser lays them out, blurred as layout analysis sees them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from benchmarks.news_pages.sampling import KINDS, sampled_to_fit
from benchmarks.pages import RIGHT_TO_LEFT
from docintel.engines.local.layout.cuts import Shapes
from samples.scan import printer

LANGUAGES = ("en", "de", "ru", "fr", "zh-Hans", "ar", "es", "he", "ja", "pl", "el", "ko")
PIXELS = 96 / 25.4
"""Of a browser, a millimetre."""
MARGIN = 12
"""In mm."""
LEADING = 1.25
BOXES = """() => { const found = []; let article = -1;
for (const each of document.querySelectorAll("article, article h1, article h2, article p, article .picture")) {
  if (each.tagName === "ARTICLE") { article++; continue; }
  for (const r of each.getClientRects())
    if (r.width > 1 && r.height > 1)
      found.push([article, each.tagName[0] === "H" ? 1 : 0, r.left, r.top, r.right, r.bottom]); }
return [found, parseFloat(getComputedStyle(document.body).fontSize)]; }"""


@dataclass(frozen=True)
class Layout:
    """One page's blocks in reading order: article, whether a heading, x0 y0 x1 y1 in line heights."""

    kind: str
    blocks: tuple[tuple[float, ...], ...]


def layouts(seeds: Sequence[int]) -> Iterator[Layout]:
    """A page for each seed; kinds and languages in turn."""
    with printer() as browser:
        page = browser.new_page()
        for seed in seeds:
            language, kind = LANGUAGES[seed % len(LANGUAGES)], KINDS[seed % len(KINDS)]
            for sample in sampled_to_fit(language, kind, seed):
                width, height = (round((side - 2 * MARGIN) * PIXELS) for side in (sample.width, sample.height))
                page.set_viewport_size({"width": width, "height": height})
                page.set_content(sample.html)
                found, size = page.evaluate(BOXES)
                if max(each[5] for each in found) <= height:
                    yield Layout(kind, tuple(_scaled(each, width, size, language) for each in found))
                    break


def _scaled(block: Sequence[float], width: float, size: float, language: str) -> tuple[float, ...]:
    article, is_heading, x0, y0, x1, y1 = block
    if language in RIGHT_TO_LEFT:
        x0, x1 = width - x1, width - x0
    return (article, is_heading, *(side / (LEADING * size) for side in (x0, y0, x1, y1)))


def seen(layout: Layout, random: Random) -> Shapes:
    """As layout analysis may see it: paragraphs run together, edges moved, headings missed, lines that run across."""
    together, jitter, taller = random.random(), random.choice((0.0, 0.1, 0.25)), random.uniform(-0.12, 0.25)
    found: list[list[float]] = []
    for block in layout.blocks:
        if found and random.random() < together and _goes_on(found[-1], block):
            x0, _, x1, y1 = block[2:]
            found[-1][2:] = [min(found[-1][2], x0), found[-1][3], max(found[-1][4], x1), y1]
        else:
            found.append(list(block))
    if random.random() < 0.3:
        found = _run_across(found, random)
    heads = [each[1] if random.random() > 0.1 else 0.0 for each in found]
    return Shapes(np.array([_blurred(each, jitter, taller, random) for each in found]), np.array(heads))


def _goes_on(above: Sequence[float], below: Sequence[float]) -> bool:
    same_article = above[0] == below[0] and not above[1] and not below[1]
    return (
        same_article
        and abs(above[2] - below[2]) < 1
        and abs(above[4] - below[4]) < 1
        and -0.5 < below[3] - above[5] < 0.8
    )


def _run_across(blocks: Sequence[list[float]], random: Random) -> list[list[float]]:
    """Neighbouring headings, and last lines of neighbouring columns, as one: the detector saw no white between them."""
    found = [list(block) for block in blocks]
    gone: set[int] = set()
    for n, left in enumerate(found):
        for m in range(n + 1, len(found)):
            right = found[m]
            beside = 0 < right[2] - left[4] < 4 and left[1] == right[1] and abs(left[5] - right[5]) < 0.5
            if not beside or {n, m} & gone or random.random() > 0.3:
                continue
            if left[1]:
                found[n][3:] = [min(left[3], right[3]), right[4], max(left[5], right[5])]
                gone.add(m)
            elif min(left[5] - left[3], right[5] - right[3]) > 2.5:
                line = [left[0], 0.0, left[2], left[5] - 1, right[4], left[5]]
                left[5] -= 1
                right[5] -= 1
                return [*found[: n + 1], line, *(each for k, each in enumerate(found[n + 1 :], n + 1) if k not in gone)]
    return [each for n, each in enumerate(found) if n not in gone]


def _blurred(block: Sequence[float], jitter: float, taller: float, random: Random) -> list[float]:
    """`taller`: lines as they are found, over the leading, above and below."""
    _, is_heading, x0, y0, x1, y1 = block
    if is_heading or y1 - y0 < 1.5:
        x1 = x0 + (x1 - x0) * random.uniform(0.4, 1)
    if random.random() < 0.02:
        x1 += random.uniform(1, 6)
    sides = (x0, y0 - taller, x1, y1 + taller)
    return [side + random.gauss(0, jitter * (0.5 if n % 2 else 1)) for n, side in enumerate(sides)]
