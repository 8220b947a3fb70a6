"""What becomes of broken, locked, odd and malicious files, and whether the app stays usable meanwhile.

    python -m benchmarks.hostile DIR [--engine local] [--only PREFIX] [--json FILE]

Every file of DIR that is called CLASS--NAME goes, one after the other, the way an upload goes: into a home, unpacked
where it is a zip, read by a supervised worker. While they are read, a thread searches and asks for the status as
somebody in the app would.

seconds  from adding a file to its end; the longest of the class
memory   the most that one reading process held resident, from the start to the end of the class's files, in MB
"""

import argparse
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from docintel.home import Home
from docintel.home.waiting import wait_for
from docintel.ingest import IngestOptions, IngestResult, ingest
from docintel.model import Model
from docintel.settings import Settings

POLL_S = 0.1
ASK_S = 1.0
STATES = ("ready", "duplicate", "partial", "failed", "needs_password", "quarantined")


class Measured(Model):
    """What became of one file of the folder; a zip has several outcomes."""

    file: str
    outcomes: tuple[IngestResult, ...]
    seconds: float
    peak_bytes: int

    @property
    def kind(self) -> str:
        return self.file.partition("--")[0]


class Peak:
    """The most that any reading process holds resident. Readers are the children of the worker's fork server."""

    def __init__(self) -> None:
        self._highest = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def since_last(self) -> int:
        highest, self._highest = self._highest, 0
        return highest

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            for process in psutil.Process().children(recursive=True):
                try:
                    if "forkserver" in " ".join(process.cmdline()):
                        self._highest = max(self._highest, process.memory_info().rss)
                except psutil.Error:
                    continue


class Visitor:
    """Somebody who searches and looks at the status, once a second, and notes how long it took."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.seconds: list[float] = []
        self.errors: list[str] = []

    @contextmanager
    def looking(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._look, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _look(self, ended: threading.Event) -> None:
        while not ended.wait(ASK_S):
            began = time.perf_counter()
            try:
                self._home.search("invoice total")
                self._home.status()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                self.errors.append(repr(error))
            self.seconds.append(time.perf_counter() - began)


def take(home: Home, path: Path, peak: Peak) -> Measured:
    began = time.perf_counter()
    peak.since_last()
    found = list(ingest(home.library, [path], IngestOptions()))
    waiting = [each.document for each in found if each.document]
    ended = {document.id: document for each in wait_for(home, waiting) for document in each.ended}
    outcomes = [IngestResult.of(ended[each.document]) if each.document in ended else each for each in found]
    return Measured(
        file=path.name,
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - began,
        peak_bytes=peak.since_last(),
    )


def table(taken: Sequence[Measured]) -> str:
    classes = defaultdict[str, list[Measured]](list)
    for each in taken:
        classes[each.kind].append(each)
    rows = [["class", "files", "documents", *STATES, "seconds", "memory"]]
    rows += [_row(kind, files) for kind, files in sorted(classes.items())]
    rows.append(_row("all", taken))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])


def _row(kind: str, files: Sequence[Measured]) -> list[str]:
    states = Counter(outcome.state for each in files for outcome in each.outcomes)
    assert set(states) <= set(STATES), states
    counts = [str(states[state] or "") for state in STATES]
    slowest, largest = max(each.seconds for each in files), max(each.peak_bytes for each in files)
    return [kind, str(len(files)), str(states.total()), *counts, f"{slowest:.1f}", f"{largest / 1e6:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--only", default="", help="files whose names begin so")
    parser.add_argument("--json", type=Path, help="write the outcome of every file to this file")
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.glob(f"{options.only}*--*") if path.is_file())
    taken: list[Measured] = []
    with TemporaryDirectory(prefix="hostile-") as folder:
        settings = Settings.load(home=Path(folder), engine=options.engine, jobs=1, stop_after_failures=0)
        with Home.open(settings, owner=True) as home, home.working(), Peak() as peak:
            visitor = Visitor(home)
            with visitor.looking():
                for path in paths:
                    taken.append(take(home, path, peak))
                    states = ", ".join(f"{outcome.state} {outcome.error or ''}" for outcome in taken[-1].outcomes)
                    print(f"{taken[-1].seconds:6.1f} s  {path.name[:60]}: {states[:160]}", flush=True)
    app = {
        "searches": len(visitor.seconds),
        "slowest_s": round(max(visitor.seconds, default=0.0), 2),
        "errors": visitor.errors,
    }
    print(f"\n{table(taken)}\n\nmeanwhile: {app}")
    if options.json:
        figures = {"files": [each.model_dump(mode="json") for each in taken], "meanwhile": app}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
