"""Repeated groups: the rows of a document's tables whose headers say what the group's fields are called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel.answering.lines import blocks_at, boxes, grids_of, lines_of
from docintel.answering.matching import matches
from docintel.answering.question import Question
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable
from docintel.extraction.normalising import currency_on, normalised
from docintel.extraction.schema import Field, FieldType, Place, Row, Value
from docintel.model import BBox, Block, Page, Table
from docintel.text import one_line

MIN_MATCH, MIN_BEST_MATCH = 0.3, 0.5
"""A header that says a field less well is another column's; one of a table's must say its own so well."""
_AS_GOOD = 0.9
"""Tables that fit so well beside the best one continue it on other pages."""


@dataclass(frozen=True)
class _Cell:
    text: str
    boxes: tuple[BBox, ...]
    block_ids: tuple[str, ...]


@dataclass(frozen=True)
class _Columns:
    """The rows of a table, the header first, and by field its column and how well the header fits."""

    page: Page
    rows: Sequence[Sequence[_Cell | None]]
    of: dict[str, tuple[int, float]]

    @property
    def fit(self) -> float:
        return sum(score for _, score in self.of.values())


def rows_on(group: Field, pages: Sequence[Page], embedder: Embedder | None) -> Iterator[Row]:
    """The rows of the tables that fit the group best; a row with fewer than half of its columns is none of them."""
    tables = [_fitted(group, page, rows, embedder) for page in pages for rows in _tables(page)]
    least = min(2, len(group.fields))
    tables = [each for each in tables if len(each.of) >= least]
    best = max((each.fit for each in tables), default=0.0)
    seen: set[tuple[int, tuple[BBox, ...]]] = set()
    for table in tables:
        if table.fit < _AS_GOOD * best:
            continue
        for row in table.rows[1:]:
            found = _row(group, table, row)
            places = {(each.place.page_number, each.place.boxes) for each in found.values()}
            if len(found) >= max(least, (len(table.of) + 1) // 2) and not places & seen:
                seen |= places
                yield found


def _tables(page: Page) -> Iterator[Sequence[Sequence[_Cell | None]]]:
    """As the engine saw them; where it saw none, as the places of the words show them."""
    seen = [(block, block.table) for block in page.blocks if block.table and block.table.num_rows > 1]
    for block, table in seen:
        yield [_cells(block, table, row) for row in range(table.num_rows)]
    for grid in [] if seen else grids_of(lines_of(page), page):
        yield [
            [_Cell(each.text, boxes([each]), blocks_at(page, [each])) if each else None for each in row]
            for row in grid.rows
        ]


def _cells(block: Block, table: Table, row: int) -> list[_Cell | None]:
    by_column = {cell.column: cell for cell in table.cells if cell.row == row and cell.text.strip()}
    return [
        _Cell(one_line(cell.text), (cell.bbox or block.bbox,), (block.id,)) if cell else None
        for cell in map(by_column.get, range(table.num_columns))
    ]


def _fitted(group: Field, page: Page, rows: Sequence[Sequence[_Cell | None]], embedder: Embedder | None) -> _Columns:
    """Each column for the field that its header says best, each field once."""
    scores = sorted(
        (
            (_match(field, header.text, embedder), -column, field.name)
            for column, header in enumerate(rows[0])
            for field in group.fields
            if header and _has_type(field, [row[column] for row in rows[1:]])
        ),
        reverse=True,
    )
    of: dict[str, tuple[int, float]] = {}
    for score, column, name in scores:
        if score >= MIN_MATCH and name not in of and -column not in {taken for taken, _ in of.values()}:
            of[name] = (-column, score)
    is_sure = max((score for _, score in of.values()), default=0.0) >= MIN_BEST_MATCH
    return _Columns(page, rows, of if is_sure else {})


def _has_type(field: Field, cells: Sequence[_Cell | None]) -> bool:
    """Whether most of a column's cells have the form of the field's values."""
    texts = [cell.text for cell in cells if cell]
    if field.type is FieldType.TEXT:
        fitting = [text for text in texts if any(c.isalpha() for c in text)]
    else:
        fitting = [text for text in texts if normalised(field.type, text)]
    return 2 * len(fitting) >= max(len(texts), 1)


def _match(field: Field, header: str, embedder: Embedder | None) -> float:
    """How well a header says a field's name or its description, by its words or, in any language, by its meaning."""
    asked = [Question.of(text) for text in dict.fromkeys((field.name, field.description)) if text]
    said = [matches(each, header) for each in asked if each.words]
    by_words = max((sum(each) / len(each) for each in said), default=0.0)
    return max(by_words, _similarity(field.question, header, embedder))


def _similarity(one: str, other: str, embedder: Embedder | None) -> float:
    if embedder is None:
        return 0.0
    try:
        return float(embedder.query(one) @ embedder.passages([other])[0])
    except EngineUnavailable:
        return 0.0


def _row(group: Field, table: _Columns, row: Sequence[_Cell | None]) -> Row:
    """How likely a value is right is taken for how well its column's header fits."""
    found: Row = {}
    for field in group.fields:
        column, score = table.of.get(field.name, (0, 0.0))
        cell = row[column] if score else None
        normal = normalised(field.type, cell.text) if cell else None
        if cell is None or normal is None:
            continue
        is_amount = field.type is FieldType.AMOUNT
        found[field.name] = Value(
            text=normal.text,
            value=normal.value,
            unit=normal.unit or (currency_on(table.page.text) if is_amount else ""),
            probability=min(score, 1.0),
            place=Place(page_number=table.page.number, boxes=cell.boxes, quote=cell.text, block_ids=cell.block_ids),
        )
    return found
