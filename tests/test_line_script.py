"""The script of each line: by its look, by what is read in it, by the rest of the page."""

from collections.abc import Sequence

import numpy as np

from docintel.engines.local.geometry import Quad
from docintel.engines.local.lines.line_classifier import SCRIPT_CODES
from docintel.engines.local.lines.line_script import scripts_of_lines
from docintel.engines.local.lines.words import ReadLine

LINE: Quad = np.array([[0, 0], [600, 0], [600, 40], [0, 40]], np.float32)
SHORT: Quad = np.array([[0, 0], [80, 0], [80, 40], [0, 40]], np.float32)


def looks(*seen: tuple[str, float]) -> np.ndarray:
    """Log-probabilities of lines, each of which looks like one script so likely, and like the others alike."""
    rows = []
    for code, likely in seen:
        row = np.full(len(SCRIPT_CODES), (1 - likely) / (len(SCRIPT_CODES) - 1))
        row[SCRIPT_CODES.index(code)] = likely
        rows.append(np.log(row))
    return np.array(rows, np.float32)


def told(
    seen: Sequence[tuple[str, float]], said: Sequence[ReadLine], quads: Sequence[Quad], *, as_han: str = ""
) -> list[str]:
    def in_han(indices: Sequence[int]) -> list[ReadLine]:
        return [ReadLine(as_han, 0.95)] * len(indices)

    return scripts_of_lines(quads, looks(*seen), lambda indices: [said[index] for index in indices], in_han)


def test_lines_in_a_shadow_are_in_the_script_that_they_read_as() -> None:
    seen = [("Cyrl", 0.98)] * 4 + [("Hani", 0.9)] * 4
    said = [ReadLine("декларацию прав человека", 0.98)] * 8
    assert told(seen, said, [LINE] * 8) == ["Cyrl"] * 8


def test_chinese_line_of_a_russian_page_stays_chinese() -> None:
    seen = [("Cyrl", 0.98)] * 4 + [("Hani", 0.95)]
    said = [*[ReadLine("декларацию прав человека", 0.98)] * 4, ReadLine("슴๗8aaeᅩ", 0.6)]
    assert told(seen, said, [LINE] * 5, as_han="合同自一月一日起生效")[-1] == "Hani"


def test_short_line_is_read_in_its_own_script() -> None:
    seen = [("Latn", 0.95), ("Latn", 0.95), ("Hang", 0.93)]
    said = [ReadLine("Seoul", 1.0), ReadLine("Pyeongyang", 1.0), ReadLine("서울", 0.93)]
    assert told(seen, said, [LINE, LINE, SHORT]) == ["Latn", "Latn", "Hang"]


def test_blurred_page_is_not_taken_for_a_rare_script() -> None:
    seen = [("Knda", 0.4)] * 8 + [("Latn", 0.5)] * 2
    said = [ReadLine("Whereas recognition of the inherent", 0.68)] * 10
    assert told(seen, said, [LINE] * 10) == ["Latn"] * 10


def test_page_in_a_script_that_our_letters_do_not_know() -> None:
    seen = [("Knda", 0.97)] * 8 + [("Knda", 0.45)] * 2
    said = [ReadLine("ಠ", 0.0)] * 8 + [ReadLine("दाखा", 0.6)] * 2
    assert told(seen, said, [LINE] * 10) == ["Knda"] * 10


def test_lines_that_fit_the_page_are_not_read() -> None:
    asked: list[int] = []

    def read(indices: Sequence[int]) -> list[ReadLine]:
        asked.extend(indices)
        return [ReadLine("Lobby Lounge", 0.9) for _ in indices]

    assert scripts_of_lines([LINE] * 3, looks(("Cyrl", 0.9), ("Zyyy", 0.9), ("Thai", 0.6)), read, read)[2] == "Latn"
    assert asked == [2]


def test_nothing_is_asked_of_an_empty_page() -> None:
    assert told([], [], []) == []
