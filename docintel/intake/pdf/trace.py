"""What MuPDF traces while it paints a page: where the signs of right-to-left text stand."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import pymupdf

from docintel.intake.pdf.seen.cover import SeenText, place_key
from docintel.intake.pdf.written.bidi import is_right_to_left
from docintel.intake.pdf.written.directions import Line, turned_box
from docintel.intake.pdf.written.glyphs import UNKNOWN, Box, clean
from docintel.intake.pdf.written.painted import Painted, repaired

HANGING = 0.1
"""Part of its height by which a letter's middle lies below its line, at least, where it hangs."""
Chars = list[dict[str, Any]]


def chars_of(line: dict[str, Any]) -> Chars:
    return [char for span in line["spans"] for char in span["chars"]]


def with_painted_signs(
    page: pymupdf.Page,
    lines: Sequence[Line],
    given: Sequence[dict[str, Any]],
    seen: SeenText,
    *,
    shown: pymupdf.Matrix,
) -> list[Line]:
    """The lines, those with right-to-left text made of what was painted.

    `given` are MuPDF's own lines; `shown` brings the page's own places to those displayed.
    """
    wanted = [line.direction == line.letters and is_right_to_left(line.glyphs) for line in lines]
    if not any(wanted):
        return list(lines)
    traced = _traced(page, given, seen, shown)
    painted: dict[int, list[Painted]] = {}
    mended = []
    for line, each, is_wanted in zip(lines, given, wanted, strict=True):
        if is_wanted and line.direction is not None:
            own = painted.setdefault(line.direction, [_as_read(*one, line.direction) for one in traced])
            baseline = median(_place(shown, char["origin"], line.direction)[1] for char in chars_of(each))
            line = replace(line, glyphs=tuple(repaired(line.glyphs, own, baseline=baseline)))
        mended.append(line)
    return mended


Traced = tuple[Painted, Box, Box]
"""A painted glyph, and its box and origin (a box without extent) as displayed."""


def _traced(
    page: pymupdf.Page,
    given: Sequence[dict[str, Any]],
    seen: SeenText,
    shown: pymupdf.Matrix,
) -> list[Traced]:
    kept = {(clean(char["c"]), place_key(char["origin"])) for line in given for char in chars_of(line)}
    found: list[Traced] = []
    for span in page.get_texttrace():
        for code, glyph, origin, box in span["chars"]:
            text = chr(code) if code > 0 else UNKNOWN
            if glyph < 0 and found:
                before, *places = found[-1]
                found[-1] = (replace(before, text=before.text + text), places[0], places[1])
                continue
            is_dropped = not text.isspace() and (clean(text), place_key(origin)) not in kept
            one = Painted(text, 0, 0, 0, span["size"], seen.shows(origin, text) is not False, is_dropped)
            place = tuple((pymupdf.Rect(box) * shown).normalize())
            found.append((one, place, _place(shown, origin, 0)))
    return found


def _as_read(one: Painted, box: Box, place: Box, direction: int) -> Painted:
    box, place = turned_box(box, -direction), turned_box(place, -direction)
    return replace(one, start=box[0], end=box[2], baseline=place[1])


def _place(shown: pymupdf.Matrix, origin: tuple[float, float], direction: int) -> Box:
    point = pymupdf.Point(origin) * shown
    return turned_box((point.x, point.y, point.x, point.y), -direction)


def is_mirrored(given: Sequence[dict[str, Any]]) -> bool:
    """Whether most letters stand the wrong way round, as in a looking-glass: they hang from their line."""
    standing = hanging = 0
    for line in given:
        across, down = line["dir"]
        for char in () if line["wmode"] else chars_of(line):
            if char["c"].isalnum():
                x0, y0, x1, y1 = char["bbox"]
                x, y = char["origin"]
                rise = ((x0 + x1) / 2 - x) * down - ((y0 + y1) / 2 - y) * across
                standing += rise > 0
                hanging += rise < -HANGING * abs((x1 - x0) * down - (y1 - y0) * across)
    return hanging > 2 * standing
