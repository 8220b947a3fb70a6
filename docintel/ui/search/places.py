"""What search found, line by line, as the search page shows it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from docintel.errors import DamagedPage, NotFound
from docintel.language import language_of
from docintel.lexicon import compound_parts, stop_words
from docintel.library import Library
from docintel.model import BBox, BlockLabel, Hit, Page
from docintel.retrieval import Found
from docintel.text import one_line
from docintel.text.query.language import SearchQuery
from docintel.text.query.lines import Line, lines_with, telling
from docintel.text.query.occurrences import Span, WordPattern, patterns_of

PAGE_OF_HITS = 12
MAX_LINES = 3
"""Of one passage on one page."""
MAX_PASSAGE = 240
MIN_FRAME_WIDTH, MAX_FRAME_WIDTH = 0.3, 0.62
"""Of the page: what can be read on a small screen, too."""
MAX_FRAME_HEIGHT = 0.2
ASIDE = 0.01
LINES_AROUND = 0.7
"""Of the line's height, shown above and below it."""
MIN_AROUND = 0.006


@dataclass(frozen=True)
class Place:
    """A line on a page, or a passage where no line has any of the words."""

    document_id: str
    page_number: int
    text: str
    spans: tuple[Span, ...]
    """What is marked in `text`."""
    frame: BBox
    """The part of the page's picture that is shown."""
    aspect: float
    """Its width by its height, on paper."""
    marks: tuple[BBox, ...]
    """What is marked in it."""
    block_ids: tuple[str, ...]
    lit: tuple[BBox, ...]
    """What the viewer lights: all that was found of the passage on this page."""


def places(
    library: Library, found: Found, query: SearchQuery, *, loosely: bool = False, labels: Collection[BlockLabel] = ()
) -> list[Place]:
    """In the order of hits; only of blocks with one of `labels`, if any are named."""
    patterns = patterns_of(query, stop_words(language_of(query.text)), loosely=loosely or found.is_loose)
    return list(dict.fromkeys(place for hit in found.hits for place in _of_hit(library, hit, patterns, labels)))


def _of_hit(
    library: Library, hit: Hit, patterns: Sequence[WordPattern], labels: Collection[BlockLabel]
) -> Iterator[Place]:
    chunk = hit.chunk
    lines: list[tuple[Page, list[Line]]] = []
    for page in _pages(library, hit):
        ids = {source.block_id for source in chunk.sources if source.page_number == page.number}
        named = {block.id for block in page.blocks if block.id in ids and (not labels or block.label in labels)}
        if found := lines_with(page, named, patterns, compound_parts(chunk.language)):
            lines.append((page, found))
        elif named and page.number == chunk.page_number:
            lines.append((page, []))
    with_words = [(page, found) for page, found in lines if found]
    for page, found in with_words:
        lit = tuple(dict.fromkeys(box for line in found for box in line.boxes))
        for line in telling(found, MAX_LINES):
            yield _of_line(chunk.document_id, page, line, lit)
    if lines and not with_words:
        yield _of_passage(hit, lines[0][0])


def _pages(library: Library, hit: Hit) -> Iterator[Page]:
    """Those that the passage stands on, as far as they are still there."""
    for number in dict.fromkeys(source.page_number for source in hit.chunk.sources):
        try:
            yield library.page(hit.chunk.document_id, number)
        except (NotFound, DamagedPage):
            continue


def _of_line(document_id: str, page: Page, line: Line, lit: tuple[BBox, ...]) -> Place:
    frame = frame_of(line.box, BBox.around(line.boxes))
    return Place(
        document_id=document_id,
        page_number=page.number,
        text=line.text,
        spans=line.spans,
        frame=frame,
        aspect=aspect_of(frame, page),
        marks=line.boxes,
        block_ids=(line.block.id,),
        lit=lit,
    )


def _of_passage(hit: Hit, page: Page) -> Place:
    sources = [source for source in hit.chunk.sources if source.page_number == page.number]
    boxes = tuple(source.bbox for source in sources)
    frame = frame_of(boxes[0], boxes[0])
    return Place(
        document_id=hit.chunk.document_id,
        page_number=page.number,
        text=one_line(hit.chunk.text)[:MAX_PASSAGE],
        spans=(),
        frame=frame,
        aspect=aspect_of(frame, page),
        marks=(),
        block_ids=tuple(dict.fromkeys(source.block_id for source in sources)),
        lit=boxes,
    )


def frame_of(line: BBox, found: BBox) -> BBox:
    """A line with a little of what stands around it; of a long one the part around what was found."""
    around = max(LINES_AROUND * line.height, MIN_AROUND) if line.width > line.height else MIN_AROUND
    width = min(max(line.width + 2 * ASIDE, MIN_FRAME_WIDTH), MAX_FRAME_WIDTH)
    center = line.center[0] if line.width + 2 * ASIDE <= width else found.center[0]
    x0 = min(max(center - width / 2, 0.0), 1 - width)
    return BBox.from_corners(x0, line.y0 - around, x0 + width, min(line.y1, line.y0 + MAX_FRAME_HEIGHT) + around)


def aspect_of(frame: BBox, page: Page) -> float:
    return frame.width * page.width / max(frame.height * page.height, 1)
