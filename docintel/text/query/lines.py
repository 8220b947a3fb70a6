"""From occurrences of a query to the lines of a page, and the boxes of the words that are meant."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from docintel.model import BBox, Block, Page, Word
from docintel.text import UNSPACED
from docintel.text.compounds import CompoundParts
from docintel.text.query.occurrences import Occurrence, Span, WordPattern, occurrences
from docintel.text.spans import boxes_of, line_boxes, lines_of, words_in


@dataclass(frozen=True)
class Line:
    """A line of a block in which something was found."""

    block: Block
    text: str
    box: BBox
    spans: tuple[Span, ...]
    """What was found in `text`, apart, in order."""
    boxes: tuple[BBox, ...]
    """What was found on the page."""
    patterns: frozenset[int]
    """Which patterns were found, by their places."""


def lines_with(
    page: Page, block_ids: Collection[str], patterns: Sequence[WordPattern], parts: CompoundParts | None = None
) -> list[Line]:
    """The lines of these blocks in which any pattern is found, in reading order."""
    blocks = [block for block in page.blocks if block.id in block_ids]
    return [line for block in blocks for line in _lines_of_block(block, page.words, patterns, parts)]


def telling(lines: Sequence[Line], limit: int) -> list[Line]:
    """At most `limit` lines that say most, in their order: together all patterns, then those with most of them."""
    by_patterns = sorted(lines, key=lambda line: -len(line.patterns))
    chosen: list[Line] = []
    seen: set[int] = set()
    for line in by_patterns:
        if not line.patterns <= seen:
            chosen.append(line)
            seen |= line.patterns
    ranked = list({id(line): line for line in [*chosen, *by_patterns]}.values())[:limit]
    return [line for line in lines if any(line is each for each in ranked)]


def boxes_at(words: Sequence[Word], start: int, end: int) -> tuple[BBox, ...]:
    """Boxes, one a line, of what stands from `start` to `end` in the words' text, joined by spaces.

    In scripts without spaces a part of a word is a part of its box.
    """
    found: list[Word] = []
    place = 0
    for word in words:
        low, high = max(start - place, 0), min(end - place, len(word.text))
        if low < high:
            found.append(_part(word, low, high))
        place += len(word.text) + 1
    return line_boxes(found)


def _lines_of_block(
    block: Block, words: Sequence[Word], patterns: Sequence[WordPattern], parts: CompoundParts | None
) -> list[Line]:
    """By the page's words; where they don't say it (a word divided at a line's end, a corrected one), by its text."""
    lines = lines_of(words_in(block.bbox, words))
    texts = [" ".join(word.text for word in line) for line in lines]
    found = [
        _line(block, line, text, there)
        for line, text in zip(lines, texts, strict=True)
        if (there := occurrences(text, patterns, parts))
    ]
    return found or list(_lines_of_text(block, words, patterns, parts))


def _line(block: Block, words: Sequence[Word], text: str, found: Sequence[Occurrence]) -> Line:
    spans = _apart(each.span for each in found)
    boxes = tuple(box for span in spans for box in boxes_at(words, *span))
    around = BBox.around(word.bbox for word in words)
    return Line(block, text, around, spans, boxes, frozenset(each.pattern for each in found))


def _lines_of_text(
    block: Block, words: Sequence[Word], patterns: Sequence[WordPattern], parts: CompoundParts | None
) -> Iterator[Line]:
    for text, start in _rows(block.text):
        if found := occurrences(text, patterns, parts):
            spans = _apart(each.span for each in found)
            boxes = [box for low, high in spans for box in boxes_of(block, start + low, start + high, words)]
            unique = tuple(dict.fromkeys(boxes))
            yield Line(block, text, BBox.around(unique), spans, unique, frozenset(each.pattern for each in found))


def _rows(text: str) -> Iterator[tuple[str, int]]:
    start = 0
    for row in text.splitlines(keepends=True):
        yield row.rstrip("\n"), start
        start += len(row)


def _apart(spans: "Iterator[Span] | Sequence[Span]") -> tuple[Span, ...]:
    """Spans that touch become one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _part(word: Word, low: int, high: int) -> Word:
    size = len(word.text)
    is_part = high - low < size and not word.polygon and word.direction in {0, 90} and UNSPACED.search(word.text)
    if not is_part:
        return word
    box, first, last = word.bbox, low / size, high / size
    if word.direction == 90:
        part = BBox.from_corners(box.x0, box.y0 + first * box.height, box.x1, box.y0 + last * box.height)
    else:
        part = BBox.from_corners(box.x0 + first * box.width, box.y0, box.x0 + last * box.width, box.y1)
    return word.model_copy(update={"bbox": part, "text": word.text[low:high]})
