"""The nouns: a schema with its fields, and what was extracted by it from a document."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field as Limits
from pydantic import model_validator

from docintel.model import BBox, Fraction, Model

SURE = 0.8
"""A value that is less likely to be right is shown with doubt."""
MAX_FIELDS = 60

Name = Annotated[str, Limits(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")]


class FieldType(StrEnum):
    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    CODE = "code"
    YES_NO = "yes/no"
    LIST = "list"


class Field(Model):
    """What is wanted: `description` says it as one would ask for it. A list with `fields` is a repeated group: rows."""

    name: Name
    type: FieldType = FieldType.TEXT
    description: str = Limits(default="", max_length=500)
    fields: tuple["Field", ...] = Limits(default=(), max_length=MAX_FIELDS)

    @model_validator(mode="after")
    def _only_lists_have_fields(self) -> Self:
        if self.fields and self.type is not FieldType.LIST:
            raise ValueError(f"{self.name} has fields of its own, so its type must be list")
        if any(each.type is FieldType.LIST for each in self.fields):
            raise ValueError(f"{self.name} holds a list within a list, which cannot be extracted")
        _must_differ(self.fields)
        return self

    @property
    def question(self) -> str:
        return self.description or self.name


class Schema(Model):
    name: Name
    description: str = Limits(default="", max_length=500)
    fields: tuple[Field, ...] = Limits(min_length=1, max_length=MAX_FIELDS)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _must_differ(self.fields)
        return self


class Place(Model):
    """Where a value stands: the words that say it, with its label, and their boxes."""

    page_number: int
    boxes: tuple[BBox, ...]
    quote: str
    block_ids: tuple[str, ...] = ()


class Value(Model):
    """`text` is as written, `value` as a program wants it: an ISO date, a decimal number, true or false, else the text.

    An empty `value`: what is written could not be understood. `unit` is a currency's ISO 4217 code or its sign.
    """

    text: str
    value: str
    unit: str = ""
    probability: Fraction
    place: Place

    @property
    def is_sure(self) -> bool:
        return bool(self.value) and self.probability >= SURE


Row = dict[str, Value]


class Extraction(Model):
    """Values by the names of their fields, and of repeated groups their rows. What was not found is left out."""

    values: dict[str, tuple[Value, ...]] = Limits(default_factory=dict)
    rows: dict[str, tuple[Row, ...]] = Limits(default_factory=dict)

    def first(self, name: str) -> Value | None:
        return next(iter(self.values.get(name, ())), None)


def _must_differ(fields: tuple[Field, ...]) -> None:
    names = [each.name for each in fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two fields are called {twice[0]}")
