"""Check boxes in text: ☑ and ☐ before what they stand for, and the characters that files write for them."""

import re
from collections.abc import Iterator

from docintel.model import Block, BlockLabel

TICKED, UNTICKED = "☑", "☐"
TICKED_BOXES = frozenset("☑☒✅⌧⮽🗹🗵🗷☓⊠⦿◉⊙🔘")
"""Boxes and rings with a mark in them."""
EMPTY_BOXES = frozenset("☐□❏❐❑❒⬜◻🗆🞎")
TICKS = frozenset("✓✔🗸")
CROSSES = frozenset("✗✘✕✖🗴🗶╳")
EMPTY_RINGS = frozenset("○◯⚪❍")
FULL_RINGS = frozenset("●⚫⬤")
FULL_BOXES = frozenset("■⬛◼")
SIGNS = TICKED_BOXES | EMPTY_BOXES | TICKS | CROSSES | EMPTY_RINGS | FULL_RINGS | FULL_BOXES
"""All that may be a check box or its mark, bullets included."""
OPTION = re.compile(rf"([{TICKED}{UNTICKED}])\s*([^{TICKED}{UNTICKED}\n|]*)")


def sign(is_checked: bool) -> str:
    return TICKED if is_checked else UNTICKED


def signed(block: Block) -> str:
    """The block's text, after its sign where it is a check box."""
    if block.label is not BlockLabel.CHECKBOX or block.is_checked is None:
        return block.text
    return f"{sign(block.is_checked)} {block.text}".rstrip()


def options_in(text: str) -> Iterator[tuple[bool, str]]:
    """Of each sign in a text whether it is ticked, and the words after it."""
    for found in OPTION.finditer(text):
        yield found[1] == TICKED, found[2].strip()
