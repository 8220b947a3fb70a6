"""The lines that a page's text layer makes up."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from docintel.engines.local.fields import Run, fields_in, holds, only, without
from docintel.engines.local.layout.placed import PlacedLine
from docintel.intake.page_image import PageImage
from docintel.layout import join_words
from docintel.layout import lines as lines_of
from docintel.model import BBox, Block, BlockLabel, Direction, Page, Word, text_of
from docintel.text.bidi import runs_right_to_left


def lines_of_layer(words: Sequence[Word], *, aspect: float) -> list[PlacedLine]:
    """Lines of words that run the same way, in their own reading order; `aspect`: the page's width by its height."""
    right_to_left = runs_right_to_left(text_of(words))
    placed: list[PlacedLine] = []
    for direction in sorted({word.direction for word in words}):
        seen = [word.turned(-direction) for word in words if word.direction == direction]
        found = lines_of(seen, right_to_left=right_to_left, aspect=1 / aspect if direction % 180 else aspect)
        placed += [placed_line([word.turned(direction) for word in line]) for line in found]
    return placed


def placed_line(words: Sequence[Word]) -> PlacedLine:
    """A line of known words. Those of a turned line have the line's box: no order among them is to be seen."""
    box = BBox.around(word.bbox for word in words)
    is_turned = any(word.direction for word in words)
    level_words = tuple((word.text, box if is_turned else word.bbox) for word in words)
    return PlacedLine(join_words([word.text for word in words]), 1.0, box, tuple(words), level_words)


def main_direction(words: Iterable[Word]) -> Direction:
    """How most letters run."""
    counts = {word.direction: 0 for word in words}
    for word in words:
        counts[word.direction] += len(word.text)
    return max(sorted(counts), key=lambda direction: counts[direction], default=0)


def parted_layer(image: PageImage) -> tuple[PageImage, list[PageImage]]:
    """The page without its fields, and each field as a page on which nothing else stands."""
    main = main_direction(image.words)
    if all(word.direction == main for word in image.words):
        return image, []
    aspect = image.width / image.height
    runs = [Run(line.level, line.direction) for line in lines_of_layer(image.words, aspect=aspect)]
    found = fields_in(runs, main=main, aspect=aspect)
    if not found:
        return image, []
    fields, left = [], list(image.words)
    for field in found:
        inside = [word for word in left if word.direction == field.direction and holds(field.bbox, word.bbox)]
        left = [word for word in left if word not in inside]
        fields.append(replace(image, words=tuple(inside), pixels=only(image.pixels, field.bbox)))
    pixels = without(image.pixels, [field.bbox for field in found])
    return replace(image, words=tuple(left), pixels=pixels), fields


def with_words_aside(page: Page, words: Sequence[Word]) -> Page:
    """The page with what stands aside from its lines, or slantwise over them, as its last block."""
    if not words:
        return page
    block = Block(
        id=f"b{len(page.blocks) + 1}",
        label=BlockLabel.TEXT,
        bbox=BBox.around(word.bbox for word in words),
        text=text_of(words),
    )
    return page.model_copy(update={"blocks": (*page.blocks, block), "words": (*page.words, *words)})


def with_headers_first(page: Page, direction: Direction) -> Page:
    """A page of columns with the level lines above them first: titles and running heads."""
    columns = [word.bbox.y0 for word in page.words if word.direction == direction]
    if direction % 180 == 0 or not columns:
        return page
    level = [word.bbox for word in page.words if word.direction == 0]
    above = [
        block for block in page.blocks if block.bbox.y1 <= min(columns) and any(holds(block.bbox, b) for b in level)
    ]
    blocks = above + [block for block in page.blocks if block not in above]
    numbered = tuple(block.model_copy(update={"id": f"b{n}"}) for n, block in enumerate(blocks, 1))
    return page.model_copy(update={"blocks": numbered})
