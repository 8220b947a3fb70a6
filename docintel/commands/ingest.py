"""`docintel ingest`: files in, one line a document out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.ingestion import Outcome, Wishes

commands = typer.Typer()


@commands.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, folders, zips; - for a list on stdin.")],
    engine: Annotated[str, typer.Option(metavar="N", help="auto, local, …: see `docintel engines`.")] = "",
    jobs: Annotated[int, typer.Option(metavar="N", min=0, help="Pages side by side (default: one a core).")] = 0,
    language: Annotated[list[str] | None, typer.Option(metavar="L", help="ISO 639-1; none: seen on the page.")] = None,
    collection: Annotated[str, typer.Option(metavar="C")] = "default",
    password: Annotated[str | None, typer.Option(metavar="P", help="For encrypted files; never stored.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive/--no-recursive", help="Folders within folders.")] = True,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Reads documents into the library; waits until all are done."""
    from docintel.ingestion import Wishes

    wishes = Wishes(
        collection=collection, languages=tuple(language or ()), engine=engine, password=password, recursive=recursive
    )
    with opened(settings_for(home, jobs=jobs)) as house:
        all_good = True
        for outcome in _ingested(house, listed(paths), wishes):
            tell(outcome, json=json)
            all_good = all_good and outcome.is_good
    raise typer.Exit(0 if all_good else 1)


def listed(paths: list[Path]) -> Iterator[Path]:
    """The paths named; `-` stands for one path a line on stdin."""
    for path in paths:
        if path == Path("-"):
            yield from (Path(line.rstrip("\r\n")) for line in sys.stdin if line.strip())
        else:
            yield path


def _ingested(house: "Home", paths: Iterator[Path], wishes: "Wishes") -> Iterator["Outcome"]:
    """Adds, waits, and says of each document what became of it as soon as that is known."""
    from docintel.ingestion import Outcome, add_all, outcome_of, wait_for

    waiting: list[str] = []
    pauses = console.Pauses()
    with house.working(), console.page_progress() as show:
        for added in add_all(house, paths, wishes):
            if isinstance(added, Outcome):
                yield added
            else:
                waiting.append(added.id)
        for round in wait_for(house, waiting, password=wishes.password):
            show(round.pages_done, round.num_pages, round.reading)
            pauses.tell(round.paused)
            yield from (outcome_of(document) for document in round.ended)


def tell(outcome: "Outcome", *, json: bool) -> None:
    if json:
        console.print_json(outcome.model_dump())
        return
    pages = f", {outcome.pages_read} of {outcome.pages} pages" if outcome.pages else ""
    error = f": {outcome.error}" if outcome.error else ""
    console.print_line(console.printable(f"{outcome.state:<14} {outcome.name}{pages}{error}"))
