"""A page in parts: the local engine says where they are and what they are, the model reads each of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from docintel.engines.generative.pages import page_of
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.language import language_of
from docintel.layout import join_lines
from docintel.lexicon import hyphen_rules
from docintel.markup import HTML_PROMPT, TEXT_PROMPT, Parsed, read_html, read_text
from docintel.model import Attempt, BBox, Block, BlockLabel, Page, Table
from docintel.runtime import Generated, Request

MARGIN = 0.006
"""Around a region, in parts of the page: letters touch the boxes that were found."""
MIN_TOKENS, MAX_TOKENS = 16, 1_024
MAX_NEW_TOKENS = 4_096
UNREAD = frozenset({BlockLabel.PICTURE, BlockLabel.CHART})
KEEPS_LINES = frozenset({BlockLabel.KEY_VALUE, BlockLabel.FORM, BlockLabel.CODE, BlockLabel.TABLE, BlockLabel.FORMULA})


Ask = Callable[[Sequence[Request]], list[Generated | DocintelError]]


def read_regions(
    image: PageImage, basis: Page, attempts: Sequence[Attempt], ask: Ask, *, template: Request, engine: str
) -> Page:
    """`basis`, the page as the local engine reads it, with the text of each block as the model reads it.

    `template` is what all questions have in common; those about parts have smaller budgets. A block that the model
    cannot read keeps the local engine's text; a note says how many.
    """
    pixels = image.turned(basis.rotation).pixels
    blocks_to_read = [block for block in basis.blocks if block.label not in UNREAD]
    answers = ask([_request(template, pixels, block) for block in blocks_to_read]) if blocks_to_read else []
    read = dict(zip((block.id for block in blocks_to_read), map(_read, blocks_to_read, answers), strict=True))
    blocks = [_with_content(block, read.get(block.id)) for block in basis.blocks]
    page = page_of(
        image, Parsed(blocks=tuple(blocks)), [*attempts, *(each for _, each in read.values())], engine=engine
    )
    num_kept = sum(content is None for content, _ in read.values())
    notes = (
        (*page.notes, f"{num_kept} of {len(blocks_to_read)} parts were read by the local engine.")
        if num_kept
        else page.notes
    )
    return page.model_copy(
        update={
            "notes": tuple(dict.fromkeys((*notes, *basis.notes))),
            "words": basis.words,
            "rotation": basis.rotation,
            "width": basis.width,
            "height": basis.height,
        }
    )


def _request(template: Request, pixels: NDArray[np.uint8], block: Block) -> Request:
    return replace(
        template,
        text=_prompt(block),
        images=(_crop(pixels, block.bbox),),
        min_tokens=MIN_TOKENS,
        max_tokens=MAX_TOKENS,
        max_new_tokens=min(template.max_new_tokens, MAX_NEW_TOKENS),
    )


def _prompt(block: Block) -> str:
    return HTML_PROMPT if block.label is BlockLabel.TABLE else TEXT_PROMPT


def _crop(pixels: NDArray[np.uint8], box: BBox) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    left, right = int(max(box.x0 - MARGIN, 0) * width), int(min(box.x1 + MARGIN, 1) * width)
    top, bottom = int(max(box.y0 - MARGIN, 0) * height), int(min(box.y1 + MARGIN, 1) * height)
    return np.ascontiguousarray(pixels[top : max(bottom, top + 8), left : max(right, left + 8)])


Content = tuple[str, Table | None]


def _read(block: Block, answer: Generated | DocintelError) -> tuple[Content | None, Attempt]:
    """Text and table of a region, None where they cannot be used; and the record of template."""
    if isinstance(answer, DocintelError):
        return None, _attempt(block, "", str(answer), 0, 0.0)
    content = _content(block, answer.text) if answer.end == "end" else None
    outcome = "read" if content else "could not be used"
    return content, _attempt(block, answer.text, outcome, answer.num_tokens, answer.seconds)


def _content(block: Block, text: str) -> Content | None:
    if block.label is BlockLabel.TABLE:
        table = next((each for each in read_html(text).blocks if each.table), None)
        return (table.text, table.table) if table else None
    content = read_text(text)
    if block.label not in KEEPS_LINES:
        content = join_lines(content.split("\n"), hyphen_rules(language_of(content)))
    return (content, None) if content else None


def _attempt(block: Block, text: str, outcome: str, num_tokens: int, seconds: float) -> Attempt:
    return Attempt(
        what=f"region, {block.label.value}",
        prompt=_prompt(block),
        text=text,
        outcome=outcome,
        num_tokens=num_tokens,
        seconds=round(seconds, 3),
        block=block.id,
    )


def _with_content(block: Block, read: tuple[Content | None, Attempt] | None) -> Block:
    content = read[0] if read else None
    if content is None:
        return block
    text, table = content
    return block.model_copy(update={"text": text, "table": _with_boxes(table, block.table), "confidence": None})


def _with_boxes(table: Table | None, basis: Table | None) -> Table | None:
    """A table's cells with the boxes that the local engine found, where both see the same grid."""
    if table is None or basis is None or (table.num_rows, table.num_columns) != (basis.num_rows, basis.num_columns):
        return table
    boxes = {(cell.row, cell.column): cell.bbox for cell in basis.cells}
    cells = [cell.model_copy(update={"bbox": boxes.get((cell.row, cell.column))}) for cell in table.cells]
    return table.model_copy(update={"cells": tuple(cells)})
