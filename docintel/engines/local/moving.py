"""Pages whose boxes are carried over to another picture of them."""

from collections.abc import Callable

from docintel.model import BBox, Block, Page, Table

Move = Callable[[BBox], BBox]


def moved_page(page: Page, move: Move) -> Page:
    """The page with every box where `move` puts it."""
    words = tuple(word.model_copy(update={"bbox": move(word.bbox)}) for word in page.words)
    return page.model_copy(update={"blocks": _moved_blocks(page, move), "words": words})


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
