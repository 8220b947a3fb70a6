"""What runs: serve, worker, reindex, engines."""

from typing import Annotated

import typer

from docintel.commands import HomeOption, JsonOption, console, opened, settings_for

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    home_dir: HomeOption = None,
) -> None:
    """Serves the app in the browser."""
    from docintel.server import serve as serve_app

    serve_app(settings_for(home_dir), host=host, port=port)


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
