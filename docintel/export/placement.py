"""Where a page's text stands: blocks in reading order, their lines, their words, for formats that place text.

Words come from the engine. A block without words (a model that reads by writing gives none) has its text spread over
its box, or over its cells' boxes: `is_estimated` says so.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from docintel.export.flow import plain_line
from docintel.layout import NO_SPACES
from docintel.model import BBox, Block, Page, Word
from docintel.text.bidi import runs_right_to_left
from docintel.text.spans import line_boxes

LETTER_WIDTH = 0.5
"""Of a letter, by its line's height: what estimates begin with."""

Line = tuple[Word, ...]


@dataclass(frozen=True)
class PlacedBlock:
    """`block` is None for words that stand in no block; they come last."""

    block: Block | None
    bbox: BBox
    lines: tuple[Line, ...]
    is_estimated: bool = False

    @property
    def words(self) -> list[Word]:
        return [word for line in self.lines for word in line]


def placed_blocks(page: Page) -> list[PlacedBlock]:
    """All blocks, those without text too. Every word of the page stands in one of them."""
    owners = [_owner(word, page.blocks) for word in page.words]
    placed = [
        _placed(block, [word for word, owner in zip(page.words, owners, strict=True) if owner is block], page)
        for block in page.blocks
    ]
    left = [word for word, owner in zip(page.words, owners, strict=True) if owner is None and _text(word)]
    if left:
        placed.append(PlacedBlock(None, BBox.around(word.bbox for word in left), _lines(left)))
    return placed


def runs_vertically(word: Word) -> bool:
    return word.direction in (90, 270)


def line_box(line: Line) -> BBox:
    return BBox.around(word.bbox for word in line)


def line_text(line: Line) -> str:
    """The words of a line, spaces between those of scripts that have them."""
    text = ""
    for word in line:
        said = plain_line(word.text)
        text += said if not text or is_joined(text, said) else f" {said}"
    return text


def is_joined(before: str, after: str) -> bool:
    """Whether two words of a line stand together without a space, as in Chinese, Japanese and Thai."""
    return bool(NO_SPACES.match(before[-1:]) and NO_SPACES.match(after[:1]))


def _owner(word: Word, blocks: Sequence[Block]) -> Block | None:
    """The smallest block that holds the word's middle."""
    x, y = word.bbox.center
    around = [b for b in blocks if b.bbox.x0 <= x <= b.bbox.x1 and b.bbox.y0 <= y <= b.bbox.y1]
    return min(around, key=lambda block: block.bbox.area) if around else None


def _placed(block: Block, words: Sequence[Word], page: Page) -> PlacedBlock:
    said = [word for word in words if _text(word)]
    if said:
        return PlacedBlock(block, block.bbox, _lines(_in_order(said, block.text)))
    return PlacedBlock(block, block.bbox, tuple(_estimated(block, page)), is_estimated=True)


def _text(word: Word) -> str:
    return plain_line(word.text)


def _in_order(words: Sequence[Word], text: str) -> list[Word]:
    """The words in the order in which the block's text has them; those that it has otherwise follow the word before."""
    if "".join(text.split()) == "".join("".join(word.text.split()) for word in words):
        return list(words)
    waiting: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        waiting.setdefault(word.text, []).append(place)
    order = [waiting[token].pop(0) for token in text.split() if waiting.get(token)]
    for place in sorted(set(range(len(words))) - set(order)):
        order.insert(order.index(place - 1) + 1 if place else 0, place)
    return [words[place] for place in order]


def _lines(words: Sequence[Word]) -> tuple[Line, ...]:
    lines: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        if _on_one_line(before, word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return tuple(map(tuple, lines))


def _on_one_line(before: Word, word: Word) -> bool:
    if before.direction != word.direction:
        return False
    if runs_vertically(word):
        before, word = before.turned(90), word.turned(90)
    return len(line_boxes([_boxed(before), _boxed(word)])) == 1


def _boxed(word: Word) -> Word:
    return word.model_copy(update={"polygon": None})


def _estimated(block: Block, page: Page) -> list[Line]:
    cells = [(cell.text, cell.bbox) for cell in block.table.cells if cell.bbox] if block.table else []
    return [line for text, bbox in cells or [(block.text, block.bbox)] for line in _spread(text, bbox, page)]


def _spread(text: str, bbox: BBox, page: Page) -> list[Line]:
    """The text's words over a box, in as many lines as let letters have their usual width."""
    paragraphs = [line for line in map(plain_line, text.splitlines()) if line]
    width, height = bbox.width * page.width, bbox.height * page.height
    if not paragraphs or not width or not height:
        return []
    longest = max(map(len, paragraphs))
    num_lines = max(len(paragraphs), round(math.sqrt(LETTER_WIDTH * sum(map(len, paragraphs)) * height / width)))
    lines = paragraphs
    for across in range(longest, 0, -1):
        wrapped = [part for paragraph in paragraphs for part in textwrap.wrap(paragraph, across)]
        if len(wrapped) > num_lines:
            break
        lines = wrapped
    step = bbox.height / len(lines)
    longest = max(map(len, lines))
    return [
        _along(line, BBox.from_corners(bbox.x0, top, bbox.x1, top + 0.9 * step), longest)
        for line, top in ((line, bbox.y0 + step * number) for number, line in enumerate(lines))
    ]


def _along(line: str, bbox: BBox, longest: int) -> Line:
    step = bbox.width / longest
    right_to_left = runs_right_to_left(line)
    words, place = [], 0
    for text in line.split():
        start, end = step * place, step * (place + len(text))
        sides = (bbox.x1 - end, bbox.x1 - start) if right_to_left else (bbox.x0 + start, bbox.x0 + end)
        words.append(Word(text=text, bbox=BBox.from_corners(sides[0], bbox.y0, sides[1], bbox.y1)))
        place += len(text) + 1
    return tuple(words)
