"""What is in the library: list, show, export."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import CollectionOption, HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.output import write
from docintel.errors import UsageError
from docintel.export import FORMATS
from docintel.export.bundle import bundle
from docintel.export.original import WARNING, has_covered_text
from docintel.model import Document, DocumentState

if TYPE_CHECKING:
    from docintel.library import DocumentFilter, Library

commands = typer.Typer()

DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
COLUMNS = ("document", "name", "state", "pages", "pages_failed", "collection", "languages", "tags")

ExportFormat = StrEnum("ExportFormat", {name.upper(): name for name in FORMATS})  # type: ignore[misc] # not a literal


@commands.command()
def documents(
    collection: CollectionOption = None,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Only with this in their name.")] = "",
    state: Annotated[list[DocumentState] | None, typer.Option(help="Only in this state.")] = None,
    language: Annotated[list[str] | None, typer.Option(metavar="L", help="Only written in this language.")] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="T", help="Only with this tag.")] = None,
    added_from: Annotated[
        datetime | None, typer.Option(metavar="DATE", formats=DATES, help="Added then or later.")
    ] = None,
    added_before: Annotated[datetime | None, typer.Option(metavar="DATE", formats=DATES, help="Added earlier.")] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Lists the library, newest first. Dates are this machine's; what is in the bin is left out."""
    wanted: DocumentFilter = {
        "collection": collection,
        "name_contains": name,
        "states": state or None,
        "languages": language or None,
        "tags": tag or None,
        "added_from": added_from.astimezone() if added_from else None,
        "added_before": added_before.astimezone() if added_before else None,
    }
    with opened(settings_for(home_dir), owner=False) as home:
        rows = [document_row(document) for document in home.library.documents(**wanted)]
    if json:
        console.print_json(rows)
    elif rows:
        errors = ("error",) if any(row["error"] for row in rows) else ()
        console.print_rows(rows, (*COLUMNS, *errors))
    elif any(wanted.values()):
        console.note("no document is like that")
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
        "tags": document.tags,
        "error": document.error,
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
    if card.error:
        console.print_line(console.printable(card.error))
    for each in pages:
        console.print_line(f"\n— page {each.number} —")
        for note in each.notes:
            console.print_line(console.printable(note))
        for block in each.blocks:
            console.print_line(f"[{block.label}] {console.printable(block.text)}")


OutputOption = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Default: stdout.")]


@commands.command()
def export(
    document: str,
    format: Annotated[ExportFormat, typer.Option("--format")],
    output: OutputOption = None,
    home_dir: HomeOption = None,
) -> None:
    """Writes a document as a file."""
    with opened(settings_for(home_dir), owner=False) as home:
        library = home.library
        card = library.document(document)
        _warn(library, [card], format)
        write([library.export(card.id, format.value)], output)


@commands.command("export-zip")
def export_zip(
    format: Annotated[ExportFormat, typer.Option("--format")],
    documents: Annotated[list[str] | None, typer.Argument(metavar="DOCUMENT…", help="Ids, or beginnings.")] = None,
    collection: CollectionOption = None,
    output: OutputOption = None,
    home_dir: HomeOption = None,
) -> None:
    """Writes documents, or all of a collection, as one zip with a file for each."""
    if bool(documents) == bool(collection):
        raise UsageError("Say which documents to export: their ids, or a --collection.")
    with opened(settings_for(home_dir), owner=False) as home:
        library = home.library
        cards = [library.document(id) for id in documents or ()] or library.documents(collection=collection)
        _warn(library, cards, format)
        write(bundle(cards, format.value, lambda card: library.export(card.id, format.value)), output)


def _warn(library: "Library", cards: Sequence[Document], format: ExportFormat) -> None:
    if format.value == "original" and any(has_covered_text(library.each_page(card.id)) for card in cards):
        console.note(WARNING)
