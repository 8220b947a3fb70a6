"""What is being read: retry, cancel, pause, resume, status."""

from typing import Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for

commands = typer.Typer()

ManyDocuments = Annotated[list[str] | None, typer.Argument(metavar="DOCUMENT…", help="Ids, or beginnings of ids.")]


@commands.command()
def retry(documents: ManyDocuments = None, home: HomeOption = None) -> None:
    """Reads failed pages again: of these documents, or of all."""
    with opened(settings_for(home), owner=False) as house:
        if documents:
            for document in documents:
                house.queue.retry(house.library.document(document).id)
        else:
            house.queue.retry_failed()
    console.note("queued again; the app or `docintel worker` reads them")


@commands.command()
def cancel(documents: ManyDocuments = None, home: HomeOption = None) -> None:
    """Stops reading these documents, or all that wait; pages already read are kept."""
    with opened(settings_for(home), owner=False) as house:
        named = [house.library.document(document).id for document in documents or ()]
        for document_id in named or house.queue.open_documents():
            house.queue.cancel(document_id)


@commands.command()
def pause(home: HomeOption = None) -> None:
    """No further page is begun until `docintel resume`."""
    with opened(settings_for(home), owner=False) as house:
        house.queue.pause()


@commands.command()
def resume(home: HomeOption = None) -> None:
    """Goes on after `docintel pause`."""
    with opened(settings_for(home), owner=False) as house:
        house.queue.resume()


@commands.command()
def status(home: HomeOption = None, json: JsonOption = False) -> None:
    """How much is kept, and what waits."""
    with opened(settings_for(home), owner=False) as house:
        state = house.status()
    if json:
        console.print_json(state.model_dump(mode="json"))
        return
    for key, value in state.model_dump(mode="json").items():
        console.print_line(f"{key}: {console.printable(value)}")
