"""What is in the library: list, show, export, delete."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from docintel.commands import CollectionOption, HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.output import write
from docintel.export import FORMATS
from docintel.export import export as exported
from docintel.model import Document

commands = typer.Typer()

ExportFormat = StrEnum("ExportFormat", {name.upper(): name for name in FORMATS})  # type: ignore[misc] # not a literal


@commands.command()
def documents(collection: CollectionOption = None, home_dir: HomeOption = None, json: JsonOption = False) -> None:
    """Lists the library, newest first."""
    with opened(settings_for(home_dir), owner=False) as home:
        rows = [document_row(document) for document in home.library.documents(collection=collection)]
    if json:
        console.print_json(rows)
    elif rows:
        console.print_rows(rows, ("document", "name", "state", "pages", "pages_failed", "collection", "languages"))
    else:
        console.note("the library is empty; `docintel ingest PATH…` adds documents")


def document_row(document: Document) -> dict[str, object]:
    return {
        "document": document.id,
        "name": document.name,
        "state": document.state,
        "pages": document.num_pages,
        "pages_failed": document.pages_failed,
        "added_at": document.added_at.isoformat(),
        "collection": document.collection,
        "languages": document.languages,
    }


@commands.command()
def show(
    document: str,
    page: Annotated[int | None, typer.Option(metavar="N", help="Only this page, from 1.")] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Shows the structure: the document's card and its pages."""
    with opened(settings_for(home_dir), owner=False) as home:
        card = home.library.document(document)
        pages = [home.library.page(card.id, page)] if page else home.library.pages(card.id)
    if json:
        read = [each.model_dump(mode="json") for each in pages]
        console.print_json({"document": card.model_dump(mode="json"), "pages": read})
        return
    console.print_line(console.printable(f"{card.name} · {card.state} · {card.num_pages} pages"))
    for each in pages:
        console.print_line(f"\n— page {each.number} —")
        for block in each.blocks:
            console.print_line(f"[{block.label}] {console.printable(block.text)}")


@commands.command()
def export(
    document: str,
    format: Annotated[ExportFormat, typer.Option("--format")],
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Default: stdout.")] = None,
    home_dir: HomeOption = None,
) -> None:
    """Writes a document as a file."""
    with opened(settings_for(home_dir), owner=False) as home:
        card = home.library.document(document)
        data = exported(format.value, card, home.library.pages(card.id))
        home.library.people.record_export(card.id, format.value)
    write(data, output)


@commands.command()
def delete(
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT…", help="Ids, or beginnings of ids.")],
    home_dir: HomeOption = None,
) -> None:
    """Deletes documents and everything that only they used."""
    with opened(settings_for(home_dir), owner=False) as home:
        for document_id in [home.library.document(document).id for document in documents]:
            home.library.delete(document_id)
        home.library.sweep()
