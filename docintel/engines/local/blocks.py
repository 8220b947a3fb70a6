"""Lines and regions → blocks in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass

from docintel.engines.local.geometry import Upright
from docintel.engines.local.languages import language_of
from docintel.engines.local.regions import Region
from docintel.engines.local.scripts import SCRIPTS, main_script
from docintel.layout import join_lines, paragraphs, reading_order, rows
from docintel.model import BBox, Block, BlockLabel, Cell, Table, Word
from docintel.tables import table_from_lines

LEVELS = {BlockLabel.TITLE: 1, BlockLabel.SECTION_HEADER: 2}
INSIDE = 0.5
"""A line belongs to a region that holds this part of it."""


@dataclass(frozen=True)
class PlacedLine:
    """A recognised line: words as displayed, and its and their boxes on the levelled page."""

    text: str
    confidence: float
    level: BBox
    words: tuple[Word, ...]
    level_words: tuple[tuple[str, BBox], ...] = ()


@dataclass(frozen=True)
class _Part:
    region: Region
    lines: tuple[PlacedLine, ...]


def build_blocks(
    lines: Sequence[PlacedLine], regions: Sequence[Region], upright: Upright, *, languages: tuple[str, ...] = ()
) -> tuple[Block, ...]:
    """Every line in exactly one block, blocks in reading order, ids b1, b2, …"""
    right_to_left = is_right_to_left(" ".join(line.text for line in lines))
    parts = _parts(lines, regions)
    order = reading_order([part.region.bbox for part in parts], right_to_left=right_to_left)
    page_language = language_of(" ".join(line.text for line in lines), among=languages)
    blocks = [_block(parts[index], upright, right_to_left, languages, page_language) for index in order]
    return tuple(block.model_copy(update={"id": f"b{n}"}) for n, block in enumerate(blocks, 1))


def is_right_to_left(text: str) -> bool:
    script = main_script(text)
    return script is not None and SCRIPTS[script].right_to_left


def _parts(lines: Sequence[PlacedLine], regions: Sequence[Region]) -> list[_Part]:
    homes = [_home(line, regions) for line in lines]
    parts = []
    for index, region in enumerate(regions):
        inside = tuple(line for line, home in zip(lines, homes, strict=True) if home == index)
        if inside or region.label is BlockLabel.PICTURE:
            parts.append(_Part(region, inside))
    loose = [line for line, home in zip(lines, homes, strict=True) if home is None]
    return parts + [_loose_part([loose[i] for i in group]) for group in paragraphs([line.level for line in loose])]


def _home(line: PlacedLine, regions: Sequence[Region]) -> int | None:
    """The region that holds most of the line; pictures hold no text of their own."""
    shares = {
        index: line.level.overlap(region.bbox) / (line.level.area or 1.0)
        for index, region in enumerate(regions)
        if region.label is not BlockLabel.PICTURE
    }
    best = max(shares, key=lambda index: shares[index], default=None)
    return best if best is not None and shares[best] >= INSIDE else None


def _loose_part(lines: Sequence[PlacedLine]) -> _Part:
    box = BBox.around(line.level for line in lines)
    return _Part(Region(BlockLabel.TEXT, box, 1.0), tuple(lines))


def _block(
    part: _Part, upright: Upright, right_to_left: bool, languages: tuple[str, ...], page_language: str | None
) -> Block:
    table = _table(part, upright, right_to_left) if part.region.label is BlockLabel.TABLE else None
    text = _text(part.lines, right_to_left)
    words = [word for line in part.lines for word in line.words]
    box = BBox.around(word.bbox for word in words) if words and not table else upright.displayed(part.region.bbox)
    return Block(
        id="-",
        label=part.region.label,
        bbox=box,
        text=_table_text(table) if table else text,
        level=LEVELS.get(part.region.label),
        table=table,
        confidence=_confidence(part.lines),
        language=language_of(text, among=languages, default=page_language),
    )


def _text(lines: Sequence[PlacedLine], right_to_left: bool) -> str:
    order = rows([line.level for line in lines], right_to_left=right_to_left)
    return join_lines([" ".join(lines[i].text for i in row) for row in order])


def _table(part: _Part, upright: Upright, right_to_left: bool) -> Table | None:
    texts = [item for line in part.lines for item in line.level_words]
    table = table_from_lines(part.region.rows, part.region.columns, texts, right_to_left=right_to_left)
    if table is None:
        return None
    return table.model_copy(update={"cells": tuple(_displayed(cell, upright) for cell in table.cells)})


def _displayed(cell: Cell, upright: Upright) -> Cell:
    return cell.model_copy(update={"bbox": upright.displayed(cell.bbox)}) if cell.bbox else cell


def _table_text(table: Table) -> str:
    lines = ["\t".join(c.text for c in table.cells if c.row == row) for row in range(table.num_rows)]
    return "\n".join(lines)


def _confidence(lines: Sequence[PlacedLine]) -> float | None:
    letters = sum(len(line.text) for line in lines)
    return round(sum(line.confidence * len(line.text) for line in lines) / letters, 4) if letters else None
