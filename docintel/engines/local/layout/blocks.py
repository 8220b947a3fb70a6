"""Lines and regions → blocks in reading order."""

import re
from collections.abc import Sequence
from dataclasses import replace

from docintel import tables
from docintel.engines.local.geometry import Upright
from docintel.engines.local.layout.apart.code import code_text, part_code
from docintel.engines.local.layout.apart.interrupted import part_interrupted
from docintel.engines.local.layout.apart.labelled import part_labelled
from docintel.engines.local.layout.apart.readings import block_of_readings, without_readings
from docintel.engines.local.layout.apart.slips import is_slip, is_torn, parts_of_slip
from docintel.engines.local.layout.apart.turned import turned_parts
from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.checkboxes.option_lines import without_taken
from docintel.engines.local.layout.checkboxes.options import options_of
from docintel.engines.local.layout.corridors import RUNNING, corridors, corridors_in, cut_along, part_regions
from docintel.engines.local.layout.grids import Ruling
from docintel.engines.local.layout.headings import with_headings
from docintel.engines.local.layout.order import order_of
from docintel.engines.local.layout.placed import Part, PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.engines.local.layout.tabling import part_tables
from docintel.engines.local.scripts import main_script
from docintel.language import RIGHT_TO_LEFT, language_of
from docintel.layout import gutters, join_lines, join_words, paragraphs, rows, rows_of_amounts
from docintel.lexicon import hyphen_rules
from docintel.model import BBox, Block, BlockLabel, Cell, Table
from docintel.text.bidi import runs_right_to_left
from docintel.text.hyphens import NO_RULES, is_broken, words_written
from docintel.text.struck import struck_in, struck_in_table

LEVELS = {BlockLabel.TITLE: 1, BlockLabel.SECTION_HEADER: 2}
BULLET = re.compile(r"^[¢©®°»*·∙●▪■◦]\s?(?=\w)")
"""What list items' dots are read as."""
INSIDE = 0.5
"""A line belongs to a region that holds this part of it."""


def build_blocks(
    lines: Sequence[PlacedLine],
    regions: Sequence[Region],
    drawn: Ruling,
    upright: Upright,
    *,
    languages: tuple[str, ...] = (),
    numbers: Sequence[Part] = (),
    marks: Sequence[Mark] = (),
) -> tuple[Block, ...]:
    """Every line in exactly one block, blocks in reading order, ids b1, b2, …

    `numbers` are those of the lines, `marks` the page's check boxes.
    """
    right_to_left = is_right_to_left(" ".join(line.text for line in lines))
    aspect = upright.width / upright.height
    lines, readings = without_readings(lines)
    options = options_of(lines, marks, drawn.grids, regions, aspect=aspect, right_to_left=right_to_left)
    regions = without_taken(regions, options.lines, options.groups)
    code, others = part_code(options.lines)
    may_be_slip = is_slip(options.lines)
    slip = may_be_slip and bool(code)
    if slip:
        code, others = [], list(options.lines)
    parted = part_tables(others, regions, drawn, aspect=aspect, right_to_left=right_to_left)
    lists: list[Part] = []
    loose: Sequence[PlacedLine] = parted.lines
    if not may_be_slip:
        lists, loose = part_labelled(loose, aspect=aspect, right_to_left=right_to_left)
    straight = [line for line in loose if not line.direction]
    between = corridors(straight, aspect=aspect, right_to_left=right_to_left)
    between += corridors_in(part_regions(parted.regions, between), cut_along(straight, between), aspect=aspect)
    free = _parts(cut_along(straight, between), part_regions(parted.regions, between))
    if slip or (may_be_slip and is_torn(free)):
        between = []
        pictures = [region for region in parted.regions if region.label is BlockLabel.PICTURE]
        free = [*parts_of_slip(straight, parted.parts, right_to_left=right_to_left), *_parts([], pictures)]
    free = part_interrupted(free, [*parted.parts, *lists])
    parts = with_headings([*numbers, *code, *parted.parts, *lists, *free])
    groups = [*([part] for part in parts), *options.groups]
    order = order_of(
        list(map(_around, groups)),
        drawn.frames,
        aspect=aspect,
        right_to_left=right_to_left,
        in_columns=bool(between),
    )
    page_language = language_of(" ".join(line.text for line in lines), among=languages)
    written = words_written(line.text for line in lines)
    ordered = [part for index in order for part in groups[index]]
    ordered += turned_parts([line for line in parted.lines if line.direction])
    blocks = [_block(part, upright, right_to_left, languages, page_language, written) for part in ordered]
    blocks += [block_of_readings(readings)] if readings else []
    return tuple(block.model_copy(update={"id": f"b{n}"}) for n, block in enumerate(blocks, 1))


def _around(group: Sequence[Part]) -> Part:
    """Parts that stay together, as one."""
    if len(group) == 1:
        return group[0]
    box = BBox.around(part.region.bbox for part in group)
    return Part(replace(group[0].region, bbox=box), tuple(line for part in group for line in part.lines))


def is_right_to_left(text: str) -> bool:
    script = main_script(text)
    return script in RIGHT_TO_LEFT


def _parts(lines: Sequence[PlacedLine], regions: Sequence[Region]) -> list[Part]:
    homes = [_home(line, regions) for line in lines]
    parts = []
    for index, region in enumerate(regions):
        inside = tuple(line for line, home in zip(lines, homes, strict=True) if home == index)
        if inside or region.label is BlockLabel.PICTURE:
            parts += _parted(Part(_fitted(region, inside), inside))
    loose = [line for line, home in zip(lines, homes, strict=True) if home is None]
    return parts + [_loose_part([loose[i] for i in group]) for group in paragraphs([line.level for line in loose])]


def _fitted(region: Region, lines: Sequence[PlacedLine]) -> Region:
    """The region as large as its lines, where it is running text."""
    fits = region.label in RUNNING and bool(lines)
    return replace(region, bbox=BBox.around(line.level for line in lines)) if fits else region


def _parted(part: Part) -> list[Part]:
    """The part, or one for each column where the layout analysis ran over the white between columns."""
    if part.region.label not in RUNNING:
        return [part]
    places = gutters([[box for _, box in line.level_words] for line in part.lines])
    groups: dict[int, list[PlacedLine]] = {}
    for line in cut_lines(part.lines, places):
        groups.setdefault(sum(line.level.center[0] > place for place in places), []).append(line)
    if len(groups) < 2:
        return [part]
    kept = [tuple(groups[column]) for column in sorted(groups)]
    return [Part(replace(part.region, bbox=BBox.around(line.level for line in lines)), lines) for lines in kept]


def cut_lines(lines: Sequence[PlacedLine], places: Sequence[float]) -> list[PlacedLine]:
    """The lines, each cut where it crosses one of `places` (x on the levelled page)."""
    pieces: list[PlacedLine] = []
    for line in lines:
        strips: dict[int, list[int]] = {}
        for index, (_, box) in enumerate(line.level_words):
            strips.setdefault(sum(box.center[0] > place for place in places), []).append(index)
        pieces += [piece(line, kept) for kept in strips.values()] if len(strips) > 1 else [line]
    return pieces


def _home(line: PlacedLine, regions: Sequence[Region]) -> int | None:
    """The region that holds most of the line; pictures hold no text of their own."""
    shares = {
        index: line.level.overlap(region.bbox) / (line.level.area or 1.0)
        for index, region in enumerate(regions)
        if region.label is not BlockLabel.PICTURE
    }
    best = max(shares, key=lambda index: shares[index], default=None)
    return best if best is not None and shares[best] >= INSIDE else None


def _loose_part(lines: Sequence[PlacedLine]) -> Part:
    box = BBox.around(line.level for line in lines)
    return Part(Region(BlockLabel.TEXT, box, 1.0), tuple(lines))


def _block(
    part: Part,
    upright: Upright,
    right_to_left: bool,
    languages: tuple[str, ...],
    page_language: str | None,
    written: frozenset[str],
) -> Block:
    table = _table(part.table, upright) if part.table else None
    right_to_left = runs_right_to_left("".join(line.text for line in part.lines), otherwise=right_to_left)
    lines = _texts(part.lines, right_to_left)
    language = language_of(" ".join(lines), among=languages, around=page_language)
    text = part.text or pairs_text(part.pairs) or _text(lines, language, written)
    text = code_text(part.lines) if part.region.label is BlockLabel.CODE else text
    text = BULLET.sub("• ", text) if part.region.label is BlockLabel.LIST_ITEM else text
    words = [word for line in _by_rows(part.lines, right_to_left) for word in line.words]
    by_words = words and not table and part.is_checked is None
    box = BBox.around(word.bbox for word in words) if by_words else upright.displayed(part.region.bbox)
    return Block(
        id="-",
        label=part.region.label,
        bbox=box,
        text=tables.to_text(table) if table else text,
        struck=struck_in_table(table, words) if table else struck_in(text, words),
        level=LEVELS.get(part.region.label),
        table=table,
        confidence=_confidence(part.lines),
        language=language,
        is_checked=part.is_checked,
    )


def _texts(lines: Sequence[PlacedLine], right_to_left: bool) -> list[str]:
    """What each row of lines says, from the top."""
    order = rows([line.level for line in lines], right_to_left=right_to_left)
    return [join_words([lines[i].text for i in row]) for row in order]


def _text(lines: Sequence[str], language: str | None, written: frozenset[str]) -> str:
    """One text, rows that end in amounts on lines of their own; `written` are words that the page writes within."""
    rules = replace(hyphen_rules(language), written=written) if any(map(is_broken, lines)) else NO_RULES
    return "\n".join(join_lines(group, rules) for group in rows_of_amounts(lines))


def _by_rows(lines: Sequence[PlacedLine], right_to_left: bool) -> list[PlacedLine]:
    return [lines[i] for row in rows([line.level for line in lines], right_to_left=right_to_left) for i in row]


def pairs_text(pairs: Sequence[tuple[str, str]]) -> str:
    """A line for each label with its value, a tab between them: nothing is said that is not on the page."""
    return "\n".join("\t".join(filter(None, pair)) for pair in pairs)


def _table(table: Table, upright: Upright) -> Table:
    return table.model_copy(update={"cells": tuple(_displayed(cell, upright) for cell in table.cells)})


def _displayed(cell: Cell, upright: Upright) -> Cell:
    return cell.model_copy(update={"bbox": upright.displayed(cell.bbox)}) if cell.bbox else cell


def _confidence(lines: Sequence[PlacedLine]) -> float | None:
    letters = sum(len(line.text) for line in lines)
    return round(sum(line.confidence * len(line.text) for line in lines) / letters, 4) if letters else None
