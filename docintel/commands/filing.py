"""How documents are kept: delete, bin, rename, move, tag, reread."""

from typing import Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.errors import UsageError

commands = typer.Typer()
bin_commands = typer.Typer(invoke_without_command=True)
commands.add_typer(bin_commands, name="bin")

Documents = Annotated[list[str], typer.Argument(metavar="DOCUMENT…", help="Ids, or beginnings of ids.")]
Tags = list[str] | None


@commands.command()
def delete(
    documents: Documents,
    to_bin: Annotated[
        bool, typer.Option("--to-bin", help="Only into the bin, from where they can be restored.")
    ] = False,
    home_dir: HomeOption = None,
) -> None:
    """Deletes documents, in the bin or not, and everything that only they used: for good, unless --to-bin."""
    with opened(settings_for(home_dir), owner=False) as home:
        if to_bin:
            home.library.bin.put(documents)
            return
        library = home.library.including_bin()
        for document_id in [library.document(document).id for document in documents]:
            library.delete(document_id)
        library.sweep()


@bin_commands.callback()
def list_bin(context: typer.Context, home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists the bin, the last that came first; it is emptied after DOCINTEL_BIN_DAYS."""
    if context.invoked_subcommand:
        return
    with opened(settings_for(home_dir), owner=False) as home:
        rows = [
            {
                "document": entry.document.id,
                "name": entry.document.name,
                "collection": entry.document.collection,
                "deleted_at": entry.binned_at.isoformat(),
                "user": entry.user,
            }
            for entry in home.library.bin.documents()
        ]
    if json:
        console.print_json(rows)
    elif rows:
        console.print_rows(rows, ("document", "name", "collection", "deleted_at", "user"))
    else:
        console.note("the bin is empty")


@bin_commands.command()
def restore(documents: Documents, home_dir: HomeOption = None) -> None:
    """Takes documents out of the bin; reading that was stopped goes on."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.bin.restore(documents)


@bin_commands.command()
def empty(
    older_than: Annotated[float, typer.Option(metavar="DAYS", min=0, help="Only what is there for longer.")] = 0.0,
    home_dir: HomeOption = None,
) -> None:
    """Deletes for good what is in the bin."""
    with opened(settings_for(home_dir), owner=False) as home:
        count = home.library.bin.empty(older_than_days=older_than)
        home.library.sweep()
    console.note(f"{count:,} deleted for good")


@commands.command()
def rename(
    document: Annotated[str, typer.Argument(help="Its id, or the beginning of it.")],
    name: Annotated[str, typer.Argument(help="Its new name.")],
    home_dir: HomeOption = None,
) -> None:
    """Gives a document another name."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.filing.rename(document, name)


@commands.command()
def move(
    documents: Documents,
    to: Annotated[str, typer.Option(metavar="COLLECTION", help="Made if it is not there.")],
    home_dir: HomeOption = None,
) -> None:
    """Moves documents into another collection; their ids stay."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.filing.move(documents, to)


@commands.command()
def tag(
    documents: Documents,
    add: Annotated[Tags, typer.Option(metavar="TAG", help="To be added.")] = None,
    remove: Annotated[Tags, typer.Option(metavar="TAG", help="To be removed.")] = None,
    home_dir: HomeOption = None,
) -> None:
    """Adds tags to documents, and removes them."""
    if not (add or remove):
        raise UsageError("Say which: `docintel tag DOCUMENT --add TAG` or `--remove TAG`.")
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.filing.tag(documents, add=add or (), remove=remove or ())


@commands.command()
def reread(
    documents: Documents,
    engine: Annotated[
        str, typer.Option(metavar="N", help="An engine of `docintel engines`; none: the settings'.")
    ] = "",
    language: Annotated[list[str] | None, typer.Option(metavar="L", help="ISO 639-1; none: seen on each page.")] = None,
    home_dir: HomeOption = None,
) -> None:
    """Reads all pages of documents again, with another engine or in other languages, and keeps that."""
    with opened(settings_for(home_dir), owner=False) as home:
        count = home.library.filing.read_again(documents, engine=engine, languages=language or ())
    if not count:
        raise UsageError("They are being read just now. Wait until they are done, or `docintel cancel` that.")
    console.note(f"{count:,} queued; the app or `docintel worker` reads them")
