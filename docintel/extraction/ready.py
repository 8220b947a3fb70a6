"""The schemas that come with docintel, to start with."""

from functools import cache
from pathlib import Path

from docintel.extraction.files import read_schema
from docintel.extraction.schema import Schema

FOLDER = Path(__file__).with_name("schemas")


@cache
def ready_schemas() -> dict[str, Schema]:
    """By name."""
    read = [read_schema(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {each.name: each for each in read}
