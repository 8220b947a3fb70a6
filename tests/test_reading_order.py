"""The order of a page's blocks where text runs in columns: newspapers, spreads."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.news_pages.sampling import KINDS, sampled
from benchmarks.photographed.measures import kept_together
from docintel.engines.local.layout.cuts import Shapes, order_by_cuts
from docintel.engines.local.layout.order import order_of
from docintel.engines.local.layout.placed import Part, PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel

LINE = 0.01


def part(x0: float, y0: float, x1: float, y1: float, label: BlockLabel = BlockLabel.TEXT) -> Part:
    """A block filled with lines; a heading's are twice as high."""
    height = LINE * (2 if label is BlockLabel.SECTION_HEADER else 1)
    count = max(round((y1 - y0) / height / 1.2), 1)
    tops = [y0 + n * (y1 - y0) / count for n in range(count)]
    boxes = [BBox(x0=x0, y0=top, x1=x1, y1=min(top + height, y1)) for top in tops]
    lines = tuple(PlacedLine("words of a column", 0.9, box, ()) for box in boxes)
    return Part(Region(label, BBox(x0=x0, y0=y0, x1=x1, y1=y1), 1.0), lines)


def article(random: Random, left: float, right: float, top: float, bottom: float, columns: int) -> list[Part]:
    """A headline over its columns, which end at different heights."""
    step = (right - left) / columns
    head = part(left, top, left + (right - left) * random.uniform(0.6, 0.98), top + 0.025, BlockLabel.SECTION_HEADER)
    body = []
    for n in range(columns):
        x0, x1, y, end = left + n * step, left + (n + 1) * step - 0.015, top + 0.032, bottom - random.uniform(0, 0.04)
        middle = y + (end - y) * random.uniform(0.3, 0.7)
        body += [part(x0, y, x1, middle - 0.001), part(x0, middle + 0.001, x1, end)]
    return [head, *body]


def front_page(seed: int) -> list[Part]:
    """A page of six columns, cut into articles at random, in reading order."""
    return _grid(Random(seed), 0, 6, 0.05, 0.95)


def _grid(random: Random, first: int, last: int, top: float, bottom: float) -> list[Part]:
    columns, height = last - first, bottom - top
    if (columns < 2 and height < 0.4) or (columns < 4 and height < 0.3):
        return article(random, 0.05 + 0.15 * first, 0.05 + 0.15 * last, top, bottom - 0.01, columns)
    if columns > 1 and (height < 0.4 or random.random() < 0.4):
        middle = random.randint(first + 1, last - 1)
        return [*_grid(random, first, middle, top, bottom), *_grid(random, middle, last, top, bottom)]
    fold = top + random.uniform(0.35, 0.65) * height
    return [*_grid(random, first, last, top, fold), *_grid(random, first, last, fold, bottom)]


def followed(order: Sequence[int]) -> float:
    return sum(after == before + 1 for before, after in pairwise(order)) / (len(order) - 1)


def shuffled_order(parts: Sequence[Part], seed: int, **how: bool | float) -> list[int]:
    places = list(range(len(parts)))
    Random(seed).shuffle(places)
    order = order_of([parts[i] for i in places], in_columns=True, **how)  # type: ignore[arg-type]
    return [places[i] for i in order]


def test_articles_stay_together_on_a_page_of_columns() -> None:
    shares = [followed(shuffled_order(front_page(seed), seed)) for seed in range(20)]
    assert sum(shares) / len(shares) > 0.88


def spread(*, right_to_left: bool) -> list[Part]:
    """Two pages, each with a heading, two paragraphs and its number, in reading order."""
    pages = [
        [
            part(left + 0.1, 0.08, left + 0.3, 0.11, BlockLabel.SECTION_HEADER),
            part(left + 0.05, 0.15, left + 0.43, 0.45),
            part(left + 0.05, 0.47, left + 0.43, 0.85),
            part(left + 0.22, 0.93, left + 0.25, 0.94, BlockLabel.PAGE_FOOTER),
        ]
        for left in (0.0, 0.5)
    ]
    return [each for page in (pages[::-1] if right_to_left else pages) for each in page]


@pytest.mark.parametrize("right_to_left", [False, True])
def test_a_spread_is_read_page_by_page(right_to_left: bool) -> None:
    parts = spread(right_to_left=right_to_left)
    assert shuffled_order(parts, 1, aspect=1.41, right_to_left=right_to_left) == list(range(8))


sides = st.tuples(st.floats(0, 60), st.floats(0, 90), st.floats(0.1, 40), st.floats(0.1, 40), st.booleans())


@given(st.lists(sides, max_size=25))
def test_cuts_name_every_block_once(given_sides: list[tuple[float, float, float, float, bool]]) -> None:
    boxes = np.array([(x, y, x + width, y + height) for x, y, width, height, _ in given_sides]).reshape(-1, 4)
    order = order_by_cuts(Shapes(boxes, np.array([float(head) for *_, head in given_sides])))
    assert sorted(order) == list(range(len(given_sides)))


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_a_seed_gives_the_same_page_and_another_seed_another(kind: str) -> None:
    first, second, other = (sampled("de", kind, seed) for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert first == second and first.articles != other.articles


def test_articles_are_together_in_any_order_and_not_when_read_across() -> None:
    lines = [[f"{word} {n} is here and it says {n * n * 7919 % 10007}" for n in range(9)] for word in ("left", "right")]
    articles = ["\n".join(each) for each in lines]
    across = "\n".join(" ".join(pair) for pair in zip(*lines, strict=True))
    assert kept_together("\n".join(articles[::-1]), articles) == 1.0
    assert (kept_together(across, articles) or 0.0) < 0.5
    assert kept_together("", articles) is None


def test_a_picture_under_most_of_the_text_changes_nothing_of_its_order() -> None:
    columns = [
        part(0.1, 0.1, 0.45, 0.4),
        part(0.1, 0.45, 0.45, 0.8),
        part(0.55, 0.12, 0.9, 0.5),
        part(0.55, 0.6, 0.9, 0.8),
    ]
    picture = Part(Region(BlockLabel.PICTURE, BBox(x0=0.05, y0=0.05, x1=0.95, y1=0.9), 1.0), ())
    assert order_of([columns[2], columns[0], picture, columns[3], columns[1]]) == [2, 1, 4, 0, 3]


def test_names_in_a_figure_are_read_with_it() -> None:
    texts = [part(0.1, 0.1, 0.45, 0.4), part(0.1, 0.7, 0.45, 0.9), part(0.55, 0.1, 0.9, 0.5), part(0.55, 0.6, 0.9, 0.9)]
    figure = Part(Region(BlockLabel.PICTURE, BBox(x0=0.1, y0=0.45, x1=0.45, y1=0.65), 1.0), ())
    names = [part(0.15, 0.5, 0.2, 0.51), part(0.35, 0.6, 0.4, 0.61)]
    assert order_of([*names, *texts, figure]) == [2, 6, 0, 1, 3, 4, 5]
