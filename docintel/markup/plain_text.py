"""A model's output as plain text: fences taken off, entities decoded, nothing that cannot be shown."""

import re
import unicodedata
from html import unescape

from docintel.text import one_line

FENCE = "```"
SPECIAL = re.compile(r"<\|[a-z_]{1,40}\|>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*(?:>|\Z)")
LONG_REFERENCE = re.compile(r"&#(?:[xX][0-9a-fA-F]{7,}|\d{8,});?")
SPACES = re.compile(r"[ \t\f\v\u00a0]+")
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def without_wrapping(output: str) -> str:
    """The output without special tokens and without the code fence around all of it."""
    return _unfenced(SPECIAL.sub("", output).strip())


def _unfenced(output: str) -> str:
    if not output.startswith(FENCE):
        return output
    _language, _, inside = output.partition("\n")
    return inside.rstrip("`").strip()


def read_text(output: str) -> str:
    """A plain answer, line by line."""
    return clean_text(without_wrapping(output))


def last_words(output: str, *, most: int) -> str:
    """The end of an answer that is being written, in one line without tags: for those who watch it grow."""
    end = TAG.sub(" ", output[-10 * most :])
    text = one_line(clean_text(unescaped(end)))
    return text if len(text) <= most else f"…{text[-most:]}"


def clean_text(text: str) -> str:
    """`text` without control characters and direction overrides, spaces and empty lines made one."""
    kept = "".join(c for c in text.replace("\r", "\n").replace("\t", " ") if _is_shown(c))
    lines = (SPACES.sub(" ", line).strip() for line in kept.split("\n"))
    return "\n".join(line for line in lines if line)


def _is_shown(character: str) -> bool:
    if character == "\n":
        return True
    return character not in DIRECTIONS and unicodedata.category(character) not in {"Cc", "Cs", "Cn"}


def unescaped(text: str) -> str:
    """Entities as the characters that they name; a number too large to be one is a replacement character."""
    return unescape(LONG_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))
