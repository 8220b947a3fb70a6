"""The text that a PDF page carries beside its picture, where it can be believed.

A page is believed as a whole or read from its picture. Glyphs that nobody sees go first (see `cover`); what is left
must be text, and must account for the marks on the page that look like letters.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pdf.bidi import is_right_to_left, logical
from docintel.intake.pdf.cover import SeenText
from docintel.intake.pdf.glyphs import Glyph, Piece, is_text, words_of
from docintel.intake.pdf.struck import strokes_on, with_struck
from docintel.intake.pdf.typography import as_written
from docintel.intake.pixels import POINTS_PER_INCH, Pixels
from docintel.model import BBox, Word

FLAGS = pymupdf.TEXT_CLIP
"""Nothing outside the page; ligatures are spelled out, glyphs without a character come as U+FFFD, not as numbers."""
OVERPRINTED = 0.6
"""Intersection over union from which the same word twice is one word."""
MARKS_DPI = 100
MARK_CONTRAST = 48
MARK_HEIGHTS = (4, 28)
MARK_WIDTHS = (1, 40)
"""Pixels at `MARKS_DPI` of what may be a letter."""
FEW_MARKS = 40
MAX_UNREAD = 0.3
"""A page is read from its picture where its text leaves out more marks than `FEW_MARKS` and than this share of those
that it covers: a scan under a printed header, a figure full of labels, text drawn as outlines."""


def believed_words(page: pymupdf.Page, pixels: Pixels, seen: SeenText) -> tuple[Word, ...]:
    """The page's words in the file's order with boxes in fractions of `pixels`, or none: read the picture."""
    lines = _lines(page, seen)
    if not is_text("\n".join("".join(glyph.text for glyph in line if glyph.is_visible) for line in lines)):
        return ()
    pieces = [piece for line in lines for piece in words_of(line)]
    words = tuple(_without_overprints(_word(piece, page.rect) for piece in pieces if _is_on(piece, page.rect)))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return words if words and _accounts_for(grey, words, page.rect) else ()


def _lines(page: pymupdf.Page, seen: SeenText) -> list[list[Glyph]]:
    """The glyphs of every line in reading order, boxes in points as displayed."""
    lines = []
    for block in page.get_text("rawdict", flags=FLAGS)["blocks"]:
        for line in block.get("lines", ()):
            glyphs = _glyphs(line, page, seen)
            along = pymupdf.Point(line["dir"]) * _turn_of(page)
            lines.append(logical(glyphs) if along.x > 0.99 and is_right_to_left(glyphs) else glyphs)
    return [line for line in as_written(with_struck(lines, strokes_on(page))) if line]


def _glyphs(line: dict[str, Any], page: pymupdf.Page, seen: SeenText) -> list[Glyph]:
    """The characters of a line; the second letter of a ligature is not painted itself, it is seen like the first."""
    glyphs = []
    is_visible = True
    along = pymupdf.Point(line["dir"]) * _turn_of(page)
    angle = round(math.degrees(math.atan2(along.y, along.x))) % 360
    for size, char in ((span["size"], char) for span in line["spans"] for char in span["chars"]):
        shows = seen.shows(char["origin"], char["c"])
        is_visible = is_visible if shows is None else shows
        box = (pymupdf.Rect(char["bbox"]) * page.rotation_matrix).normalize()
        origin = pymupdf.Point(char["origin"]) * page.rotation_matrix
        glyphs.append(
            Glyph(
                char["c"],
                (box.x0, box.y0, box.x1, box.y1),
                is_visible,
                is_gap=char["synthetic"],
                size=size,
                baseline=origin.x * along.y - origin.y * along.x,
                angle=angle,
            )
        )
    return glyphs


def _turn_of(page: pymupdf.Page) -> pymupdf.Matrix:
    turn = page.rotation_matrix
    return pymupdf.Matrix(turn.a, turn.b, turn.c, turn.d, 0, 0)


def _word(piece: Piece, shown: pymupdf.Rect) -> Word:
    box = BBox.from_corners(*piece.box, width=shown.width, height=shown.height)
    return Word(text=piece.text, bbox=box, is_struck=piece.is_struck)


def _is_on(piece: Piece, shown: pymupdf.Rect) -> bool:
    """Whether the middle of the word is on the page."""
    x0, y0, x1, y1 = piece.box
    return bool(0 <= x0 + x1 <= 2 * shown.width and 0 <= y0 + y1 <= 2 * shown.height)


def _without_overprints(words: Iterable[Word]) -> list[Word]:
    """Every word once: many programs print text twice, a little apart, to make it bold."""
    kept: dict[str, list[Word]] = {}
    once = []
    for word in words:
        there = kept.setdefault(word.text, [])
        if not any(word.bbox.iou(other.bbox) > OVERPRINTED for other in there):
            there.append(word)
            once.append(word)
    return once


def _slices(box: BBox, shape: tuple[int, ...], margin: int = 0) -> tuple[slice, slice]:
    height, width = shape[:2]
    rows = slice(max(int(box.y0 * height) - margin, 0), int(np.ceil(box.y1 * height)) + margin)
    columns = slice(max(int(box.x0 * width) - margin, 0), int(np.ceil(box.x1 * width)) + margin)
    return rows, columns


def _accounts_for(grey: NDArray[np.uint8], words: Sequence[Word], shown: pymupdf.Rect) -> bool:
    """Whether the words cover most of what looks like letters on the page."""
    scale = MARKS_DPI / POINTS_PER_INCH * shown.width / grey.shape[1]
    small = cv2.resize(grey, None, fx=min(scale, 1.0), fy=min(scale, 1.0), interpolation=cv2.INTER_AREA)
    covered = np.zeros(small.shape, np.bool_)
    for word in words:
        covered[_slices(word.bbox, small.shape, margin=2)] = True
    centers = _marks(small)
    read = int(covered[centers[:, 1], centers[:, 0]].sum())
    return len(centers) - read <= max(FEW_MARKS, MAX_UNREAD * read)


def _marks(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Centres (x, y) of what stands out from its surroundings and is as large as a letter."""
    around = cv2.medianBlur(grey, 31)
    stands_out = (cv2.absdiff(grey, around) > MARK_CONTRAST).astype(np.uint8)
    _, _, boxes, centers = cv2.connectedComponentsWithStats(stands_out, connectivity=8)
    heights, widths = boxes[:, cv2.CC_STAT_HEIGHT], boxes[:, cv2.CC_STAT_WIDTH]
    alike = (MARK_HEIGHTS[0] <= heights) & (heights <= MARK_HEIGHTS[1])
    alike &= (MARK_WIDTHS[0] <= widths) & (widths <= MARK_WIDTHS[1])
    alike[0] = False  # the background
    return np.asarray(centers[alike], np.int64)
