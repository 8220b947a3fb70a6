"""`docintel watch`: what comes into a folder is read."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.ingest import show_result

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.ingest import IngestResult
    from docintel.watching import Watcher

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

    with opened(settings_for(home)) as opened_home:
        registered = watches.watch(
            opened_home.library.store,
            folder,
            collection=collection,
            languages=tuple(language or ()),
            engine=engine,
            is_recursive=recursive,
            move_to=move_to,
            is_kept=False,
        )
        watcher = Watcher(opened_home.library, registered, settled_s=SETTLED_S)
        all_good = True
        for result in _read(opened_home, watcher, once=once):
            show_result(result, json=json)
            all_good = all_good and result.is_good
    raise typer.Exit(0 if all_good and not watcher.trouble else 1)


def _read(home: "Home", watcher: "Watcher", *, once: bool) -> Iterator["IngestResult"]:
    """What became of each document; looks again and again, or, `once`, twice: the least to see what is complete."""
    from docintel.home.waiting import wait_for
    from docintel.ingest import IngestResult

    waiting: list[str] = []
    shown: str | None = None
    pauses = console.Pauses()
    with home.working(), console.page_progress() as show:
        for number in count(1):
            next_look = time.monotonic() + LOOK_EVERY_S
            for result in watcher.look():
                if result.is_final or result.document is None:
                    yield result
                else:
                    waiting.append(result.document)
            shown = _tell_trouble(watcher, shown)
            is_last = once and number == 2
            for progress in wait_for(home, waiting):
                show(progress.pages_done, progress.num_pages, progress.reading)
                pauses.tell(progress.paused)
                yield from map(IngestResult.of, progress.ended)
                ended = {document.id for document in progress.ended}
                waiting = [document_id for document_id in waiting if document_id not in ended]
                if not is_last and time.monotonic() > next_look:
                    break
            if is_last:
                _tell_unsettled(watcher)
                return
            time.sleep(max(next_look - time.monotonic(), 0))


def _tell_unsettled(watcher: "Watcher") -> None:
    if watcher.num_unsettled:
        console.note(f"{watcher.num_unsettled} files may still be written and were left for the next time")


def _tell_trouble(watcher: "Watcher", shown: str | None) -> str | None:
    if watcher.trouble and watcher.trouble != shown:
        console.note(f"{watcher.trouble} It is looked at again.")
    return watcher.trouble
