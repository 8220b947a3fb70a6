"""Check boxes on a page image: which of its small frames are, and whether they are marked.

A frame stands apart from the words, not in one; a ring that might be a letter, and what is filled like a bullet, need
others of their kind in line with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels, Upright
from docintel.engines.local.layout.checkboxes.frames import LINE, Frame, Mask, Rect, Shape, frames_in, ink_of
from docintel.model import BBox

CLEAR, CLEAR_OF_WORDS = 0.24, 0.08
"""White beside a frame, in line heights, where words are not known and where they are: less is inside a word."""
LONE_CLEAR = 0.45
"""The same beside a square that no other is in line with, where words are not known: a digit may look like one."""
RING_CLEAR = 0.26
"""And beside an empty ring, which may be a letter between two spaces."""
WITHIN_TEXT = 0.6
"""White on both sides of a word in running text is less than this."""
REACH = 4.0
"""Line heights in which a neighbour is looked for."""
MARK = 0.035
"""Part of a frame's inside that a mark covers at least."""
EXTENT = 0.3
"""Part of a frame's inside that a mark reaches across or down."""
THIN = 0.15
"""A ring's stroke by its side: a letter's is thicker."""
IN_LINE = 0.3
"""Frames of one row or column are out of line by less than this part of their side."""
ALIKE = 1.25
"""The larger by the smaller of two frames of one kind."""


@dataclass(frozen=True)
class Mark:
    """A check box: where it stands on the levelled page, and whether it is ticked, crossed or filled."""

    bbox: BBox
    is_checked: bool
    room: BBox | None = None
    """The box with as much white around it as a mark may run out into, where it is drawn."""


@dataclass(frozen=True)
class _Seen:
    frame: Frame
    is_marked: bool
    left: float
    right: float
    """White on both sides, in line heights."""
    is_doubtful: bool = False
    """Not a check box unless others are in line with it."""
    is_letter: bool = False
    """A ring that may be an O: not one unless a marked one is in line with it."""


def marks_on(pixels: Pixels, line_height: float, words: Sequence[BBox] = ()) -> list[Mark]:
    """The check boxes of a levelled RGB page whose lines are `line_height` high, in fractions of it.

    `words` are boxes of what is known to be text.
    """
    if not line_height:
        return []
    scale = min(LINE / (line_height * pixels.shape[0]), 2.5)
    grey = _scaled(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), scale)
    height, width = grey.shape
    ink = ink_of(grey)
    known = [(box.x0 * width, box.y0 * height, box.x1 * width, box.y1 * height) for box in words]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    clear = CLEAR_OF_WORDS if words else CLEAR
    seen = [_seen(frame, ink, labels, stats, clear) for frame in frames_in(ink) if not _is_text(frame.rect, known)]
    marks = _confirmed([each for each in seen if each], are_words_known=bool(words))
    return [
        Mark(
            BBox.from_corners(*each.frame.rect, width=width, height=height),
            each.is_marked,
            BBox.from_corners(*_room(each), width=width, height=height),
        )
        for each in sorted(marks, key=lambda each: (each.frame.rect[1], each.frame.rect[0]))
    ]


def without_marks(pixels: Pixels, marks: Sequence[Mark], upright: Upright) -> Pixels:
    """The page as displayed, paper where the check boxes are: recognisers take them for letters."""
    if not marks:
        return pixels
    painted = pixels.copy()
    height, width = pixels.shape[:2]
    for mark in marks:
        box = upright.displayed(mark.room or mark.bbox)
        x0, y0, x1, y1 = int(box.x0 * width), int(box.y0 * height), int(box.x1 * width) + 1, int(box.y1 * height) + 1
        part = painted[y0:y1, x0:x1]
        rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
        part[:] = np.percentile(rim, 70, axis=0).astype(np.uint8)
    return painted


def _room(each: _Seen) -> Rect:
    x0, y0, x1, y1 = each.frame.rect
    spare = 0.35 * each.frame.side
    left, right = (min(spare, 0.7 * clear * LINE) for clear in (each.left, each.right))
    return x0 - left, y0 - 0.25 * each.frame.side, x1 + right, y1 + 0.2 * each.frame.side


def _scaled(grey: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if 0.85 < scale < 1.2:
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    result: NDArray[np.uint8] = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
    return result


def _is_text(rect: Rect, words: Sequence[Rect]) -> bool:
    """Whether a word covers the frame, or much of it."""
    area = (rect[2] - rect[0]) * (rect[3] - rect[1])
    return any(
        max(min(rect[2], x1) - max(rect[0], x0), 0) * max(min(rect[3], y1) - max(rect[1], y0), 0) > 0.3 * area
        for x0, y0, x1, y1 in words
    )


def _seen(frame: Frame, ink: Mask, labels: NDArray[np.int32], stats: NDArray[np.int32], clear: float) -> _Seen | None:
    """The frame with what is in it and beside it; None where it is no check box by itself."""
    left, right = _white_beside(frame.rect, labels, stats)
    if min(left, right) < clear * max(1.0, 1.5 * frame.side / LINE):
        return None
    if frame.shape.is_filled:
        return _Seen(frame, True, left, right, is_doubtful=True)
    inside = _inside(frame, ink)
    mark = _mark(inside)
    if frame.shape is Shape.RING:
        is_marked = mark is not None and (_is_dot(mark, inside.shape) or _runs_through(mark))
        if mark is not None and not is_marked:
            return None
        is_unsure = not is_marked and clear == CLEAR
        is_letter = is_unsure and (
            max(left, right) < WITHIN_TEXT or min(left, right) < RING_CLEAR or _is_like_letters(frame.rect, stats)
        )
        return _Seen(frame, is_marked, left, right, is_doubtful=not is_marked, is_letter=is_letter)
    return _Seen(frame, mark is not None, left, right)


def _white_beside(rect: Rect, labels: NDArray[np.int32], stats: NDArray[np.int32]) -> tuple[float, float]:
    """White to the left and right of a frame up to the next ink, in line heights: a mark may run out at its corners."""
    x0, y0, x1, y1 = (round(value) for value in rect)
    reach = int(REACH * LINE)
    own = np.unique(labels[y0:y1, x0:x1])
    small = [n for n in own if n and max(stats[n][2], stats[n][3]) < 3 * max(x1 - x0, y1 - y0)]
    band = labels[max(y0 - 2, 0) : y1 + 2, max(x0 - reach, 0) : x1 + reach]
    other = ((band > 0) & ~np.isin(band, small)).sum(axis=0) > 0
    side = y1 - y0
    middle = labels[round(y0 + 0.35 * side) : round(y1 - 0.25 * side), max(x0 - reach, 0) : x1 + reach] > 0
    start = x0 - max(x0 - reach, 0)
    middle[:, max(start - 2, 0) : start + x1 - x0 + 2] = False
    other |= middle.any(axis=0)
    before, after = other[:start][::-1], other[start + x1 - x0 :]
    return tuple(int(side.argmax()) / LINE if side.any() else REACH for side in (before, after))  # type: ignore[return-value]


def _inside(frame: Frame, ink: Mask) -> Mask:
    """What a frame holds, without the frame itself."""
    x0, y0, x1, y1 = (round(value) for value in frame.rect)
    inset = round(frame.stroke + 1 + 0.07 * frame.side)
    inside = ink[y0 + inset : y1 - inset, x0 + inset : x1 - inset].copy()
    if frame.shape is Shape.RING and inside.size:
        height, width = inside.shape
        ys, xs = np.mgrid[:height, :width]
        inside &= ((xs - (width - 1) / 2) / (width / 2)) ** 2 + ((ys - (height - 1) / 2) / (height / 2)) ** 2 <= 1
    return inside


def _mark(inside: Mask) -> Mask | None:
    """The largest piece of ink in a frame, where it is large enough to mean something."""
    if not inside.size:
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    if len(stats) < 2:
        return None
    best = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    height, width = inside.shape
    across = max(stats[best][2] / width, stats[best][3] / height)
    mark: Mask = labels == best
    return mark if across >= EXTENT and inside.sum() >= MARK * inside.size else None


def _is_dot(mark: Mask, size: tuple[int, ...]) -> bool:
    """A full disc in the middle."""
    ys, xs = np.nonzero(mark)
    height, width = np.ptp(ys) + 1, np.ptp(xs) + 1
    off = max(abs(xs.mean() - (size[1] - 1) / 2) / size[1], abs(ys.mean() - (size[0] - 1) / 2) / size[0])
    return bool(len(xs) > 0.62 * height * width and off < 0.15 and max(height, width) < 1.4 * min(height, width))


def _runs_through(mark: Mask) -> bool:
    """A tick or a cross that reaches the ring on two sides."""
    ys, xs = np.nonzero(mark)
    height, width = mark.shape
    return bool(np.ptp(xs) + 1 > 0.66 * width and np.ptp(ys) + 1 > 0.66 * height)


def _confirmed(seen: Sequence[_Seen], *, are_words_known: bool) -> list[_Seen]:
    """Without rows of boxes for letters, and without doubtful frames that nothing speaks for."""
    kept = [each for each in seen if not _is_comb(each, seen)]
    if not are_words_known:
        kept = [each for each in kept if min(each.left, each.right) >= LONE_CLEAR or _is_in_line(each, kept)]
        kept = [each for each in kept if each.frame.shape is not Shape.RING or _is_beside_empty_ring(each, kept)]
    plain = [each for each in kept if not each.frame.shape.is_filled and not each.is_doubtful]
    rings = [each for each in kept if each.frame.shape is Shape.RING]
    hollow = [*plain, *(each for each in rings if each not in plain and _has_company(each, rings))]
    return [
        each
        for each in kept
        if (each in hollow) or (each.frame.shape.is_filled and any(_agree(each, other) for other in hollow))
    ]


def _is_in_line(each: _Seen, seen: Sequence[_Seen]) -> bool:
    hollow = [other for other in seen if other is not each and not other.frame.shape.is_filled]
    return any(other.frame.shape is each.frame.shape and _agree(each, other) for other in hollow)


def _is_beside_empty_ring(ring: _Seen, seen: Sequence[_Seen]) -> bool:
    """Whether it is thin, and another one in line with it is empty: an e or an @ is as good as a marked ring."""
    others = [other for other in seen if other is not ring and other.frame.shape is Shape.RING and not other.is_marked]
    return ring.frame.stroke <= THIN * ring.frame.side and any(_agree(ring, other) for other in others)


def _has_company(ring: _Seen, rings: Sequence[_Seen]) -> bool:
    others = [other for other in rings if other is not ring and _agree(ring, other)]
    are_thin = [each.frame.stroke <= THIN * each.frame.side and not each.is_letter for each in (ring, *others)]
    return any(other.is_marked for other in others) or (are_thin[0] and any(are_thin[1:]))


def _is_like_letters(rect: Rect, stats: NDArray[np.int32]) -> bool:
    """Whether letters after a ring are as high as it and stand on one line with it, or none are there."""
    _, y0, x1, y1 = rect
    slack = max(0.09 * (y1 - y0), 1.5)
    near = stats[(stats[:, 0] > x1) & (stats[:, 0] < x1 + 8 * LINE) & (stats[:, 3] < 1.5 * LINE)]
    near = near[(near[:, 1] < y1) & (near[:, 1] + near[:, 3] > y0)]
    tops, bottoms = np.abs(near[:, 1] - y0), np.abs(near[:, 1] + near[:, 3] - y1)
    return not len(near) or bool(((tops < slack) & (bottoms < slack)).any())


def _is_comb(each: _Seen, seen: Sequence[_Seen]) -> bool:
    """Whether it stands in a row of three squares or more with nothing between them: one for each letter."""
    run = 1
    for direction in (-1, 1):
        place = each
        while following := _next(place, seen, direction):
            place, run = following, run + 1
    return run >= 3


def _next(each: _Seen, seen: Sequence[_Seen], direction: int) -> _Seen | None:
    x0, y0, x1, y1 = each.frame.rect
    for other in seen:
        a0, b0, a1, b1 = other.frame.rect
        gap = a0 - x1 if direction > 0 else x0 - a1
        level = abs((b0 + b1) - (y0 + y1)) / 2 < IN_LINE * each.frame.side
        if level and 0 <= gap < 0.7 * each.frame.side:
            return other
    return None


def _agree(each: _Seen, other: _Seen) -> bool:
    """Two frames of one size in one row or column."""
    sizes = sorted((each.frame.side, other.frame.side))
    (x0, y0, x1, y1), (a0, b0, a1, b1) = each.frame.rect, other.frame.rect
    slack = IN_LINE * each.frame.side
    in_line = abs((y0 + y1) - (b0 + b1)) / 2 < slack or abs((x0 + x1) - (a0 + a1)) / 2 < slack
    return sizes[1] <= ALIKE * sizes[0] and in_line
