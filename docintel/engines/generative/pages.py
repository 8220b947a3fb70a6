"""What was said of a page → a Page."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from docintel.intake.page_image import PageImage
from docintel.language import language_of
from docintel.markup import Parsed
from docintel.model import Attempt, Block, BlockLabel, Page, Word

AGREES = 0.9
"""Part of its character pairs that a text layer shares with what was read, from which on the two agree."""
INK = 48
"""Grey levels away from the paper's that count as ink."""
SPECKS = 0.0005
"""Part of a page that may be dust."""
FIRST_OF_ALL = frozenset({BlockLabel.PAGE_HEADER})
LAST_OF_ALL = frozenset({BlockLabel.FOOTNOTE, BlockLabel.PAGE_FOOTER})


def page_of(image: PageImage, parsed: Parsed, attempts: Sequence[Attempt], *, engine: str, rotation: int = 0) -> Page:
    """Blocks in reading order with their languages; words of the text layer where there is one, else those spotted.

    `image` is upright; `rotation` says how many degrees clockwise it has been turned for that.
    """
    language = language_of("\n".join(block.text for block in parsed.blocks), among=image.languages)
    blocks = tuple(_with_language(block, image.languages, around=language) for block in in_order(parsed.blocks))
    notes = [*image.notes, *parsed.notes, *_attempt_notes(attempts)]
    agreement = agreement_with(image.words, blocks)
    if agreement < AGREES:
        notes.append(f"The text layer of the file says something else in places (they agree to {agreement:.0%}).")
    return Page(
        number=image.number,
        width=image.width,
        height=image.height,
        rotation=rotation,
        blocks=blocks,
        words=image.words or parsed.words,
        engine=engine,
        notes=tuple(notes),
        attempts=tuple(attempts),
    )


def in_order(blocks: Sequence[Block]) -> list[Block]:
    """As they were said, but running headers first and what stands at the foot last: models tell them late."""
    return sorted(blocks, key=lambda block: (block.label in LAST_OF_ALL) - (block.label in FIRST_OF_ALL))


def _with_language(block: Block, among: tuple[str, ...], *, around: str | None) -> Block:
    return block.model_copy(update={"language": language_of(block.text, among=among, around=around)})


def _attempt_notes(attempts: Sequence[Attempt]) -> list[str]:
    if len(attempts) < 2:
        return []
    return [f"Attempt {n} ({each.what}): {each.outcome}, {each.seconds:.1f} s." for n, each in enumerate(attempts, 1)]


def is_blank(image: PageImage) -> bool:
    """Whether hardly a pixel differs from the paper."""
    grey = image.pixels[::4, ::4].mean(axis=2)
    return bool((abs(grey - np.median(grey)) > INK).mean() < SPECKS)


def agreement_with(words: Sequence[Word], blocks: Sequence[Block]) -> float:
    """Of the pairs of neighbouring letters in a text layer, the part that was read too; 1 where there is none."""
    layer = _pairs(" ".join(word.text for word in words))
    if not layer:
        return 1.0
    read = _pairs(" ".join(block.text for block in blocks))
    return (layer & read).total() / layer.total()


def _pairs(text: str) -> Counter[str]:
    letters = [c for c in text.casefold() if c.isalnum()]
    return Counter(first + second for first, second in pairwise(letters))
