"""Pure: glyphs of a text layer → words, and whether they are text at all."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
SOFT_HYPHEN = "\u00ad"
DROPPED = re.compile("[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters without width that say nothing about the text: spaces, byte order and direction marks. The joiners
U+200C and U+200D stay: Persian and Hindi spell with them."""
STROKE = re.compile("[\u0335\u0336]")
"""Combining characters that strike a letter through."""
PRESENTATION_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]")
"""Ligatures and positional letter shapes that fonts use and nobody types."""
GLYPH_NUMBER = re.compile(r"\(cid:\d+\)")
UNKNOWN = "\ufffd"
"""What MuPDF gives for a glyph whose character it cannot find out."""
SYMBOL_BULLET = "\uf0b7"
"""The bullet of the Symbol font, which Word writes before list items."""
MAX_GARBAGE = 0.03
MAX_HOLED = 0.01
REPEATED = re.compile(r"([^\W\d_a-zA-Z])\1\1")
"""Not in ASCII: `www` and `III` are sound."""
MAX_REPEATED = 0.02
VOWELS = frozenset("aeiouyAEIOUY")
MIN_VOWELS = 0.2
LETTERS_FOR_VOWELS = 100
"""A font whose codes were taken for letters writes Latin letters at random; fewer letters than these prove nothing."""


@dataclass(frozen=True)
class Glyph:
    """One character as painted, in points of the page as displayed; `is_gap` is a space that nobody wrote."""

    text: str
    box: Box
    is_visible: bool = True
    is_gap: bool = False
    size: float = 0.0
    """Of its font, in points; 0 where it is not known."""
    baseline: float = 0.0
    """How high it stands, in points across its line's direction."""
    angle: int = 0
    """Degrees clockwise in which its line runs."""
    is_struck: bool = False

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]


@dataclass(frozen=True)
class Piece:
    """A word as written, in points."""

    text: str
    box: Box
    is_struck: bool = False


def words_of(glyphs: Sequence[Glyph]) -> list[Piece]:
    """Words of one line in the order of its glyphs, without glyphs that nobody sees."""
    words: list[list[Glyph]] = [[]]
    for glyph in without_doubled_signs(glyphs):
        if glyph.text.isspace():
            words.append([])
        elif glyph.is_visible:
            words[-1].append(glyph)
    pieces = [_piece(word) for word in words if word]
    return [piece for piece in pieces if piece.text]


def _piece(glyphs: Sequence[Glyph]) -> Piece:
    """A word; it is struck through where most of its glyphs are, or stand under strokes of their own."""
    raw = "".join(glyph.text for glyph in glyphs)
    is_struck = (
        2 * sum(glyph.is_struck for glyph in glyphs) >= len(glyphs) or 2 * len(STROKE.findall(raw)) >= len(raw) > 1
    )
    return Piece(clean(STROKE.sub("", raw)), around(glyph.box for glyph in glyphs), is_struck)


def without_doubled_signs(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Chromium gives an Indic syllable's text with its first glyph, and MuPDF adds the sign that is painted as a glyph
    of its own once more: of the same sign twice at one place the one without width goes."""
    following = [*glyphs[1:], None]
    return [
        glyph
        for glyph, after in zip(glyphs, following, strict=True)
        if not (after and is_sign(glyph.text) and after.text == glyph.text and glyph.width < 0.1 <= after.width)
    ]


def is_sign(text: str) -> bool:
    """Vowel signs and marks: what Unicode calls combining."""
    return unicodedata.category(text[:1] or " ").startswith("M")


def gap_between(glyph: Glyph, following: Glyph) -> float:
    """The white between two glyphs of a line, along the page's edges; negative where they overlap."""
    (x0, y0, x1, y1), (left, top, right, bottom) = glyph.box, following.box
    if glyph.angle % 180 == 90:
        return max(top - y1, y0 - bottom)
    return max(left - x1, x0 - right)


def clean(text: str) -> str:
    """The word as somebody would type it: letter shapes and ligatures spelled out, no direction marks or controls; a
    soft hyphen at the end is the hyphen that is seen there."""
    text = text.replace(SYMBOL_BULLET, "•")
    text = PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]).strip(), text)
    text = DROPPED.sub("", text)
    if text.endswith(SOFT_HYPHEN) and len(text) > 1:
        text = text[:-1] + "-"
    text = text.replace(SOFT_HYPHEN, "")
    return unicodedata.normalize("NFC", "".join(c for c in text if not _is_garbage(c)))


def around(boxes: Iterable[Box]) -> Box:
    every = list(boxes)
    return (min(b[0] for b in every), min(b[1] for b in every), max(b[2] for b in every), max(b[3] for b in every))


def is_text(raw: str) -> bool:
    """Whether these characters, as the file gives them, are somebody's text and not numbers of glyphs."""
    written = [c for c in raw if not c.isspace()]
    if not written:
        return False
    garbage = sum(map(_is_garbage, written)) + sum(len(found) for found in GLYPH_NUMBER.findall(raw))
    if garbage > MAX_GARBAGE * len(written) or _has_holes(raw):
        return False
    return not _has_repeated_letters(raw) and _has_vowels(written)


def _is_garbage(character: str) -> bool:
    return character == UNKNOWN or unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs")


def _has_holes(raw: str) -> bool:
    """Words of which a letter is missing: the font gives no character for some of its glyphs."""
    words = raw.split()
    holed = sum(UNKNOWN in word and any(map(str.isalpha, word)) for word in words)
    return holed > MAX_HOLED * len(words)


def _has_repeated_letters(raw: str) -> bool:
    """The same letter three times in a row, again and again: a stretched font's fillers taken for letters."""
    words = [word for word in raw.split() if len(word) > 2]
    return len(words) >= 20 and sum(bool(REPEATED.search(word)) for word in words) > MAX_REPEATED * len(words)


def _has_vowels(written: Sequence[str]) -> bool:
    letters = [c for c in written if c.isascii() and c.isalpha()]
    accented = sum(1 for c in written if "\u00c0" <= c <= "\u024f")
    if len(letters) < LETTERS_FOR_VOWELS or 2 * len(letters) < len(written):
        return True
    vowels = sum(c in VOWELS for c in letters) + accented
    return vowels >= MIN_VOWELS * (len(letters) + accented)
