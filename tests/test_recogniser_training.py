"""What the recogniser of lines is trained on: its symbols, its texts, how lines are cut out of pages."""

import numpy as np
import pytest
import torch

from docintel.engines.local.lines.letters import LineLetters
from training.recogniser.alphabet import decoded, drawable, encoded, symbols, written
from training.recogniser.cutting import CUT_HEIGHT, straightened, transcribed
from training.recogniser.texts import old_spelling
from training.recogniser.wear import touched, worn


def test_symbols_of_the_shipped_model_keep_their_numbers() -> None:
    shipped = LineLetters()._alphabet
    assert list(symbols())[: len(shipped)] == list(shipped)


@pytest.mark.parametrize("text", ["ἀνὴρ ὃν ᾐδέσθη", "въ лѣто", "پڑھنا ہے۔", "ə Ɔ ṣ", "¿Qué?", "한글 «»"])
def test_text_is_written_with_the_symbols(text: str) -> None:
    assert decoded(encoded(text)) == text


def test_joiner_is_drawn_and_not_written() -> None:
    assert drawable("می\u200cرود \u200c") == "می\u200cرود"
    assert written("می\u200cرود") == "میرود"


def test_old_russian_ends_in_hard_signs() -> None:
    assert old_spelling("Дом приятель") == "Домъ пріятель"


def test_line_is_cut_along_its_baseline() -> None:
    page = np.full((400, 900), 255, np.uint8)
    page[100:150, 200:700] = 0
    outline = np.array([(200, 100), (700, 100), (700, 150), (200, 150)], float)
    strip = straightened(page, outline, np.array([(200, 145), (700, 145)], float))
    assert strip is not None
    assert strip.shape[0] == CUT_HEIGHT
    assert strip[2:-2, 40:-40].max() == 0


def test_lines_of_a_page_are_found_in_alto_and_page() -> None:
    alto = b"""<alto xmlns="x"><fileName>a.jpg</fileName><Page WIDTH="10" HEIGHT="20"><TextLine BASELINE="0 9 9 9">
    <Shape><Polygon POINTS="0 0 9 0 9 9"/></Shape><String CONTENT="word"/></TextLine></Page></alto>"""
    page = b"""<PcGts xmlns="x"><Page imageFilename="a.jpg" imageWidth="10" imageHeight="20"><TextLine><Coords
    points="0,0 9,0 9,9"/><TextEquiv><Unicode>word</Unicode></TextEquiv></TextLine></Page></PcGts>"""
    for xml in (alto, page):
        name, size, lines = transcribed(xml)
        assert (name, size, lines[0][0], len(lines[0][1])) == ("a.jpg", (10, 20), "word", 3)  # type: ignore[arg-type]


def test_worn_lines_stay_between_black_and_white() -> None:
    strips, widths = torch.rand(16, 1, 40, 128), torch.full((16,), 120.0)
    for grey in (worn(strips, widths), touched(strips, widths)):
        assert grey.shape == strips.shape
        assert grey.min() >= 0
        assert grey.max() <= 1
