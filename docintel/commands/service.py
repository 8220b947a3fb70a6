"""What runs: serve, worker, reindex, engines."""

from pathlib import Path
from typing import Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for
from docintel.errors import UsageError

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its first line is the password, or its argon2id hash; chmod 600."),
    ] = None,
    home_dir: HomeOption = None,
) -> None:
    """Serves the app in the browser: to this machine, or, where people sign in, to a network."""
    from docintel.server import serve as serve_app
    from docintel.server.accounts import accounts_of
    from docintel.ui.people.signing_in import must_be_protected

    settings = settings_for(home_dir, password_file=password_file and password_file.absolute())
    if settings.password_file and accounts_of(settings).has_users:
        raise UsageError("There are local users, so one password for everybody is not used. Leave --password-file out.")
    must_be_protected(host, settings)
    serve_app(settings, host=host, port=port)


@commands.command()
def worker(home_dir: HomeOption = None) -> None:
    """Reads what is queued, until it is stopped; the app starts one by itself."""
    from docintel.workers.worker import run

    run(settings_for(home_dir), until_idle=False)


@commands.command()
def reindex(home_dir: HomeOption = None) -> None:
    """Makes the search index anew from the database, with the embedding model of the settings."""
    with opened(settings_for(home_dir), owner=True) as home:
        home.reindex()


@commands.command()
def engines(json: JsonOption = False) -> None:
    """Lists the engines, which of them work here, and which one `auto` takes."""
    from docintel.engines import survey

    rows = [engine.model_dump() for engine in survey(settings_for(None))]
    if json:
        console.print_json(rows)
    else:
        console.print_rows(rows, ("engine", "available", "is_auto", "about"))
