"""Lines beside check boxes, and regions that lose lines to them."""

from collections.abc import Sequence
from dataclasses import replace

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.placed import Part, PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel, Word
from docintel.text.ticks import sign

HEADINGS = frozenset({BlockLabel.TITLE, BlockLabel.SECTION_HEADER})


def cut_at(line: PlacedLine, marks: Sequence[Mark]) -> list[PlacedLine]:
    """The line in pieces, cut where boxes stand in it."""
    places = sorted(
        mark.bbox.center[0]
        for mark in marks
        if _is_beside(line.level, mark.bbox) and line.level.x0 < mark.bbox.center[0] < line.level.x1
    )
    if not places:
        return [line]
    strips: dict[int, list[int]] = {}
    for index, (_, box) in enumerate(line.level_words):
        strips.setdefault(sum(box.center[0] > place for place in places), []).append(index)
    return [piece(line, kept) for kept in strips.values()]


def _is_beside(line: BBox, box: BBox) -> bool:
    return line.y0 < box.center[1] < line.y1 or box.y0 < line.center[1] < box.y1


def sign_line(mark: Mark) -> PlacedLine:
    text = sign(mark.is_checked)
    return PlacedLine(text, 1.0, mark.bbox, (Word(text=text, bbox=mark.bbox),), ((text, mark.bbox),))


def label_of(box: BBox, regions: Sequence[Region]) -> BlockLabel:
    """A heading where the layout analysis saw one there and nothing else in it."""
    for region in regions:
        if region.label in HEADINGS and box.overlap(region.bbox) > 0.5 * max(region.bbox.area, box.area):
            return region.label
    return BlockLabel.TEXT


def without_taken(
    regions: Sequence[Region], lines: Sequence[PlacedLine], groups: Sequence[Sequence[Part]]
) -> list[Region]:
    """The regions that check boxes took lines from, shrunk to what is left of them."""
    taken = [part.region.bbox for group in groups for part in group]
    kept = []
    for region in regions:
        inside = [line.level for line in lines if line.level.overlap(region.bbox) >= 0.5 * (line.level.area or 1.0)]
        if region.label is BlockLabel.PICTURE or not any(region.bbox.overlap(box) for box in taken):
            kept.append(region)
        elif inside:
            kept.append(replace(region, bbox=BBox.around(inside)))
    return kept
