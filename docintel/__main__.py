"""The command line: `docintel` and `python -m docintel` are the same."""

import sys

import typer

from docintel.commands import console, ingest, library, questions, queue, service

app = typer.Typer(
    help="Scanned documents in, structure and cited answers out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (ingest, library, questions, queue, service):
    app.add_typer(room.commands)


def main() -> None:
    """The console command. An error is one line on stderr; `--debug`, anywhere, adds the traceback."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    console.log_to_stderr(debug=debug)
    with console.errors_as_one_line(debug=debug):
        app(arguments)


if __name__ == "__main__":
    main()
