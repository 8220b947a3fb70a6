"""Schemas from files: docintel's own form as TOML or JSON, JSON Schema, a pydantic model in a Python file."""

import inspect
import json
import runpy
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from docintel.errors import UsageError
from docintel.extraction.json_schema import from_json_schema, is_json_schema, schema_from
from docintel.extraction.schema import Schema

SUFFIXES = (".toml", ".json", ".py")


def read_schema(path: Path, model: str = "") -> Schema:
    """A Python file is run: it must be the user's own. `model` names one of its classes. Raises UsageError."""
    if path.suffix == ".py":
        return from_json_schema(_model_in(path, model).model_json_schema(), path.stem)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    return parse_schema(data, path.name)


def parse_schema(data: bytes, name: str) -> Schema:
    """`name`: of the file. Raises UsageError."""
    try:
        text = data.decode("utf-8-sig")
        parsed: Any = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not read as a schema: {error}. Write TOML, JSON or JSON Schema.") from error
    if is_json_schema(parsed):
        return from_json_schema(parsed, Path(name).stem)
    return schema_from(parsed)


def _model_in(path: Path, name: str) -> type[BaseModel]:
    try:
        found = runpy.run_path(str(path))
    except Exception as error:
        raise UsageError(f"{path} cannot be run: {error!r}.") from error
    models = {
        key: each
        for key, each in found.items()
        if inspect.isclass(each) and issubclass(each, BaseModel) and each.__module__ == found["__name__"]
    }
    if name in models:
        return models[name]
    if name or not models:
        raise UsageError(f"{path} has no pydantic model{f' {name}' if name else ''}.")
    if len(models) > 1:
        raise UsageError(f"{path} has several models: {', '.join(models)}. Say which: {path}:{next(iter(models))}.")
    return next(iter(models.values()))
