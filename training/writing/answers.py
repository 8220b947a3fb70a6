"""Pages → the answer that the model is to give, token by token, each character with its place."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache

from training.drawing.pagetypes import Block, Cell, Line, Page
from training.text.charset import CHARACTERS, joint
from training.writing.vocabulary import END, ESCAPED, FIRST_CHARACTER, UNKNOWN, box_ids, ids

_TAGS = {
    "h1": ('<h1 data-bbox="', "</h1>"),
    "h2": ('<h2 data-bbox="', "</h2>"),
    "list_item": ('<li data-bbox="', "</li>"),
}

MAX_MARKS = 12
"""Characters of a row of marks that are written: how many there are of more, nobody can count or wants to know."""
_MARK = r"(?:(?![\n\0])[\W_])"
_ROW = re.compile(rf"({_MARK}{{1,6}}?|{_MARK}{{0,2}}?[^\W\d_]{_MARK}{{0,2}}?)\1{{2,}}")
"""A few marks over and over, or one letter with what stands around it."""


@dataclass(slots=True)
class Answer:
    """Token ids and, for each, the pixel its character is at (−1 −1 for markup and coordinates)."""

    ids: list[int]
    places: list[tuple[float, float]]

    def add(self, token: int, x: float = -1.0, y: float = -1.0) -> None:
        """Append one token."""
        self.ids.append(token)
        self.places.append((x, y))


def rows_of_marks(token_ids: list[int]) -> list[tuple[int, int, int]]:
    """Start, end and unit's length of each run of a few marks over and over, in tokens.

    The last unit may be cut off; a space alone belongs to what follows.
    """
    plain = _characters()
    text = "".join(plain.get(index, "\0") for index in token_ids)
    rows = []
    for found in _ROW.finditer(text):
        (start, end), unit = found.span(), len(found[1])
        while end < len(text) and text[end] == text[end - unit]:
            end += 1
        if text[found.end() : end].isspace():
            end = found.end()
        rows.append((start, end, unit))
    return rows


@cache
def _characters() -> dict[int, str]:
    """What each token that is a character says."""
    return {ids()[token]: char for char, token in ESCAPED.items()} | {
        FIRST_CHARACTER + number: char for number, char in enumerate(CHARACTERS)
    }


def shortened(answer: Answer) -> Answer:
    """The answer with rows of more than MAX_MARKS cut to as many whole units as fit."""
    keep = [True] * len(answer.ids)
    for start, end, unit in rows_of_marks(answer.ids):
        most = max(2, MAX_MARKS // unit) * unit
        keep[start + most : end] = [False] * max(0, end - start - most)
    return Answer(
        [token for token, kept in zip(answer.ids, keep, strict=True) if kept],
        [place for place, kept in zip(answer.places, keep, strict=True) if kept],
    )


def overgrown(answer: Answer, rng: random.Random) -> tuple[list[int], Answer]:
    """What the decoder is shown, and the answer to that: some full rows go on, and should have ended each time.

    Whatever a row's length, what is to follow is what comes after it on the page.
    """
    shown, wanted, done = list[int](), Answer([], []), 0
    for start, end, unit in [*rows_of_marks(answer.ids), (len(answer.ids), len(answer.ids), 1)]:
        shown += answer.ids[done:end]
        wanted.ids += answer.ids[done:end]
        wanted.places += answer.places[done:end]
        done = end
        if end - start > MAX_MARKS - unit and rng.random() < 0.4:
            extra = answer.ids[end - unit : end] * rng.randint(1, max(1, 24 // unit))
            shown += extra
            wanted.ids += [answer.ids[end]] * len(extra)
            wanted.places += [answer.places[end]] * len(extra)
    return shown, wanted


def region_answer(lines: list[Line]) -> Answer:
    """Plain text, a newline between lines."""
    answer = Answer([], [])
    for number, line in enumerate(lines):
        if number:
            answer.add(ids()["\n"])
        _add_line(answer, line, escape=False)
    answer.add(ids()[END])
    return shortened(answer)


def page_answer(page: Page) -> Answer:
    """The page as `qwenvl html`: `<html><body>`, blocks with boxes in reading order, `</body></html>`."""
    table = ids()
    height, width = page.image.shape
    answer = Answer([], [])
    answer.add(table["<html><body>"])
    in_list = False
    for block in page.blocks:
        if (block.kind == "list_item") != in_list:
            answer.add(table["</ul>" if in_list else "<ul>"])
            in_list = not in_list
        _add_block(answer, block, width, height)
    if in_list:
        answer.add(table["</ul>"])
    answer.add(table["</body></html>"])
    answer.add(table[END])
    return shortened(answer)


def _add_block(answer: Answer, block: Block, width: int, height: int) -> None:
    table = ids()
    opening, closing = _TAGS.get(block.kind, (f'<div class="{block.kind}" data-bbox="', "</div>"))
    answer.add(table[opening])
    x0, y0, x1, y1 = block.box
    for token in box_ids((x0 / width, y0 / height, x1 / width, y1 / height)):
        answer.add(token)
    if block.rows:
        _add_table(answer, block.rows)
        return
    _add_lines(answer, block.lines)
    answer.add(table[closing])


def _add_table(answer: Answer, rows: list[list[Cell]]) -> None:
    table = ids()
    answer.add(table["<table>"])
    for row in rows:
        closing = "<tr>"
        for cell in row:
            tag = "th" if cell.is_header else "td"
            span = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
            span = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else span
            answer.add(table[f"{closing}<{tag}{span}>"])
            _add_lines(answer, cell.lines)
            closing = f"</{tag}>"
        answer.add(table[f"{closing}</tr>"])
    answer.add(table["</table></div>"])


def _add_lines(answer: Answer, lines: list[Line]) -> None:
    for number, line in enumerate(lines):
        previous = lines[number - 1]
        if number and joint(previous.text, line.text):
            x, y = previous.places()[-1] if previous.xs else (-5.0, -1.0)
            answer.add(ids()[" "], x + 4, y)
        _add_line(answer, line, escape=True)


def _add_line(answer: Answer, line: Line, *, escape: bool) -> None:
    table = ids()
    for char, (x, y) in zip(line.text, line.places(), strict=True):
        token = ESCAPED.get(char, char) if escape else char
        answer.add(table.get(token, table[UNKNOWN]), x, y)
