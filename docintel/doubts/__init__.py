"""Doubts about a page that a model wrote down, by what another reader sees of the same page. Pure.

A model that writes may write fluently what does not stand there, and leave out what does. A reader that recognises line
by line makes other mistakes: what both say is hardly made up. What only the model says is doubted where the other
reader is seen to read the page well, the sooner the longer it is; silence about what it cannot read says nothing.
"""

from collections.abc import Sequence

from docintel.doubts.alignment import Alignment, align
from docintel.doubts.findings import WORST, Doubt, Kind, doubts, reliability
from docintel.doubts.notes import NO_TEXT, TOO_LITTLE, notes
from docintel.doubts.tokens import IsReadable, Token, in_reading_order, tokens_of_blocks, tokens_of_words
from docintel.model import Block, Page, Word

__all__ = ["Doubt", "IsReadable", "Kind", "doubts_about", "in_reading_order", "with_doubts"]

CONFIRMED, UNCONFIRMED, DOUBTED = 0.99, 0.7, 0.1
"""Confidence of a letter that both read, that only the model read, and that is doubted."""


def with_doubts(page: Page, reading: Page, is_readable: IsReadable) -> Page:
    """`page`, which a model wrote, with confidences and notes by `reading`, the same page as read line by line.

    `is_readable` says for which letters that reader has a recogniser. Words of `reading` stand in reading order.
    """
    said, seen = tokens_of_blocks(page.blocks, is_readable), tokens_of_words(reading.words)
    if not any(token.is_readable for token in said) and not seen:
        return page
    if not seen:
        return _all_doubted(page, NO_TEXT if reading.confidence is None else TOO_LITTLE)
    alignment = align(said, seen)
    reliable = reliability(said, alignment, reading.confidence)
    if reliable < WORST:
        return page.model_copy(update={"confidence": None, "notes": (*page.notes, TOO_LITTLE)})
    found = doubts(said, seen, alignment, reliable=reliable)
    return _marked(page, found, said, seen, alignment)


def doubts_about(page: Page, reading: Page, is_readable: IsReadable) -> list[Doubt]:
    """The passages that `with_doubts` notes."""
    said, seen = tokens_of_blocks(page.blocks, is_readable), tokens_of_words(reading.words)
    alignment = align(said, seen)
    return doubts(said, seen, alignment, reliable=reliability(said, alignment, reading.confidence))


def _all_doubted(page: Page, note: str) -> Page:
    confidence = DOUBTED if note == NO_TEXT else None
    return page.model_copy(update={"confidence": confidence, "notes": (*page.notes, note)})


def _marked(
    page: Page, found: Sequence[Doubt], said: Sequence[Token], seen: Sequence[Token], alignment: Alignment
) -> Page:
    doubted = {index for doubt in found if doubt.kind is not Kind.LEFT_OUT for index in doubt.tokens}
    sure = [
        DOUBTED if index in doubted else UNCONFIRMED + (CONFIRMED - UNCONFIRMED) * share
        for index, share in enumerate(alignment.said)
    ]
    left_out = sum(seen[index].weight for doubt in found if doubt.kind is Kind.LEFT_OUT for index in doubt.tokens)
    blocks = [
        _block(block, [n for n, each in enumerate(said[: len(sure)]) if each.block == index], said, sure)
        for index, block in enumerate(page.blocks)
    ]
    return page.model_copy(
        update={
            "blocks": tuple(blocks),
            "words": tuple(_word(word, page.blocks, said, doubted) for word in page.words),
            "confidence": _mean([each.weight for each in said[: len(sure)]], sure, missing=left_out),
            "notes": (*page.notes, *notes(found)),
        }
    )


def _block(block: Block, indices: Sequence[int], said: Sequence[Token], sure: Sequence[float]) -> Block:
    confidence = _mean([said[n].weight for n in indices], [sure[n] for n in indices])
    return block.model_copy(update={"confidence": confidence})


def _word(word: Word, blocks: Sequence[Block], said: Sequence[Token], doubted: set[int]) -> Word:
    """A word that the model placed, doubted where it stands in a doubted passage of its block."""
    x, y = word.bbox.center
    around = {
        n
        for n, block in enumerate(blocks)
        if block.bbox.x0 <= x <= block.bbox.x1 and block.bbox.y0 <= y <= block.bbox.y1
    }
    pieces = {token.text for token in tokens_of_words([word])}
    is_doubted = any(said[n].block in around and said[n].text in pieces for n in doubted)
    return word.model_copy(update={"confidence": DOUBTED}) if is_doubted else word


def _mean(weights: Sequence[float], sure: Sequence[float], *, missing: float = 0.0) -> float | None:
    """By weight; what is missing counts as wrong. None where nothing is written."""
    total = sum(weights) + missing
    return round(sum(w * s for w, s in zip(weights, sure, strict=True)) / total, 4) if total else None
