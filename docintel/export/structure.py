"""JSON: the document's card and its pages exactly as the data model says, nothing left out."""

from collections.abc import Sequence

from docintel.model import SCHEMA_VERSION, Document, Model, Page


class Structure(Model):
    """What the JSON export holds; `Structure.model_validate_json` reads it back."""

    schema_version: int
    document: Document
    pages: tuple[Page, ...]


def to_json(document: Document, pages: Sequence[Page]) -> bytes:
    structure = Structure(schema_version=SCHEMA_VERSION, document=document, pages=tuple(pages))
    return (structure.model_dump_json(indent=2) + "\n").encode()
