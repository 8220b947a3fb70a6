"""The command line: `docintel` and `python -m docintel` are the same."""

import os
import sys

import typer

from docintel.commands import (
    backup,
    checking,
    console,
    conversations,
    corrections,
    extract,
    filing,
    ingest,
    library,
    people,
    questions,
    queue,
    service,
    users,
    watch,
)
from docintel.permissions import keep_private

app = typer.Typer(
    help="Scanned documents in, structure and cited answers out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (
    *(ingest, watch, library, filing, people, corrections, questions),
    *(extract, queue, checking, backup, service),
):
    app.add_typer(room.commands)
app.add_typer(users.commands, name="users")
app.add_typer(conversations.commands, name="conversations")


def main() -> None:
    """The console command. An error is one line on stderr; `--debug`, anywhere, adds the traceback."""
    keep_private()
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    if debug:
        os.environ["DOCINTEL_LOG_LEVEL"] = "debug"  # for the worker that a command starts, too
    with console.errors_as_one_line(debug=debug):
        app(arguments)


if __name__ == "__main__":
    main()
