"""Text that is struck through: where it stands in a block's text, and what a page says without it."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from docintel.model import Block, Cell, Page, Table, Word
from docintel.text.spans import places_of, words_in

Span = tuple[int, int]


def struck_in(text: str, words: Sequence[Word]) -> tuple[Span, ...]:
    """The stretches of `text` that the struck ones of its words say; `words` are in the text's order."""
    if not any(word.is_struck for word in words):
        return ()
    places = places_of(text, [word.text for word in words])
    struck = {place for word, own in zip(words, places, strict=True) if word.is_struck for place in own}
    flags = _bridged(text, [place in struck for place in range(len(text))])
    runs = [
        [place for place, _ in run] for is_struck, run in groupby(enumerate(flags), lambda each: each[1]) if is_struck
    ]
    return tuple((run[0], run[-1] + 1) for run in runs)


def _bridged(text: str, flags: Sequence[bool]) -> list[bool]:
    """White space between two struck characters is struck as well, but for the ends of lines and cells."""
    bridged = list(flags)
    for gap in re.finditer(r" +", text):
        start, end = gap.span()
        if start > 0 and end < len(text) and flags[start - 1] and flags[end]:
            bridged[start:end] = [True] * (end - start)
    return bridged


def struck_in_table(table: Table, words: Sequence[Word]) -> tuple[Span, ...]:
    """The struck stretches of the table's text (`tables.to_text`), told by the words that stand in its cells."""
    if not any(word.is_struck for word in words):
        return ()
    return tuple(
        (start + offset, end + offset)
        for offset, cell in _cells(table)
        if cell.bbox
        for start, end in struck_in(cell.text, words_in(cell.bbox, words))
    )


def _cells(table: Table) -> Iterator[tuple[int, Cell]]:
    """Cells in the order of `tables.to_text`, each with the place in that text where it begins."""
    offset = 0
    for row in range(table.num_rows):
        cells = [cell for cell in table.cells if cell.row == row]
        for cell in cells:
            yield offset, cell
            offset += len(cell.text) + 1
        offset += not cells


def struck_of_cells(block: Block) -> list[tuple[Span, ...]]:
    """For each cell of the block's table, in the table's own order, its struck stretches."""
    table = block.table
    if table is None:
        return []
    offsets = {id(cell): offset for offset, cell in _cells(table)}
    return [_within(block.struck, offsets.get(id(cell), 0), len(cell.text)) for cell in table.cells]


def _within(struck: Sequence[Span], offset: int, length: int) -> tuple[Span, ...]:
    cut = [(max(start - offset, 0), min(end - offset, length)) for start, end in struck]
    return tuple((start, end) for start, end in cut if start < end)


def pieces_of(text: str, struck: Sequence[Span]) -> list[tuple[str, bool]]:
    """`text` cut into what is struck and what is not, in order; no pieces where nothing is struck."""
    if not struck:
        return []
    edges = [0, *(edge for span in struck for edge in span), len(text)]
    pieces = [(text[start:end], bool(place % 2)) for place, (start, end) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece[0]]


def marked(text: str, struck: Sequence[Span], opening: str, closing: str) -> str:
    """`text` with marks around its struck stretches; a stretch over several lines is marked line by line."""
    written, last = "", 0
    for start, end in struck:
        lines = re.sub(r"[^\n]*\S", lambda line: _within_marks(line[0], opening, closing), text[start:end])
        written += text[last:start] + lines
        last = end
    return written + text[last:]


def _within_marks(text: str, opening: str, closing: str) -> str:
    white = text[: len(text) - len(text.lstrip())]
    return f"{white}{opening}{text.lstrip()}{closing}"


def marked_block(block: Block, opening: str, closing: str) -> Block:
    """The block with marks around what is struck in its text and its cells."""
    if not block.struck:
        return block
    text = marked(block.text, block.struck, opening, closing)
    cells = [
        cell.model_copy(update={"text": marked(cell.text, spans, opening, closing)})
        for cell, spans in zip(block.table.cells if block.table else (), struck_of_cells(block), strict=True)
    ]
    table = block.table.model_copy(update={"cells": tuple(cells)}) if block.table else None
    return block.model_copy(update={"text": text, "table": table, "struck": ()})


def in_force(page: Page) -> Page:
    """The page without what is struck through: what it says now."""
    if not any(block.struck for block in page.blocks) and not any(word.is_struck for word in page.words):
        return page
    blocks = tuple(_block_in_force(block) for block in page.blocks)
    return page.model_copy(update={"blocks": blocks, "words": tuple(w for w in page.words if not w.is_struck)})


def _block_in_force(block: Block) -> Block:
    if not block.struck:
        return block
    cells = [
        cell.model_copy(update={"text": _without(cell.text, spans)})
        for cell, spans in zip(block.table.cells if block.table else (), struck_of_cells(block), strict=True)
    ]
    table = block.table.model_copy(update={"cells": tuple(cells)}) if block.table else None
    return block.model_copy(update={"text": _without(block.text, block.struck), "table": table, "struck": ()})


def _without(text: str, struck: Sequence[Span]) -> str:
    left, last = "", 0
    for start, end in struck:
        left += text[last:start]
        last = end
    return re.sub(r" {2,}", " ", left + text[last:]).strip(" ")
