"""The order in which the parts of a page are read."""

from collections.abc import Callable, Sequence

import numpy as np

from docintel.engines.local.layout.cuts import Shapes, order_by_cuts
from docintel.engines.local.layout.placed import Part, line_height
from docintel.layout import A4, reading_order, rows
from docintel.model import BBox, BlockLabel

INSIDE = 0.8
"""A part stands in a frame that holds this part of it."""
MAX_TITLE_LENGTH = 80
"""In letters."""
LEADING = 1.1
"""From one line to the next, by the height of lines as they are found."""
NEWSPAPER = 3
"""Columns from which on a page may hold articles beside each other, and its cuts are chosen as was learned."""
SPREAD = 1.15
"""Width by height of a picture that may show two pages."""
HEADING = 1.3
"""Letters so much larger than the page's are a heading's, whatever it was taken for."""
ALIKE = 0.1
"""Frames whose sides differ by no more than this part are slides of one page."""


def order_of(
    parts: Sequence[Part],
    frames: Sequence[BBox] = (),
    *,
    aspect: float = A4,
    right_to_left: bool = False,
    in_columns: bool = False,
) -> list[int]:
    """Indices of the parts as they are read: frames one after the other, the title first, what stands below all last.

    `aspect` is the page's width by its height. Where text runs `in_columns`, a title may be that of a column; a wide
    picture of two pages is read page by page.
    """
    boxes = [part.region.bbox for part in parts]
    slides = _slides(frames, boxes)
    if slides:
        return _frame_by_frame(parts, boxes, slides, right_to_left)
    pages = _two_pages(boxes) if in_columns and aspect > SPREAD else []
    if pages:
        pages = pages[::-1] if right_to_left else pages
        return [index for page in pages for index in _page_order(parts, page, aspect, right_to_left, in_columns)]
    return _page_order(parts, range(len(parts)), aspect, right_to_left, in_columns)


def _two_pages(boxes: Sequence[BBox]) -> list[list[int]]:
    """What stands left and right of the middle, if nothing stands across it."""
    left = [index for index, box in enumerate(boxes) if box.x1 <= 0.5 + 0.1 * box.width]
    right = [index for index, box in enumerate(boxes) if box.x0 >= 0.5 - 0.1 * box.width and index not in left]
    return [left, right] if left and right and len(left) + len(right) == len(boxes) else []


def _page_order(
    parts: Sequence[Part], items: Sequence[int], aspect: float, right_to_left: bool, in_columns: bool
) -> list[int]:
    boxes = [parts[index].region.bbox for index in items]
    page = [parts[index] for index in items]
    ends = [n for n, part in enumerate(page) if _is_foot(part, boxes)]
    middle = [n for n in range(len(page)) if n not in ends]
    order = _with_pictures(
        page, boxes, middle, lambda some: _texts_order(page, some, aspect, right_to_left, in_columns)
    )
    tops = [n for n in order if not in_columns and _is_top_title(page, n)]
    last = [ends[i] for i in reading_order([boxes[n] for n in ends], right_to_left=right_to_left)]
    return [items[n] for n in (*tops, *(n for n in order if n not in tops), *last)]


def _texts_order(
    page: Sequence[Part], items: Sequence[int], aspect: float, right_to_left: bool, in_columns: bool
) -> list[int]:
    boxes = [page[n].region.bbox for n in items]
    if in_columns and _num_columns(boxes) >= NEWSPAPER:
        order = order_by_cuts(_shapes([page[n] for n in items], aspect, right_to_left))
    else:
        order = reading_order(boxes, right_to_left=right_to_left)
    return [items[i] for i in order]


def _with_pictures(
    page: Sequence[Part], boxes: Sequence[BBox], items: Sequence[int], ordered: Callable[[Sequence[int]], list[int]]
) -> list[int]:
    """What is printed on a picture is read with it, as a figure's names are; a picture under most of the text says
    nothing of the text's order, and comes before it."""
    pictures = sorted((n for n in items if _is_picture(page[n])), key=lambda n: -boxes[n].area)
    for picture in pictures:
        held = [n for n in items if n != picture and _is_in(boxes[n], boxes[picture])]
        rest = [n for n in items if n != picture and n not in held]
        if len(held) > len(rest):
            order = _with_pictures(page, boxes, [n for n in items if n != picture], ordered)
            first = min(map(order.index, held))
            return [*order[:first], picture, *order[first:]]
        if held:
            order = _with_pictures(page, boxes, [*rest, picture], ordered)
            after = order.index(picture) + 1
            return [*order[:after], *_with_pictures(page, boxes, held, ordered), *order[after:]]
    return ordered(items)


def _is_picture(part: Part) -> bool:
    return part.region.label is BlockLabel.PICTURE


def _num_columns(boxes: Sequence[BBox]) -> int:
    """How many blocks stand side by side at most."""
    most = 0
    for height in {box.center[1] for box in boxes}:
        count, reached = 0, float("-inf")
        for box in sorted((box for box in boxes if box.y0 <= height <= box.y1), key=lambda box: box.x1):
            if box.x0 >= reached - 0.05 * box.width:
                count, reached = count + 1, box.x1
        most = max(most, count)
    return most


def _shapes(parts: Sequence[Part], aspect: float, right_to_left: bool) -> Shapes:
    height = line_height([line for part in parts for line in part.lines]) or 1.0
    boxes = [part.region.bbox for part in parts]
    sides = [(1 - box.x1, 1 - box.x0) if right_to_left else (box.x0, box.x1) for box in boxes]
    scaled = [(x0 * aspect, box.y0, x1 * aspect, box.y1) for (x0, x1), box in zip(sides, boxes, strict=True)]
    heads = [_is_headed(part, height) for part in parts]
    return Shapes(np.array(scaled).reshape(-1, 4) / (LEADING * height), np.array(heads, float))


def _is_headed(part: Part, height: float) -> bool:
    is_large = bool(part.lines) and part.table is None and line_height(part.lines) > HEADING * height
    return is_large or part.region.label in {BlockLabel.TITLE, BlockLabel.SECTION_HEADER}


def _is_foot(part: Part, boxes: Sequence[BBox]) -> bool:
    """Whether it is the page's footer and stands below everything else."""
    box = part.region.bbox
    above = [other for other in boxes if other is not box and other.y1 <= box.y0 + 0.3 * box.height]
    level = [other for other in boxes if other is not box and abs(other.center[1] - box.center[1]) < box.height]
    return part.region.label is BlockLabel.PAGE_FOOTER and len(above) + len(level) >= len(boxes) - 1


def _is_top_title(parts: Sequence[Part], index: int) -> bool:
    """Whether it is a title that nothing but running headers stands above."""
    part = parts[index]
    above = [
        other
        for other in parts
        if other is not part and other.region.bbox.y1 <= part.region.bbox.y0 + 0.3 * part.region.bbox.height
    ]
    short = sum(len(line.text) for line in part.lines) <= MAX_TITLE_LENGTH
    return part.region.label is BlockLabel.TITLE and short and not above


def _slides(frames: Sequence[BBox], boxes: Sequence[BBox]) -> list[BBox]:
    """Frames of one size that stand beside or below each other and hold something each; none where they hold little."""
    if len(frames) < 2:
        return []
    largest = max(frames, key=lambda frame: frame.area)
    alike = [frame for frame in frames if _is_alike(frame, largest)]
    held = [[box for box in boxes if _is_in(box, frame)] for frame in alike]
    full = [frame for frame, inside in zip(alike, held, strict=True) if inside]
    return full if len(full) > 1 and sum(map(len, held)) * 2 > len(boxes) else []


def _is_alike(one: BBox, other: BBox) -> bool:
    return abs(one.width - other.width) < ALIKE * other.width and abs(one.height - other.height) < ALIKE * other.height


def _is_in(box: BBox, frame: BBox) -> bool:
    return box.overlap(frame) >= INSIDE * (box.area or 1.0)


def _frame_by_frame(
    parts: Sequence[Part], boxes: Sequence[BBox], slides: Sequence[BBox], right_to_left: bool
) -> list[int]:
    """Row by row of frames, each frame in its own order; what stands in none goes before, between or after the rows."""
    homes = [next((n for n, slide in enumerate(slides) if _is_in(box, slide)), None) for box in boxes]
    stretches: list[tuple[float, list[int]]] = [
        (boxes[index].center[1], [index]) for index, home in enumerate(homes) if home is None
    ]
    for row in rows(slides, right_to_left=right_to_left):
        order = [
            i for n in row for i in _within(parts, [i for i, home in enumerate(homes) if home == n], right_to_left)
        ]
        stretches.append((BBox.around(slides[n] for n in row).center[1], order))
    return [index for _, stretch in sorted(stretches, key=lambda each: each[0]) for index in stretch]


def _within(parts: Sequence[Part], inside: Sequence[int], right_to_left: bool) -> list[int]:
    return [inside[i] for i in order_of([parts[i] for i in inside], right_to_left=right_to_left)]
