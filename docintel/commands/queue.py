"""What is being read: retry, cancel, pause, resume, status."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.display import duration, file_size

if TYPE_CHECKING:
    from docintel.home import HomeStatus
    from docintel.jobs.progress import Progress
    from docintel.library.watches import Watch

commands = typer.Typer()

ManyDocuments = Annotated[list[str] | None, typer.Argument(metavar="DOCUMENT…", help="Ids, or beginnings of ids.")]


@commands.command()
def retry(documents: ManyDocuments = None, home_dir: HomeOption = None) -> None:
    """Reads failed pages again: of these documents, or of all."""
    with opened(settings_for(home_dir), owner=False) as home:
        if documents:
            for document in documents:
                home.queue.retry(home.library.document(document).id)
        else:
            home.queue.retry_failed()
    console.note("queued again; the app or `docintel worker` reads them")


@commands.command()
def cancel(documents: ManyDocuments = None, home_dir: HomeOption = None) -> None:
    """Stops reading these documents, or all that wait; pages already read are kept."""
    with opened(settings_for(home_dir), owner=False) as home:
        if not documents:
            home.queue.cancel_all()
        for document_id in [home.library.document(document).id for document in documents or ()]:
            home.queue.cancel(document_id)


@commands.command()
def pause(home_dir: HomeOption = None) -> None:
    """No further page is begun until `docintel resume`."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.queue.pause()


@commands.command()
def resume(home_dir: HomeOption = None) -> None:
    """Goes on after `docintel pause`."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.queue.resume()


@commands.command()
def status(home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """How much is kept, and what waits."""
    with opened(settings_for(home_dir), owner=False) as home:
        state = home.status()
    if json:
        console.print_json(state.model_dump(mode="json"))
        return
    for name, value in status_lines(state):
        console.print_line(console.printable(f"{name:<10} {value}"))


def status_lines(state: "HomeStatus") -> Iterator[tuple[str, str]]:
    """A home's state for people: names, some of them empty, and what there is to say."""
    progress = state.progress
    yield "home", state.home
    yield "documents", counted(state.documents) or "none"
    yield "pages", f"{counted(state.pages) or 'none'}; {state.pages_cached:,} from the cache"
    yield "queue", _queue_line(progress)
    if state.paused is not None:
        yield "paused", state.paused
    for reason, count in progress.failures:
        yield "failed", f"{count:,} × {reason}"
    owner = f"; process {state.owner} owns the home" if state.owner else ""
    yield "workers", f"{state.workers} alive{owner}"
    yield "index", f"{state.chunks:,} chunks, {state.index_backlog:,} changes behind"
    yield "disk", f"{file_size(state.disk_free)} free"
    for watch in state.watches:
        yield "watching", _watch_line(watch)


def counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in counts.items())


def _queue_line(progress: "Progress") -> str:
    unopened = f", {progress.documents_unopened:,} documents not opened yet" if progress.documents_unopened else ""
    rate = f"{progress.pages_per_minute:,.1f} a minute, {duration(progress.seconds_left)} left"
    return f"{progress.pages_open:,} pages to read{unopened}; {rate}"


def _watch_line(watch: "Watch") -> str:
    moved = f", moved to {watch.move_to}" if watch.move_to else ""
    kept = "" if watch.is_kept else ", while `docintel watch` runs"
    refused = f"; {watch.num_refused:,} files refused" if watch.num_refused else ""
    return f"{watch.folder} for {watch.collection}{moved}{kept}{refused}{f'; {watch.error}' if watch.error else ''}"
