"""The text that a PDF page carries beside its picture, where it can be believed.

A page is believed as a whole or read from its picture. Words that nobody sees go first (never painted, transparent,
under a picture, white on white, clipped); what is left must be text, and must account for the marks on the page that
look like letters.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pdf.bidi import is_right_to_left, logical
from docintel.intake.pdf.glyphs import Box, Glyph, Piece, is_text, words_of
from docintel.intake.pixels import POINTS_PER_INCH, Pixels
from docintel.model import BBox, Word

FLAGS = pymupdf.TEXT_CLIP
"""Nothing outside the page; ligatures are spelled out, glyphs without a character come as U+FFFD, not as numbers."""
NEVER_PAINTED = 3
MIN_OPACITY = 0.1
COVERED = 0.5
"""A glyph of which a later picture covers this share is not seen."""
OVERPRINTED = 0.6
"""Intersection over union from which the same word twice is one word."""
MIN_INK = 24
"""Grey levels between the lightest and the darkest pixel under a word that is seen."""
MARKS_DPI = 100
MARK_CONTRAST = 48
MARK_HEIGHTS = (4, 28)
MARK_WIDTHS = (1, 40)
"""Pixels at `MARKS_DPI` of what may be a letter."""
FEW_MARKS = 40
MAX_UNREAD = 0.3
"""A page is read from its picture where its text leaves out more marks than `FEW_MARKS` and than this share of those
that it covers: a scan under a printed header, a figure full of labels, text drawn as outlines."""


def believed_words(page: pymupdf.Page, pixels: Pixels) -> tuple[Word, ...]:
    """The page's words in the file's order with boxes in fractions of `pixels`, or none: read the picture."""
    lines = _lines(page)
    if not is_text("\n".join("".join(glyph.text for glyph in line if glyph.is_visible) for line in lines)):
        return ()
    pieces = [piece for line in lines for piece in words_of(line)]
    words = _without_overprints(_word(piece, page.rect) for piece in pieces if _is_on(piece, page.rect))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    seen = tuple(word for word in words if _has_ink(grey, word.bbox))
    return seen if seen and _accounts_for(grey, seen, page.rect) else ()


def _lines(page: pymupdf.Page) -> list[list[Glyph]]:
    """The glyphs of every line in reading order, boxes in points as displayed."""
    seen = _painted_origins(page)
    lines = []
    for block in page.get_text("rawdict", flags=FLAGS)["blocks"]:
        for line in block.get("lines", ()):
            glyphs = _glyphs([char for span in line["spans"] for char in span["chars"]], page, seen)
            along = pymupdf.Point(line["dir"]) * _turn_of(page)
            lines.append(logical(glyphs) if along.x > 0.99 and is_right_to_left(glyphs) else glyphs)
    return lines


def _glyphs(chars: Sequence[dict[str, Any]], page: pymupdf.Page, seen: dict[tuple[int, int], bool]) -> list[Glyph]:
    """The characters of a line; the second letter of a ligature is not painted itself, it is seen like the first."""
    glyphs = []
    is_visible = True
    for char in chars:
        is_visible = seen.get(_key(char["origin"]), is_visible)
        box = (pymupdf.Rect(char["bbox"]) * page.rotation_matrix).normalize()
        glyphs.append(Glyph(char["c"], (box.x0, box.y0, box.x1, box.y1), is_visible, is_gap=char["synthetic"]))
    return glyphs


def _painted_origins(page: pymupdf.Page) -> dict[tuple[int, int], bool]:
    """Where glyphs start, and whether one there can be seen: painted, and not covered by a picture afterwards."""
    painted = page.get_bboxlog()
    pictures = [(place, box) for place, (kind, box) in enumerate(painted) if kind in ("fill-image", "fill-shade")]
    places = np.array([place for place, _ in pictures])
    boxes = np.array([box for _, box in pictures], np.float64).reshape(-1, 4)
    seen: dict[tuple[int, int], bool] = {}
    for span in page.get_texttrace():
        is_painted = span["type"] != NEVER_PAINTED and span["opacity"] >= MIN_OPACITY
        later = boxes[places > span["seqno"]]
        for _, _, origin, box in span["chars"]:
            key = _key(origin)
            seen[key] = seen.get(key, False) or (is_painted and not _is_covered(box, later))
    return seen


def _is_covered(box: Box, pictures: NDArray[np.float64]) -> bool:
    """Whether one of `pictures`, a row of four corners each, lies over most of `box`."""
    if not len(pictures):
        return False
    across = np.minimum(box[2], pictures[:, 2]) - np.maximum(box[0], pictures[:, 0])
    down = np.minimum(box[3], pictures[:, 3]) - np.maximum(box[1], pictures[:, 1])
    area = max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)
    return bool((across.clip(0) * down.clip(0)).max() > COVERED * area)


def _key(origin: tuple[float, float]) -> tuple[int, int]:
    """A place that two of MuPDF's lists give with slightly different rounding."""
    return round(origin[0] * 2), round(origin[1] * 2)


def _turn_of(page: pymupdf.Page) -> pymupdf.Matrix:
    turn = page.rotation_matrix
    return pymupdf.Matrix(turn.a, turn.b, turn.c, turn.d, 0, 0)


def _word(piece: Piece, shown: pymupdf.Rect) -> Word:
    return Word(text=piece.text, bbox=BBox.from_corners(*piece.box, width=shown.width, height=shown.height))


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


def _has_ink(grey: NDArray[np.uint8], box: BBox) -> bool:
    rows, columns = _slices(box, grey.shape)
    under = grey[rows, columns]
    return under.size > 0 and int(under.max()) - int(under.min()) >= MIN_INK


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
