"""How sure a page is of itself as a whole."""

import numpy as np
import pytest

from docintel.engines.local.fields import with_fields
from docintel.engines.local.geometry import Quad
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.engines.local.page_confidence import Likely, PageConfidence, PageFeatures, features
from docintel.model import BBox, Block, BlockLabel, Page, Word
from training.page_confidence import fit

WIDTH, HEIGHT = 800, 1000
SCALE = 4
"""Pixels of the page by places of the detector's picture."""


def quad(number: int) -> Quad:
    """Of the page's line `number`."""
    top, bottom = 40.0 + 60 * number, 80.0 + 60 * number
    return np.array([[40, top], [760, top], [760, bottom], [40, bottom]], np.float32)


def line(confidence: float, text: str = "letters") -> ReadLine:
    words = tuple(ReadWord(text, confidence, start, start + 0.22) for start in (0.0, 0.25, 0.5, 0.75))
    return ReadLine(" ".join(word.text for word in words), confidence, words)


def likely(numbers: range, *, faint: range = range(0)) -> Likely:
    """The detector's picture of lines, and of what it sees too faintly for a line."""
    seen = np.zeros((HEIGHT // SCALE, WIDTH // SCALE), np.float32)
    for these, value in ((numbers, 0.95), (faint, 0.1)):
        for number in these:
            top = (44 + 60 * number) // SCALE
            seen[top : top + 8, 12:188] = value
    return seen


def known(confidence: float = 0.96, *, lines: int = 10, seen: Likely | None = None) -> PageFeatures:
    read = [(line(confidence), quad(number)) for number in range(lines)]
    return features(read, likely(range(lines)) if seen is None else seen, width=WIDTH, height=HEIGHT)


def test_page_of_sure_words_is_sure() -> None:
    assert PageConfidence().expected(known()) > 0.85


@pytest.mark.parametrize(
    "worse",
    [
        known(0.8),
        known(seen=likely(range(10), faint=range(10, 16))),
        known(seen=likely(range(14))),
        known(seen=likely(range(10)) * 0.7),
    ],
    ids=[
        "doubtful words",
        "faint text between lines",
        "likely text outside of lines",
        "lines that hardly look like text",
    ],
)
def test_page_is_less_sure(worse: PageFeatures) -> None:
    assert PageConfidence().expected(worse) < PageConfidence().expected(known()) - 0.02


def test_lines_that_were_dropped_count() -> None:
    read = [(line(0.96 if number < 5 else 0.2), quad(number)) for number in range(10)]
    half = features(read, likely(range(10)), width=WIDTH, height=HEIGHT)
    assert half.words < known().words - 1
    assert half.sure_words == 1.0
    assert PageConfidence().expected(half) < PageConfidence().expected(known()) - 0.03


@pytest.mark.parametrize(("seen", "sure"), [(likely(range(10)), 0.0), (likely(range(0), faint=range(10)), None)])
@pytest.mark.parametrize("lines", [[], [(line(0.1), quad(0))]], ids=["no lines", "an illegible line"])
def test_page_of_which_nothing_is_read_is_unsure_unless_nothing_is_written(
    seen: Likely, sure: float | None, lines: list[tuple[ReadLine, Quad]]
) -> None:
    assert PageConfidence().of(lines, seen, width=WIDTH, height=HEIGHT) == sure


def test_small_type_found_by_a_closer_look_is_not_faint() -> None:
    read = [(line(0.96), quad(number)) for number in range(16)]
    seen = likely(range(10), faint=range(10, 16))
    assert features(read, seen, width=WIDTH, height=HEIGHT).faint == 0
    assert known(seen=seen).faint > 0.3


def test_chinese_is_told_by_its_letters() -> None:
    read = [(line(0.96, "合同自一月"), quad(0)), (line(0.96, "month"), quad(1))]
    assert features(read, likely(range(2)), width=WIDTH, height=HEIGHT).is_han == pytest.approx(0.5)


def test_values_beyond_those_learned_from_count_as_the_furthest() -> None:
    sure = PageConfidence()
    assert sure.expected(known()._replace(letters=30.0)) == sure.expected(known()._replace(letters=20.0))


def test_fit_finds_what_tells() -> None:
    random = np.random.default_rng(1)
    told, noise = random.normal(size=(2, 400))
    share = 1 / (1 + np.exp(-(1.0 + 2.0 * told)))
    bias, (first, second) = fit(np.stack([told, noise], axis=1), share, strength=100.0)
    assert bias == pytest.approx(1.0, abs=0.3)
    assert first["weight"] == pytest.approx(2.0, abs=0.3)
    assert abs(second["weight"]) < 0.1
    assert first["low"] < -1.5 and first["high"] > 1.5


def page(text: str, confidence: float | None) -> Page:
    box = BBox(x0=0.1, y0=0.1, x1=0.2, y1=0.2)
    words = (Word(text=text, bbox=box),) if text else ()
    blocks = (Block(id="b1", label=BlockLabel.TEXT, bbox=box, text=text),) if text else ()
    return Page(number=1, width=100, height=100, engine="local", words=words, blocks=blocks, confidence=confidence)


def test_page_with_fields_is_as_sure_as_its_letters_are_together() -> None:
    whole = with_fields(page("abc", 0.9), [page("abcdef", 0.3), page("", None)])
    assert whole.confidence == pytest.approx(0.5)
