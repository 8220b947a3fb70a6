"""Who may see what, and who did what: collections, share, audit."""

from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import CollectionOption, HomeOption, JsonOption, console, opened, settings_for

if TYPE_CHECKING:
    from docintel.library import Collection

commands = typer.Typer()
collection_commands = typer.Typer(invoke_without_command=True)
commands.add_typer(collection_commands, name="collections")

CollectionName = Annotated[str, typer.Argument(metavar="NAME", help="As `docintel collections` lists it.")]
People = list[str] | None


@collection_commands.callback()
def list_collections(context: typer.Context, home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists the collections: whose they are, and who may read them. Also: make, rename, delete."""
    if context.invoked_subcommand:
        return
    with opened(settings_for(home_dir), owner=False) as home:
        rows = [collection_row(each) for each in home.library.collections(with_empty=True)]
    if json:
        console.print_json(rows)
    elif rows:
        console.print_rows(rows, ("collection", "title", "owner", "readers", "documents"))
    else:
        console.note("there are no collections yet; `docintel ingest PATH…` adds documents to one")


@collection_commands.command()
def make(name: str, home_dir: HomeOption = None) -> None:
    """Makes an empty collection."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.filing.make_collection(name)


@collection_commands.command()
def rename(name: CollectionName, new_name: str, home_dir: HomeOption = None) -> None:
    """Gives a collection another name; who owns and reads it stays."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.filing.rename_collection(name, new_name)


@collection_commands.command()
def delete(name: CollectionName, home_dir: HomeOption = None) -> None:
    """Deletes a collection; its documents go into the bin."""
    with opened(settings_for(home_dir), owner=False) as home:
        ids = home.library.filing.delete_collection(name)
    console.note(f"{len(ids):,} documents are in the bin; `docintel bin restore` brings them back")


def collection_row(collection: "Collection") -> dict[str, object]:
    return {
        "collection": collection.name,
        "title": collection.title,
        "owner": collection.owner,
        "readers": collection.readers,
        "documents": collection.num_documents,
        "embedding_model": collection.embedding_model,
    }


@commands.command()
def share(
    collection: CollectionName,
    reader: Annotated[People, typer.Option(metavar="EMAIL", help="May read it from now on.")] = None,
    remove: Annotated[People, typer.Option(metavar="EMAIL", help="May read it no longer.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="EMAIL", help="Whose it is from now on.")] = None,
    home_dir: HomeOption = None,
) -> None:
    """Lets people, by their e-mail addresses, read a collection, or gives it to somebody."""
    with opened(settings_for(home_dir), owner=False) as home:
        home.library.people.share(collection, readers=reader or (), remove=remove or (), owner=owner)


@commands.command()
def audit(
    document: Annotated[str | None, typer.Option(metavar="D", help="Only of this document, there or deleted.")] = None,
    collection: CollectionOption = None,
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only what this user did; '' for this machine.")
    ] = None,
    action: Annotated[str | None, typer.Option(metavar="WHAT", help="Only this, such as 'failed to sign in'.")] = None,
    limit: Annotated[int, typer.Option("-n", metavar="N", min=1, help="How many, the newest first.")] = 50,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Lists who did what: added, deleted, exported, shared, signed in, changed settings … No user: this machine.

    `docintel check` proves that nothing of it was changed or taken out. To be sure of it in years to come, keep the
    newest entry's `seq` and `hash` (--json) where nobody who can write here can write.
    """
    with opened(settings_for(home_dir), owner=False) as home:
        entries = home.library.people.trail(
            document_id=document, collection=collection, by=user, action=action, limit=limit
        )
    rows = [entry.model_dump(mode="json") for entry in entries]
    if json:
        console.print_json(rows)
    else:
        console.print_rows(rows, ("seq", "at", "user", "action", "collection", "document_id", "name", "detail"))
