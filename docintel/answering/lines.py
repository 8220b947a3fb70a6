"""Words of a page → lines as the eye sees them, cut into segments at wide gaps, and tables without borders.

Blocks say what belongs together to be read on; a form or an invoice says it by place: a value beside or below its
label, a cell below its header. This module looks at positions only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from docintel.language import RIGHT_TO_LEFT, scripts_of
from docintel.model import BBox, Block, Page, Word
from docintel.text.spans import line_boxes

_GAP = 0.9
"""A gap wider than this many line heights ends a segment."""
_COLUMN_GAP = 0.35
_MANY_LINES = 6
"""So many lines do not leave the same gap by chance."""
_WIDEST_PITCH = 2.6
"""Lines further apart than this many usual distances belong to different tables."""


@dataclass(frozen=True)
class Segment:
    """Words that stand close to each other on one line, in reading order."""

    words: tuple[Word, ...]
    right_to_left: bool = False

    @cached_property
    def text(self) -> str:
        return _joined(self.words)

    @cached_property
    def bbox(self) -> BBox:
        return BBox.around(word.bbox for word in self.words)

    @property
    def start(self) -> float:
        """Where reading begins, growing in reading direction."""
        return 1 - self.bbox.x1 if self.right_to_left else self.bbox.x0


@dataclass(frozen=True)
class Line:
    """Segments in reading order. `y` and `height` are of the levelled line, in page heights."""

    segments: tuple[Segment, ...]
    y: float
    height: float

    @property
    def text(self) -> str:
        return "  ".join(segment.text for segment in self.segments)


@dataclass(frozen=True)
class Grid:
    """Rows of cells in columns that the words' places show; a missing cell is None. The first row is the header."""

    rows: tuple[tuple[Segment | None, ...], ...]


def lines_of(page: Page) -> list[Line]:
    """Lines from top to bottom. A page without words is read from its blocks' lines and cells."""
    words = [word for word in page.words if word.text.strip()] or list(_words_of_blocks(page.blocks))
    if not words:
        return []
    slope = _slope(words)
    height = median(word.bbox.height for word in words) or 0.01
    gap = _GAP * height * page.height / page.width
    placed = sorted(((word, _level(word, slope)) for word in words), key=lambda each: each[1])
    return [_line([word for word, _ in group], y, height, gap) for y, group in _grouped(placed, height)]


def grids_of(lines: Sequence[Line], page: Page) -> list[Grid]:
    """Runs of lines that stand in two or more common columns."""
    grids = [_grid(run, page) for run in _runs(lines)]
    return [grid for grid in grids if grid is not None]


def boxes(segments: Sequence[Segment]) -> tuple[BBox, ...]:
    return line_boxes([word for segment in segments for word in segment.words])


def blocks_at(page: Page, segments: Sequence[Segment]) -> tuple[str, ...]:
    """Ids of the blocks that hold the segments, the smallest around each."""
    ids = []
    for segment in segments:
        x, y = segment.bbox.center
        around = [b for b in page.blocks if b.bbox.x0 <= x <= b.bbox.x1 and b.bbox.y0 <= y <= b.bbox.y1]
        if around:
            ids.append(min(around, key=lambda block: block.bbox.area).id)
    return tuple(dict.fromkeys(ids))


def _words_of_blocks(blocks: Sequence[Block]) -> Iterator[Word]:
    """Lines of text blocks and cells of tables, as if they were words; boxes of lines are parts of the block's."""
    for block in blocks:
        if block.table and any(cell.bbox for cell in block.table.cells):
            yield from (Word(text=c.text, bbox=c.bbox) for c in block.table.cells if c.bbox and c.text.strip())
            continue
        lines = [line for line in block.text.splitlines() if line.strip()]
        for number, line in enumerate(lines):
            top = block.bbox.y0 + block.bbox.height * number / len(lines)
            bottom = block.bbox.y0 + block.bbox.height * (number + 0.9) / len(lines)
            yield Word(text=line, bbox=BBox.from_corners(block.bbox.x0, top, block.bbox.x1, bottom))


def _slope(words: Sequence[Word]) -> float:
    """Rise of the lines by width: the median over neighbours in reading order."""
    slopes = []
    for one, two in pairwise(words):
        across = abs(two.bbox.center[0] - one.bbox.center[0])
        down = two.bbox.center[1] - one.bbox.center[1]
        if across > 2 * one.bbox.height and abs(down) < 0.5 * one.bbox.height:
            slopes.append(down / (two.bbox.center[0] - one.bbox.center[0]))
    return median(slopes) if len(slopes) >= 5 else 0.0


def _level(word: Word, slope: float) -> float:
    x, y = word.bbox.center
    return y - slope * (x - 0.5)


def _grouped(placed: Sequence[tuple[Word, float]], height: float) -> Iterator[tuple[float, list[tuple[Word, float]]]]:
    group: list[tuple[Word, float]] = []
    for word, y in placed:
        if group and y - sum(each for _, each in group) / len(group) > 0.55 * height:
            yield sum(each for _, each in group) / len(group), group
            group = []
        group.append((word, y))
    yield sum(each for _, each in group) / len(group), group


def _line(words: Sequence[Word], y: float, height: float, gap: float) -> Line:
    scripts = scripts_of("".join(word.text for word in words))
    right_to_left = sum(scripts[s] for s in RIGHT_TO_LEFT) > sum(scripts.values()) / 2
    runs: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.bbox.x0):
        if runs and word.bbox.x0 - max(w.bbox.x1 for w in runs[-1]) <= gap:
            runs[-1].append(word)
        else:
            runs.append([word])
    segments = [Segment(tuple(_in_reading_order(run, right_to_left)), right_to_left) for run in runs]
    return Line(tuple(reversed(segments) if right_to_left else segments), y, height)


def _in_reading_order(words: Sequence[Word], right_to_left: bool) -> list[Word]:
    """Words from left to right, or from right to left with runs of Latin words and numbers the other way round."""
    if not right_to_left:
        return list(words)
    ordered: list[Word] = []
    run: list[Word] = []
    for word in reversed(words):
        if _is_right_to_left(word.text) or not any(c.isalnum() for c in word.text):
            ordered += [*reversed(run), word]
            run = []
        else:
            run.append(word)
    return ordered + run[::-1]


def _is_right_to_left(text: str) -> bool:
    return any(script in RIGHT_TO_LEFT for script in scripts_of(text))


def _joined(words: Sequence[Word]) -> str:
    """Words with a space between, none between unspaced scripts."""
    text = ""
    for word in words:
        glued = bool(text) and _is_wide(text[-1]) and _is_wide(word.text[:1])
        text += word.text if glued or not text else f" {word.text}"
    return text


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uff60"


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Neighbouring lines of two segments or more, a header beginning anew; a wrapped line between does no harm."""
    pitch = median(below.y - above.y for above, below in pairwise(lines)) if len(lines) > 1 else 0.0
    run: list[Line] = []
    for line in lines:
        if run and (line.y - run[-1].y > _WIDEST_PITCH * pitch or (_is_header(line) and not _is_header(run[-1]))):
            yield run
            run = []
        if len(line.segments) >= 2:
            run.append(line)
    yield run


def _is_header(line: Line) -> bool:
    return len(line.segments) >= 3 and not any(c.isdecimal() for c in line.text)


def _grid(run: Sequence[Line], page: Page) -> Grid | None:
    if len(run) < 2:
        return None
    height = run[0].height * page.height / page.width
    columns = _merged(_columns(run, _COLUMN_GAP * height), run, _GAP * height)
    if len(columns) < 2:
        return None
    if run[0].segments[0].right_to_left:
        columns = columns[::-1]
    return Grid(tuple(_cells(line, columns) for line in run))


def _columns(run: Sequence[Line], narrowest: float) -> list[tuple[float, float]]:
    """Stretches across that words cover, between gaps that (nearly) all lines of the run leave."""
    spans = sorted((w.bbox.x0, w.bbox.x1) for line in run for s in line.segments for w in s.words)
    crossing = max(1, len(run) // 10) if len(run) >= 5 else 0
    edges = sorted([(x0, 1) for x0, _ in spans] + [(x1, -1) for _, x1 in spans])
    columns: list[tuple[float, float]] = []
    depth, start, end = 0, edges[0][0], edges[0][0]
    for x, step in edges:
        was = depth
        depth += step
        if was <= crossing < depth:
            if x - end >= narrowest and end > start:
                columns.append((start, end))
                start = x
        elif depth <= crossing < was:
            end = x
    return [*columns, (start, end)] if end > start else columns


def _merged(columns: Sequence[tuple[float, float]], run: Sequence[Line], gap: float) -> list[tuple[float, float]]:
    """Columns without those that only a few narrow spaces part: words that happen to stand below each other."""
    merged = [columns[0]] if columns else []
    for column in columns[1:]:
        if _is_parted(run, (merged[-1][1] + column[0]) / 2, gap):
            merged.append(column)
        else:
            merged[-1] = (merged[-1][0], column[1])
    return merged


def _is_parted(run: Sequence[Line], x: float, gap: float) -> bool:
    """Whether most lines that have words on both sides of `x` leave a wide gap there; of many lines, any gap."""
    gaps = []
    for line in run:
        spans = [word.bbox for segment in line.segments for word in segment.words]
        left = [box.x1 for box in spans if box.center[0] < x]
        right = [box.x0 for box in spans if box.center[0] >= x]
        if left and right:
            gaps.append(min(right) - max(left))
    return len(gaps) >= _MANY_LINES or sum(each >= gap for each in gaps) * 2 >= len(gaps) > 0


def _cells(line: Line, columns: Sequence[tuple[float, float]]) -> tuple[Segment | None, ...]:
    """The line's words by the column that each is nearest to."""
    cells: list[list[Word]] = [[] for _ in columns]
    for segment in line.segments:
        for word in segment.words:
            x = word.bbox.center[0]
            nearest = min(range(len(columns)), key=lambda n: max(columns[n][0] - x, x - columns[n][1], 0.0))
            cells[nearest].append(word)
    return tuple(Segment(tuple(words), line.segments[0].right_to_left) if words else None for words in cells)
