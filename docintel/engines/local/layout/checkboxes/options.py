"""Check boxes and the words on a page → what each stands for, and the question that they answer together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.checkboxes.matrices import runs_in_columns, table_of_boxes
from docintel.engines.local.layout.checkboxes.option_lines import cut_at, label_of, sign_line
from docintel.engines.local.layout.checkboxes.places import BoxGroup, PlacedBox, PlacedPage, PlacedPiece
from docintel.engines.local.layout.placed import Part, PlacedLine, line_height, piece
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel
from docintel.tables.lattice import Grid, Text, holds
from docintel.tables.ruled import table_from_grid

NEAR = 3.0
"""A label begins at most this many line heights beside its box."""
QUESTION_GAP = 8.0
"""Line heights from a question to the first box on its line."""
ABOVE = 2.6
"""Line heights from a question to the boxes below it."""
PITCH = 3.2
"""Line heights from one row of boxes to the next of one question."""
ASKING = (":", "?", "：", "？", "؟", ";")
WRAPPED = 20
"""A label of fewer letters does not run over two lines."""


@dataclass(frozen=True)
class Options:
    """What was found: parts in groups, each a question with its boxes, and the lines that are left."""

    groups: tuple[tuple[Part, ...], ...]
    lines: tuple[PlacedLine, ...]


def options_of(
    lines: Sequence[PlacedLine],
    marks: Sequence[Mark],
    grids: Sequence[Grid],
    regions: Sequence[Region],
    *,
    aspect: float,
    right_to_left: bool = False,
) -> Options:
    """Boxes in ruled tables become signs in their cells; all others get their words, or stay as signs in the text.

    One that has neither words nor another box in line with it is dropped.
    """
    if not marks:
        return Options((), tuple(lines))
    unit = line_height(lines) or 0.015
    lines = [cut for line in lines for cut in cut_at(line, marks)]
    words = [Text(text, box) for line in lines for text, box in line.level_words]
    tables = [grid for grid in grids if table_from_grid(grid, words)]
    in_tables = [mark for mark in marks if any(holds(grid, mark.bbox) for grid in tables)]
    free = [mark for mark in marks if mark not in in_tables]
    lines = [*lines, *map(sign_line, in_tables)]
    page = _Page(lines, free, aspect, unit, right_to_left)
    return page.options(regions)


class _Page(PlacedPage):
    """The pieces of lines and the boxes of one page, while words are given to boxes."""

    def options(self, regions: Sequence[Region]) -> Options:
        rows = self.rows()
        groups: list[tuple[Part, ...]] = []
        for run in runs_in_columns(rows, self):
            if part := table_of_boxes(run, self):
                groups.append((part,))
                rows = [row for row in rows if row not in run]
        for row in rows:
            self._give_labels(row)
        for row in rows:
            self._give_more_lines(row)
        found = self._groups(rows)
        groups += [self._parts(group, regions) for group in found]
        left = [each.line for index, each in enumerate(self.pieces) if index not in self.used]
        bare = [box for group in found if not group.is_labelled for box in group.boxes]
        left += [sign_line(box.mark) for box in bare if any(_in_line(box, other) for other in bare)]
        return Options(tuple(group for group in groups if group), tuple(left))

    def _give_labels(self, row: list[PlacedBox]) -> None:
        """Words after each box, or before each where the row ends with a box and all have words before them."""
        pieces = self.row_pieces(row)
        edges = [-1e9, *(box.x1 for box in row)], [*(box.x0 for box in row), 1e9]
        before = [self.between(pieces, start, box.x0) for start, box in zip(edges[0], row, strict=False)]
        after = [self.between(pieces, box.x1, end) for box, end in zip(row, edges[1][1:], strict=True)]
        near_before = [
            self.pieces[found[-1]].x1 - box.x0 > -NEAR if found else False
            for found, box in zip(before, row, strict=True)
        ]
        near_after = [
            self.pieces[found[0]].x0 - box.x1 < NEAR if found else False for found, box in zip(after, row, strict=True)
        ]
        gaps = [
            (
                box.x0 - self.pieces[b[-1]].x1 if b else 1e9,
                self.pieces[a[0]].x0 - box.x1 if a else 1e9,
            )
            for b, a, box in zip(before, after, row, strict=True)
        ]
        stand_after = not near_after[-1] and (all(near_before) or (len(row) == 1 and bool(before[0])))
        closer = len(row) > 1 and all(near_before) and all(b < 0.5 * a for b, a in gaps)
        for index, box in enumerate(row):
            if stand_after or closer:
                box.label = self._before(before[index])
            elif near_after[index]:
                box.label = self._run(after[index], 1)
            self.used.update(box.label)

    def _before(self, found: Sequence[int]) -> list[int]:
        return self._parted(self._run(found[::-1], -1)[::-1]) if found else []

    def _parted(self, label: list[int]) -> list[int]:
        """Without a question that stands before the label in one line with it."""
        if len(label) != 1:
            return label
        line = self.pieces[label[0]].line
        ends = [n for n, (text, _) in enumerate(line.level_words[:-1], 1) if text.endswith(ASKING)]
        if not ends:
            return label
        head, tail = (piece(line, list(part)) for part in (range(ends[-1]), range(ends[-1], len(line.level_words))))
        self.pieces[label[0]] = PlacedPiece(head, *self.placed(head.level))
        self.pieces.append(PlacedPiece(tail, *self.placed(tail.level)))
        return [len(self.pieces) - 1]

    def _run(self, found: Sequence[int], direction: int) -> list[int]:
        """The first piece, and those that follow it as words follow words."""
        run = list(found[:1])
        for before, after in pairwise(found):
            a, b = (before, after) if direction > 0 else (after, before)
            if self.pieces[b].x0 - self.pieces[a].x1 > 0.7:
                break
            run.append(after)
        return run

    def _give_more_lines(self, row: list[PlacedBox]) -> None:
        """The further lines of labels that run over one line."""
        for box in row:
            while box.label and sum(len(self.pieces[i].line.text) for i in box.label) > WRAPPED:
                last = self.pieces[box.label[-1]]
                start = min(self.pieces[i].x0 for i in box.label)
                following = [
                    index
                    for index, each in enumerate(self.pieces)
                    if index not in self.used
                    and abs(each.x0 - start) < 0.5
                    and start > box.x1 - 0.3
                    and -0.5 < each.y0 - last.y1 < 0.4
                ]
                if not following or any(
                    abs(other.middle - self.pieces[following[0]].middle) < 0.5 for other in self.boxes
                ):
                    break
                box.label.append(following[0])
                self.used.add(following[0])

    def _groups(self, rows: Sequence[list[PlacedBox]]) -> list[BoxGroup]:
        groups: list[BoxGroup] = []
        for row in rows:
            runs = self._runs_by_question(row)
            above = groups[-1] if groups else None
            if above and len(runs) == 1 and not runs[0].question and self._goes_on(above, runs[0]):
                above.boxes += runs[0].boxes
            else:
                groups += runs
        return [parted for group in groups for parted in self._by_columns(group)]

    def _runs_by_question(self, row: Sequence[PlacedBox]) -> list[BoxGroup]:
        """The boxes of a row, parted where words between them belong to none: a question for those after it."""
        runs: list[BoxGroup] = []
        end = -1e9
        for box in row:
            start = min([box.x0, *(self.pieces[i].x0 for i in box.label)])
            free = [
                i for i in self.between(self.row_pieces([box]), end, start) if start - self.pieces[i].x1 < QUESTION_GAP
            ]
            question = self._run(free[::-1], -1)[::-1]
            if question or not runs:
                runs.append(BoxGroup([], question))
                self.used.update(question)
            runs[-1].boxes.append(box)
            end = max([box.x1, *(self.pieces[i].x1 for i in box.label)])
        return runs

    def _goes_on(self, above: BoxGroup, below: BoxGroup) -> bool:
        """Whether a row of boxes belongs to those above it: in a column with them, near, and nothing between."""
        last, first = above.boxes[-1], below.boxes[0]
        near = 0 < first.middle - last.middle < PITCH
        in_column = any(abs(box.x0 - first.x0) < 0.6 for box in above.boxes)
        between = any(
            last.y1 < each.middle < first.y0 and each.x0 < last.x1 + 20
            for index, each in enumerate(self.pieces)
            if index not in self.used
        )
        return near and in_column and not between

    def _by_columns(self, group: BoxGroup) -> list[BoxGroup]:
        """The group with the question above it, or one for each column that has a question of its own."""
        if group.question:
            return [group]
        columns: list[list[PlacedBox]] = []
        for box in sorted(group.boxes, key=lambda box: box.x0):
            if columns and abs(columns[-1][0].x0 - box.x0) < 0.6:
                columns[-1].append(box)
            else:
                columns.append([box])
        if len(columns) > 1 and len(columns[-1]) > 1:
            heads = [self._above(column, own=True) for column in columns]
            if all(heads) and len({tuple(head) for head in heads}) == len(columns):
                for head in heads:
                    self.used.update(head)
                return [BoxGroup(sorted(c, key=lambda b: b.y0), h) for c, h in zip(columns, heads, strict=True)]
        question = self._above(group.boxes)
        self.used.update(question)
        return [BoxGroup(group.boxes, question)]

    def _above(self, boxes: Sequence[PlacedBox], *, own: bool = False) -> list[int]:
        """The line right above boxes, where it asks or stands by itself; `own`: and begins where they do."""
        top, start = min(box.y0 for box in boxes), min(box.x0 for box in boxes)
        ends = max([box.x1 for box in boxes] + [self.pieces[i].x1 for box in boxes for i in box.label])
        near = [
            index
            for index, each in enumerate(self.pieces)
            if index not in self.used
            and each.y1 < top + 0.4
            and top - each.y1 < ABOVE
            and (abs(each.x0 - start) < 2.5 if own else each.x0 < ends and each.x1 > start - 3)
        ]
        if not near:
            return []
        lowest = max(near, key=lambda i: self.pieces[i].y1)
        row = sorted(
            (i for i in near if abs(self.pieces[i].middle - self.pieces[lowest].middle) < 0.5),
            key=lambda i: self.pieces[i].x0,
        )
        first = row[0]
        text = self.pieces[first].line.text.rstrip()
        follows = any(
            -0.5 < self.pieces[first].y0 - each.y1 < 0.3
            and each.x0 < self.pieces[first].x1
            and each.x1 > self.pieces[first].x0
            for index, each in enumerate(self.pieces)
            if index not in self.used and index not in row
        )
        return [first] if text.endswith(ASKING) or (not follows and len(text) < 80) else []

    def _parts(self, group: BoxGroup, regions: Sequence[Region]) -> tuple[Part, ...]:
        """The question and its boxes. Where none of them has words they are left to be signs in the text."""
        asked = tuple(self.pieces[i].line for i in group.question)
        parts = []
        for box in group.boxes:
            label = tuple(self.pieces[i].line for i in box.label)
            if group.is_labelled:
                around = BBox.around([box.mark.bbox, *(line.level for line in label)])
                region = Region(BlockLabel.CHECKBOX, around, 1.0)
                parts.append(Part(region, label, is_checked=box.mark.is_checked))
        if not asked:
            return tuple(parts)
        around = BBox.around(line.level for line in asked)
        return (Part(Region(label_of(around, regions), around, 1.0), asked), *parts)


def _in_line(a: PlacedBox, b: PlacedBox) -> bool:
    """Whether two boxes stand in one row or column."""
    return a is not b and (abs(a.middle - b.middle) < 0.5 or abs(a.x0 - b.x0) < 0.5)
