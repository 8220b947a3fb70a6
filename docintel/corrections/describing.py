"""A correction in a few words, for lists and messages."""

from itertools import takewhile

from docintel.corrections.values import BlockChange, Correction, WordChange
from docintel.model import Block, Word
from docintel.text import one_line

SHOWN = 60
"""Characters of a text at most."""
LEAD = 12
"""Characters shown before the first that differs."""


def in_words(correction: Correction) -> str:
    """`text: “totel” → “total”`: its kind, and what its first change was."""
    return f"{correction.kind}: {_change(correction.changes[0])}"


def _change(change: BlockChange | WordChange) -> str:
    if isinstance(change, WordChange):
        return _from_to(change.before, change.after)
    before, after = change.before, change.after
    if after is None:
        return f"removed {_quoted(before.text)}" if before else "removed nothing"
    if before is None:
        return f"added {_quoted(after.text)}"
    if before.text != after.text:
        return _from_to(before, after)
    if before.label is not after.label:
        return f"{_quoted(before.text)} is {_label(after)}, was {_label(before)}"
    what = "moved in the reading order" if change.follows != change.then_follows else "changed"
    return f"{_quoted(before.text)} {what}"


def _label(block: Block) -> str:
    return block.label.replace("_", " ")


def _from_to(before: Block | Word, after: Block | Word) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before.text, after.text, strict=False))
    start = max(sum(1 for _ in same) - LEAD, 0)
    return f"{_quoted(before.text, start)} → {_quoted(after.text, start)}"


def _quoted(text: str, start: int = 0) -> str:
    shown = one_line(text[start : start + SHOWN])
    return f"“{'…' * (start > 0)}{shown}{'…' * (len(text) > start + SHOWN)}”"
