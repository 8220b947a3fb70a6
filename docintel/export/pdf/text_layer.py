"""The text layer of a searchable PDF: invisible words (render mode 3), each where it was read.

A word's letters are spread evenly over its outline. Letters that run from right to left are written in the order in
which they stand on paper, as PDF has them; viewers turn them round.
"""

from collections.abc import Sequence
from itertools import pairwise

from docintel.export.flow import plain_line
from docintel.export.pdf import glyphless
from docintel.export.pdf.operators import Operators
from docintel.export.pdf.strokes import Stroke, parted
from docintel.export.placement import Line, is_joined, placed_blocks
from docintel.model import Model, Page
from docintel.text.bidi import runs_right_to_left
from docintel.text.visual import visual_order

MIN_ADVANCE = 0.15
"""Of a letter, by the font size: pdftotext takes the same letter again at less than 0.1 for a bold one's shadow."""
MIN_GAP = 0.18
"""Between two words, by their height: pdftotext sees a space from 0.15."""
ESCAPES = {b"\\": b"\\\\", b"(": b"\\(", b")": b"\\)", b"\r": b"\\r"}
BASELINE = -glyphless.DESCENT / glyphless.UNITS
"""Part of a word's height that lies below its baseline."""


class TextLayer(Model):
    """Content streams, one a page as displayed, its origin at the bottom left, and the characters of their font."""

    contents: tuple[bytes, ...]
    characters: tuple[str, ...]
    """In the order of their glyphs, which count from 1."""


def text_layer(pages: Sequence[Page]) -> TextLayer:
    font = _Glyphs()
    contents = tuple(_content(page, font) for page in pages)
    return TextLayer(contents=contents, characters=font.characters)


class _Glyphs:
    """Characters → glyph numbers, in the order in which they are first used."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def string(self, text: str) -> bytes:
        """As a PDF string, two bytes a glyph; written in bytes, since hexadecimal digits compress half as well."""
        written = b"".join(self._number(character).to_bytes(2, "big") for character in text)
        for special, escaped in ESCAPES.items():
            written = written.replace(special, escaped)
        return b"(" + written + b")"

    @property
    def characters(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def _number(self, character: str) -> int:
        if len(self._numbers) >= glyphless.MAX_GLYPHS:
            return self._numbers.get(character, 0)
        return self._numbers.setdefault(character, len(self._numbers) + 1)


def _content(page: Page, font: _Glyphs) -> bytes:
    operators = Operators()
    for placed in placed_blocks(page):
        for line in placed.lines:
            _put_line(line, page, font, operators)
    return operators.content()


def _put_line(line: Line, page: Page, font: _Glyphs, operators: Operators) -> None:
    texts = [plain_line(word.text) for word in line]
    right_to_left = runs_right_to_left("".join(texts))
    for text, stroke in zip(texts, _strokes(line, texts, page, right_to_left=right_to_left), strict=True):
        if stroke.length and stroke.height:
            _put_word(text, stroke, page, font, operators, right_to_left=right_to_left)


def _strokes(line: Line, texts: Sequence[str], page: Page, *, right_to_left: bool) -> list[Stroke]:
    strokes = [Stroke.of(word, page) for word in line]
    for place, (text, after) in enumerate(pairwise(texts)):
        gap = 0.0 if is_joined(text, after) else MIN_GAP
        if right_to_left:
            strokes[place + 1], strokes[place] = parted(strokes[place + 1], strokes[place], gap)
        else:
            strokes[place], strokes[place + 1] = parted(strokes[place], strokes[place + 1], gap)
    return strokes


def _put_word(
    text: str, stroke: Stroke, page: Page, font: _Glyphs, operators: Operators, *, right_to_left: bool
) -> None:
    """A space follows the word in reading direction."""
    advance = stroke.length / len(text)
    (x, y), (right, down) = stroke.start, stroke.along
    back, rise = advance if right_to_left else 0.0, BASELINE * stroke.height
    letters = visual_order(text, right_to_left=right_to_left)
    operators.put(
        font.string(f" {letters}" if right_to_left else f"{letters} "),
        start=(x - back * right + rise * down, page.height - (y - back * down - rise * right)),
        along=(right, -down),
        size=min(stroke.height, advance / MIN_ADVANCE),
        advance=advance,
    )
