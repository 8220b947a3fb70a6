"""Files that pages show as they are: style, pictures, fixed text."""

from pathlib import Path


def asset(name: str) -> Path:
    return Path(__file__).with_name(name)
