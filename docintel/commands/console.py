"""What the command line prints: results on stdout, everything else on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from docintel.errors import DocintelError

RATE_OVER_S = 120.0
WIDEST_ROW = 100_000
"""Characters; rich shortens what is wider."""


def print_json(value: object) -> None:
    """One JSON value on one line of stdout."""
    print_line(json.dumps(value, ensure_ascii=False, default=str))


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line for the person at the terminal, out of a script's way."""
    sys.stderr.write(f"docintel: {text}\n")
    sys.stderr.flush()


def print_rows(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> None:
    """A plain aligned table, one line a row however narrow the terminal: ids stay whole, to be copied and piped."""
    table = Table(
        *(column.upper() for column in columns), box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=""
    )
    for row in rows:
        table.add_row(*(Text(printable(row.get(column))) for column in columns))
    console = Console(width=WIDEST_ROW, color_system=None)
    for line in console.render_lines(table, pad=False):
        print_line("".join(segment.text for segment in line).rstrip())


def printable(value: object) -> str:
    """Text without control characters: names and page text are data, never terminal commands."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def errors_as_one_line(*, debug: bool) -> Iterator[None]:
    """A DocintelError becomes one line on stderr and its exit code; with `debug` the traceback too."""
    try:
        yield
    except DocintelError as error:
        if debug:
            raise
        note(str(error))
        raise SystemExit(error.exit_code) from error
    except KeyboardInterrupt as error:
        note("stopped; what was read is kept, run the same command to go on")
        raise SystemExit(130) from error


class Pauses:
    """Tells why nothing goes on, once each time."""

    def __init__(self) -> None:
        self._shown_reason: str | None = None

    def tell(self, reason: str | None) -> None:
        if reason is not None and reason != self._shown_reason:
            note(f"paused: {printable(reason)}")
        self._shown_reason = reason


@contextmanager
def byte_progress() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on a terminal: call it with bytes done, all, and what is being done. Silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def show(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total or None, description=escape(printable(what)[:40]))

        yield show


@contextmanager
def page_progress() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on a terminal: call it with pages done, pages known and what is being read. Silent elsewhere.

    It tells how many pages are read a minute, and how long those that are known will take.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    times = (TimeRemainingColumn(), TextColumn("left,"), TimeElapsedColumn(), TextColumn("so far"))
    with Progress(
        *columns, *times, console=Console(stderr=True), transient=True, speed_estimate_period=RATE_OVER_S
    ) as progress:
        task = progress.add_task("pages", total=None, rate="")

        def show(done: int, total: int, what: str) -> None:
            rate = 60 * (progress.tasks[0].speed or 0.0)
            progress.update(
                task,
                completed=done,
                total=total or None,
                description=escape(printable(what)[:40]),
                rate=f"{rate:,.0f} pages/min" if rate else "",
            )

        yield show


@contextmanager
def document_progress(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal: call it with documents done. Silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("documents", total=total)
        yield lambda done: progress.update(task, completed=done)
