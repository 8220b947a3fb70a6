"""What is right for one input, and what is wrong with what was read of it.

Strings are compared after Unicode NFC, with signs that differ by their code only made one, without dot leaders and
white beside signs of measure, and with other runs of white space made one space.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from docintel.model import Block, BlockLabel, Model, Table
from docintel.text.ticks import options_in

_SAME = str.maketrans("µ−’´`′", "μ-''''")
_BESIDE_SIGNS = re.compile(r"(?<=\d) (?=°)|(?<=[<>≤≥±]) (?=\d)")
_LEADERS = re.compile(r"(?:[.…·]\s*){4,}")


class Right(Model):
    """What must be so of an input, whatever else is read. An empty field asks nothing."""

    kind: str
    """Which kind of fault it shows: the tables count by it."""
    source: str = ""
    """Where such a fault was reported."""
    file: str = ""
    """The input's name where it is not called as this."""
    text: tuple[str, ...] = ()
    """Strings of the text in reading order."""
    has: tuple[str, ...] = ()
    """Strings of the text in any order."""
    absent: tuple[str, ...] = ()
    """Strings that stand nowhere: neither in text, words, notes and exports nor in what is found and answered."""
    lines: tuple[tuple[str, ...], ...] = ()
    """Strings that stand on one line or table row, in this order; each entry on a line of its own."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells side by side in a row, one table's rows in order; an empty cell is an empty string."""
    columns: int | None = None
    """How many columns that table has."""
    checked: tuple[str, ...] = ()
    """What ticked boxes stand for. Where any box is named, there are no others."""
    unchecked: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    """All that is struck through, in order."""
    notes: tuple[str, ...] = ()
    """Words that some page's note has."""
    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Texts that blocks of a label have, white space included."""
    asks: dict[str, str] = Field(default_factory=dict)
    """Questions and what their answers must say: one of several with `|`; nothing: there is no answer."""
    finds: dict[str, str] = Field(default_factory=dict)
    """Queries and what a passage found by its words must say."""
    mentions: tuple[str, ...] = ()
    """What is said somewhere: in a note, or as a document's name."""
    names: tuple[str, ...] = ()
    """Documents that come of it."""


@dataclass(frozen=True)
class Fault:
    what: str
    expected: str
    came: str


def right_of(path: Path) -> Right:
    """Raises ValidationError."""
    return Right.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def folded(text: str) -> str:
    same = unicodedata.normalize("NFC", text).translate(_SAME)
    return _BESIDE_SIGNS.sub("", " ".join(_LEADERS.sub(" ", same).split()))


def in_order(expected: Sequence[str], text: str) -> Iterator[Fault]:
    place, whole = 0, folded(text)
    for each in map(folded, expected):
        found = whole.find(each, place)
        if found < 0:
            yield Fault("order" if each in whole else "text", each, _around(whole, each))
        else:
            place = found + len(each)


def somewhere(expected: Sequence[str], text: str) -> Iterator[Fault]:
    whole = folded(text)
    yield from (Fault("text", each, _around(whole, folded(each))) for each in expected if folded(each) not in whole)


def on_lines(expected: Sequence[Sequence[str]], lines: Sequence[str]) -> Iterator[Fault]:
    left = [folded(line) for line in lines if line.strip()]
    for each in expected:
        line = next((line for line in left if not any(in_order(each, line))), None)
        if line is None:
            yield Fault("line", " … ".join(each), _around("\n".join(left), each[0]))
        else:
            left.remove(line)


def in_rows(expected: Sequence[Sequence[str]], columns: int | None, tables: Sequence[Table]) -> Iterator[Fault]:
    """What the table that comes closest lacks."""
    faults = [list(_missing_rows(expected, columns, table)) for table in tables]
    if expected or columns is not None:
        yield from min(faults, key=len, default=[Fault("table", f"{len(expected)} rows", "no table")])


def _missing_rows(expected: Sequence[Sequence[str]], columns: int | None, table: Table) -> Iterator[Fault]:
    if columns is not None and table.num_columns != columns:
        yield Fault("columns", str(columns), str(table.num_columns))
    rows, at = rows_of(table), 0
    for cells in expected:
        wanted = [folded(cell) for cell in cells]
        found = next((n for n in range(at, len(rows)) if _stand_in(wanted, rows[n])), None)
        if found is None:
            nearest = max(rows, key=lambda row: len(set(row) & set(wanted)), default=[])
            yield Fault("row", " | ".join(cells), " | ".join(nearest))
        else:
            at = found + 1


def rows_of(table: Table) -> list[list[str]]:
    """Each cell's text where the cell begins."""
    grid = [[""] * table.num_columns for _ in range(table.num_rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = folded(cell.text)
    return grid


def _stand_in(cells: Sequence[str], row: Sequence[str]) -> bool:
    return any(list(row[start : start + len(cells)]) == cells for start in range(len(row) - len(cells) + 1))


def with_states(checked: Sequence[str], unchecked: Sequence[str], blocks: Sequence[Block]) -> Iterator[Fault]:
    if not checked and not unchecked:
        return
    boxes = [(block.is_checked, folded(block.text)) for block in blocks if block.label is BlockLabel.CHECKBOX]
    cells = [cell for block in blocks if block.table for cell in block.table.cells]
    boxes += [(state, folded(text)) for cell in cells for state, text in options_in(cell.text) if text]
    left = list(boxes)
    for state, texts in ((True, checked), (False, unchecked)):
        for text in map(folded, texts):
            same = [box for box in left if box[0] is state and says(text, box[1])]
            if same:
                left.remove(min(same, key=lambda box: len(box[1])))
            else:
                states = [f"{box[1]}: {box[0]}" for box in boxes if says(text, box[1])]
                yield Fault("checked" if state else "unchecked", text, "; ".join(states) or f"none of {len(boxes)}")
    if left:
        yield Fault("boxes", str(len(checked) + len(unchecked)), f"also {'; '.join(text for _, text in left)}")


def struck_through(expected: Sequence[str], blocks: Sequence[Block]) -> Iterator[Fault]:
    struck = " ".join(folded(block.text[start:end]) for block in blocks for start, end in block.struck)
    if expected and folded(struck) != folded(" ".join(expected)):
        yield Fault("struck", " ".join(expected), struck)


def with_labels(expected: dict[str, tuple[str, ...]], blocks: Sequence[Block]) -> Iterator[Fault]:
    for label, texts in expected.items():
        said = "\n\n".join(block.text for block in blocks if block.label == label)
        yield from (Fault(label, text, said or "none") for text in texts if text not in said)


def nowhere(absent: Sequence[str], places: dict[str, str]) -> Iterator[Fault]:
    for each in absent:
        found = [place for place, text in places.items() if folded(each).casefold() in folded(text).casefold()]
        if found:
            yield Fault("absent", each, f"in {', '.join(found)}")


def says(expected: str, text: str) -> bool:
    """Whether `text` has one of the strings parted by `|`, as whole words and numbers."""
    return any(re.search(_whole(folded(each)), folded(text), re.IGNORECASE) for each in expected.split("|"))


def _whole(text: str) -> str:
    before = r"(?<![A-Za-z0-9])(?<!\d[.,])" if text[:1].isascii() and text[:1].isalnum() else ""
    after = r"(?![A-Za-z0-9]|[.,]\d)" if text[-1:].isascii() and text[-1:].isalnum() else ""
    return before + re.escape(text) + after


def _around(text: str, expected: str) -> str:
    """Where `text` comes nearest to `expected`: from its first words that are there."""
    words = expected.split()
    for length in range(len(words), 0, -1):
        place = text.find(" ".join(words[:length]))
        if place >= 0:
            return text[max(place - 10, 0) : place + len(expected) + 40]
    return text[:160]
