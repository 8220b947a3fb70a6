"""What was corrected by hand: list, export."""

import json as json_lines
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.errors import UsageError

if TYPE_CHECKING:
    from docintel.library import HistoryEntry

commands = typer.Typer()


@commands.command()
def corrections(
    document: str,
    page: Annotated[int | None, typer.Option(metavar="N", help="Only of this page, from 1.")] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Writes them there, a line of JSON each, with before and after.")
    ] = None,
    home_dir: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Lists what was corrected by hand in a document: who, when, what.

    Those that do not fit were made before the page was read again, and what they changed is not there any more.
    """
    with opened(settings_for(home_dir), owner=False) as home:
        card = home.library.document(document)
        rows = [correction_row(each) for each in home.library.corrections.history(card.id, page)]
        if export is not None:
            home.library.people.record_export(card.id, "corrections")
    if export is not None:
        _write(export, rows)
    elif json:
        console.print_json(rows)
    elif rows:
        console.print_rows(rows, ("correction", "page", "at", "user", "summary", "reverses", "fits"))
    else:
        console.note("nothing was corrected in this document")


def correction_row(each: "HistoryEntry") -> dict[str, object]:
    from docintel.corrections.describing import in_words

    entry = each.entry
    return {
        "correction": entry.seq,
        "page": entry.page,
        "at": entry.at.isoformat(),
        "user": entry.user,
        "kind": entry.correction.kind.value,
        "summary": in_words(entry.correction),
        "reverses": entry.reverses,
        "fits": each.fits,
        "changes": [change.model_dump(mode="json") for change in entry.correction.changes],
    }


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    lines = (json_lines.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    try:
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another --export.") from error
