"""What a page says that may answer: values with their labels, cells with their row and header, sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from docintel.answering.choices import Choice, choices_on, has_signs, spoken_for
from docintel.answering.lines import Grid, Line, Segment, blocks_at, boxes, grids_of, lines_of
from docintel.answering.question import meanings_in
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table, Word
from docintel.text import one_line
from docintel.text.sentences import sentence_spans
from docintel.text.spans import boxes_of, words_in
from docintel.text.terms import fold, words

MAX_LABEL = 60
"""Characters; what is longer is no label but a sentence."""
MAX_VALUE = 160

_COLON = re.compile(r"\s*(?:(?<!\d)[:：﹕︰]|[:：﹕︰](?!\d))\s*")
_LEADING_COLON = re.compile(r"^\s*[:：﹕︰.…_\-–]+\s*")
_FIRST_NUMBER = re.compile(r"(?<![^\W_])(?<![^\W_][-./])[€$£¥₹₽]?\s?[-+]?\d")
_BELOW = 2.6
"""A value stands at most this many line heights below its label."""
_HEADINGS = {BlockLabel.TITLE, BlockLabel.SECTION_HEADER}
_TRUST_IN_HEADINGS = 0.7
_TRUST_BELOW_VALUE = 0.6
"""A label that has a value beside it hardly has another below."""
CELL_BREAK = " | "
_SENTENCE_ENDS = ".!?。！？؟।;"
_UNREAD = {BlockLabel.PICTURE, BlockLabel.TABLE}


class Source(StrEnum):
    """How a value and its label stand to each other; `sentence` has no label."""

    INLINE = "inline"
    BESIDE = "beside"
    BELOW = "below"
    CELL = "cell"
    ROW = "row"
    SENTENCE = "sentence"


@dataclass(frozen=True)
class Evidence:
    """`value` answers a question about `label`; for a sentence the label is empty and the value is the sentence. Where
    nothing stands at a label, as on a blank form, the value is empty."""

    source: Source
    label: str
    value: str
    quote: str
    boxes: tuple[BBox, ...]
    block_ids: tuple[str, ...]
    near: str = field(default="", compare=False)
    """The heading, caption or table header that it stands under."""
    header: str = ""
    """For a cell: its column's header; `label` is then its row."""
    cells: tuple["Evidence", ...] = field(default=(), compare=False)
    """Of a row: each of its cells by itself."""
    trust: float = 1.0
    """Less than 1 where label and value may not belong to each other."""


@lru_cache(maxsize=256)
def evidence_on(page: Page) -> tuple[Evidence, ...]:
    """Everything on a page that may answer a question, in reading order by kind."""
    boxes, asked = spoken_for(page)
    lines = lines_of(_without(page, boxes, asked) if boxes else page)
    grids = grids_of(lines, page)
    values = [*_values_in(lines, page, _rows_of(grids)), *_values_in_grids(grids, page)]
    tables = [each for block in page.blocks if block.table for each in _values_in_table(block, block.table, page)]
    choices = [_chosen(each) for each in choices_on(page)]
    return tuple(dict.fromkeys([*choices, *values, *tables, *_sentences(page, _forms(lines, page), asked)]))


def _without(page: Page, boxes: Sequence[BBox], ids: frozenset[str]) -> Page:
    """The page without words in boxes and without blocks."""
    words = [word for word in page.words if not any(words_in(box, [word]) for box in boxes)]
    blocks = tuple(block for block in page.blocks if block.id not in ids)
    return page.model_copy(update={"words": tuple(words), "blocks": blocks})


def _chosen(choice: Choice) -> Evidence:
    return Evidence(
        source=Source.CELL if choice.header else Source.BESIDE,
        label=choice.label,
        header=choice.header,
        value=choice.value,
        quote=choice.quote,
        boxes=choice.boxes,
        block_ids=choice.block_ids,
    )


def _rows_of(grids: Sequence[Grid]) -> frozenset[Word]:
    """First words of the rows of real tables, whose cells answer by their header and not by what stands before."""
    return frozenset(
        next(cell for cell in row if cell).words[0]
        for grid in grids
        for row in grid.rows
        if len(grid.rows[0]) > 2 and _is_header(grid.rows[0]) and sum(cell is not None for cell in row) > 2
    )


def _is_header(row: Sequence[Segment | None]) -> bool:
    return not any(_has_digit(cell.text) or _COLON.search(cell.text) for cell in row if cell)


def _values_in(lines: Sequence[Line], page: Page, rows: frozenset[Word]) -> Iterator[Evidence]:
    for number, line in enumerate(lines):
        is_row = line.segments[0].words[0] in rows
        for place, segment in enumerate(line.segments):
            following = line.segments[place + 1] if place + 1 < len(line.segments) else None
            yield from _inline(segment, page, has_value=following is not None and _is_number(following.text))
            label = _label_of(segment.text)
            if not label:
                continue
            if following and not is_row and (value := _value_of(following.text)):
                trust = _trust_beside(lines, number, following)
                yield _value(Source.BESIDE, label, value, [segment, following], page, trust=trust)
            below = None if _beside_others(lines, number) else _below(segment, lines[number + 1 : number + 4], line)
            if below and (value := _value_of(below.text)):
                trust = _TRUST_BELOW_VALUE if following and _has_digit(following.text) else 1.0
                yield _value(Source.BELOW, label, value, [segment, below], page, trust=trust)
            elif not following and _COLON.fullmatch(segment.text[-1]):
                yield _value(Source.BESIDE, label, "", [segment], page)


def _trust_beside(lines: Sequence[Line], number: int, value: Segment) -> float:
    """Less where the line looks like a row of labels: no digit in it, and a line with as many places below it."""
    line = lines[number]
    below = lines[number + 1] if number + 1 < len(lines) else None
    if any(c.isdecimal() for c in line.text) or _COLON.search(line.text):
        return 1.0
    is_like_label = bool(meanings_in(fold(value.text), frozenset(words(value.text))))
    if below and len(below.segments) == len(line.segments) and is_like_label:
        return 0.6
    return 0.85 if is_like_label and len(line.segments) > 2 else 1.0


def _inline(segment: Segment, page: Page, *, has_value: bool) -> Iterator[Evidence]:
    """“Label: value” and “Label 1,234.50” within one segment; where `has_value`, its number is part of the label."""
    text = segment.text
    parts = _COLON.split(text)
    for n, (label, value) in enumerate(pairwise(parts)):
        shown = label if n == 0 else _after_value(label)
        if shown and value and len(shown) <= MAX_LABEL:
            kept = value if n + 2 == len(parts) else _before_label(value)
            yield _value(Source.INLINE, shown, _first_sentence(kept)[:MAX_VALUE], [segment], page)
    number = _FIRST_NUMBER.search(text)
    if (
        number
        and len(parts) == 1
        and not has_value
        and 0 < number.start() <= MAX_LABEL
        and len(text) - number.start() <= MAX_LABEL
    ):
        label = text[: number.start()].strip(" .…_-")
        if any(c.isalpha() for c in label):
            yield _value(Source.INLINE, label, _first_sentence(text[number.start() :]).strip(), [segment], page)


def _after_value(text: str) -> str:
    """The second label in “17 Date: …”: the words after the last number."""
    return re.sub(r"^.*\d\S*\s+", "", text) if re.search(r"\d", text) else text.rpartition(" ")[2]


def _before_label(text: str) -> str:
    """The first value in “17 Date”: up to its last number, else all but the last word."""
    found = re.match(r"^.*\d\S*", text)
    return found.group() if found else (text.rpartition(" ")[0] or text)


def _label_of(text: str) -> str:
    """The text as a label, or "" where it cannot be one: too long, no letters, or with a value in it already."""
    label = _COLON.sub(" ", text).strip() if _COLON.search(text.rstrip()[-1:]) else text.strip()
    if len(label) > MAX_LABEL or not any(c.isalpha() for c in label) or _COLON.search(label):
        return ""
    return label


def _value_of(text: str) -> str:
    value = _first_sentence(_LEADING_COLON.sub("", text).strip())
    if not value or len(value) > MAX_VALUE or _COLON.search(value[-1:]):
        return ""
    return value


def _below(label: Segment, lines: Sequence[Line], own: Line) -> Segment | None:
    """The segment that stands closest below a label and begins with it, or shares most of its width."""
    for line in lines:
        if line.y - own.y > _BELOW * own.height:
            return None
        for segment in line.segments:
            shared = min(label.bbox.x1, segment.bbox.x1) - max(label.bbox.x0, segment.bbox.x0)
            begins = abs(segment.start - label.start) < 0.015
            if begins or shared > 0.5 * min(label.bbox.width, segment.bbox.width):
                return segment
    return None


def _beside_others(lines: Sequence[Line], number: int) -> bool:
    """Whether a line alone stands in a column of labels that have their values beside them."""
    around = [*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2]]
    own = lines[number].segments
    aligned = [len(each.segments) for each in around if abs(each.segments[0].start - own[0].start) < 0.015]
    return len(own) == 1 and max(aligned, default=0) > 1


def _values_in_grids(grids: Sequence[Grid], page: Page) -> Iterator[Evidence]:
    for grid in grids:
        headers = grid.rows[0]
        for row in grid.rows[1:]:
            cells = tuple(_cells(headers, row, page))
            yield from cells
            if len(grid.rows) > 2:
                yield from _row(headers, row, cells, page)


def _cells(headers: Sequence[Segment | None], row: Sequence[Segment | None], page: Page) -> Iterator[Evidence]:
    """Each cell of a row by its header and by the row's other words."""
    there = [cell for cell in row if cell]
    for header, cell in zip(headers, row, strict=True):
        others = [other for other in there if other is not cell and not _is_number(other.text)]
        label = CELL_BREAK.join(other.text for other in others)
        if cell and others and _value_of(cell.text) and not _COLON.search(label):
            yield Evidence(
                source=Source.CELL,
                label=label,
                header=header.text if header and not _COLON.search(header.text) else "",
                value=_value_of(cell.text),
                quote=" ".join(each.text for each in there if each is cell or each in others),
                boxes=boxes([*others, cell]),
                block_ids=blocks_at(page, [cell]),
            )


def _row(
    headers: Sequence[Segment | None], row: Sequence[Segment | None], cells: tuple[Evidence, ...], page: Page
) -> Iterator[Evidence]:
    """A row as a whole, each cell with its header."""
    there = [cell for cell in row if cell]
    if len(there) > 2 and not any(_COLON.search(cell.text) for cell in there):
        said = [f"{h.text.rstrip(':')}: {c.text}" if h else c.text for h, c in zip(headers, row, strict=True) if c]
        yield Evidence(
            source=Source.ROW,
            label=" ".join(cell.text for cell in there),
            value="; ".join(said),
            quote=" ".join(cell.text for cell in there),
            boxes=boxes(there),
            block_ids=blocks_at(page, there),
            cells=cells,
        )


def _has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def _is_number(text: str) -> bool:
    return sum(c.isdecimal() for c in text) >= sum(c.isalpha() for c in text)


def _values_in_table(block: Block, table: Table, page: Page) -> Iterator[Evidence]:
    """Cells as the engine saw them: these know about wrapped lines, which the lines of words don't."""
    header = {cell.column: cell for cell in table.cells if cell.row == 0}
    for row in range(table.num_rows):
        cells = sorted((c for c in table.cells if c.row == row and c.text.strip()), key=lambda c: c.column)
        for cell in cells[1:] if len(cells) == 2 else cells:
            if has_signs(cell.text):
                continue
            yield from _table_cell(block, header if row else {}, cells, cell, page)


def _table_cell(
    block: Block, headers: dict[int, Cell], row: Sequence[Cell], cell: Cell, page: Page
) -> Iterator[Evidence]:
    others = [other for other in row if other is not cell and not _is_number(other.text)]
    header = headers.get(cell.column)
    if not others or len(cell.text) > MAX_VALUE:
        return
    found = [each.bbox for each in (*others, cell) if each.bbox]
    yield Evidence(
        source=Source.CELL,
        label=CELL_BREAK.join(one_line(other.text) for other in others),
        header=one_line(header.text) if header else "",
        value=one_line(cell.text),
        quote=" ".join(one_line(each.text) for each in row if each is cell or each in others),
        boxes=tuple(found) or (block.bbox,),
        block_ids=(block.id,),
        near=heading_of(page, block),
    )


def _forms(lines: Sequence[Line], page: Page) -> frozenset[str]:
    """Ids of the blocks that hold lines with wide gaps: what they say is said by place, not in sentences."""
    held = [[blocks_at(page, [segment])[:1] for segment in line.segments] for line in lines]
    return frozenset(ids[0] for places in held for ids in places if ids and places.count(ids) > 1)


def _sentences(page: Page, forms: frozenset[str], asked: frozenset[str]) -> Iterator[Evidence]:
    """What blocks say in sentences; `asked` are said by their check boxes. What ends with a colon announces something
    and says nothing."""
    for block in page.blocks:
        if block.label in _UNREAD or not block.text.strip() or block.id in asked:
            continue
        near = heading_of(page, block)
        for start, end in sentence_spans(block.text):
            text = one_line(block.text[start:end])
            if (block.id in forms and text[-1] not in _SENTENCE_ENDS) or _COLON.fullmatch(text[-1]):
                continue
            yield Evidence(
                source=Source.SENTENCE,
                label="",
                value=text,
                quote=text,
                boxes=boxes_of(block, start, end, page.words),
                block_ids=(block.id,),
                near=near,
                trust=_TRUST_IN_HEADINGS if block.label in _HEADINGS else 1.0,
            )


def heading_of(page: Page, block: Block) -> str:
    """The headings right before a block on its page."""
    index = next((n for n, each in enumerate(page.blocks) if each is block), 0)
    before = [each for each in page.blocks[:index] if each.label in _HEADINGS]
    return before[-1].text if before else ""


def _value(
    source: Source, label: str, value: str, segments: Sequence[Segment], page: Page, *, trust: float = 1.0
) -> Evidence:
    return Evidence(
        source=source,
        label=label.strip(),
        value=value.strip(),
        quote=" ".join(segment.text for segment in segments),
        boxes=boxes(segments),
        block_ids=blocks_at(page, segments[-1:]),
        trust=trust,
    )


def _first_sentence(text: str) -> str:
    """Without the sentences that follow, and the full stop before them."""
    spans = sentence_spans(text)
    return text[: spans[0][1]].rstrip(".。।") if len(spans) > 1 else text
