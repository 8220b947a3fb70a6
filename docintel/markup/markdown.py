"""Answers to `qwenvl markdown`: text without places; pictures and tables are announced by comments that give theirs.

<!-- Image (x1, y1, x2, y2) -->
<!-- Table (x1, y1, x2, y2) -->  and then a LaTeX tabular (or a table with pipes, or in HTML)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docintel import tables
from docintel.markup.boxes import read_box
from docintel.markup.cells import WrittenCell, table_of
from docintel.markup.html import read_html
from docintel.markup.latex import END, has_tabular, split_tabular, tabular_of
from docintel.markup.parsed import Blocks, Parsed
from docintel.markup.plain_text import clean_text, unescaped, without_wrapping
from docintel.model import BBox, BlockLabel, Table

COMMENT = re.compile(r"<!--\s{0,9}([A-Za-z ]{1,30}?)\s{0,9}\(([^()\n]{0,80})\)\s{0,9}-->")
HEADING = re.compile(r"(#{1,6})\s+(.*)")
ITEM = re.compile(r"[ \t]{0,40}(?:[-*+]|\d{1,4}[.)])[ \t]+\S")
MARKER = re.compile(r"[ \t]{0,40}[-*+][ \t]+")
PIPES = re.compile(r"[ \t]*\|.*\|[ \t]*\Z")
DIVIDER = re.compile(r"[ \t|:+-]+\Z")
CELL_END = re.compile(r"(?<!\\)\|")
EMPHASIS = re.compile(r"(\*\*|__)(?=\S)([^*_\n]+?)(?<=\S)\1")
IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\([^()\n]*\)")
LINK = re.compile(r"\[([^\[\]\n]+)\]\([^()\n]*\)")
OPEN_FENCE = "```"
FORMULAS = ("$$", "\\[", "\\begin{equation", "\\begin{align")


@dataclass(frozen=True)
class _Announced:
    """What a comment says will come, and where it stands."""

    what: str
    bbox: BBox | None


@dataclass(frozen=True)
class _Found:
    """A block without its place."""

    label: BlockLabel
    text: str
    level: int | None = None
    table: Table | None = None


def read_markdown(output: str) -> Parsed:
    """The blocks of an answer, in its order; only pictures and tables know where they stand."""
    blocks = Blocks()
    is_whole = True
    announced: _Announced | None = None
    for part in _parts(without_wrapping(output)):
        if isinstance(part, _Announced):
            _add_picture(announced, blocks)
            announced = part
            continue
        is_whole = not _breaks_off(part)
        _add(part, announced, blocks)
        announced = None
    _add_picture(announced, blocks)
    return blocks.parsed(is_whole=is_whole)


def _parts(answer: str) -> Iterator[_Announced | str]:
    """Comments, and paragraphs: lines between empty ones, but a fence, a formula or a tabular as a whole."""
    at = 0
    for comment in COMMENT.finditer(answer):
        yield from _paragraphs(answer[at : comment.start()])
        yield _Announced(comment[1].strip().lower(), read_box(comment[2]))
        at = comment.end()
    yield from _paragraphs(answer[at:])


def _paragraphs(text: str) -> Iterator[str]:
    lines: list[str] = []
    closing = ""
    for line in text.splitlines():
        if not closing and lines and (not line.strip() or _is_alone(line, lines[-1])):
            yield from _joined(lines)
            lines = []
        was_open, closing = bool(closing), _closing_after(line, closing)
        if line.strip():
            lines.append(line)
        if not closing and (was_open or HEADING.match(line)):
            yield from _joined(lines)
            lines = []
    yield from _joined(lines)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "\n".join(lines)


def _is_alone(line: str, previous: str) -> bool:
    """Whether a line begins something else than the line before it."""
    if HEADING.match(line) or ITEM.match(line) or _closing_after(line, ""):
        return True
    return bool(PIPES.match(line)) != bool(PIPES.match(previous))


def _closing_after(line: str, closing: str) -> str:
    """What ends the fence, formula or tabular that is open after `line`, or nothing."""
    stripped = line.strip()
    if closing:
        return "" if closing in line else closing
    if stripped.startswith(OPEN_FENCE):
        return OPEN_FENCE
    if stripped.startswith("$$") and stripped.count("$$") == 1:
        return "$$"
    if has_tabular(line) and not END.search(line):
        return "\\end{"
    return "</table>" if "<table" in line and "</table>" not in line else ""


def _breaks_off(part: str) -> bool:
    closing = ""
    for line in part.splitlines():
        closing = _closing_after(line, closing)
    return bool(closing)


def _add(part: str, announced: _Announced | None, blocks: Blocks) -> None:
    """Adds a paragraph as the blocks that it is; the table that was announced takes its place."""
    is_awaited = announced is not None and announced.what.endswith("table")
    found = list(_blocks_of(part))
    if not (is_awaited and any(block.table for block in found)):
        _add_picture(announced, blocks)
        is_awaited = False
    for block in found:
        place = announced.bbox if announced and is_awaited else None
        blocks.add(block.label, block.text, bbox=place, level=block.level, table=block.table)


def _add_picture(announced: _Announced | None, blocks: Blocks) -> None:
    if announced is None:
        return
    label = BlockLabel.CHART if "chart" in announced.what else BlockLabel.PICTURE
    blocks.add(BlockLabel.TABLE if "table" in announced.what else label, "", bbox=announced.bbox)


def _blocks_of(part: str) -> Iterator[_Found]:
    lines = part.splitlines()
    if part.lstrip().startswith(OPEN_FENCE):
        yield _Found(BlockLabel.CODE, clean_text("\n".join(_inside_fence(lines))))
    elif "<table" in part:
        yield from (_Found(each.label, each.text, each.level, each.table) for each in read_html(part).blocks)
    elif has_tabular(part):
        yield from _around_tabular(part)
    elif table := _pipe_table(lines):
        yield _Found(BlockLabel.TABLE, tables.to_text(table), table=table)
    elif heading := HEADING.fullmatch(part):
        level = len(heading[1])
        label = BlockLabel.TITLE if level == 1 else BlockLabel.SECTION_HEADER
        yield _Found(label, _plain(heading[2].rstrip("# ")), level)
    elif part.lstrip().startswith(FORMULAS):
        yield _Found(BlockLabel.FORMULA, clean_text(part))
    elif ITEM.match(part):
        yield _Found(BlockLabel.LIST_ITEM, _plain(MARKER.sub("", part, count=1)))
    else:
        yield _Found(BlockLabel.TEXT, _plain(part))


def _around_tabular(part: str) -> Iterator[_Found]:
    """The table, and what is said before and after it."""
    before, inside, after = split_tabular(part)
    table = tabular_of(inside)
    yield _Found(BlockLabel.CAPTION, before)
    if table:
        yield _Found(BlockLabel.TABLE, tables.to_text(table), table=table)
    yield _Found(BlockLabel.TEXT, after)


def _inside_fence(lines: list[str]) -> list[str]:
    return lines[1:-1] if len(lines) > 1 and lines[-1].strip().startswith(OPEN_FENCE) else lines[1:]


def _pipe_table(lines: Sequence[str]) -> Table | None:
    if len(lines) < 2 or not all(map(PIPES.match, lines)):
        return None
    has_head = DIVIDER.match(lines[1]) is not None
    rows = [line for number, line in enumerate(lines) if not (number == 1 and has_head)]
    return table_of([_pipe_cells(row, is_header=has_head and number == 0) for number, row in enumerate(rows)])


def _pipe_cells(row: str, *, is_header: bool) -> list[WrittenCell]:
    inside = row.strip().removeprefix("|").removesuffix("|")
    return [WrittenCell(_plain(text.replace("\\|", "|")), is_header=is_header) for text in CELL_END.split(inside)]


def _plain(text: str) -> str:
    """Text without the signs that format it."""
    text = LINK.sub(r"\1", IMAGE.sub(r"\1", text))
    return clean_text(unescaped(EMPHASIS.sub(r"\2", text)).replace("<br>", "\n"))
