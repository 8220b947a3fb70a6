"""Answers down to their text: fences taken off, entities read, nothing that cannot be shown."""

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


def answer_of(said: str) -> str:
    """What a model said without special tokens and the fence around it all."""
    return _unfenced(SPECIAL.sub("", said).strip())


def _unfenced(said: str) -> str:
    if not said.startswith(FENCE):
        return said
    _language, _, inside = said.partition("\n")
    return inside.rstrip("`").strip()


def read_text(said: str) -> str:
    """A plain answer, line by line."""
    return shown(answer_of(said))


def last_words(said: str, *, most: int) -> str:
    """The end of an answer that is being written, in one line without tags: for those who watch it grow."""
    end = TAG.sub(" ", said[-10 * most :])
    text = one_line(shown(unescaped(end)))
    return text if len(text) <= most else f"…{text[-most:]}"


def shown(text: str) -> str:
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
