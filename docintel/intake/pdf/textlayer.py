"""The text that a PDF page carries beside its picture, where it can be believed.

A page is believed as a whole or read from its picture. Glyphs that nobody sees go first (see `cover`); what is left
must be text, and must account for the marks on the page that look like letters.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pdf import fields
from docintel.intake.pdf.seen.cover import SeenText
from docintel.intake.pdf.struck import strokes_on, with_struck
from docintel.intake.pdf.trace import is_mirrored, with_painted_signs
from docintel.intake.pdf.written.bidi import is_right_to_left
from docintel.intake.pdf.written.directions import (
    LayerWord,
    Line,
    letters_rotation,
    line_of,
    quarter,
    slanted_boxes,
    words_in,
)
from docintel.intake.pdf.written.glyphs import Box, Glyph, Piece, is_text
from docintel.intake.pdf.written.typography import as_written
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


@dataclass(frozen=True)
class TextLayer:
    """What a page says, in the file's order, boxes in fractions of its pixels; no words: read the picture."""

    words: tuple[Word, ...] = ()
    slanted: tuple[Word, ...] = ()
    """Words of lines that run slantwise."""
    text_rotation: int = 0
    """Degrees clockwise that put most letters upright."""
    is_mirrored: bool = False
    """All this is of the page as it is seen in a looking-glass."""


NO_TEXT = TextLayer()


def believed_text(page: pymupdf.Page, pixels: Pixels, seen: SeenText) -> TextLayer:
    """`pixels` show the page as it stands in the file, mirrored or not."""
    given = [line for block in page.get_text("rawdict", flags=FLAGS)["blocks"] for line in block.get("lines", ())]
    mirrored = is_mirrored(given)
    lines = _lines(page, given, seen, is_mirrored=mirrored)
    if not is_text("\n".join("".join(glyph.text for glyph in line.glyphs if glyph.is_visible) for line in lines)):
        return NO_TEXT
    boxes = () if mirrored else fields.check_boxes(page)
    found = [
        word
        for word in words_in(lines)
        if _is_on(word.piece, page.rect) and not any(box.holds(word.piece.box) for box in boxes)
    ]
    rotation = letters_rotation(found)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    grey = cv2.flip(grey, 1) if mirrored else grey
    straight, slanted = (_words(found, page.rect, is_slanted=is_slanted) for is_slanted in (False, True))
    covered = [word.bbox for word in straight] + [_fraction(box, page.rect) for box in slanted_boxes(lines)]
    if len(slanted) > len(straight) or not _accounts_for(grey, covered, page.rect):
        return NO_TEXT
    signs = [LayerWord(piece, quarter(-rotation)) for piece in fields.signs(boxes) if _is_on(piece, page.rect)]
    return TextLayer((*straight, *(_word(sign, page.rect) for sign in signs)), slanted, rotation, mirrored)


def _words(found: Iterable[LayerWord], shown: pymupdf.Rect, *, is_slanted: bool) -> tuple[Word, ...]:
    return tuple(_without_overprints(_word(word, shown) for word in found if (word.direction is None) == is_slanted))


def _lines(page: pymupdf.Page, given: Sequence[dict[str, Any]], seen: SeenText, *, is_mirrored: bool) -> list[Line]:
    """The glyphs of every line that MuPDF gives, as its reader sees them."""
    looking_glass = pymupdf.Matrix(-1, 0, 0, 1, page.rect.width, 0)
    shown = page.rotation_matrix * looking_glass if is_mirrored else page.rotation_matrix
    alongs = [pymupdf.Point(line["dir"]) * pymupdf.Matrix(shown.a, shown.b, shown.c, shown.d, 0, 0) for line in given]
    glyphs = [_glyphs(line, along, shown, seen) for line, along in zip(given, alongs, strict=True)]
    glyphs = _as_written(glyphs if is_mirrored else with_struck(glyphs, strokes_on(page)))
    kept = [number for number, line in enumerate(glyphs) if line]
    lines = [
        line_of(glyphs[number], (alongs[number].x, alongs[number].y), is_vertical=bool(given[number]["wmode"]))
        for number in kept
    ]
    return with_painted_signs(page, lines, [given[number] for number in kept], seen, shown=shown)


def _as_written(lines: Sequence[list[Glyph]]) -> list[list[Glyph]]:
    """Of lines from the right the glyphs stand in no order yet."""
    written = as_written(lines)
    return [old if new and is_right_to_left(old) else new for old, new in zip(lines, written, strict=True)]


def _glyphs(line: dict[str, Any], along: pymupdf.Point, shown: pymupdf.Matrix, seen: SeenText) -> list[Glyph]:
    """The characters of a line; the second letter of a ligature is not painted itself, it is seen like the first."""
    glyphs = []
    is_visible = True
    angle = round(math.degrees(math.atan2(along.y, along.x))) % 360
    for span, char in ((each, char) for each in line["spans"] for char in each["chars"]):
        shows = seen.shows(char["origin"], char["c"])
        is_visible = is_visible if shows is None else shows
        box = (pymupdf.Rect(char["bbox"]) * shown).normalize()
        origin = pymupdf.Point(char["origin"]) * shown
        glyphs.append(
            Glyph(
                fields.character(char["c"], span["font"]),
                (box.x0, box.y0, box.x1, box.y1),
                is_visible,
                is_gap=char["synthetic"],
                size=span["size"],
                baseline=origin.x * along.y - origin.y * along.x,
                angle=angle,
            )
        )
    return glyphs


def _word(word: LayerWord, shown: pymupdf.Rect) -> Word:
    return Word(
        text=word.piece.text,
        bbox=_fraction(word.piece.box, shown),
        direction=word.direction or 0,
        is_struck=word.piece.is_struck,
    )


def _fraction(box: Box, shown: pymupdf.Rect) -> BBox:
    return BBox.from_corners(*box, width=shown.width, height=shown.height)


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


def _accounts_for(grey: NDArray[np.uint8], boxes: Sequence[BBox], shown: pymupdf.Rect) -> bool:
    """Whether the boxes of words cover most of what looks like letters on the page."""
    scale = MARKS_DPI / POINTS_PER_INCH * shown.width / grey.shape[1]
    small = cv2.resize(grey, None, fx=min(scale, 1.0), fy=min(scale, 1.0), interpolation=cv2.INTER_AREA)
    covered = np.zeros(small.shape, np.bool_)
    for box in boxes:
        covered[_slices(box, small.shape, margin=2)] = True
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
