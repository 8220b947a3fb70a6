"""What becomes of the home of the release before when the present app and commands go on with it."""

import re
from pathlib import Path
from typing import Any

from tests.contracts import files, observed, old_home, server
from tests.contracts.command_line import Result, run
from tests.contracts.exit_codes import original
from tests.waiting import until

OPEN = {"queued", "reading"}
BY_THE_CLOCK = "$.progress.seconds_left"
"""Nothing is foretold where no page was read in the last minutes."""


def lived(home: Path, folder: Path) -> dict[str, Any]:
    """The app is started; what waits and what failed is read, and more is taken in."""
    file = files.make(folder)
    with server.served(home) as address:
        metrics = [_metrics(address)]
        first = server.health_once_settled(address)
        run("resume", home=home)
        ingested = _ingested(home, file)
        retried = [run("retry", home=home), run("retry", old_home.id_of(home, "cancelled.pdf"), home=home)]
        until(lambda: OPEN.isdisjoint(old_home.states(home).values()))
        last = server.health_once_settled(address)
        metrics.append(_metrics(address))
    return {
        "health": [first, last],
        "metrics": metrics,
        "ingested": ingested,
        "retried": [each.code for each in retried],
        "states": old_home.states(home),
        "damaged": _damaged(home),
    }


def _metrics(address: str) -> dict[str, Any]:
    status, text = server.get(f"{address}/metrics")
    return {"code": status, "series": observed.series(text)}


def _ingested(home: Path, file: dict[str, Path]) -> list[dict[str, Any]]:
    """Exit codes and lines of several files at once, of one that is there already, and of an encrypted one."""
    locked = original(home, "secret.pdf")
    mixed = [file["letter.pdf"], file["broken.pdf"], file["secret.pdf"], file["letter.pdf"].with_name("missing.pdf")]
    return [
        _line(run("ingest", *mixed, "--collection", "new", "--json", home=home)),
        _line(run("ingest", original(home, "plan.png"), "--json", home=home)),
        _line(run("ingest", locked, "--password", "wrong", "--json", home=home)),
        _line(run("ingest", locked, "--password", files.PASSWORD, "--json", home=home)),
        _line(run("ingest", "-", "--collection", "new", "--json", home=home, stdin=f"{file['lease.pdf']}\n")),
    ]


def _line(result: Result) -> dict[str, Any]:
    return {"code": result.code, "lines": sorted(result.lines, key=lambda line: str(line["name"]))}


def settled(lived: dict[str, Any]) -> dict[str, Any]:
    """As it must be again: files made today have other bytes, so other ids, lie elsewhere, and times differ."""
    return {**lived, "ingested": [{**each, "lines": list(map(_settled, each["lines"]))} for each in lived["ingested"]]}


def _settled(line: dict[str, Any]) -> dict[str, Any]:
    error = line["error"] and re.sub(r"/\S+/", "", line["error"])
    return {**{key: value for key, value in line.items() if key not in {"document", "seconds"}}, "error": error}


def _damaged(home: Path) -> dict[str, Any]:
    """A page's picture loses its end: what `check` finds, nothing but that, and what it mends."""
    picture = max((home / "files" / "images").rglob("*.jpg"), key=lambda path: (path.stat().st_size, path.name))
    picture.write_bytes(picture.read_bytes()[:-100])
    return {
        "found": old_home.check(run("check", "--json", home=home)),
        "mended": old_home.check(run("check", "--repair", "--json", home=home)),
    }


def json_keys(answers: dict[str, Any], lived: dict[str, Any]) -> dict[str, Any]:
    """Command → path in its JSON → type."""
    by_command: dict[str, list[Any]] = {
        "ingest": [line for each in lived["ingested"] for line in each["lines"]],
        "check": [line for each in lived["damaged"].values() for line in each["found"]],
    }
    for name, answer in answers.items():
        if name != "check":
            by_command.setdefault(name.split()[0], []).append(answer)
    keys = {command: observed.shape(values) for command, values in by_command.items()}
    if keys["status"].get(BY_THE_CLOCK) in {"float", "null"}:
        keys["status"][BY_THE_CLOCK] = "float or null"
    return keys
