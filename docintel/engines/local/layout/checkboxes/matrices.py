"""Rows of check boxes that stand in columns: which are a table, and the table."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from docintel.engines.local.layout.checkboxes.places import PlacedBox, PlacedPage, PlacedPiece
from docintel.engines.local.layout.placed import Part, PlacedLine, piece
from docintel.engines.local.layout.regions import Region
from docintel.model import BBox, BlockLabel, Cell, Table
from docintel.text.ticks import sign

NEAR = 3.0
"""Line heights from the last box of a row to words that may be its label."""
ABOVE = 2.6
"""Line heights from a head to the boxes below it."""
ACROSS = 0.8
"""Boxes of one column are out of line by less, in line heights."""
SCALE = 5
"""So many boxes in a row with no words between are answers from one end to the other."""
MOSTLY_BARE = 0.6
"""Part of the rows of a table of boxes that have no words but their own label."""

Heads = dict[int, list[PlacedLine]]
"""By column."""


def runs_in_columns(rows: Sequence[list[PlacedBox]], page: PlacedPage) -> Iterator[list[list[PlacedBox]]]:
    """Runs of rows of two boxes or more, the same places across, most of them with no words between or after them."""
    run: list[list[PlacedBox]] = []
    for row in [*rows, []]:
        fits = bool(run) and _are_in_columns(run[-1], row)
        if not fits and run:
            if sum(_is_bare(each, page) for each in run) >= MOSTLY_BARE * len(run):
                yield run
            run = []
        if len(row) > 1:
            run.append(row)


def table_of_boxes(rows: Sequence[list[PlacedBox]], page: PlacedPage) -> Part | None:
    """Heads above (below one row that has none above), words before each row: the table, its words taken from the page.

    None where neither says what the boxes stand for.
    """
    widest = max(rows, key=len)
    columns = [(box.x0 + box.x1) / 2 for box in widest]
    labels = [[i for i in page.row_pieces(row) if page.pieces[i].x1 < widest[0].x0 + 0.3] for row in rows]
    before = [i for label in labels for i in label]
    taken, heads = _heads(page, columns, rows[0], before)
    if len(rows) == 1 and not heads:
        taken, heads = _heads(page, columns, rows[0], before, below=True)
    is_named = all(labels) and (bool(heads) or len(rows) > 1)
    if not is_named and (before or len(heads) < len(columns)):
        return None
    page.used.update(taken)
    return _table(page, [[_in_column(row, column) for column in columns] for row in rows], labels, heads)


def _table(page: PlacedPage, rows: Sequence[list[PlacedBox | None]], labels: Sequence[list[int]], heads: Heads) -> Part:
    """Its first row is the heads; words between rows of boxes are a row without boxes."""
    num_columns = len(rows[0])
    boxes = [box for row in rows for box in row if box]
    empty: list[PlacedBox | None] = [None] * num_columns
    written = [(next(b.middle for b in row if b), label, row) for label, row in zip(labels, rows, strict=True)]
    sections = _between(page, written[0][0], written[-1][0], min(box.x0 for box in boxes), labels)
    written += [(page.pieces[index].middle, [index], empty) for index in sections]
    written.sort(key=lambda row: row[0])
    page.used.update(i for _, label, _ in written for i in label)
    cells = [
        _cell(0, column + 1, " ".join(line.text for line in lines), is_header=True) for column, lines in heads.items()
    ]
    for number, (_, label, row) in enumerate(written, bool(heads)):
        cells.append(_cell(number, 0, " ".join(page.pieces[i].line.text for i in label)))
        cells += [
            _cell(number, column, sign(box.mark.is_checked) if box else "", box) for column, box in enumerate(row, 1)
        ]
    if heads:
        cells += [_cell(0, c, "", is_header=True) for c in range(num_columns + 1) if c - 1 not in heads]
    table = Table(
        num_rows=len(written) + bool(heads),
        num_columns=num_columns + 1,
        cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))),
    )
    lines = [line for column in sorted(heads) for line in heads[column]]
    lines += [page.pieces[i].line for _, label, _ in written for i in label]
    around = BBox.around([*(line.level for line in lines), *(box.mark.bbox for box in boxes)])
    return Part(Region(BlockLabel.TABLE, around, 1.0), tuple(lines), table)


def _cell(row: int, column: int, text: str, box: PlacedBox | None = None, *, is_header: bool = False) -> Cell:
    return Cell(row=row, column=column, text=text, is_header=is_header, bbox=box.mark.bbox if box else None)


def _between(page: PlacedPage, top: float, bottom: float, first: float, labels: Sequence[list[int]]) -> list[int]:
    """Pieces that stand before the columns and between two rows: the names of sections."""
    taken = {i for label in labels for i in label} | page.used
    return [
        index
        for index, each in enumerate(page.pieces)
        if index not in taken and top < each.middle < bottom and each.x0 < first
    ]


def _heads(
    page: PlacedPage,
    columns: Sequence[float],
    row: Sequence[PlacedBox],
    labels: Sequence[int],
    *,
    below: bool = False,
) -> tuple[list[int], Heads]:
    """The pieces above a row, or below it, that are heads of its columns, and each column's words of them."""
    top, bottom = min(box.y0 for box in row), max(box.y1 for box in row)
    pitch = min((b - a for a, b in pairwise(columns)), default=6.0)
    taken: list[int] = []
    heads: Heads = {}
    nearest_first = sorted(range(len(page.pieces)), key=lambda n: page.pieces[n].middle * (1 if below else -1))
    for index in nearest_first:
        each = page.pieces[index]
        is_near = -0.4 < each.y0 - bottom < ABOVE if below else -0.4 < top - each.y1 < ABOVE
        goes_on = not below and any(_is_right_above(each, page.pieces[head]) for head in taken)
        if index in page.used or index in labels or not (is_near or goes_on):
            continue
        owners = [_column(page.placed(box), columns, pitch) for _, box in each.line.level_words]
        if None not in owners:
            taken.append(index)
            for column in dict.fromkeys(owner for owner in owners if owner is not None):
                words = [n for n, owner in enumerate(owners) if owner == column]
                at = len(heads.get(column, ())) if below else 0
                heads.setdefault(column, []).insert(at, piece(each.line, words))
    return taken, heads


def _is_right_above(one: PlacedPiece, head: PlacedPiece) -> bool:
    """Whether it is the line before a head's."""
    return -0.3 < head.y0 - one.y1 < 0.6 and one.x0 < head.x1 and one.x1 > head.x0


def _column(place: tuple[float, float, float, float], columns: Sequence[float], pitch: float) -> int | None:
    middle = (place[0] + place[2]) / 2
    nearest = min(range(len(columns)), key=lambda n: abs(columns[n] - middle))
    return nearest if abs(columns[nearest] - middle) < 0.6 * pitch else None


def _is_bare(row: Sequence[PlacedBox], page: PlacedPage) -> bool:
    """Whether no words stand between its boxes, nor right after them, unless they are a scale's: many in a row."""
    pieces = page.row_pieces(row)
    if any(page.between(pieces, a.x1, b.x0) for a, b in pairwise(row)):
        return False
    return len(row) >= SCALE or not any(0 < page.pieces[i].x0 - row[-1].x1 < NEAR for i in pieces)


def _are_in_columns(above: Sequence[PlacedBox], row: Sequence[PlacedBox]) -> bool:
    """Whether the row with fewer boxes, one fewer at most, has them where the other has."""
    fewer, more = sorted((above, row), key=len)
    return (
        len(fewer) > 1
        and len(more) - len(fewer) <= 1
        and all(any(abs(a.x0 - b.x0) < ACROSS for b in more) for a in fewer)
    )


def _in_column(row: Sequence[PlacedBox], column: float) -> PlacedBox | None:
    """The box in the column, if there is one."""
    return next((box for box in row if abs((box.x0 + box.x1) / 2 - column) < ACROSS), None)
