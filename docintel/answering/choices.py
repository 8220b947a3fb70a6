"""Check boxes that answer: a question with what is ticked below or beside it, an option by its state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table
from docintel.text import one_line
from docintel.text.terms import fold
from docintel.text.ticks import TICKED, UNTICKED, options_in, signed
from docintel.text.ticks import sign as sign_of

MAX_QUESTION = 160
"""Characters; what is longer before check boxes is no question of theirs."""
NEAR = 0.06
"""A question stands at most this part of the page above its boxes, or on their line."""
YES_AND_NO = {
    "ar": ("نعم", "لا"),
    "bg": ("да", "не"),
    "cs": ("ano", "ne"),
    "da": ("ja", "nej"),
    "de": ("ja", "nein"),
    "el": ("ναι", "όχι"),
    "en": ("yes", "no"),
    "es": ("sí", "no"),
    "et": ("jah", "ei"),
    "fa": ("بله", "خیر"),
    "fi": ("kyllä", "ei"),
    "fr": ("oui", "non"),
    "he": ("כן", "לא"),
    "hi": ("हाँ", "नहीं"),
    "hr": ("da", "ne"),
    "hu": ("igen", "nem"),
    "id": ("ya", "tidak"),
    "it": ("sì", "no"),
    "ja": ("はい", "いいえ"),
    "ko": ("예", "아니오"),
    "lt": ("taip", "ne"),
    "lv": ("jā", "nē"),
    "nl": ("ja", "nee"),
    "no": ("ja", "nei"),
    "pl": ("tak", "nie"),
    "pt": ("sim", "não"),
    "ro": ("da", "nu"),
    "ru": ("да", "нет"),
    "sk": ("áno", "nie"),
    "sl": ("da", "ne"),
    "sr": ("да", "не"),
    "sv": ("ja", "nej"),
    "th": ("ใช่", "ไม่ใช่"),
    "tr": ("evet", "hayır"),
    "uk": ("так", "ні"),
    "vi": ("có", "không"),
    "zh": ("是", "否"),
}


@dataclass(frozen=True)
class Choice:
    """What is asked, and the answer that the ticks give; `blocks` say both."""

    label: str
    value: str
    quote: str
    boxes: tuple[BBox, ...]
    block_ids: tuple[str, ...]
    header: str = ""


@dataclass(frozen=True)
class _Group:
    question: Block | None
    options: tuple[Block, ...]


def choices_on(page: Page) -> Iterator[Choice]:
    """Every question that check boxes answer, and every option by itself."""
    language = page.languages[0] if page.languages else "en"
    for group in _groups(page):
        if group.question:
            yield _answered(group.question, group.options)
        yield from (_by_itself(each, language) for each in group.options if not _is_yes_or_no(each.text))
    for block in page.blocks:
        if block.table:
            yield from _in_table(block, block.table, language)


def has_signs(text: str) -> bool:
    return TICKED in text or UNTICKED in text


def spoken_for(page: Page) -> tuple[list[BBox], frozenset[str]]:
    """Where check boxes and their questions stand, which say nothing by their place; and the ids of these blocks."""
    groups = _groups(page)
    blocks = [each for group in groups for each in (*group.options, group.question) if each]
    cells = [
        cell.bbox
        for block in page.blocks
        if block.table
        for cell in block.table.cells
        if cell.bbox and has_signs(cell.text)
    ]
    return [*(block.bbox for block in blocks), *cells], frozenset(block.id for block in blocks)


def _groups(page: Page) -> list[_Group]:
    """Runs of check boxes, each with the block before it where that asks."""
    groups: list[_Group] = []
    before: Block | None = None
    for block in page.blocks:
        if block.label is BlockLabel.CHECKBOX and block.is_checked is not None:
            if before and before.label is BlockLabel.CHECKBOX and groups:
                groups[-1] = _Group(groups[-1].question, (*groups[-1].options, block))
            else:
                groups.append(_Group(before if before and _asks(before, block) else None, (block,)))
        before = block
    return groups


def _asks(block: Block, option: Block) -> bool:
    is_near = -NEAR < option.bbox.y0 - block.bbox.y1 < NEAR
    return block.table is None and is_near and 0 < len(block.text) <= MAX_QUESTION


def _answered(question: Block, options: Sequence[Block]) -> Choice:
    """By what is ticked; where nothing is, by all options with their signs."""
    ticked = [option for option in options if option.is_checked]
    said = ticked or options
    return Choice(
        label=one_line(question.text).rstrip(" :：?？؟"),
        value=", ".join(one_line(each.text) for each in ticked) or " ".join(one_line(signed(each)) for each in options),
        quote=" ".join(one_line(each.text) for each in (question, *said)),
        boxes=tuple(each.bbox for each in (question, *said)),
        block_ids=tuple(each.id for each in (question, *said)),
    )


def _by_itself(option: Block, language: str) -> Choice:
    text = one_line(option.text)
    return Choice(
        label=text,
        value=_stated(text, is_checked=bool(option.is_checked), language=language),
        quote=text,
        boxes=(option.bbox,),
        block_ids=(option.id,),
    )


def _stated(text: str, *, is_checked: bool, language: str) -> str:
    """`no: ☐ Student`."""
    words = YES_AND_NO.get(language)
    said = f"{words[0 if is_checked else 1]}: " if words else ""
    return f"{said}{sign_of(is_checked)} {text}".strip()


def _is_yes_or_no(text: str) -> bool:
    return any(fold(one_line(text)) in (fold(yes), fold(no)) for yes, no in YES_AND_NO.values())


def _in_table(block: Block, table: Table, language: str) -> Iterator[Choice]:
    headers = {cell.column: cell for cell in table.cells if cell.row == 0}
    for row in range(table.num_rows):
        cells = sorted((c for c in table.cells if c.row == row and c.text.strip()), key=lambda c: c.column)
        marked = [cell for cell in cells if has_signs(cell.text)]
        bare = [cell for cell in marked if cell.text.strip() in (TICKED, UNTICKED)]
        names = [cell for cell in cells if cell not in marked]
        label = " | ".join(one_line(cell.text) for cell in names)
        for cell in marked:
            header = headers.get(cell.column) if row else None
            name = one_line(header.text) if header else ""
            if cell not in bare:
                yield from _in_cell(block, cell, names, name)
            elif len(bare) == 1 or not name:
                value = _stated(name, is_checked=TICKED in cell.text, language=language)
                yield _of_cell(block, label, value, [*names, cell], name)
            elif TICKED in cell.text:
                yield _of_cell(block, label, name, [*names, cell], "")


def _in_cell(block: Block, cell: Cell, names: Sequence[Cell], header: str) -> Iterator[Choice]:
    """Options in one cell, after a question of their own or beside one."""
    question = one_line(cell.text.partition(TICKED)[0].partition(UNTICKED)[0]).rstrip(" :：?？؟")
    options = list(options_in(one_line(cell.text)))
    ticked = [text for is_checked, text in options if is_checked and text]
    label = question or (one_line(names[-1].text) if names else header)
    if label:
        value = ", ".join(ticked) or one_line(cell.text)
        yield _of_cell(block, label.rstrip(" :：?？؟"), value, [*([] if question else names[-1:]), cell], header)


def _of_cell(block: Block, label: str, value: str, cells: Sequence[Cell], header: str) -> Choice:
    return Choice(
        label=label,
        value=value,
        quote=" ".join(one_line(cell.text) for cell in cells),
        boxes=tuple(cell.bbox for cell in cells if cell.bbox) or (block.bbox,),
        block_ids=(block.id,),
        header=header,
    )
