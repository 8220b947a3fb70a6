"""The command line as scripts see it: what may be typed, and what comes out of it."""

import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import typer
from typer.testing import CliRunner

from docintel.__main__ import app, main

COLUMNS = "100"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments: str | Path, home: Path, stdin: str = "") -> Result:
    """A command in this process, on a home of its own, the fake engine reading."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    argv = ["docintel", *map(str, arguments)]
    with environment_of(home), patch.multiple(sys, argv=argv, stdin=io.StringIO(stdin), stdout=out, stderr=err):
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
    return Result(code, out.buffer.getvalue(), err.getvalue())


@contextmanager
def environment_of(home: Path) -> Iterator[None]:
    with patch.dict(os.environ, environment(home), clear=True):
        yield


def environment(home: Path) -> dict[str, str]:
    """This process's own, with none of its settings and those of the tests."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DOCINTEL_")}
    ours = {"DOCINTEL_HOME": str(home), "DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1", "DOCINTEL_MIN_FREE_BYTES": "0"}
    return own | ours


def commands() -> Mapping[str, Any]:
    return typer.main.get_command(app).commands  # type: ignore[attr-defined, no-any-return]


def tree() -> dict[str, Any]:
    """Command → parameter → all that a script depends on."""
    return {name: {_key(each): _parameter(each) for each in command.params} for name, command in commands().items()}


def _key(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    return "/".join([*parameter.opts, *parameter.secondary_opts]) if is_option else f"<{parameter.name}>"


def _parameter(parameter: Any) -> dict[str, Any]:
    default = parameter.default
    return {
        "type": _type(parameter.type_descriptor.annotation),
        "default": default.value if isinstance(default, Enum) else default,
        "required": parameter.required,
        "repeated": parameter.multiple or parameter.nargs == -1,
        "metavar": parameter.metavar,
        "range": [parameter.min, parameter.max],
    }


def _type(annotation: Any) -> str | dict[str, bool]:
    if inner := get_args(annotation):
        return _type(inner[0])
    if issubclass(annotation, Enum):
        return {str(each.value): True for each in annotation}
    return str(annotation.__name__)


def help_texts() -> dict[str, str]:
    """Command → its help, 100 columns wide, without colours; `docintel` is that of all."""
    names: list[list[str]] = [[], *([name] for name in commands())]
    return {" ".join(["docintel", *name]): _help(*name) for name in names}


def _help(*command: str) -> str:
    done = CliRunner().invoke(
        app, [*command, "--help"], prog_name="docintel", env={"COLUMNS": COLUMNS, "NO_COLOR": "1", "TERM": "dumb"}
    )
    lines = COLOURS.sub("", done.output).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip("\n")
