"""The order in which the parts of a page are read."""

from collections.abc import Sequence

from docintel.engines.local.layout.placed import Part
from docintel.layout import reading_order, rows
from docintel.model import BBox, BlockLabel

INSIDE = 0.8
"""A part stands in a frame that holds this part of it."""
MAX_TITLE_LENGTH = 80
"""In letters."""
ALIKE = 0.1
"""Frames whose sides differ by no more than this part are slides of one page."""


def order_of(
    parts: Sequence[Part], frames: Sequence[BBox] = (), *, right_to_left: bool = False, in_columns: bool = False
) -> list[int]:
    """Indices of the parts as they are read: frames one after the other, the title first, what stands below all last.

    Where text runs `in_columns`, a title may be that of a column.
    """
    boxes = [part.region.bbox for part in parts]
    slides = _slides(frames, boxes)
    if slides:
        return _frame_by_frame(parts, boxes, slides, right_to_left)
    ends = [index for index, part in enumerate(parts) if _is_foot(part, boxes)]
    middle = [index for index in range(len(parts)) if index not in ends]
    order = [middle[i] for i in reading_order([boxes[i] for i in middle], right_to_left=right_to_left)]
    tops = [index for index in order if not in_columns and _is_top_title(parts, index)]
    return [
        *tops,
        *(index for index in order if index not in tops),
        *(ends[i] for i in reading_order([boxes[i] for i in ends], right_to_left=right_to_left)),
    ]


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
