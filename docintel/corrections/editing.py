"""What somebody wants changed on a page → the correction that does it.

Each function takes the page as it is seen. Raises NotFound where it has no such block or word, UsageError where the
change makes no sense or changes nothing.
"""

from hashlib import sha256

from docintel.corrections import grids, wording
from docintel.corrections.values import BlockChange, Correction, CorrectionKind, WordChange
from docintel.errors import NotFound, UsageError
from docintel.model import BBox, Block, BlockLabel, Page, Table
from docintel.tables import join, to_text
from docintel.text.spans import boxes_of

MAX_TEXT = 200_000
"""Characters of one block."""
HEADINGS = {BlockLabel.TITLE, BlockLabel.SECTION_HEADER}


def set_text(page: Page, block_id: str, text: str) -> Correction:
    """Words of the block that correspond to what was changed follow."""
    block = _block(page, block_id)
    if block.table is not None:
        raise UsageError("The text of a table stands in its cells. Correct those.")
    return _correction(CorrectionKind.TEXT, _text_changed(page, block, text))


def set_table(page: Page, block_id: str, table: Table) -> Correction:
    """See docintel.corrections.grids for what can be done to a table."""
    block = _block(page, block_id)
    return _correction(CorrectionKind.TABLE, _text_changed(page, block, to_text(table), table=table))


def set_word(page: Page, index: int, text: str) -> Correction:
    """The word at this place in the page's words; the block or cell that it stands in follows."""
    if not 0 <= index < len(page.words):
        raise NotFound(f"The page has {len(page.words)} words; there is no word {index + 1}.")
    if not text.strip():
        raise UsageError("A word needs letters. To remove it, correct the text that it stands in.")
    word = page.words[index]
    changes: list[BlockChange | WordChange] = []
    if word.text != text:
        after = word.model_copy(update={"text": text, "confidence": 1.0})
        changes = [WordChange(index=index, before=word, after=after), *wording.around(page, index, text)]
    return _correction(CorrectionKind.WORD, changes)


def set_label(page: Page, block_id: str, label: BlockLabel) -> Correction:
    """What only blocks of some labels have (levels, cells, ticks) goes and comes with the label."""
    block = _block(page, block_id)
    update: dict[str, object] = {"label": label}
    if label not in HEADINGS:
        update["level"] = None
    if label is not BlockLabel.TABLE:
        update["table"] = None
    elif block.table is None:
        update["table"] = grids.from_text(block.text)
    update["is_checked"] = bool(block.is_checked) if label is BlockLabel.CHECKBOX else None
    after = block.model_copy(update=update) if label is not block.label else block
    return _correction(CorrectionKind.LABEL, _in_place(page, block, after))


def set_box(page: Page, block_id: str, bbox: BBox) -> Correction:
    block = _block(page, block_id)
    if not bbox.area:
        raise UsageError("A box needs a width and a height.")
    return _correction(CorrectionKind.BOX, _in_place(page, block, block.model_copy(update={"bbox": bbox})))


def move(page: Page, block_id: str, after: str) -> Correction:
    """In the reading order to behind the block with the id `after`; empty: to the beginning."""
    block = _block(page, block_id)
    if after:
        _block(page, after)
    before = _predecessor(page, block_id)
    if after in {before, block_id}:
        return _correction(CorrectionKind.ORDER, [])
    change = BlockChange(before=block, after=block, follows=before, then_follows=after)
    return _correction(CorrectionKind.ORDER, [change])


def merge_with_next(page: Page, block_id: str) -> Correction:
    """The next block's text, or its rows, are put to this one's, which keeps its label."""
    block, following = _block(page, block_id), _following(page, block_id)
    if (block.table is None) != (following.table is None):
        raise UsageError("A table can be merged with another table only. Change the label of one of them first.")
    table = join([block.table, following.table]) if block.table and following.table else None
    text = to_text(table) if table else "\n".join(each.text for each in (block, following) if each.text)
    update: dict[str, object] = {"text": text, "table": table, "bbox": BBox.around([block.bbox, following.bbox])}
    behind = wording.moved(following.struck, len(text) - len(following.text))
    update["struck"] = () if table else (*block.struck, *behind)
    gone = BlockChange(before=following, after=None, follows=block_id)
    return _correction(CorrectionKind.MERGE, [*_in_place(page, block, block.model_copy(update=update)), gone])


def split(page: Page, block_id: str, at: int) -> Correction:
    """Before the character `at` of its text; the second part is a new block."""
    block = _block(page, block_id)
    if block.table is not None:
        raise UsageError("A table cannot be split. Delete rows in one table, and draw a new block for them.")
    first, second = block.text[:at].rstrip(), block.text[at:].lstrip()
    if not first or not second or at < 0:
        raise UsageError("Put the cursor between two words: both parts need text.")
    start = len(block.text) - len(second)
    boxes = _divided(page, block, len(first), start)
    before = block.model_copy(
        update={"text": first, "bbox": boxes[0], "struck": wording.cut(block.struck, 0, len(first))}
    )
    rest = {"id": _new_id(page), "text": second, "bbox": boxes[1]}
    new = block.model_copy(update={**rest, "struck": wording.cut(block.struck, start, len(block.text))})
    added = BlockChange(before=None, after=new, then_follows=block_id)
    return _correction(CorrectionKind.SPLIT, [*_in_place(page, block, before), added])


def delete(page: Page, block_id: str) -> Correction:
    block = _block(page, block_id)
    gone = BlockChange(before=block, after=None, follows=_predecessor(page, block_id))
    return _correction(CorrectionKind.DELETE, [gone])


def add(
    page: Page, bbox: BBox, *, text: str, label: BlockLabel = BlockLabel.TEXT, after: str | None = None
) -> Correction:
    """A new block behind the one with the id `after`; empty: the first; None: the last."""
    if not bbox.area:
        raise UsageError("A box needs a width and a height.")
    if after:
        _block(page, after)
    _require_short(text)
    last = page.blocks[-1].id if page.blocks else ""
    new = Block(
        id=_new_id(page),
        label=label,
        bbox=bbox,
        text=text,
        table=grids.from_text(text) if label is BlockLabel.TABLE else None,
        confidence=1.0,
        language=next(iter(page.languages), None),
        is_checked=False if label is BlockLabel.CHECKBOX else None,
    )
    added = BlockChange(before=None, after=new, then_follows=last if after is None else after)
    return _correction(CorrectionKind.NEW, [added])


def _correction(kind: CorrectionKind, changes: list[BlockChange | WordChange]) -> Correction:
    if not changes:
        raise UsageError("Nothing was changed.")
    return Correction(kind=kind, changes=tuple(changes))


def _text_changed(page: Page, block: Block, text: str, *, table: Table | None = None) -> list[BlockChange | WordChange]:
    _require_short(text)
    struck = wording.struck_after(block.text, text, block.struck)
    after = block.model_copy(update={"text": text, "table": table, "struck": struck})
    if after == block:
        return []
    return [
        *_in_place(page, block, after.model_copy(update={"confidence": 1.0})),
        *wording.words_after(page, block, text),
    ]


def _require_short(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise UsageError(f"A block has at most {MAX_TEXT:,} characters. Split the text over several blocks.")


def _in_place(page: Page, before: Block, after: Block) -> list[BlockChange | WordChange]:
    if before == after:
        return []
    follows = _predecessor(page, before.id)
    return [BlockChange(before=before, after=after, follows=follows, then_follows=follows)]


def _block(page: Page, block_id: str) -> Block:
    return page.blocks[_place(page, block_id)]


def _place(page: Page, block_id: str) -> int:
    places = [place for place, block in enumerate(page.blocks) if block.id == block_id]
    if not places:
        raise NotFound(f"The page has no block {block_id!r}: it may have been deleted or merged meanwhile.")
    return places[0]


def _predecessor(page: Page, block_id: str) -> str:
    place = _place(page, block_id)
    return page.blocks[place - 1].id if place else ""


def _following(page: Page, block_id: str) -> Block:
    place = _place(page, block_id) + 1
    if place == len(page.blocks):
        raise UsageError("It is the last block of the page: there is none to merge it with.")
    return page.blocks[place]


def _divided(page: Page, block: Block, end: int, start: int) -> tuple[BBox, BBox]:
    """The boxes of what is said before `end` and from `start` on; where words do not tell, by the share of text."""
    parts = (boxes_of(block, 0, end, page.words), boxes_of(block, start, len(block.text), page.words))
    if (block.bbox,) not in parts:
        return BBox.around(parts[0]), BBox.around(parts[1])
    cut = block.bbox.y0 + block.bbox.height * end / len(block.text)
    return block.bbox.model_copy(update={"y1": cut}), block.bbox.model_copy(update={"y0": cut})


def _new_id(page: Page) -> str:
    """Of no block that was ever on the page: it follows from all that the page says now."""
    return f"c{sha256(page.model_dump_json().encode(errors='surrogatepass')).hexdigest()[:12]}"
