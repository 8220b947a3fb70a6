"""Answers that should be JSON: words or lines with their boxes.

Often it is Python rather than JSON (single quotes), fenced, and broken off. So objects are looked for one by one, and
their fields by name: an answer is as good as the objects that it holds.
"""

import re
from collections.abc import Iterator, Sequence

from docintel.markup.boxes import read_box
from docintel.markup.parsed import ENDS_EARLY, Parsed
from docintel.markup.plain_text import clean_text, without_wrapping
from docintel.model import Word
from docintel.text import one_line

STRING = r"""(?:"(?:[^"\\]|\\.){0,2000}"|'(?:[^'\\]|\\.){0,2000}')"""
BOX = re.compile(r"""["']bbox(?:_2d)?["']\s{0,9}:\s{0,9}\[([^\[\]{}]{1,120})\]""")
TEXT = re.compile(rf"""["'](?:text_content|text|label|content)["']\s{{0,9}}:\s{{0,9}}({STRING})""", re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
LETTERS = {"n": "\n", "t": " ", "r": "\n", "b": "", "f": ""}


def read_spots(output: str) -> Parsed:
    """Words (or lines, as was asked) with their boxes; an object without a box or text is left out."""
    answer = without_wrapping(output)
    fields = sorted([*BOX.finditer(answer), *TEXT.finditer(answer)], key=lambda found: found.start())
    words = [word for first, second in _pairs(fields, answer) if (word := _word(first, second))]
    is_whole = answer.endswith(("]", "}")) or not answer
    return Parsed(words=tuple(words), notes=() if is_whole else (ENDS_EARLY,))


def _pairs(fields: Sequence[re.Match[str]], answer: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """A box and a text that follow each other in one object, whichever the model writes first."""
    before: re.Match[str] | None = None
    for found in fields:
        if before and before.re is not found.re and "}" not in answer[before.end() : found.start()]:
            yield before, found
            before = None
        else:
            before = found


def _word(first: re.Match[str], second: re.Match[str]) -> Word | None:
    box, text = (first, second) if first.re is BOX else (second, first)
    bbox, written = read_box(box[1]), one_line(_value(text[1]))
    return Word(text=written, bbox=bbox) if bbox and written else None


def _value(written: str) -> str:
    """What stands between the quotes."""
    return clean_text(ESCAPE.sub(_character, written[1:-1]))


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 5:
        return chr(int(code[1:], 16))
    return LETTERS.get(code, code)
