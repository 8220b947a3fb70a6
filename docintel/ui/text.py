"""Text from documents, file names and questions, made safe to show: it is data and never becomes markup."""

import re
from collections.abc import Iterable
from html import escape as escape_html

PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
WORD_JOINER = "\u2060"


def clean(text: str) -> str:
    """One line without control characters and direction overrides, which could make a name look like another."""
    return CONTROL.sub(" ", text).strip()


def markdown(text: str) -> str:
    """`text` as itself where Streamlit reads Markdown (labels, messages): nothing in it formats, links or loads.

    Streamlit's directives (`:red[…]`, `:material/…:`, emoji) and bare web addresses are found after escapes have been
    read, so their colons, dots and ats also stand between word joiners, which nobody sees.
    """
    parted = re.sub(r"([:.@])", rf"{WORD_JOINER}\1{WORD_JOINER}", clean(text))
    return PUNCTUATION.sub(r"\\\1", parted)


def html(text: str) -> str:
    """`text` as itself inside an element or a quoted attribute; line breaks stay."""
    return escape_html("\n".join(clean(line) for line in text.splitlines()), quote=True)


def in_a_row(parts: Iterable[str]) -> str:
    """Texts side by side, as HTML: one that runs from the right turns no other one round."""
    return " · ".join(f"<bdi>{html(part)}</bdi>" for part in parts)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
