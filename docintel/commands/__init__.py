"""The command line: a file for each group of commands, and what they share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docintel import logs
from docintel.settings import Settings, places

if TYPE_CHECKING:
    from docintel.home import Home

_HOME = places.HOME if places.IS_INSTALLED else "data/"
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help=f"Where everything is kept (default: $DOCINTEL_HOME, else {_HOME})."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")]
DocumentsOption = Annotated[list[str] | None, typer.Option("--document", metavar="D", help="Only in this document.")]
CollectionOption = Annotated[str | None, typer.Option("--collection", metavar="C", help="Only in this collection.")]


def settings_for(home: Path | None, *, with_kept: bool = True, **changes: Any) -> Settings:
    """The settings of this machine, with what the command line says on top. From here on, this process logs by them.

    Without `with_kept` what was changed in the app is left out.
    """
    load = Settings.load if with_kept else Settings.of_machine
    settings = load(**{key: value for key, value in {"home": home, **changes}.items() if value})
    logs.configure(settings)
    return settings


def opened(settings: Settings, *, owner: bool | None = None) -> "Home":
    """The home, opened late: `docintel --help` loads none of it."""
    from docintel.home import Home

    return Home.open(settings, owner=owner)
