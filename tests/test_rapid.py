"""RapidOCR's recogniser is given each line by itself, as it reads it best."""

import numpy as np

from docintel.engines.local.lines.rapid import LINE_HEIGHT, Rapid, line_crop
from tests.test_local_engine import ENGLISH, LATIN, drawn


def test_what_a_line_says_does_not_depend_on_lines_read_with_it() -> None:
    rapid, pixels = Rapid(), drawn([(line, LATIN) for line in ENGLISH[:4]])
    crops = [line_crop(pixels, quad) for quad in rapid.detect(pixels)]
    assert len({each.shape for each in crops}) > 1
    assert rapid.recognise(crops) == [line for each in crops for line in rapid.recognise([each])]


def test_line_for_rapidocr_has_no_rims_around_its_strokes() -> None:
    pixels = np.full((40, 200, 3), 150, np.uint8)
    pixels[:, 60:120] = 100
    line = line_crop(pixels, np.array([(0, 5), (200, 5), (200, 30), (0, 30)], np.float32))
    assert line.shape[0] == LINE_HEIGHT
    assert (line.min(), line.max()) == (100, 150)
