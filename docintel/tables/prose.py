"""Whether what looks like rows of cells is running text. Pure."""

from collections.abc import Sequence

MIN_LINES = 4
"""Fewer lines may go on in lower case by chance."""
MAX_ONE_COLUMN_ROW_SHARE = 0.5
"""Of a table's rows, fewer fill one column only; of prose with specks or notes beside it, most do."""
MIN_FLOWING_SHARE = 0.6
"""Part of a column's cells that go on in lower case where lines of prose were taken for rows."""
MIXED = 0.35
"""And of many lines, where all columns are such."""
MIN_PROSE_LENGTH = 25
"""Such cells are at least so many letters long, half of them."""
MIN_FULL_SHARE = 0.75
"""Part of a column's lines, but its last, that are full where its text is prose."""
MIN_FULL_LENGTH = 10
"""In letters: shorter lines are full by chance."""
FULL = 0.8
"""A line that has this part of its column's longest is full."""


def is_prose(texts: Sequence[Sequence[str]]) -> bool:
    """Whether rows are lines of running text: most stand alone on their level, or they go on in lower case."""
    alone = sum(sum(map(bool, row)) < 2 for row in texts)
    longest = max(zip(*texts, strict=True), key=lambda column: len("".join(column)))
    return alone > MAX_ONE_COLUMN_ROW_SHARE * len(texts) or _flows(longest)


def _flows(column: Sequence[str]) -> bool:
    lines = [text for text in column[1:] if text]
    long = sum(len(text) >= MIN_PROSE_LENGTH for text in lines)
    return len(lines) >= MIN_LINES and long * 2 >= len(lines) and _num_lower(lines) >= MIN_FLOWING_SHARE * len(lines)


def _num_lower(lines: Sequence[str]) -> int:
    return sum(text[0].islower() for text in lines)


def is_prose_beside_prose(texts: Sequence[Sequence[str]]) -> bool:
    """Whether each of two columns or more is a text of its own, whose lines go on from row to row."""
    columns = [[text for text in column if text] for column in zip(*texts, strict=True)]
    return len(texts) > 2 and all(_runs_on(column) for column in columns)


def _runs_on(lines: Sequence[str]) -> bool:
    """Whether lines go on in lower case, of many some and some not, as neither labels nor values do; the first may go
    on from a column before. In a script without case, whether all but the last are full."""
    if len(lines) < 3 or not any(map(str.isalpha, "".join(lines))):
        return False
    if any(character.islower() or character.isupper() for character in "".join(lines)):
        share = _num_lower(lines[1:]) / (len(lines) - 1)
        is_mixed = len(lines) > MIN_LINES and share >= MIXED
        begins = not lines[0][0].islower() or share < 1
        return begins and (share > MIN_FLOWING_SHARE or is_mixed)
    longest = max(map(len, lines))
    full = sum(len(line) >= FULL * longest for line in lines[:-1])
    return longest >= MIN_FULL_LENGTH and full >= MIN_FULL_SHARE * (len(lines) - 1)
