"""What is asked of a page's lines is found out once."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from docintel.engines.local import LocalEngine
from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.line_classifier import LineClassifier, LineScores
from docintel.engines.local.lines.remembered import Remembered
from docintel.intake.page_image import PageImage
from tests.test_local_engine import LATIN, font

LINES = ("The lease runs from 1 March to 31 August.", "Rent is due on the fifth day.", "Deposit: 1,200")


def sheet() -> Pixels:
    image = Image.new("RGB", (1200, 900), "white")
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(LINES):
        draw.text((100, 100 + 90 * number), text, "black", font=font(LATIN, 34))
    return np.asarray(image)


def quad(x: float) -> Quad:
    return np.array([(x, 0), (x + 9, 0), (x + 9, 5), (x, 5)], np.float32)


def test_each_quad_of_a_page_is_asked_once() -> None:
    asked: list[float] = []

    def left(_pixels: Pixels, quads: Sequence[Quad]) -> list[float]:
        found = [float(each[0, 0]) for each in quads]
        asked.extend(found)
        return found

    remembered, page, other = Remembered(left), sheet(), sheet()
    assert remembered(page, [quad(1), quad(2)]) == [1, 2]
    assert remembered(page, [quad(3), quad(2), quad(3), quad(1)]) == [3, 2, 3, 1]
    assert asked == [1, 2, 3]
    assert remembered(other, [quad(1)]) == [1]
    assert asked == [1, 2, 3, 1]


def test_lines_of_a_page_are_classified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    real = LineClassifier.classify

    def classify(self: LineClassifier, crops: Sequence[Pixels]) -> LineScores:
        seen.extend(each.tobytes() for each in crops)
        return real(self, crops)

    monkeypatch.setattr(LineClassifier, "classify", classify)
    LocalEngine().read([PageImage(1, sheet(), 432, 324)])
    assert len(seen) >= len(LINES)
    assert len(seen) == len(set(seen))
