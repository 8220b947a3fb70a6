"""Pages whose boxes are carried over to another picture of them."""

from collections.abc import Callable
from functools import partial

from docintel.engines.local.geometry import bbox_of, quad_of
from docintel.engines.local.outlines import Points, corners_of, outlined, points_along
from docintel.model import BBox, Block, Page, Table, Word

Move = Callable[[BBox], BBox]
Carry = Callable[[Points], Points]
"""Where points of one picture lie on another."""


def moved_page(page: Page, carry: Carry) -> Page:
    """The page on that other picture; the sides of its words must be straight, and may become bent."""
    words = tuple(moved_word(word, carry) for word in page.words)
    return page.model_copy(update={"blocks": _moved_blocks(page, partial(moved_box, carry=carry)), "words": words})


def moved_box(bbox: BBox, carry: Carry) -> BBox:
    return bbox_of(carry(points_along(quad_of(bbox, 1, 1))), 1, 1)


def moved_word(word: Word, carry: Carry) -> Word:
    return outlined(word, carry(points_along(corners_of(word))))


def turned_page(page: Page, rotation: int) -> Page:
    """The page as it is displayed when its picture is turned clockwise by `rotation`."""
    if rotation % 360 == 0:
        return page
    width, height = (page.height, page.width) if rotation % 180 else (page.width, page.height)
    return page.model_copy(
        update={
            "width": width,
            "height": height,
            "blocks": _moved_blocks(page, lambda bbox: bbox.turned(rotation)),
            "words": tuple(word.turned(rotation) for word in page.words),
        }
    )


def _moved_blocks(page: Page, move: Move) -> tuple[Block, ...]:
    return tuple(_moved_block(block, move) for block in page.blocks)


def _moved_block(block: Block, move: Move) -> Block:
    table = _moved_table(block.table, move) if block.table else None
    return block.model_copy(update={"bbox": move(block.bbox), "table": table})


def _moved_table(table: Table, move: Move) -> Table:
    cells = [cell.model_copy(update={"bbox": move(cell.bbox)}) if cell.bbox else cell for cell in table.cells]
    return table.model_copy(update={"cells": tuple(cells)})
