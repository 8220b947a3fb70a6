"""What a line must say to be kept."""

import pytest

from docintel.engines.local.lines.words import ReadLine, ReadWord, is_legible


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("жжжжжжжжжжжж", False),
        ("ЖЖЖЖ ЖЖЖж", False),
        ("一一一一一一一", False),
        ("XXXXXXXXXX", True),
        ("1111111", True),
        ("ааа", True),
        ("жужжание", True),
    ],
)
def test_row_of_signs_is_no_text(text: str, is_kept: bool) -> None:
    line = ReadLine(text, 0.9, tuple(ReadWord(word, 0.9, 0, 1) for word in text.split()))
    assert is_legible(line) is is_kept
