"""`docintel ingest`: files in, one line a document out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.ingest import IngestOptions, IngestResult

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
    from docintel.ingest import IngestOptions

    options = IngestOptions(collection=collection, languages=tuple(language or ()), engine=engine, recursive=recursive)
    with opened(settings_for(home, jobs=jobs)) as opened_home:
        all_good = True
        for result in _ingested(opened_home, listed(paths), options, password=password):
            show_result(result, json=json)
            all_good = all_good and result.is_good
    raise typer.Exit(0 if all_good else 1)


def listed(paths: list[Path]) -> Iterator[Path]:
    """The paths named; `-` stands for one path a line on stdin."""
    for path in paths:
        if path == Path("-"):
            yield from (Path(line.rstrip("\r\n")) for line in sys.stdin if line.strip())
        else:
            yield path


def _ingested(
    home: "Home", paths: Iterator[Path], options: "IngestOptions", *, password: str | None
) -> Iterator["IngestResult"]:
    """Adds, waits, and says of each document what became of it as soon as that is known."""
    from docintel.home.waiting import wait_for
    from docintel.ingest import IngestResult, ingest

    waiting: list[str] = []
    pauses = console.Pauses()
    with home.working(), console.page_progress() as show:
        for result in ingest(home.library, paths, options):
            if result.is_final or result.document is None:
                yield result
            else:
                waiting.append(result.document)
        for progress in wait_for(home, waiting, password=password):
            show(progress.pages_done, progress.num_pages, progress.reading)
            pauses.tell(progress.paused)
            yield from map(IngestResult.of, progress.ended)


def show_result(result: "IngestResult", *, json: bool) -> None:
    if json:
        console.print_json(result.model_dump())
        return
    pages = f", {result.pages_read} of {result.pages} pages" if result.pages else ""
    error = f": {result.error}" if result.error else ""
    console.print_line(console.printable(f"{result.state:<14} {result.name}{pages}{error}"))
