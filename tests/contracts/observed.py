"""Settings, tables, JSON and metrics as they are now, as values that can be compared."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from docintel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ("type", "enum", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "items")
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? ")

STATES = {
    "documents.state": "queued reading ready partial failed needs_password quarantined cancelled",
    "jobs.state": "queued reading done failed cancelled needs_password quarantined no_room",
    "jobs.step": "open pages finish",
    "pages.state": "queued reading done failed cancelled",
    "outbox.operation": "add delete",
    "trash.room": "files cache words",
}
"""Column → the words that may stand there."""


def settings() -> dict[str, Any]:
    """Name in the environment → type, limits and default; a default inside the checkout is relative to it."""
    with patch.dict("os.environ", {}, clear=True):
        defaults = Settings(_env_file=None).model_dump(mode="json")
    return {
        f"DOCINTEL_{name.upper()}": {
            **{key: field[key] for key in CONSTRAINTS if key in field},
            "default": _relative(defaults[name]),
        }
        for name, field in Settings.model_json_schema()["properties"].items()
    }


def _relative(value: Any) -> Any:
    return value.removeprefix(f"{ROOT}/") if isinstance(value, str) else value


def other_names() -> dict[str, bool]:
    """Names in the environment, other than settings, that the product's files speak of."""
    files = [
        ROOT / "app.py",
        *(path for room in ("docintel", "storage", "pages") for path in (ROOT / room).rglob("*.py")),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return {name: True for name in ("HF_HUB_OFFLINE", "TESSDATA_PREFIX") if f'"{name}"' in text}


def schema(home: Path) -> dict[str, Any]:
    """Table → column → its type, whether it may be empty, its default and its place in the primary key."""
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {
            name: {
                column: {"type": kind, "null": not not_null, "default": default, "key": key}
                for _, column, kind, not_null, default, key in database.execute(f"PRAGMA table_info('{name}')")
            }
            for [name] in names
            if not name.startswith("sqlite_")
        }


def migration(home: Path) -> str:
    return str(_column(home, "SELECT version_num FROM alembic_version")[0])


def states(home: Path) -> dict[str, dict[str, int]]:
    """Column → word → how many rows say it."""
    return {column: dict.fromkeys(sorted(set(_words(home, column))), True) for column in STATES}


def _words(home: Path, column: str) -> list[Any]:
    table, _, name = column.partition(".")
    return _column(home, f"SELECT {name} FROM {table}")


def _column(home: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database:
        return [row[0] for row in database.execute(query)]


def shape(values: list[Any]) -> dict[str, str]:
    """Path → the types found there, over all `values`."""
    found: dict[str, set[str]] = {}
    for value in values:
        for path, kind in _types(value, "$"):
            found.setdefault(path, set()).add(kind)
    return {path: " or ".join(sorted(kinds)) for path, kinds in sorted(found.items())}


def _types(value: Any, path: str) -> Iterator[tuple[str, str]]:
    yield path, {dict: "object", list: "array", type(None): "null"}.get(type(value), type(value).__name__)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _types(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _types(inner, f"{path}[]")


def series(text: str) -> dict[str, dict[str, Any]]:
    """Name → kind, and the labels with the values that they take."""
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            found[name] = {"kind": kind}
        elif (match := SERIES.match(line)) and not match[1].endswith("_created"):
            labels = found.setdefault(match[1], {})
            for label, value in re.findall(r'(\w+)="([^"]*)"', match[2] or ""):
                labels.setdefault(label, {})[value] = True
    return found
