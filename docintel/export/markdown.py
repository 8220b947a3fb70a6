"""Markdown (CommonMark with GitHub's tables). Page breaks are comments: `<!-- page 2 -->`.

Text from a scan is escaped, so that none of it becomes a link (bare addresses included), a picture, HTML or a formula.
A table that runs over pages is written once, where it begins; a cell over several places is written in the first.
Struck text stands between `~~`.
"""

import re
from collections.abc import Mapping, Sequence

from docintel.export.flow import STRUCK, STRUCK_END, Flow, FlowTable, Passage, header_rows, plain, plain_line, rows_once
from docintel.model import Block, BlockLabel, Document, Page
from docintel.text.ticks import signed

ACTIVE = re.compile(r"[\\`*_\[\]<>|~$#]|&(?=#?\w+;)")
"""Characters that mean something wherever they stand."""
ADDRESS = re.compile(r":(?=//)|(?<=www)\.|@", re.IGNORECASE)
"""What GitHub and others make bare addresses of."""
LINE_START = re.compile(r"^(?:[+=-]|\d{1,9}(?=[.)]))", re.ASCII)
"""What makes a line a heading, a list item or an underline."""
NO_PICTURES: Mapping[tuple[int, str], str] = {}


def to_markdown(
    document: Document,  # noqa: ARG001 - every format is asked the same way
    pages: Sequence[Page],
    pictures: Mapping[tuple[int, str], str] = NO_PICTURES,
) -> bytes:
    """`pictures`: page number and block id → the file in which its picture is."""
    flow = Flow(pages, has_marks=True)
    written = "\n\n".join(_page(flow, page, pictures) for page in flow.pages) + "\n"
    return written.replace(STRUCK, "~~").replace(STRUCK_END, "~~").encode()


def escaped(text: str) -> str:
    """Lines of text as Markdown that shows them as they are."""
    lines = (line.strip() for line in plain(text).splitlines())
    return "\n".join(_escaped_line(line) for line in lines if line)


def _escaped_line(line: str) -> str:
    return LINE_START.sub(_start_escaped, _quiet(line))


def _quiet(text: str) -> str:
    return ADDRESS.sub(r"\\\g<0>", ACTIVE.sub(r"\\\g<0>", text))


def _start_escaped(found: re.Match[str]) -> str:
    """`1.` becomes `1\\.`, `+` becomes `\\+`: a digit cannot be escaped itself."""
    return found[0] + "\\" if found[0].isdigit() else "\\" + found[0]


def _page(flow: Flow, page: Page, pictures: Mapping[tuple[int, str], str]) -> str:
    shown = ((_picture(passage, pictures), _block(passage)) for passage in flow.passages(page))
    written = [text for both in shown for text in both if text]
    return "\n\n".join([f"<!-- page {page.number} -->", *written])


def _picture(passage: Passage, pictures: Mapping[tuple[int, str], str]) -> str:
    name = pictures.get((passage.page.number, passage.block.id))
    return f"![]({name})" if name else ""


def _block(passage: Passage) -> str:
    block = passage.block
    if passage.continues:
        return ""
    if passage.table:
        return _table(passage.table)
    if not plain(block.text).strip():
        return ""
    match block.label:
        case BlockLabel.TITLE | BlockLabel.SECTION_HEADER:
            return f"{'#' * _depth(block)} {_quiet(plain_line(block.text))}"
        case BlockLabel.LIST_ITEM:
            return "- " + escaped(block.text).replace("\n", "\n  ")
        case BlockLabel.CODE:
            return _fenced(plain(block.text))
        case BlockLabel.CAPTION:
            return f"*{_quiet(plain_line(block.text))}*"
        case BlockLabel.KEY_VALUE | BlockLabel.FORM:
            return escaped(block.text).replace("\n", "\\\n")
        case _:
            return escaped(signed(block))


def _depth(block: Block) -> int:
    """Titles are `#`, section headers begin at `##`."""
    if block.label is BlockLabel.TITLE:
        return 1
    return min(max((block.level or 1) + 1, 2), 6)


def _fenced(code: str) -> str:
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}\n{code}\n{fence}"


def _table(found: FlowTable) -> str:
    rows = [[_quiet(text) for text in row] for row in rows_once(found.table)]
    if not rows:
        return ""
    if not header_rows(found.table):
        rows.insert(0, [""] * found.table.num_columns)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    rule = f"|{' --- |' * found.table.num_columns}"
    return "\n".join([lines[0], rule, *lines[1:]])
