"""Extraction by schema: extract, schemas."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import CollectionOption, DocumentsOption, HomeOption, JsonOption, console, opened, settings_for
from docintel.commands.output import write
from docintel.errors import NotFound, UsageError
from docintel.extraction.schema import Schema, Value

if TYPE_CHECKING:
    from docintel.home import Home
    from docintel.model import Document

commands = typer.Typer()


class Format(StrEnum):
    """Ends of names of files that extractions are written to; one for each of `docintel.export.extractions.FORMATS`."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


@commands.command()
def extract(
    schema: Annotated[
        str, typer.Argument(metavar="SCHEMA", help="A schema's name, or a file: TOML, JSON Schema, model.py:Model.")
    ],
    document: DocumentsOption = None,
    collection: CollectionOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write .xlsx, .csv or .json. Default: a table on stdout.")
    ] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Extracts the fields of a schema from each document."""
    from docintel.export import extractions

    format = _format_of(output) if output else None
    with opened(settings_for(home_dir)) as home:
        documents = _documents(home, document, collection)
        wanted = schema_named(home, schema, collection, documents)
        with console.document_progress(len(documents)) as show:
            found = home.extract(wanted, [each.id for each in documents], on_progress=show)
        if output:
            for each in documents:
                home.library.people.record_export(each.id, f"{wanted.name} {format}")
    read = [(each.document, each.extraction) for each in found]
    if format and output:
        write(extractions.FORMATS[format](wanted, read), output)
        console.note(f"{len(read):,} documents written to {output}")
    elif json:
        console.print_json(extractions.rows_of(wanted, read))
    else:
        single = [field.name for field in wanted.fields if not field.fields]
        rows = [{"name": each.name, **_shown(single, said.values)} for each, said in read]
        console.print_rows(rows, ("name", *single))


@commands.command()
def schemas(
    collection: CollectionOption = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Lists the schemas that `extract` knows by name: the ready ones and those of a collection."""
    with opened(settings_for(home_dir), owner=False) as home:
        known = known_schemas(home, collection)
    if json:
        console.print_json([each.model_dump(mode="json") for each in known.values()])
        return
    for each in known.values():
        console.print_line(console.printable(f"{each.name}: {', '.join(field.name for field in each.fields)}"))


def known_schemas(home: "Home", collection: str | None) -> dict[str, Schema]:
    from docintel.extraction.ready import ready_schemas

    return ready_schemas() | (home.library.schemas.of(collection) if collection else {})


def schema_named(home: "Home", name: str, collection: str | None, documents: "list[Document]") -> Schema:
    """One of a collection, which may be the one that all documents are in, or a ready one, or one in a file.

    Raises NotFound, UsageError.
    """
    from docintel.extraction.files import SUFFIXES, read_schema

    path, _, model = name.partition(":") if re.search(r"\.py:\w+$", name) else (name, "", "")
    if path.endswith(SUFFIXES):
        return read_schema(Path(path), model)
    places = {each.collection for each in documents}
    known = known_schemas(home, collection or (places.pop() if len(places) == 1 else None))
    if name not in known:
        raise NotFound(f"There is no schema {name!r}. There are: {', '.join(known)}. Or name a file.")
    return known[name]


def _documents(home: "Home", named: list[str] | None, collection: str | None) -> "list[Document]":
    if named:
        return [home.library.document(each) for each in named]
    found = home.library.documents(collection=collection)
    if not found:
        raise NotFound("No documents are there to extract from. `docintel ingest PATH…` adds some.")
    return found


def _format_of(output: Path) -> Format:
    try:
        return Format(output.suffix.removeprefix("."))
    except ValueError as error:
        raise UsageError(f"{output} must end with .{', .'.join(Format)}.") from error


def _shown(names: list[str], values: dict[str, tuple[Value, ...]]) -> dict[str, str]:
    """What is in doubt has a question mark."""
    return {name: "; ".join(_said(each) for each in values.get(name, ())) for name in names}


def _said(value: Value) -> str:
    return f"{value.value or value.text}{f' {value.unit}' if value.unit else ''}{'' if value.is_sure else ' ?'}"
