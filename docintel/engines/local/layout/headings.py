"""Headings that the layout analysis took for text, recognised by their size."""

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from docintel.engines.local.layout.placed import Part
from docintel.model import BBox, BlockLabel

LARGER = 1.25
"""Letters so much larger than the page's are a heading's."""
TITLE = 1.35
"""And so much larger are a title's, if nothing in the page's upper half is larger."""
NUMBERED = re.compile(r"^(第?[一二三四五六七八九十]+[、章节節]|[IVX]+\.\s)\S{1,18}$")
"""A short line that counts like a Chinese or Japanese heading, or in Roman numerals."""
MAX_LINES = 3


def with_headings(parts: Sequence[Part]) -> list[Part]:
    """The parts of a page, text in large letters labelled as a heading, the largest heading as the page's title."""
    heights = [line.level.height for part in parts for line in part.lines if not line.direction for _ in line.text]
    if not heights:
        return list(parts)
    body = median(heights)
    pictures = [part.region.bbox for part in parts if part.region.label is BlockLabel.PICTURE]
    headed = [_heading(part) if _is_heading(part, LARGER * body, pictures) else part for part in parts]
    if any(part.region.label is BlockLabel.TITLE for part in headed):
        return headed
    heads = [index for index, part in enumerate(headed) if _may_be_title(part)]
    largest = max(heads, key=lambda index: _height(headed[index]), default=None)
    if largest is not None and _height(headed[largest]) > TITLE * body:
        headed[largest] = _labelled(headed[largest], BlockLabel.TITLE)
    return headed


def _is_heading(part: Part, height: float, pictures: Sequence[BBox]) -> bool:
    """Whether text is a heading: few lines in large letters, or one that is numbered like one; not a stamp's text."""
    if part.region.label is not BlockLabel.TEXT or part.table is not None or not part.lines:
        return False
    if len(part.lines) == 1 and NUMBERED.match(part.lines[0].text):
        return True
    letters = sum(sum(map(str.isalpha, line.text)) for line in part.lines)
    large = letters > 2 and len(part.lines) <= MAX_LINES and _height(part) > height
    return large and not any(part.region.bbox.overlap(picture) for picture in pictures)


def _may_be_title(part: Part) -> bool:
    return part.region.label is BlockLabel.SECTION_HEADER and part.region.bbox.center[1] < 0.5


def _height(part: Part) -> float:
    return median(line.level.height for line in part.lines) if part.lines else 0.0


def _heading(part: Part) -> Part:
    return _labelled(part, BlockLabel.SECTION_HEADER)


def _labelled(part: Part, label: BlockLabel) -> Part:
    return replace(part, region=replace(part.region, label=label))
