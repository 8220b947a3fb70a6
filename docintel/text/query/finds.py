"""Find on a page: every place where a stretch of text stands, block by block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel.model import BBox, Block, Page, Word, text_of
from docintel.text.query.lines import boxes_at
from docintel.text.query.occurrences import folded_spans
from docintel.text.spans import boxes_of, words_in
from docintel.text.terms import fold


@dataclass(frozen=True)
class Find:
    """One place."""

    page_number: int
    block_id: str
    written: str
    """As it is written in the block's text."""
    boxes: tuple[BBox, ...]
    """One a line."""


def finds_on(page: Page, text: str) -> list[Find]:
    """In reading order. Case, accents, widths and line ends make no difference."""
    if not fold(text).strip():
        return []
    return [find for block in page.blocks for find in _in_block(page.number, block, page.words, text)]


def _in_block(number: int, block: Block, words: Sequence[Word], text: str) -> Iterator[Find]:
    """By the page's words where they say as much as the block's text: they stand where they were read."""
    inside = words_in(block.bbox, words)
    said = text_of(inside)
    by_words, by_text = folded_spans(said, text), folded_spans(block.text, text)
    if by_words and len(by_words) >= len(by_text):
        for start, end in by_words:
            yield Find(number, block.id, said[start:end], boxes_at(inside, start, end))
    else:
        for start, end in by_text:
            yield Find(number, block.id, block.text[start:end], boxes_of(block, start, end, words))
