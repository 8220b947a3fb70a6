"""Fields of a page: parts whose lines run another way, such as one of two receipts that was laid down turned.

Each is read by itself, on the page turned its way. A few turned heads over a table's columns, or a stamp at the
margin, are no field.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels
from docintel.layout import reading_order
from docintel.model import BBox, Direction, Page

MIN_ROWS = 3
MAX_ALONG = 20.0
"""Thicknesses between a label and its value on one row of a field."""
MAX_APART = 3.0
"""Thicknesses between rows of a field."""
MAX_HEAD_GAP = 2.5
"""Thicknesses between a head and what stands under it."""
CELL_WIDTH = 5.0
"""Thicknesses; what is as narrow may stand further under its head: heads that read downwards begin on one level."""
MAX_FOREIGN = 0.25
"""Lines of the page in a field, by the field's own."""


@dataclass(frozen=True)
class Run:
    """A line's place, and how it runs; None where that cannot be told."""

    bbox: BBox
    direction: Direction | None


@dataclass(frozen=True)
class Field:
    direction: Direction
    bbox: BBox


def fields_in(runs: Sequence[Run], *, main: Direction, aspect: float) -> list[Field]:
    """The fields of a page whose lines mostly run as `main` says; `aspect` is its width by its height."""
    level = [run.bbox.turned(-main) for run in runs]
    aspect = 1 / aspect if main % 180 else aspect
    of_page = [box for box, run in zip(level, runs, strict=True) if run.direction == main]
    unknown = [box for box, run in zip(level, runs, strict=True) if run.direction is None]
    found = []
    for direction in sorted({run.direction for run in runs if run.direction not in (None, main)}):
        own = [box for box, run in zip(level, runs, strict=True) if run.direction == direction]
        turn = main - direction
        for group in _clusters([box.turned(turn) for box in own], 1 / aspect if turn % 180 else aspect):
            members = [own[i] for i in group]
            if _is_field(members, of_page, turn, aspect):
                whole = [*members, *_beside(members, unknown, of_page, turn, aspect)]
                found.append(Field(direction, BBox.around(whole).turned(main)))
    return _apart(found)


def _clusters(boxes: Sequence[BBox], aspect: float) -> list[list[int]]:
    """Indices of upright boxes that stand as near to each other as lines and cells of one thing do."""
    groups: list[list[int]] = []
    for i, box in enumerate(boxes):
        near = [group for group in groups if any(_are_near(box, boxes[j], aspect) for j in group)]
        groups = [group for group in groups if group not in near] + [[i, *(j for group in near for j in group)]]
    return groups


def _are_near(a: BBox, b: BBox, aspect: float) -> bool:
    thickness = max(a.height, b.height)
    along = (max(a.x0, b.x0) - min(a.x1, b.x1)) * aspect / thickness
    across = (max(a.y0, b.y0) - min(a.y1, b.y1)) / thickness
    return (across < 0 and along <= MAX_ALONG) or (across <= MAX_APART and along <= MAX_APART)


def _beside(
    members: Sequence[BBox], unknown: Sequence[BBox], of_page: Sequence[BBox], turn: int, aspect: float
) -> list[BBox]:
    """Short lines that stand nearer to a field's lines than to others."""
    taken: list[BBox] = []
    grows = True
    while grows:
        own = [*members, *taken]
        near = [
            box
            for box in unknown
            if box not in taken
            and any(
                _are_near(box.turned(turn), each.turned(turn), 1 / aspect if turn % 180 else aspect) for each in own
            )
            and _distance(box, own, aspect) < _distance(box, of_page, aspect)
        ]
        taken += near
        grows = bool(near)
    return taken


def _distance(box: BBox, others: Sequence[BBox], aspect: float) -> float:
    return min((_gap(box, other, aspect) for other in others), default=math.inf)


def _gap(a: BBox, b: BBox, aspect: float) -> float:
    across = (max(a.x0, b.x0) - min(a.x1, b.x1)) * aspect
    down = max(a.y0, b.y0) - min(a.y1, b.y1)
    return math.hypot(max(across, 0.0), max(down, 0.0))


def _is_field(own: Sequence[BBox], of_page: Sequence[BBox], turn: int, aspect: float) -> bool:
    """`own` are boxes on the page as its other lines see it; `turn` puts them upright."""
    if _num_rows([box.turned(turn) for box in own]) < MIN_ROWS:
        return False
    around = BBox.around(own)
    foreign = sum(around.x0 < x < around.x1 and around.y0 < y < around.y1 for x, y in (box.center for box in of_page))
    heads = turn % 180 and sum(any(_stands_over(box, other, aspect) for other in of_page) for box in own)
    return foreign <= MAX_FOREIGN * len(own) and heads * 2 < len(own)


def _num_rows(boxes: Sequence[BBox]) -> int:
    reach, count = -1.0, 0
    for box in sorted(boxes, key=lambda box: box.center[1]):
        if box.center[1] > reach:
            reach, count = box.y1, count + 1
    return count


def _stands_over(head: BBox, other: BBox, aspect: float) -> bool:
    shared = min(head.x1, other.x1) - max(head.x0, other.x0)
    gap = max(head.y0, other.y0) - min(head.y1, other.y1)
    thickness = head.width * aspect
    if other.width * aspect < CELL_WIDTH * thickness:
        return shared > -head.width and -0.5 * thickness < gap <= MAX_HEAD_GAP * thickness + head.height
    return shared > 0.5 * min(head.width, other.width) and -0.5 * thickness < gap <= MAX_HEAD_GAP * thickness


def _apart(fields: Sequence[Field]) -> list[Field]:
    """Fields of which none lies mostly in another."""
    kept: list[Field] = []
    for field in sorted(fields, key=lambda field: -field.bbox.area):
        if not any(field.bbox.overlap(other.bbox) > 0.2 * field.bbox.area for other in kept):
            kept.append(field)
    return kept


def holds(box: BBox, other: BBox) -> bool:
    x, y = other.center
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def only(pixels: Pixels, box: BBox) -> Pixels:
    """The page with nothing on it but what stands in the box."""
    rows, columns = _slices(pixels, box)
    shown = np.empty_like(pixels)
    shown[:] = _paper(pixels)
    shown[rows, columns] = pixels[rows, columns]
    return shown


def without(pixels: Pixels, boxes: Iterable[BBox]) -> Pixels:
    """The page with nothing in the boxes."""
    shown = pixels.copy()
    for box in boxes:
        shown[_slices(pixels, box)] = _paper(pixels)
    return shown


def unlikely_in(likely: NDArray[np.float32], boxes: Iterable[BBox]) -> NDArray[np.float32]:
    """The detector's picture with no text in the boxes."""
    shown = likely.copy()
    for box in boxes:
        shown[_slices(shown, box)] = 0
    return shown


def _slices(pixels: NDArray[Any], box: BBox) -> tuple[slice, slice]:
    height, width = pixels.shape[:2]
    margin = max(2, round(0.004 * max(height, width)))
    rows = slice(max(int(box.y0 * height) - margin, 0), int(box.y1 * height) + margin)
    return rows, slice(max(int(box.x0 * width) - margin, 0), int(box.x1 * width) + margin)


def _paper(pixels: Pixels) -> Pixels:
    paper: Pixels = np.median(pixels[::16, ::16].reshape(-1, pixels.shape[2]), axis=0).astype(np.uint8)
    return paper


def with_fields(page: Page, fields: Sequence[Page], *, right_to_left: bool = False) -> Page:
    """The page with what its fields say, each as a whole in its place in reading order."""
    if not any(field.blocks for field in fields):
        return page
    units = [[block] for block in page.blocks] + [list(field.blocks) for field in fields if field.blocks]
    boxes = [BBox.around(block.bbox for block in unit) for unit in units]
    order = reading_order(boxes, right_to_left=right_to_left)
    blocks = [block for index in order for block in units[index]]
    return page.model_copy(
        update={
            "blocks": tuple(block.model_copy(update={"id": f"b{n}"}) for n, block in enumerate(blocks, 1)),
            "words": (*page.words, *(word for field in fields for word in field.words)),
            "confidence": _shared_confidence([page, *fields]),
            "notes": tuple(dict.fromkeys((*page.notes, *(note for field in fields for note in field.notes)))),
        }
    )


def _shared_confidence(pages: Sequence[Page]) -> float | None:
    """By letters, where it is known."""
    letters = [sum(len(word.text) for word in page.words) for page in pages]
    known = [
        (page.confidence, count) for page, count in zip(pages, letters, strict=True) if page.confidence is not None
    ]
    total = sum(count for _, count in known)
    return round(sum(sure * count for sure, count in known) / total, 4) if total else pages[0].confidence
