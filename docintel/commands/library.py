"""What is in the library: list, show, export, delete."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import CollectionOption, HomeOption, JsonOption, console, opened, settings_for
from docintel.errors import UsageError
from docintel.export import FORMATS
from docintel.export.bundle import bundle
from docintel.export.original import WARNING, has_covered_text
from docintel.model import Document
from docintel.permissions import share_as_usual

if TYPE_CHECKING:
    from docintel.library import Library

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
        _write([library.export(card.id, format.value)], output)


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
        _write(bundle(cards, format.value, lambda card: library.export(card.id, format.value)), output)


def _warn(library: "Library", cards: Sequence[Document], format: ExportFormat) -> None:
    if format.value == "original" and any(has_covered_text(library.each_page(card.id)) for card in cards):
        console.note(WARNING)


def _write(pieces: Iterable[bytes], output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.writelines(pieces)
        return
    try:
        is_new = not output.exists()
        with output.open("wb") as file:
            file.writelines(pieces)
        if is_new:
            share_as_usual(output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}. Choose another --output.") from error


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
