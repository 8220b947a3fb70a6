"""What a page becomes by a correction."""

from collections.abc import Sequence

from docintel.corrections.values import BlockChange, Correction, WordChange
from docintel.errors import DoesNotFit
from docintel.model import Block, Page, Word

SAME_PLACE = 0.5
"""Intersection over union from which a box of another reading is the same one."""
COMPARED = ("label", "bbox", "text", "level", "table", "is_checked", "struck")
"""What a block says. How sure the reader was of it may differ from one reading to the next."""


def applied(page: Page, correction: Correction) -> Page:
    """Raises DoesNotFit where the page does not say what it said when the correction was made."""
    blocks, words = list(page.blocks), list(page.words)
    for change in correction.changes:
        if isinstance(change, BlockChange):
            _change_block(blocks, change)
        else:
            _change_word(words, change)
    return page.model_copy(update={"blocks": tuple(blocks), "words": tuple(words)})


def inverse(correction: Correction) -> Correction:
    """Undoes the correction: applied after it, it gives the page as it was."""
    changes = tuple(_inverse(change) for change in reversed(correction.changes))
    return correction.model_copy(update={"changes": changes})


def _inverse(change: BlockChange | WordChange) -> BlockChange | WordChange:
    if isinstance(change, WordChange):
        return WordChange(index=change.index, before=change.after, after=change.before)
    return BlockChange(
        before=change.after, after=change.before, follows=change.then_follows, then_follows=change.follows
    )


def _change_block(blocks: list[Block], change: BlockChange) -> None:
    if change.before is None:
        if change.after is None or any(block.id == change.after.id for block in blocks):
            raise DoesNotFit("The block is there already.")
        _insert(blocks, change.after, change.then_follows)
        return
    place = _place_of(blocks, change.before, change.after)
    if change.after is None:
        del blocks[place]
        return
    changed = {name: getattr(change.after, name) for name in _changed(change.before, change.after)}
    block = blocks[place].model_copy(update=changed)
    if change.follows == change.then_follows:
        blocks[place] = block
        return
    if (blocks[place - 1].id if place else "") != change.follows:
        raise DoesNotFit("The block stands at another place in the reading order by now.")
    del blocks[place]
    _insert(blocks, block, change.then_follows)


def _insert(blocks: list[Block], block: Block, after: str) -> None:
    places = [place for place, other in enumerate(blocks, start=1) if other.id == after] if after else [0]
    if not places:
        raise DoesNotFit("The block that it stood after is not there any more.")
    blocks.insert(places[0], block)


def _changed(before: Block, after: Block) -> list[str]:
    return [name for name in Block.model_fields if name != "id" and getattr(before, name) != getattr(after, name)]


def _place_of(blocks: Sequence[Block], before: Block, after: Block | None) -> int:
    """Of the block that says what `before` did: the one with its id, or in another reading the one at its place."""
    names = COMPARED if after is None else [name for name in _changed(before, after) if name in COMPARED]
    alike = [
        place
        for place, block in enumerate(blocks)
        if all(getattr(block, name) == getattr(before, name) for name in names)
    ]
    same = [place for place in alike if blocks[place].id == before.id]
    there = same or [place for place in alike if blocks[place].bbox.iou(before.bbox) >= SAME_PLACE]
    if len(there) != 1:
        raise DoesNotFit("The block is not there any more, or says something else by now.")
    return there[0]


def _change_word(words: list[Word], change: WordChange) -> None:
    if change.index < len(words) and words[change.index] == change.before:
        place = change.index
    else:
        there = [
            place
            for place, word in enumerate(words)
            if word.text == change.before.text and word.bbox.iou(change.before.bbox) >= SAME_PLACE
        ]
        if len(there) != 1:
            raise DoesNotFit("The word is not there any more, or another by now.")
        place = there[0]
    names = [name for name in Word.model_fields if getattr(change.before, name) != getattr(change.after, name)]
    words[place] = words[place].model_copy(update={name: getattr(change.after, name) for name in names})
