"""Draws tables: with rules, with some, without; headers, spans, cells of one or two lines."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import ImageDraw

from training.drawing.pagetypes import Block, Cell
from training.drawing.typeface import Canvas, Typeface
from training.text.passages import Writer


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where columns are, how high rows are and for how many lines, and which rules are drawn.

    Rules: `none`, `all`, `rows`, `outer`, `header`.
    """

    edges: list[float]
    row_height: float
    row_lines: int
    padding: float
    rules: str
    shaded: bool


@dataclass(frozen=True, slots=True)
class _Column:
    """Whether a column holds numbers, and the few values that it repeats, if it does."""

    is_numeric: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Where a table may be: from (x0, y0), no wider than x1, above `bottom` (pixels)."""

    x0: float
    y0: float
    x1: float
    bottom: float


def draw_table(
    canvas: Canvas, writer: Writer, rng: random.Random, faces: tuple[Typeface, Typeface], room: Room,
    *, inks: tuple[int, int], num_chars: int,
) -> Block | None:  # fmt: skip
    """A table with about `num_chars` at most, None where there is no room.

    `faces` are the cells' and the header's, `inks` the ink and the paper.
    """
    (face, bold), (ink, paper) = faces, inks
    x0, y0, x1, bottom = room.x0, room.y0, room.x1, room.bottom
    pen = canvas.pen
    num_columns = rng.randint(2, max(2, min(rng.choice((6, 6, 9)), int((x1 - x0) / (5.5 * face.size)))))
    row_lines = rng.choices((1, 2, 3), (0.77, 0.16, 0.07))[0]
    row_height = face.size * (rng.uniform(1.35, 2.1) + 1.15 * (row_lines - 1))
    most_rows = int((bottom - y0) / row_height)
    per_cell = max(3, int((x1 - x0) / num_columns / (face.size * 0.55)) - 1)
    num_rows = min(
        rng.randint(2, rng.choice((9, 9, 28))), most_rows, max(2, num_chars // (num_columns * min(per_cell, 10)))
    )
    if num_rows < 2:
        return None
    right = x1 if rng.random() < 0.6 else x0 + (x1 - x0) * rng.uniform(0.6, 1.0)
    grid = _grid(rng, num_columns, x0, right, row_height, row_lines, face)
    has_header = rng.random() < 0.8 and (bold.name != face.name or grid.shaded or grid.rules == "header")
    columns = [_Column(rng.random() < 0.5 and column > 0, _few_values(writer, rng)) for column in range(num_columns)]
    rows: list[list[Cell]] = []
    for number in range(num_rows):
        top = y0 + number * row_height
        header = has_header and number == 0
        if header and grid.shaded:
            shade = paper + (30 if paper < 128 else -30)
            pen.rectangle([grid.edges[0], top, grid.edges[-1], top + row_height], fill=shade)
        spans = _spans(rng, num_columns) if number < 2 or rng.random() < 0.05 else [1] * num_columns
        rows.append(
            _draw_row(canvas, writer, rng, bold if header else face, grid, top, spans, columns, header=header, ink=ink)
        )
        _draw_rules(pen, grid, top, spans, ink=ink, first=number == 0, last=number == num_rows - 1)
    return Block("table", _box(rows, grid, y0, num_rows, face), rows=rows)


def _few_values(writer: Writer, rng: random.Random) -> tuple[str, ...]:
    """Up to three values that fill a whole column; mostly none."""
    if rng.random() > 0.1:
        return ()
    return tuple(rng.choice(("0", "-", "–", "x", "0,00", "1", '"', writer.words(1))) for _ in range(rng.randint(1, 3)))


def _grid(
    rng: random.Random, num_columns: int, x0: float, x1: float, row_height: float, row_lines: int, face: Typeface
) -> _Grid:
    shares = [rng.uniform(0.7, 1.6) for _ in range(num_columns)]
    edges, total = [x0], sum(shares)
    for share in shares:
        edges.append(edges[-1] + (x1 - x0) * share / total)
    rules = rng.choices(("all", "rows", "outer", "header", "none"), (0.42, 0.18, 0.1, 0.15, 0.15))[0]
    return _Grid(edges, row_height, row_lines, face.size * rng.uniform(0.25, 0.5), rules, rng.random() < 0.3)


def _spans(rng: random.Random, num_columns: int) -> list[int]:
    """Column spans of one row that add up to `num_columns`; mostly ones."""
    if num_columns < 3 or rng.random() > 0.12:
        return [1] * num_columns
    spans, left = [], num_columns
    while left:
        spans.append(min(left, rng.choice((1, 1, 2, 2, 3))))
        left -= spans[-1]
    return spans


def _draw_row(
    canvas: Canvas, writer: Writer, rng: random.Random, face: Typeface, grid: _Grid, top: float,
    spans: list[int], columns: list[_Column], *, header: bool, ink: int,
) -> list[Cell]:  # fmt: skip
    row, column = [], 0
    pitch = face.size * 1.15
    for span in spans:
        left, right = grid.edges[column] + grid.padding, grid.edges[column + span] - grid.padding
        is_number = columns[column].is_numeric and not header
        text = writer.number() if is_number or rng.random() < 0.1 else writer.words(rng.randint(1, 3 * grid.row_lines))
        text = "" if rng.random() < 0.04 and column else text
        if columns[column].values and not header:
            text = rng.choice(columns[column].values)
        texts = face.wrap(text, right - left)[: grid.row_lines]
        first = top + (grid.row_height - (len(texts) - 1) * pitch + face.size * 0.68) / 2
        lines = []
        for number, text in enumerate(texts):
            x = right - face.width(text) if is_number else left
            x = (left + right - face.width(text)) / 2 if span > 1 else x
            lines.append(face.draw(canvas, text, x, first + number * pitch, ink))
        row.append(Cell(lines, column_span=span, is_header=header))
        column += span
    return row


def _draw_rules(
    pen: ImageDraw.ImageDraw, grid: _Grid, top: float, spans: list[int], *, ink: int, first: bool, last: bool
) -> None:
    left, right, bottom = grid.edges[0], grid.edges[-1], top + grid.row_height
    if grid.rules == "none":
        return
    if first:
        pen.line([(left, top), (right, top)], fill=ink)
    if last or grid.rules in ("all", "rows") or (first and grid.rules == "header"):
        pen.line([(left, bottom), (right, bottom)], fill=ink)
    if grid.rules in ("all", "outer"):
        pen.line([(left, top), (left, bottom)], fill=ink)
        pen.line([(right, top), (right, bottom)], fill=ink)
    if grid.rules == "all":
        column = 0
        for span in spans[:-1]:
            column += span
            pen.line([(grid.edges[column], top), (grid.edges[column], bottom)], fill=ink)


def _box(
    rows: list[list[Cell]], grid: _Grid, y0: float, num_rows: int, face: Typeface
) -> tuple[float, float, float, float]:
    """The rules' outline where there is one, else the ink's extent."""
    if grid.rules in ("all", "outer", "rows"):
        return (grid.edges[0], y0, grid.edges[-1], y0 + num_rows * grid.row_height)
    lines = [line for row in rows for cell in row for line in cell.lines if line.xs]
    if not lines:
        return (grid.edges[0], y0, grid.edges[-1], y0 + num_rows * grid.row_height)
    half = face.size * 0.3
    return (min(line.xs[0] for line in lines) - half, min(line.y for line in lines) - 1.5 * half,
            max(line.xs[-1] for line in lines) + half, max(line.y for line in lines) + 1.5 * half)  # fmt: skip
