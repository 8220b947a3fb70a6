"""The home that release 0.1.0 made (see make_home), and what the command line says of it."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from tests.contracts.command_line import Result, run

ZIP = Path(__file__).with_name("home.zip")
QUESTION = "What is the rent for the workshop?"
FORMATS = {"markdown": "md", "html": "html", "json": "json", "text": "txt", "csv": "csv", "xlsx": "xlsx"}
EXPORTED = ("bill.pdf", "lease.pdf")
TIMES = {"added_at", "at", "seconds"}
OF_THE_MACHINE = {"home", "disk_free", "owner", "pages_per_minute", "seconds_left"}
DIGITS = 4


def unpacked(folder: Path) -> Path:
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(folder)
    return folder / "home"


def listed(home: Path) -> list[dict[str, Any]]:
    return list(run("documents", "--json", home=home).json)


def states(home: Path) -> dict[str, str]:
    """State of each document by its collection and name."""
    return {f"{row['collection']}: {row['name']}": row["state"] for row in listed(home)}


def id_of(home: Path, name: str) -> str:
    return str(next(row["document"] for row in listed(home) if row["name"] == name and row["collection"] == "default"))


def answers(home: Path) -> dict[str, Any]:
    """Command → what it prints as JSON; nothing of it changes the home."""
    shown = {f"show {row['document']}": printed(home, "show", row["document"]) for row in listed(home)}
    return {
        "documents": printed(home, "documents"),
        "documents of a collection": printed(home, "documents", "--collection", "alice@example.org/letters"),
        "collections": printed(home, "collections"),
        "status": printed(home, "status"),
        "audit": printed(home, "audit"),
        "engines": printed(home, "engines"),
        "check": check(run("check", "--json", home=home)),
        "search": printed(home, "search", "rent workshop", "-k", "3"),
        "search in a collection": printed(home, "search", "ladder", "--collection", "alice@example.org/letters"),
        "ask": printed(home, "ask", QUESTION),
        **shown,
    }


def printed(home: Path, *arguments: str) -> Any:
    result = run(*arguments, "--json", home=home)
    if result.code:
        raise AssertionError(f"docintel {' '.join(arguments)} ended with {result.code}: {result.err}")
    return result.json


def check(result: Result) -> Any:
    return {"code": result.code, "found": result.lines}


def settled(value: Any) -> Any:
    """Without times and what depends on the machine; fractions to four digits."""
    if isinstance(value, dict):
        return {name: settled(inner) for name, inner in value.items() if name not in TIMES | OF_THE_MACHINE}
    if isinstance(value, list):
        return [settled(inner) for inner in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def exports(home: Path) -> dict[str, str]:
    """File name → what `docintel export` writes, as text."""
    return {
        f"{name}.{suffix}": _text(run("export", id_of(home, name), "--format", format, home=home).out)
        for name in EXPORTED
        for format, suffix in FORMATS.items()
    }


def _text(exported: bytes) -> str:
    """A workbook as its parts' XML, but for the one that says when it was made."""
    if not exported.startswith(b"PK"):
        return re.sub(r'"(added_at)": "[^"]*"', r'"\1": ""', exported.decode())
    with zipfile.ZipFile(io.BytesIO(exported)) as workbook:
        names = [name for name in sorted(workbook.namelist()) if name.startswith("xl/") and "theme" not in name]
        return "\n".join(f"{name}\n{workbook.read(name).decode()}" for name in names)
