"""A text changed by hand, and what goes with it: words, cells, stretches that are struck."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from docintel.corrections.grids import with_text
from docintel.corrections.values import BlockChange, WordChange
from docintel.errors import UsageError
from docintel.model import Block, Page, Table, Word
from docintel.tables import to_text
from docintel.text.spans import places_of, words_in

Span = tuple[int, int]
MAX_WORDS = 5_000
"""Of a block with more, words stay as they were read."""


def words_after(page: Page, block: Block, text: str) -> list[WordChange]:
    """The words of a block whose text becomes `text`, as far as they correspond to it one to one."""
    before = [(index, page.words[index]) for index in _indexes(page, block)]
    after = text.split()
    if max(len(before), len(after)) > MAX_WORDS:
        return []
    found = SequenceMatcher(None, [word.text for _, word in before], after, autojunk=False).get_opcodes()
    pairs = [
        (*before[start + step], after[new_start + step])
        for kind, start, end, new_start, new_end in found
        if kind == "replace" and end - start == new_end - new_start
        for step in range(end - start)
    ]
    return [WordChange(index=index, before=word, after=_corrected(word, new)) for index, word, new in pairs]


def around(page: Page, index: int, text: str) -> Iterator[BlockChange]:
    """The block that a word stands in, once the word says `text`; none where it stands in no block's text."""
    word = page.words[index]
    for place, block in enumerate(page.blocks):
        if word not in words_in(block.bbox, page.words):
            continue
        table = _table_with(block.table, page.words, word, text) if block.table else None
        said = to_text(table) if table else _text_with(block.text, words_in(block.bbox, page.words), word, text)
        if said != block.text:
            struck = struck_after(block.text, said, block.struck)
            after = block.model_copy(update={"text": said, "table": table, "struck": struck})
            follows = page.blocks[place - 1].id if place else ""
            yield BlockChange(before=block, after=after, follows=follows, then_follows=follows)
            return


def struck_after(before: str, after: str, struck: Sequence[Span]) -> tuple[Span, ...]:
    """The struck stretches of a text that has changed: those that the change does not touch."""
    same = zip(before, after, strict=False)
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))
    room = min(len(before), len(after)) - head
    ends = zip(reversed(before), reversed(after), strict=False)
    tail = min(room, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends)))
    behind = [span for span in struck if span[0] >= len(before) - tail]
    return (
        *(span for span in struck if span[1] <= head and span not in behind),
        *moved(behind, len(after) - len(before)),
    )


def moved(struck: Iterable[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in struck)


def cut(struck: Sequence[Span], first: int, last: int) -> tuple[Span, ...]:
    """The stretches within `first`…`last`, counted from `first`."""
    inside = [(max(start, first), min(end, last)) for start, end in struck]
    return moved([span for span in inside if span[0] < span[1]], -first)


def _indexes(page: Page, block: Block) -> list[int]:
    inside = {id(word) for word in words_in(block.bbox, page.words)}
    return [index for index, word in enumerate(page.words) if id(word) in inside]


def _corrected(word: Word, text: str) -> Word:
    return word.model_copy(update={"text": text, "confidence": 1.0})


def _text_with(said: str, words: Sequence[Word], word: Word, text: str) -> str:
    """`said` with `text` in the place of one of its words; as it is where the word does not stand in it."""
    places = places_of(said, [each.text for each in words])[words.index(word)]
    return said[: places[0]] + text + said[places[-1] + 1 :] if places else said


def _table_with(table: Table, words: Sequence[Word], word: Word, text: str) -> Table:
    for cell in table.cells:
        if cell.bbox and word in (inside := words_in(cell.bbox, words)):
            return with_text(table, cell.row, cell.column, _text_with(cell.text, inside, word, text))
    raise UsageError("It is not known in which cell of the table the word stands. Correct the cell.")
