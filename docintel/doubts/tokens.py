"""Texts and words as tokens that two readings of a page can be compared by."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docintel.model import BBox, Block, Page, Word
from docintel.text import UNSPACED

IsReadable = Callable[[str], bool]
"""Whether a reader has a recogniser for a letter."""

IGNORED = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
"""Accents, points and vowel marks: the first that is lost in a bad picture."""
ALIKE = str.maketrans("أإآٱىیېةھہکٹ’‘`´", "اااايييهههكت''''")
LIKE_DIGITS = str.maketrans("ilo", "110")
WORD_LETTERS = 5
"""Of a word of usual length. A character of a script without spaces counts as half a word."""


@dataclass(frozen=True)
class Token:
    """A word, or one character of a script that is written without spaces."""

    text: str
    """Folded: without case, accents and marks, so that a slip that changes nothing is none."""
    written: str
    """As it stands in the text."""
    block: int
    """Index of the block that it stands in."""
    bbox: BBox | None = None
    confidence: float = 1.0
    is_readable: bool = True
    """Whether the other reader can write it."""

    @property
    def weight(self) -> float:
        """In words of usual length."""
        return 0.5 if UNSPACED.match(self.text) else len(self.text) / WORD_LETTERS

    @property
    def digits(self) -> str:
        """Of a number with letters that look like digits (l891), those among them; empty where there are none."""
        number = self.text.translate(LIKE_DIGITS)
        is_number = number.isdecimal() and any(sign.isdigit() for sign in self.text)
        return number if is_number else "".join(sign for sign in self.text if sign.isdigit())


def tokens_of_blocks(blocks: Sequence[Block], is_readable: IsReadable) -> list[Token]:
    return [
        Token(text, written, index, block.bbox, is_readable=_is_readable(text, is_readable))
        for index, block in enumerate(blocks)
        for text, written in _pieces(_text(block))
    ]


def _text(block: Block) -> str:
    return block.text or " ".join(cell.text for cell in (block.table.cells if block.table else ()))


def tokens_of_words(words: Sequence[Word]) -> list[Token]:
    return [
        Token(text, written, 0, word.bbox, 1.0 if word.confidence is None else word.confidence)
        for word in words
        for text, written in _pieces(word.text)
    ]


def in_reading_order(page: Page) -> tuple[Word, ...]:
    """The words block by block, and behind them those that stand in none."""
    places: list[list[Word]] = [[] for _ in (*page.blocks, None)]
    for word in page.words:
        places[_block_around(word, page.blocks)].append(word)
    return tuple(word for words in places for word in words)


def _block_around(word: Word, blocks: Sequence[Block]) -> int:
    """Index of the smallest block that holds a word's middle; past the last where none does."""
    x, y = word.bbox.center
    around = [
        (block.bbox.area, index)
        for index, block in enumerate(blocks)
        if block.bbox.x0 <= x <= block.bbox.x1 and block.bbox.y0 <= y <= block.bbox.y1
    ]
    return min(around)[1] if around else len(blocks)


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Each token folded, and as written."""
    for written in text.split():
        start = 0
        for unspaced in UNSPACED.finditer(written):
            yield from _piece(written[start : unspaced.start()])
            yield from _piece(unspaced[0])
            start = unspaced.end()
        yield from _piece(written[start:])


def _piece(written: str) -> Iterator[tuple[str, str]]:
    text = folded(written)
    if text:
        yield text, written


def folded(written: str) -> str:
    """Letters and digits only; digits of all scripts are the same."""
    plain = unicodedata.normalize("NFKC", IGNORED.sub("", unicodedata.normalize("NFKD", written))).casefold()
    signs = (str(unicodedata.digit(sign, sign)) for sign in plain.translate(ALIKE))
    return "".join(sign for sign in signs if unicodedata.category(sign)[0] in "LMN")


def _is_readable(text: str, is_readable: IsReadable) -> bool:
    letters = [sign for sign in text if sign.isalpha()]
    return all(is_readable(letter) for letter in letters)
