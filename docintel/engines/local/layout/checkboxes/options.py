"""Check boxes and the words on a page → what each stands for, and the question that they answer together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docintel.engines.local.layout.checkboxes.marks import Mark
from docintel.engines.local.layout.checkboxes.option_lines import cut_at, label_of, sign_line
from docintel.engines.local.layout.checkboxes.places import BoxGroup, PlacedBox, PlacedPiece
from docintel.engines.local.layout.placed import Part, PlacedLine, line_height, piece
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel, Cell, Table
from docintel.tables.lattice import Grid, Text, holds
from docintel.tables.ruled import table_from_grid
from docintel.text.ticks import sign

NEAR = 3.0
"""A label begins at most this many line heights beside its box."""
WORD_GAP = 1.6
"""Wider gaps end a label."""
QUESTION_GAP = 8.0
"""Line heights from a question to the first box on its line."""
ABOVE = 2.6
"""Line heights from a question to the boxes below it."""
PITCH = 3.2
"""Line heights from one row of boxes to the next of one question."""
ASKING = (":", "?", "：", "？", "؟", ";")
ACROSS = 0.8
"""Boxes of one column are out of line by less, in line heights."""
SCALE = 5
"""So many boxes in a row with no words between are answers from one end to the other."""
MOSTLY_BARE = 0.6
"""Part of the rows of a table of boxes that have no words but their own label."""
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


class _Page:
    """The pieces of lines and the boxes of one page, while words are given to boxes."""

    def __init__(
        self, lines: Sequence[PlacedLine], marks: Sequence[Mark], aspect: float, unit: float, right_to_left: bool
    ) -> None:
        self._scale = (aspect / unit, 1 / unit)
        self._mirrored = right_to_left
        self._unit = unit
        self.pieces = [PlacedPiece(cut, *self._placed(cut.level)) for line in lines for cut in self._narrow(line)]
        self.boxes = [PlacedBox(mark, *self._placed(mark.bbox)) for mark in marks]
        self.used: set[int] = set()

    def _placed(self, box: BBox) -> tuple[float, float, float, float]:
        across, down = self._scale
        x0, x1 = (1 - box.x1, 1 - box.x0) if self._mirrored else (box.x0, box.x1)
        return x0 * across, box.y0 * down, x1 * across, box.y1 * down

    def _narrow(self, line: PlacedLine) -> list[PlacedLine]:
        """The line cut at gaps that are too wide for a space, where it has boxes beside it or not."""
        order = sorted(range(len(line.level_words)), key=lambda i: line.level_words[i][1].x0)
        across = self._scale[0]
        runs: list[list[int]] = [order[:1]]
        for before, after in pairwise(order):
            gap = (line.level_words[after][1].x0 - line.level_words[before][1].x1) * across
            if gap > WORD_GAP:
                runs.append([])
            runs[-1].append(after)
        return [line] if len(runs) < 2 else [piece(line, sorted(run)) for run in runs]

    def options(self, regions: Sequence[Region]) -> Options:
        rows = self._rows()
        groups: list[tuple[Part, ...]] = []
        for run in _matrices(rows, self):
            if part := self._matrix(run):
                groups.append((part,))
                rows = [row for row in rows if row not in run]
        for row in rows:
            self._give_labels(row)
        for row in rows:
            self._give_more_lines(row)
        bare = [box for row in rows for box in row if not box.label]
        found = self._groups(rows)
        groups += [self._parts(group, regions) for group in found]
        left = [each.line for index, each in enumerate(self.pieces) if index not in self.used]
        left += [sign_line(box.mark) for box in bare if any(_in_line(box, other) for other in bare)]
        return Options(tuple(group for group in groups if group), tuple(left))

    def _rows(self) -> list[list[PlacedBox]]:
        rows: list[list[PlacedBox]] = []
        for box in sorted(self.boxes, key=lambda box: box.middle):
            if rows and box.middle - sum(each.middle for each in rows[-1]) / len(rows[-1]) < 0.5:
                rows[-1].append(box)
            else:
                rows.append([box])
        return [sorted(row, key=lambda box: box.x0) for row in rows]

    def row_pieces(self, row: Sequence[PlacedBox]) -> list[int]:
        """Unused pieces that stand on the row, in reading direction."""
        top, bottom = min(box.y0 for box in row), max(box.y1 for box in row)
        middle = sum(box.middle for box in row) / len(row)
        found = [
            index
            for index, each in enumerate(self.pieces)
            if index not in self.used and (top < each.middle < bottom or each.y0 < middle < each.y1)
        ]
        return sorted(found, key=lambda index: self.pieces[index].x0)

    def is_bare(self, row: Sequence[PlacedBox]) -> bool:
        """Whether no words stand between its boxes, nor right after them, unless they are a scale's: many in a row."""
        pieces = self.row_pieces(row)
        if any(self.between(pieces, a.x1, b.x0) for a, b in pairwise(row)):
            return False
        return len(row) >= SCALE or not any(0 < self.pieces[i].x0 - row[-1].x1 < NEAR for i in pieces)

    def between(self, row: Sequence[int], start: float, end: float) -> list[int]:
        return [i for i in row if start - 0.3 <= self.pieces[i].x0 and self.pieces[i].x1 <= end + 0.3]

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
        self.pieces[label[0]] = PlacedPiece(head, *self._placed(head.level))
        self.pieces.append(PlacedPiece(tail, *self._placed(tail.level)))
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
        """The question and its boxes. Where none of them has words they say nothing, and are left out."""
        asked = tuple(self.pieces[i].line for i in group.question)
        parts = []
        is_labelled = any(box.label for box in group.boxes)
        for box in group.boxes:
            label = tuple(self.pieces[i].line for i in box.label)
            if is_labelled:
                around = BBox.around([box.mark.bbox, *(line.level for line in label)])
                region = Region(BlockLabel.CHECKBOX, around, 1.0)
                parts.append(Part(region, label, is_checked=box.mark.is_checked))
        if not asked:
            return tuple(parts)
        around = BBox.around(line.level for line in asked)
        return (Part(Region(label_of(around, regions), around, 1.0), asked), *parts)

    def _matrix(self, rows: Sequence[list[PlacedBox]]) -> Part | None:
        """Rows of boxes in columns, heads above (below one row that has none), words before each: a table."""
        widest = max(rows, key=len)
        columns = [(box.x0 + box.x1) / 2 for box in widest]
        labels = [[i for i in self.row_pieces(row) if self.pieces[i].x1 < widest[0].x0 + 0.3] for row in rows]
        taken = [i for label in labels for i in label]
        heads = self._heads(columns, rows[0], taken)
        if len(rows) == 1 and not any(heads):
            heads = self._heads(columns, rows[0], taken, below=True)
        if not (all(labels) if any(heads) else len(rows) > 1 and all(labels)) and not (all(heads) and not taken):
            return None
        placed = [[_nearest(row, column) for column in columns] for row in rows]
        return self._table(placed, labels, heads)

    def _table(
        self, rows: Sequence[list[PlacedBox | None]], labels: Sequence[list[int]], heads: Sequence[list[PlacedLine]]
    ) -> Part:
        """Its first row is the heads; words between rows of boxes are a row without boxes."""
        middles = [next(box.middle for box in row if box) for row in rows]
        written = [(middle, label, row) for middle, label, row in zip(middles, labels, rows, strict=True)]
        first = min(box.x0 for row in rows for box in row if box)
        empty: list[PlacedBox | None] = [None] * len(heads)
        for index in self._sections(middles[0], middles[-1], first, labels):
            written.append((self.pieces[index].middle, [index], empty))
        written.sort(key=lambda row: row[0])
        self.used.update(i for _, label, _ in written for i in label)
        texts = [["", *(" ".join(line.text for line in head) for head in heads)]] if any(heads) else []
        texts += [
            [self._join(label), *(sign(box.mark.is_checked) if box else "" for box in row)] for _, label, row in written
        ]
        places = [empty] * (len(texts) - len(written)) + [row for _, _, row in written]
        cells = tuple(
            Cell(
                row=r,
                column=c,
                text=text,
                is_header=r == 0 and any(heads),
                bbox=box.mark.bbox if c and (box := places[r][c - 1]) else None,
            )
            for r, row in enumerate(texts)
            for c, text in enumerate(row)
        )
        lines = [line for head in heads for line in head] + [
            self.pieces[i].line for _, label, _ in written for i in label
        ]
        boxes = [box.mark.bbox for row in rows for box in row if box]
        table = Table(num_rows=len(texts), num_columns=len(heads) + 1, cells=cells)
        return Part(
            Region(BlockLabel.TABLE, BBox.around([*(line.level for line in lines), *boxes]), 1.0), tuple(lines), table
        )

    def _sections(self, top: float, bottom: float, first: float, labels: Sequence[list[int]]) -> list[int]:
        """Pieces that stand before the columns and between two rows."""
        taken = {i for label in labels for i in label} | self.used
        return [
            index
            for index, each in enumerate(self.pieces)
            if index not in taken and top < each.middle < bottom and each.x0 < first
        ]

    def _join(self, label: Sequence[int]) -> str:
        return " ".join(self.pieces[i].line.text for i in label)

    def _heads(
        self, columns: Sequence[float], row: Sequence[PlacedBox], labels: Sequence[int], *, below: bool = False
    ) -> list[list[PlacedLine]]:
        """For each column the words above it, or below it, taken out of their lines."""
        top, bottom = min(box.y0 for box in row), max(box.y1 for box in row)
        pitch = min((b - a for a, b in pairwise(columns)), default=6.0)
        heads: list[list[PlacedLine]] = [[] for _ in columns]
        for index, each in enumerate(self.pieces):
            is_near = -0.4 < each.y0 - bottom < ABOVE if below else -0.4 < top - each.y1 < ABOVE
            if index in self.used or index in labels or not is_near:
                continue
            owners = [self._column(box, columns, pitch) for _, box in each.line.level_words]
            if all(owner is not None for owner in owners):
                self.used.add(index)
                for column in dict.fromkeys(owners):
                    words = [n for n, owner in enumerate(owners) if owner == column]
                    heads[column or 0].append(piece(each.line, words))
        return heads

    def _column(self, box: BBox, columns: Sequence[float], pitch: float) -> int | None:
        x0, _, x1, _ = self._placed(box)
        nearest = min(range(len(columns)), key=lambda n: abs(columns[n] - (x0 + x1) / 2))
        return nearest if abs(columns[nearest] - (x0 + x1) / 2) < 0.6 * pitch else None


def _matrices(rows: Sequence[list[PlacedBox]], page: _Page) -> Iterator[list[list[PlacedBox]]]:
    """Runs of rows of two boxes or more, the same places across, most of them with no words between or after them."""
    run: list[list[PlacedBox]] = []
    for row in [*rows, []]:
        fits = bool(run) and _are_in_columns(run[-1], row)
        if not fits and run:
            if sum(page.is_bare(each) for each in run) >= MOSTLY_BARE * len(run):
                yield run
            run = []
        if len(row) > 1:
            run.append(row)


def _are_in_columns(above: Sequence[PlacedBox], row: Sequence[PlacedBox]) -> bool:
    """Whether the row with fewer boxes, one fewer at most, has them where the other has."""
    fewer, more = sorted((above, row), key=len)
    return (
        len(fewer) > 1
        and len(more) - len(fewer) <= 1
        and all(any(abs(a.x0 - b.x0) < ACROSS for b in more) for a in fewer)
    )


def _nearest(row: Sequence[PlacedBox], column: float) -> PlacedBox | None:
    """The box in the column, if there is one."""
    return next((box for box in row if abs((box.x0 + box.x1) / 2 - column) < ACROSS), None)


def _in_line(a: PlacedBox, b: PlacedBox) -> bool:
    """Whether two boxes stand in one row or column."""
    return a is not b and (abs(a.middle - b.middle) < 0.5 or abs(a.x0 - b.x0) < 0.5)
