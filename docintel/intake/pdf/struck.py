"""Text that is struck through: by a line or a thin bar that somebody drew, or by a StrikeOut annotation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pymupdf

from docintel.intake.pdf.written.glyphs import Box, Glyph

MAX_PATHS = 20_000
"""A page of more paths than these is a drawing; its lines are not looked at."""
ACROSS = (0.12, 0.5)
"""How high above the baseline a line strikes through, in sizes; what is lower underlines."""
THIN = 0.2
"""Thickness of a line, in sizes."""
COVERED = 0.5
"""A glyph is struck where a line runs over this share of its width."""
MOSTLY = 0.6
"""Share of a line that runs over text: rules of tables and frames run on beside it."""
WHITE = 0.95
MIN_OPACITY = 0.1


@dataclass(frozen=True)
class Stroke:
    """A horizontal line on the page as displayed, in points; of an annotation, what it marks."""

    box: Box
    is_annotation: bool = False


def with_struck(lines: Sequence[list[Glyph]], strokes: Sequence[Stroke]) -> list[list[Glyph]]:
    """The lines' glyphs, marked where one of `strokes` runs through them."""
    struck = {id(glyph) for stroke in strokes for glyph in _struck_by(stroke, lines)}
    if not struck:
        return list(lines)
    return [[replace(glyph, is_struck=True) if id(glyph) in struck else glyph for glyph in line] for line in lines]


def _struck_by(stroke: Stroke, lines: Sequence[Sequence[Glyph]]) -> list[Glyph]:
    glyphs = [glyph for line in lines for glyph in line if not glyph.angle and _runs_through(stroke, glyph)]
    if stroke.is_annotation:
        return glyphs
    over = sum(_shared(stroke.box, glyph.box) for glyph in glyphs)
    return glyphs if over >= MOSTLY * (stroke.box[2] - stroke.box[0]) else []


def _runs_through(stroke: Stroke, glyph: Glyph) -> bool:
    if _shared(stroke.box, glyph.box) <= COVERED * glyph.width:
        return False
    top, bottom = stroke.box[1], stroke.box[3]
    if stroke.is_annotation:
        return top < (glyph.box[1] + glyph.box[3]) / 2 < bottom
    height = -(top + bottom) / 2 - glyph.baseline
    return ACROSS[0] * glyph.size <= height <= ACROSS[1] * glyph.size and bottom - top <= THIN * glyph.size


def _shared(one: Box, other: Box) -> float:
    return max(min(one[2], other[2]) - max(one[0], other[0]), 0.0)


def strokes_on(page: pymupdf.Page) -> list[Stroke]:
    """Everything on the page that may strike text through."""
    drawn = [Stroke(box) for box in _lines_on(page)]
    return drawn + [Stroke(box, is_annotation=True) for box in _marked_on(page)]


def _lines_on(page: pymupdf.Page) -> Iterator[Box]:
    if sum(kind.endswith("-path") for kind, _ in page.get_bboxlog()) > MAX_PATHS:
        return
    for path in page.get_cdrawings():
        is_stroked = "s" in path["type"] and _is_seen(path, "color", "stroke_opacity")
        is_filled = "f" in path["type"] and _is_seen(path, "fill", "fill_opacity")
        for item in path.get("items", ()):
            if item[0] == "l" and is_stroked:
                yield from _thin(page, pymupdf.Rect(item[1], item[2]).normalize(), path.get("width") or 1.0)
            elif item[0] == "re" and (is_filled or is_stroked):
                yield from _thin(page, pymupdf.Rect(item[1]), 0.0)
            elif item[0] == "qu" and (is_filled or is_stroked):
                yield from _thin(page, pymupdf.Quad(item[1]).rect, 0.0)


def _is_seen(path: dict[str, Any], color: str, opacity: str) -> bool:
    """Whether it is painted in a colour that is not white."""
    levels = path.get(color)
    return levels is not None and min(levels) < WHITE and (path.get(opacity) or 1.0) >= MIN_OPACITY


def _thin(page: pymupdf.Page, box: pymupdf.Rect, width: float) -> Iterator[Box]:
    shown = (box * page.rotation_matrix).normalize()
    if shown.width > 3 * max(shown.height, width):
        middle, half = (shown.y0 + shown.y1) / 2, max(shown.height, width) / 2
        yield (shown.x0, middle - half, shown.x1, middle + half)


def _marked_on(page: pymupdf.Page) -> Iterator[Box]:
    for annotation in page.annots(types=(pymupdf.PDF_ANNOT_STRIKE_OUT,)):
        corners = annotation.vertices or []
        for place in range(0, len(corners) - 3, 4):
            quad = pymupdf.Quad(corners[place : place + 4]) * page.rotation_matrix
            yield (quad.rect.x0, quad.rect.y0, quad.rect.x1, quad.rect.y1)
