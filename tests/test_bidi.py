"""Right-to-left words and letters, from the order in which they stand to the order in which they are read."""

import pytest

from docintel.intake.pdf.written.glyphs import Glyph
from docintel.intake.pdf.written.painted import Painted, repaired
from docintel.text.bidi import reading_order


@pytest.mark.parametrize(
    ("seen", "right_to_left", "expected"),
    [
        ("Jeremy is جرمي in Arabic", True, "Jeremy is جرمي in Arabic"),
        ("الانجليزية في Jeremy اسمي", False, "اسمي Jeremy في الانجليزية"),
        ("القمح. من طنا 250 البائع", False, "البائع 250 طنا من القمح."),
        ("the ship ירושלים שלום sails on Monday", False, "the ship שלום ירושלים sails on Monday"),
        ("habibi حبيبي", False, "habibi حبيبي"),
        ("12 March 2024", True, "12 March 2024"),
        ("14 27", False, "14 27"),
        ("فقط. PayPal Plus أو SWIFT عبر", True, "عبر SWIFT أو PayPal Plus فقط."),
    ],
)
def test_words_of_a_line_are_put_in_reading_order(seen: str, right_to_left: bool, expected: str) -> None:
    words = seen.split()
    assert " ".join(words[i] for i in reading_order(words, right_to_left=right_to_left)) == expected


def test_sign_stands_on_its_letter_though_another_was_painted_before() -> None:
    given = [Glyph(c, (x, 0.0, x + 6.0, 16.0)) for c, x in zip("سلطان", (54, 48, 42, 36, 30), strict=True)]
    given += [Glyph("\u064b", (30.0, 0.0, 30.0, 16.0))]
    given += [Glyph(c, (x, 0.0, x + 4.0, 16.0)) for c, x in zip("مرحب", (16, 12, 8, 4), strict=True)]
    painted = [Painted(c, x, x + 6, 12, 14) for c, x in zip("ناطلس", (30, 36, 42, 48, 54), strict=True)]
    painted += [Painted("\u064b", 0.4, 0.4, 8, 14, is_dropped=True), Painted("ا", 0, 4, 12, 14, is_dropped=True)]
    painted += [Painted(c, x, x + 4, 12, 14) for c, x in zip("بحرم", (4, 8, 12, 16), strict=True)]
    found = sorted(repaired(given, painted, baseline=12), key=lambda glyph: -glyph.box[0])
    assert "".join(glyph.text for glyph in found) == "سلطانمرحباً"
