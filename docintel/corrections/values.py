"""A correction as a value."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from docintel.model import Block, Model, Word


class CorrectionKind(StrEnum):
    TEXT = "text"
    WORD = "word"
    LABEL = "label"
    BOX = "box"
    ORDER = "order"
    MERGE = "merge"
    SPLIT = "split"
    TABLE = "table"
    NEW = "new block"
    DELETE = "delete"


class BlockChange(Model):
    """One block before and after. What is the same in both stays as the page has it."""

    before: Block | None
    """None: it is new."""
    after: Block | None
    """None: it is deleted."""
    follows: str = ""
    """Id of the block before it in reading order, before the change; empty: it is the first."""
    then_follows: str = ""
    """The same after the change."""


class WordChange(Model):
    """One word before and after; `index` is its place in the page's words when it was changed."""

    index: int = Field(ge=0)
    before: Word
    after: Word


class Correction(Model):
    """Changes that are made together, in this order, or not at all."""

    kind: CorrectionKind
    changes: Annotated[tuple[BlockChange | WordChange, ...], Field(min_length=1)]
