"""Where the detector sees nothing, or only what is large or dark, a page is looked at closer: it sees no small type on
a large sheet, and no faint one in too much light."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.rapid import Detection, Rapid, line_crop
from docintel.engines.local.lone import lone_words

Marks = np.ndarray[tuple[int, int], np.dtype[np.int32]]
"""Boxes (x, y, width, height), in pixels."""
Grey = np.ndarray[tuple[int, int], np.dtype[np.uint8]]

CONTRAST = 0.25
"""Part of its paper's brightness by which ink differs from it."""
DARKEST = 24
"""Grey levels; paper that is darker counts as if it were not."""
PAPER_SIDE, PAPER_AROUND = 512, 31
"""Longer side of the picture in which each place's paper is looked for, and how far around: pixels."""
MIN_MARK = 6
"""Pixels; smaller marks are specks."""
MARGIN = 7
"""Paper around what stands on the page, in heights of its marks."""
MAX_SHARE = 0.25
"""Part of the page's area that is looked at closer."""
MAX_LETTER = 60
"""Pixels; higher marks are no letters that could be overlooked."""
MIN_MISSED, MIN_MISSED_SHARE = 8, 0.15
"""Letters, and part of all letters, that stand in no line where a page is looked at again."""
SEEN = 6.0
"""Height, in the detector's picture, of letters that it would have seen."""
GOOD = 14.0
"""Height that they are then brought to, at most: pictures are not enlarged."""
TILE = 1280
"""Sides of a part, in the detector's picture."""
OVERLAP = 0.2
"""Of neighbouring parts, by their sides."""
DARKER, LIGHT = 4.0, 240
"""By how much faint letters are darkened, and the grey level of paper beside them."""
MIN_SURE = 0.75
"""Confidence with which a faint line is read, if it is one: print of the sheet's back shines through."""
MIN_LETTERS = 3
"""In a part that is looked at."""
SAME_LINE = 0.6
"""Of its height, that a line seen in two parts has in both."""
HELD = 0.2
"""Of a line's area: one that was found before has this much of it, so that it is no other."""


def look(rapid: Rapid, pixels: Pixels) -> Detection:
    """The text on a page."""
    found = rapid.look(pixels)
    if not found.quads:
        return replace(found, quads=_detect_near(rapid, pixels))
    marks = _marks(pixels)
    quads = _with_missed(rapid, pixels, marks, found.quads)
    missed = marks[~_are_in(marks, quads)].astype(np.float32)
    missed[:, 2:] += missed[:, :2]
    return replace(found, quads=quads + lone_words(missed, quads))


def _detect_near(rapid: Rapid, pixels: Pixels) -> list[Quad]:
    marks = _marks(pixels)
    if not len(marks):
        return []
    margin = int(MARGIN * np.median(marks[:, 3]))
    left, top = np.maximum(marks[:, :2].min(axis=0) - margin, 0)
    right, bottom = (marks[:, :2] + marks[:, 2:]).max(axis=0) + margin
    part = pixels[top:bottom, left:right]
    if part.size > MAX_SHARE * pixels.size:
        return []
    return [quad + np.array([left, top], np.float32) for quad in rapid.detect(part)]


def _with_missed(rapid: Rapid, pixels: Pixels, marks: Marks, found: list[Quad]) -> list[Quad]:
    """`found`, with lines of small or faint letters where many letters stand in none of the lines found."""
    letters = marks[(marks[:, 3] <= MAX_LETTER) & (marks[:, 2] <= 3 * marks[:, 3])]
    missed = letters[~_are_in(letters, found)]
    if len(missed) < max(MIN_MISSED, MIN_MISSED_SHARE * len(letters)):
        return found
    height = float(np.median(missed[:, 3]))
    if height * rapid.scale(pixels) < SEEN:
        more = _small(rapid, pixels, missed, min(1.0, GOOD / height))
        return [*found, *joined(quad for quad in more if not _is_held(quad, found))]
    faint = [quad for quad in rapid.look(_darkened(pixels)).quads if not _is_held(quad, found)]
    read = rapid.recognise([line_crop(pixels, quad) for quad in faint])
    return [*found, *(quad for quad, line in zip(faint, read, strict=True) if line.confidence > MIN_SURE)]


def _small(rapid: Rapid, pixels: Pixels, missed: Marks, scale: float) -> list[Quad]:
    """Lines seen in the parts of the page that hold missed letters, at a larger scale."""
    small: list[Quad] = []
    for left, top, right, bottom in _tiles(pixels.shape[1], pixels.shape[0], round(TILE / scale)):
        middles = missed[:, :2] + missed[:, 2:] / 2
        inside = ((middles >= (left, top)) & (middles < (right, bottom))).all(axis=1)
        if inside.sum() >= MIN_LETTERS:
            seen = rapid.detect_at(pixels[top:bottom, left:right], scale)
            small += [quad + np.array([left, top], np.float32) for quad in seen]
    return small


def _darkened(pixels: Pixels) -> Pixels:
    """The page with what differs from its paper a little differing much."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    paper = np.maximum(_paper(grey), DARKEST).astype(np.float32)
    dark = LIGHT * (1 - DARKER * np.clip((paper - grey) / paper, 0, 1 / DARKER))
    darkened: Pixels = cv2.cvtColor(dark.astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return darkened


def _are_in(marks: Marks, quads: Sequence[Quad]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    middles = marks[:, :2] + marks[:, 2:] / 2
    inside = np.zeros(len(marks), np.bool_)
    for quad in quads:
        inside |= ((middles >= quad.min(axis=0)) & (middles <= quad.max(axis=0))).all(axis=1)
    return inside


def _tiles(width: int, height: int, side: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of parts that overlap."""
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield left, top, min(left + side, width), min(top + side, height)


def _starts(length: int, side: int) -> list[int]:
    count = max(1, -(-int(length - OVERLAP * side) // int(side * (1 - OVERLAP))))
    return [round(start) for start in np.linspace(0, max(length - side, 0), count)]


def joined(quads: Iterable[Quad]) -> list[Quad]:
    """Each line once: what two parts saw of it is one."""
    kept: list[Quad] = []
    for quad in sorted(quads, key=lambda quad: -cv2.contourArea(quad)):
        place = next((n for n, other in enumerate(kept) if _are_one(quad, other)), None)
        if place is None:
            kept.append(quad)
        else:
            kept[place] = _around(quad, kept[place])
    return kept


def _are_one(one: Quad, other: Quad) -> bool:
    """Whether they share most of the height of the higher one, at some part of its width."""
    shared = _shared(one, other)
    return bool(len(shared)) and _height(shared) > SAME_LINE * max(_height(one), _height(other))


def _is_held(quad: Quad, found: Sequence[Quad]) -> bool:
    """Whether the lines found before have a part of it."""
    shared = sum(cv2.contourArea(part) for other in found if len(part := _shared(quad, other)))
    return shared > HELD * cv2.contourArea(quad)


def _shared(one: Quad, other: Quad) -> Quad:
    """The polygon (n, 2) that two quads have in common; empty where they don't meet."""
    area, polygon = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return polygon.reshape(-1, 2) if area > 0 and polygon is not None else np.zeros((0, 2), np.float32)


def _height(polygon: Quad) -> float:
    return float(min(cv2.minAreaRect(polygon)[1]))


def _around(one: Quad, other: Quad) -> Quad:
    """The least rectangle around both."""
    corners = cv2.boxPoints(cv2.minAreaRect(np.concatenate([one, other]))).astype(np.float32)
    around: Quad = np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)
    return around


def _marks(pixels: Pixels) -> Marks:
    """What stands out from the paper."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    paper = _paper(grey)
    ink = (cv2.absdiff(grey, paper) > CONTRAST * np.maximum(paper, DARKEST)).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    kept = (boxes[:, 2:4].max(axis=1) >= MIN_MARK) & (np.arange(len(boxes)) > 0)
    found: Marks = boxes[kept, :4]
    return found


def _paper(grey: Grey) -> Grey:
    """How bright the paper is at each place: light is uneven on photographs."""
    height, width = grey.shape
    scale = min(1.0, PAPER_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    around = cv2.medianBlur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), PAPER_AROUND)
    paper: Grey = cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
    return paper
