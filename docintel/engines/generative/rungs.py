"""The ladder: how a page is asked for again when an answer goes round in circles, breaks off or says nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from docintel.markup import HTML_PROMPT, MARKDOWN_PROMPT, Parsed, read_html, read_markdown


@dataclass(frozen=True)
class Rung:
    """One way to ask for a page."""

    what: str
    prompt: str = HTML_PROMPT
    read: Callable[[str], Parsed] = read_html
    temperature: float = 0.0
    top_p: float = 1.0
    scale: float = 1.0
    """Of the budget of visual tokens."""


FIRST = Rung("html")
LADDER = (
    FIRST,
    Rung("html, temperature 0.1", temperature=0.1),
    Rung("html, temperature 0.3", temperature=0.3, top_p=0.95),
    Rung("html, other size", scale=0.7),
    Rung("markdown", prompt=MARKDOWN_PROMPT, read=read_markdown),
)
"""Then come regions, and at last the local engine."""

READERS = {HTML_PROMPT: read_html, MARKDOWN_PROMPT: read_markdown}


def smaller(rung: Rung) -> Rung:
    """The same with half the pixels: for a GPU that has no more memory."""
    return replace(rung, what=f"{rung.what.partition(', half')[0]}, half the pixels", scale=rung.scale / 2)
