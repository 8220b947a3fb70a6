"""`docintel watch`: what comes into a folder is read."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.ingest import tell

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.ingestion import Outcome
    from docintel.watching import Taken, Watcher

commands = typer.Typer()

LOOK_EVERY_S = 5.0
SETTLED_S = 4.0


@commands.command()
def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    engine: Annotated[str, typer.Option(metavar="N", help="auto, local, …: see `docintel engines`.")] = "",
    language: Annotated[list[str] | None, typer.Option(metavar="L", help="ISO 639-1; none: seen on the page.")] = None,
    collection: Annotated[str, typer.Option(metavar="C")] = "default",
    move_to: Annotated[Path | None, typer.Option(metavar="DIR", help="Where files go that were taken.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive/--no-recursive", help="Folders within it.")] = True,
    once: Annotated[bool, typer.Option("--once", help="Only what is there now.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Reads what comes into a folder, until it is stopped. Files are taken once they are complete."""
    from docintel.library import watches
    from docintel.watching import Watcher

    with opened(settings_for(home)) as house:
        registered = watches.watch(
            house.library.store,
            folder,
            collection=collection,
            languages=tuple(language or ()),
            engine=engine,
            is_recursive=recursive,
            move_to=move_to,
            is_kept=False,
        )
        watcher = Watcher(house.library, registered, settled_s=SETTLED_S)
        all_good = True
        for outcome in _read(house, watcher, once=once):
            tell(outcome, json=json)
            all_good = all_good and outcome.is_good
    raise typer.Exit(0 if all_good and not watcher.trouble else 1)


def _read(house: "Home", watcher: "Watcher", *, once: bool) -> Iterator["Outcome"]:
    """What became of each document; looks again and again, or, `once`, twice: the least to see what is complete."""
    from docintel.ingestion import outcome_of, wait_for

    waiting: list[str] = []
    shown: str | None = None
    pauses = console.Pauses()
    with house.working(), console.page_progress() as show:
        for number in count(1):
            next_look = time.monotonic() + LOOK_EVERY_S
            for taken in watcher.look():
                yield from _known(taken, waiting)
            shown = _tell_trouble(watcher, shown)
            is_last = once and number == 2
            for round in wait_for(house, waiting):
                show(round.pages_done, round.num_pages, round.reading)
                pauses.tell(round.paused)
                yield from (outcome_of(document) for document in round.ended)
                over = {document.id for document in round.ended}
                waiting = [document_id for document_id in waiting if document_id not in over]
                if not is_last and time.monotonic() > next_look:
                    break
            if is_last:
                _tell_unsettled(watcher)
                return
            time.sleep(max(next_look - time.monotonic(), 0))


def _known(taken: "Taken", waiting: list[str]) -> Iterator["Outcome"]:
    """The outcome, where all is said already; else the document joins those that are waited for."""
    from docintel.ingestion import Outcome, outcome_of
    from docintel.model import DocumentState

    if taken.document is None:
        yield Outcome(document=None, name=taken.name, state="failed", error=taken.error)
    elif taken.is_duplicate and taken.document.state is DocumentState.READY:
        yield outcome_of(taken.document, state="duplicate")
    else:
        waiting.append(taken.document.id)


def _tell_unsettled(watcher: "Watcher") -> None:
    if watcher.num_unsettled:
        console.note(f"{watcher.num_unsettled} files may still be written and were left for the next time")


def _tell_trouble(watcher: "Watcher", shown: str | None) -> str | None:
    if watcher.trouble and watcher.trouble != shown:
        console.note(f"{watcher.trouble} It is looked at again.")
    return watcher.trouble
