"""Makes home.zip: a home with a document in every state, by way of the command line, the fake engine reading
(the local one where a table is wanted).

`python -m tests.contracts.make_home` was run with release 0.1.0. It is not run again: the fixture is there to show that
the present code reads what an older one has written.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from docintel.settings import Settings
from tests.contracts import files

ZIP = Path(__file__).with_name("home.zip")
PATIENCE_S = 120.0
ROOM_BYTES = 9_000_000
"""Enough for the small documents, not for the twelve pages of `many-pages.pdf`."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        fill(home, files.make(Path(folder) / "files"))
        pack(home, ZIP)
    print(f"{ZIP.name}: {ZIP.stat().st_size / 1000:,.0f} kB")  # noqa: T201


def fill(home: Path, file: dict[str, Path]) -> None:
    home.mkdir(mode=0o700)
    Settings(home=home).keep({"dpi": 72, "stop_after_failures": 50})
    shell = Shell(home)
    shell("ingest", file["lease.pdf"], file["plan.png"])
    shell("ingest", file["bill.pdf"], "--engine", "local", "--language", "en")
    shell("ingest", file["letter.pdf"], file["lease.pdf"], "--collection", "alice@example.org/letters")
    shell("share", "alice@example.org/letters", "--reader", "bob@example.org")
    shell("ingest", file["secret.pdf"], file["broken.pdf"], is_good=False)
    shell("ingest", file["one-large-page.tif"], is_good=False, DOCINTEL_MAX_PIXELS=1000)
    shell("ingest", file["crashes.pdf"], is_good=False, DOCINTEL_READER_MEMORY_BYTES=1)
    shell("export", shell.id_of("letter.pdf"), "--format", "text")
    shell("pause")
    with shell.begun("ingest", file["cancelled.pdf"]) as ingesting:
        shell.wait_until(lambda status: "queued" in status["jobs"])
        shell("cancel", shell.id_of("cancelled.pdf"))
        ingesting.wait(PATIENCE_S)
    shell("resume")
    room = shutil.disk_usage(home).free - ROOM_BYTES
    with shell.begun("ingest", file["many-pages.pdf"], DOCINTEL_MIN_FREE_BYTES=room):
        shell.wait_until(lambda status: "no_room" in status["jobs"])
        shell("pause")
        with shell.begun("ingest", file["queued.pdf"]):
            shell.wait_until(lambda status: "queued" in status["jobs"])
    quarantine(home, shell.id_of("crashes.pdf"))


def quarantine(home: Path, document_id: str) -> None:
    """Sets the document aside by hand: no file is known that crashes its reading process on every machine."""
    error = "The file crashed the process that opened it twice (signal SIGSEGV); it is set aside."
    with closing(sqlite3.connect(home / "docintel.sqlite3")) as database, database:
        for table, column in (("jobs", "document_id"), ("documents", "id")):
            database.execute(
                f"UPDATE {table} SET state = 'quarantined', error = ? WHERE {column} = ?", (error, document_id)
            )


class Shell:
    """Runs commands on a home."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def __call__(self, *arguments: str | Path, is_good: bool = True, **environment: object) -> str:
        done = subprocess.run(
            self._command(*arguments), env=self._environment(**environment), check=False, stdout=subprocess.PIPE
        )
        if done.returncode != (0 if is_good else 1):
            raise SystemExit(f"{arguments} ended with {done.returncode}")
        return done.stdout.decode()

    @contextmanager
    def begun(self, *arguments: str | Path, **environment: object) -> Iterator[subprocess.Popen[bytes]]:
        """While inside, the command runs; then it is interrupted, as with Ctrl-C, unless it has ended."""
        process = subprocess.Popen(self._command(*arguments), env=self._environment(**environment))
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)

    def wait_until(self, is_so: Callable[[dict[str, Any]], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not is_so(json.loads(self("status", "--json"))):
            if time.monotonic() > ends:
                raise SystemExit("it has not come to that")

    def id_of(self, name: str) -> str:
        rows = json.loads(self("documents", "--json"))
        return str(next(row["document"] for row in rows if row["name"] == name))

    def _command(self, *arguments: str | Path) -> list[str | Path]:
        return [sys.executable, "-m", "docintel", *arguments, "--home", self._home]

    @staticmethod
    def _environment(**more: object) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("DOCINTEL_")}
        return (
            own | {"DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1"} | {name: str(each) for name, each in more.items()}
        )


def pack(home: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(each for each in home.rglob("*") if each.is_file()):
            archive.write(path, path.relative_to(home.parent))


if __name__ == "__main__":
    main()
