"""What the sandbox costs: the same pages read in it and without it, by turns, in one run.

    python -m benchmarks.sandbox [--pages 12] [--engine local] [--json FILE]

Two reading processes, one with the sandbox and one without, each read every page of the same scanned PDF (the texts in
benchmarks/texts, as benchmarks/throughput.py makes them), page by page; which comes first alternates. Both are warm.
Seconds are of the processor: those of the reading process, and of this one, which talks to it.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from benchmarks.throughput import LANGUAGES, clean_pages, scans, write_pdf
from docintel.errors import DocintelError
from docintel.library import Library
from docintel.pipeline import ReadPage
from docintel.processes.arguments import Owned
from docintel.processes.children import Child
from docintel.processes.outcomes import Returned
from docintel.settings import Settings
from docintel.workers import page_services, reading
from docintel.workers.inputs import InputFolder

Mode = Literal["auto", "off"]


@dataclass(frozen=True)
class PageCost:
    page: int
    sandbox: Mode
    cpu_s: float
    wall_s: float


class Reader:
    """A reading process as a worker has it, with a home of its own, so that no page comes from the other's cache."""

    def __init__(self, folder: Path, mode: Mode, engine: str) -> None:
        self.mode = mode
        self._settings = Settings(home=folder / mode, engine=engine, sandbox=mode)
        self._library = Library.open(self._settings)
        self._inputs = InputFolder(self._settings.home)
        self._child: Child = reading.new_child(
            self._settings, self._inputs.path, preload=reading.preload(self._settings)
        )

    def read(self, path: Path, page: int) -> PageCost:
        store = self._library.store
        arguments = (
            page,
            self._settings.engine,
            (),
            page_services.cache_by_call(store),
            None,
            Owned(store.files.exists),
            page_services.output_by_call(self._settings.home / "output.json"),
            page_services.preview_by_call(store, f"previews/{page}.jpg"),
            self._settings.without_secrets(),
        )
        began, used = time.perf_counter(), self._cpu_s()
        self._child.begin(reading.read, self._inputs.put(path), *arguments, timeout_s=600.0)
        while (outcome := self._child.wait(10.0)) is None:
            continue
        cost = PageCost(page, self.mode, self._cpu_s() - used, time.perf_counter() - began)
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, ReadPage):
            raise DocintelError(f"page {page} was not read: {outcome}")
        return cost

    def _cpu_s(self) -> float:
        times = psutil.Process(self._child.pid).cpu_times()
        return float(times.user + times.system) + time.process_time()

    def close(self) -> None:
        self._child.kill()
        self._inputs.remove()
        self._library.close()


def measure(folder: Path, pages: int, engine: str) -> list[PageCost]:
    clean = clean_pages(LANGUAGES)
    warm = write_pdf(folder / "warm.pdf", scans(clean, 2, first=900_000))
    path = write_pdf(folder / "pages.pdf", scans(clean, pages, first=10_000))
    readers = [Reader(folder, "auto", engine), Reader(folder, "off", engine)]
    try:
        for reader in readers:
            reader.read(warm, 1)
            reader.read(warm, 2)
        return [
            reader.read(path, page)
            for page in range(1, pages + 1)
            for reader in (readers if page % 2 else readers[::-1])
        ]
    finally:
        for reader in readers:
            reader.close()


def report(costs: list[PageCost]) -> float:
    """Prints each page; what the sandbox adds to all of them, as a part."""
    with_it = {each.page: each for each in costs if each.sandbox == "auto"}
    without = {each.page: each for each in costs if each.sandbox == "off"}
    print("| page | CPU s with | CPU s without | wall s with | wall s without |\n|---:|---:|---:|---:|---:|")
    for page, each in with_it.items():
        other = without[page]
        print(f"| {page} | {each.cpu_s:.2f} | {other.cpu_s:.2f} | {each.wall_s:.2f} | {other.wall_s:.2f} |")
    total = sum(each.cpu_s for each in with_it.values()) / sum(each.cpu_s for each in without.values()) - 1
    median = statistics.median(each.cpu_s / without[page].cpu_s for page, each in with_it.items()) - 1
    print(f"\nthe sandbox adds {total:+.1%} of CPU time to all pages together, {median:+.1%} to the median page")
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="docintel-sandbox-") as name:
        costs = measure(Path(name), wanted.pages, wanted.engine)
    total = report(costs)
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        found = {**machine, "added": total, "pages": [asdict(each) for each in costs]}
        wanted.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
