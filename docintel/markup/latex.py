"""Tables in LaTeX: a tabular with \\multicolumn, \\multirow and rules → a Table."""

import re

from docintel.markup.cells import WrittenCell, span_of, table_of
from docintel.markup.plain_text import clean_text
from docintel.model import Table
from docintel.text import one_line

BEGIN = re.compile(r"\\begin\{(tabular[x*]?|array|longtable)\}")
END = re.compile(r"\\end\{(?:tabular[x*]?|array|longtable)\}")
RULE = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\}|cmidrule(?:\([a-z]*\))?\{[^{}]*\})")
ROW_END = re.compile(r"(?<!\\)\\\\(?:\[[^\[\]\n]{0,12}\])?|\\tabularnewline")
CELL_END = re.compile(r"(?<!\\)&")
MULTICOLUMN = re.compile(r"\\multicolumn\{(\d{1,4})\}\{[^{}]*\}\{(.*)\}", re.DOTALL)
MULTIROW = re.compile(r"\\multirow(?:\[[^\[\]]*\])?\{(\d{1,4})\}\{[^{}]*\}\{(.*)\}", re.DOTALL)
STYLE = re.compile(r"\\(?:textbf|textit|emph|underline|text|mathrm|mathbf|texttt|textsc)\{([^{}]*)\}")
ESCAPED = re.compile(r"\\([%&$#_{}])")
CAPTION = re.compile(r"\\caption\*?\{([^{}]*)\}")
COMMAND = re.compile(r"\\(?:begin|end|label)\{[^{}]*\}(?:\[[^\[\]]*\])?|\\[a-z]+(?![a-z{])")
BRACES = re.compile(r"(?<!\\)[{}]")
CASES = {r"\textasciitilde": "~", r"\textbackslash": "\\", r"\ldots": "…", r"\times": "×", r"\pm": "±", "~": " "}


def has_tabular(text: str) -> bool:
    return BEGIN.search(text) is not None


def split_tabular(text: str) -> tuple[str, str, str]:
    """What stands before the first tabular (a caption, say), the tabular, and what stands after it."""
    begin = BEGIN.search(text)
    if begin is None:
        return plain(text), "", ""
    end = END.search(text, begin.end())
    stop = end.end() if end else len(text)
    return _around(text[: begin.start()]), text[begin.start() : stop], _around(text[stop:])


def _around(text: str) -> str:
    return plain(BRACES.sub(" ", COMMAND.sub(" ", CAPTION.sub(r"\1", text))))


def tabular_of(text: str) -> Table | None:
    """The first tabular of `text`; one without its end goes on to the end of the text."""
    begin = BEGIN.search(text)
    if begin is None:
        return None
    end = END.search(text, begin.end())
    body = text[begin.end() : end.start() if end else len(text)]
    return table_of([_cells(row) for row in ROW_END.split(RULE.sub("", _without_columns(body))) if row.strip()])


def _without_columns(body: str) -> str:
    """`body` without the column specification, braces in braces and all: `{|l|p{3cm}|}`."""
    depth = 0
    for at, character in enumerate(body[:400]):
        depth += (character == "{") - (character == "}")
        if depth == 0 and character == "}":
            rest = body[at + 1 :]
            return _without_columns(rest) if rest.startswith("{") else rest
        if depth == 0 and not character.isspace() and character not in "[]tbc":
            return body[at:]
    return body


def _cells(row: str) -> list[WrittenCell]:
    return [_cell(cell.strip()) for cell in CELL_END.split(row)]


def _cell(text: str) -> WrittenCell:
    columns = rows = "1"
    if found := MULTICOLUMN.fullmatch(text):
        columns, text = found[1], found[2].strip()
    if found := MULTIROW.fullmatch(text):
        rows, text = found[1], found[2].strip()
    return WrittenCell(text=plain(text), row_span=span_of(rows), column_span=span_of(columns))


def plain(text: str) -> str:
    """LaTeX text as it is printed, as far as models use it in cells; formulas stay as they are."""
    for _ in range(4):
        text = STYLE.sub(r"\1", text)
    for command, character in CASES.items():
        text = text.replace(command, character)
    return clean_text(one_line(ESCAPED.sub(r"\1", text)))
