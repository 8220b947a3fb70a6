"""How fast pages are read, and how much memory that takes: the real worker beside pymupdf4llm, in one run.

    python -m benchmarks.throughput [--pages 12] [--rounds 2] [--cached 100] [--memory 200] [--json FILE]

The texts in benchmarks/texts are printed by Chromium and "scanned" at 200 dpi (see benchmarks/pages.py); each page
differs in its noise, so that no two have the same pixels. Reading: both get the same PDF, in turns; both are warm
(each has read a page before the clock starts); docintel's time runs until the document is ready, its chunks and
vectors included. Cached: the same pages again, as the same file in another collection, and as a TIFF in a third.
Memory: PSS of all processes together (worker, reading processes, their server), while many pages are read. A part whose
number is 0 is left out.
"""

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import pymupdf
from PIL import Image

from benchmarks.pages import Scan, scanned, text_html
from docintel.errors import DocintelError
from docintel.library import Library
from docintel.model import Document, DocumentState
from docintel.settings import Settings
from docintel.workers.supervisor import Supervisor
from samples.scan import Pixels, pages_from_pdf, printed, printer

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("en", "de", "fr", "es", "zh-Hans", "ja")
"""What the recogniser that both use can read."""
DPI = 200
PEER = """
import contextlib, io, sys, time
import pymupdf4llm
for line in sys.stdin:
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        pymupdf4llm.to_markdown(line.strip())
    print("seconds", time.perf_counter() - began, flush=True)
"""


@dataclass(frozen=True)
class Speed:
    reader: str
    round: int
    pages: int
    seconds: float

    @property
    def pages_per_minute(self) -> float:
        return 60 * self.pages / self.seconds


@dataclass(frozen=True)
class Memory:
    pages_read: int
    seconds: float
    pss_mb: float
    processes: int


def clean_pages(languages: Sequence[str]) -> list[Pixels]:
    found: list[Pixels] = []
    with printer() as browser:
        for path in sorted(TEXTS.glob("*.txt")):
            language = path.stem.rsplit("-", 1)[0]
            if language in languages:
                text = text_html(path.read_text(encoding="utf-8"), language=language.split("-")[0])
                found += pages_from_pdf(printed(browser, text), dpi=DPI)
    return found


def scans(clean: Sequence[Pixels], count: int, *, first: int) -> list[Image.Image]:
    """`count` scanned pages, no two alike; `first` seeds the noise of the first one."""
    pages = ((clean[n % len(clean)], Scan(seed=first + n)) for n in range(count))
    return [Image.fromarray(scanned(pixels, scan)) for pixels, scan in pages]


def write_pdf(path: Path, pages: Sequence[Image.Image]) -> Path:
    with pymupdf.open() as document:
        for page in pages:
            picture = io.BytesIO()
            page.save(picture, "JPEG", quality=90)
            sheet = document.new_page(width=page.width * 72 / DPI, height=page.height * 72 / DPI)
            sheet.insert_image(sheet.rect, stream=picture.getvalue())
        document.save(path)
    return path


def write_tiff(path: Path, pdf: Path) -> Path:
    """The very pixels of a PDF made by `write_pdf`, in another container."""
    with pymupdf.open(pdf) as document:
        pictures = [document.extract_image(page.get_images()[0][0])["image"] for page in document]
    first, *rest = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    first.save(path, save_all=True, append_images=rest, compression="tiff_lzw")
    return path


class Docintel:
    """A home with its worker process, as the app has it."""

    def __init__(self, folder: Path, *, jobs: int) -> None:
        self.library = Library.open(Settings(home=folder, engine="local", jobs=jobs))
        self.supervisor = Supervisor(self.library.settings)
        self.supervisor.start()

    def read(self, path: Path, *, collection: str = "default") -> tuple[Document, float]:
        """The document when it is ready, and the seconds from adding it until then."""
        began = time.perf_counter()
        document = self.library.add(path, name=path.name, collection=collection).document
        while document.state.is_open:
            time.sleep(0.05)
            document = self.library.document(document.id)
        if document.state is not DocumentState.READY:
            raise DocintelError(f"{document.name} is {document.state}: {document.error}")
        return document, time.perf_counter() - began

    def close(self) -> None:
        self.supervisor.stop()
        self.library.close()


class Peer:
    """pymupdf4llm as it comes, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, path: Path) -> float:
        """Seconds."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the peer has no pipes")
        stdin.write(f"{path}\n")
        stdin.flush()
        for line in stdout:  # it has things to say in between
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise RuntimeError("the peer has ended")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def measure_reading(folder: Path, clean: Sequence[Pixels], pages: int, rounds: int, jobs: int) -> list[Speed]:
    ours, peer = Docintel(folder / "reading", jobs=jobs), Peer()
    results: list[Speed] = []
    try:
        warm = write_pdf(folder / "warm.pdf", scans(clean, 2 * jobs, first=900_000))
        ours.read(warm)
        peer.read(warm)
        for number in range(1, rounds + 1):
            path = write_pdf(folder / f"round-{number}.pdf", scans(clean, pages, first=number * 10_000))
            results.append(Speed("docintel", number, pages, ours.read(path)[1]))
            results.append(Speed("pymupdf4llm", number, pages, peer.read(path)))
            say(*(f"{each.reader}: {each.pages_per_minute:.1f} pages/min" for each in results[-2:]))
    finally:
        ours.close()
        peer.close()
    return results


def measure_cached(folder: Path, clean: Sequence[Pixels], pages: int, jobs: int) -> list[Speed]:
    """Reads each picture once (few of them, for time's sake), then `pages` pages made of them, and those again."""
    ours = Docintel(folder / "cached", jobs=jobs)
    try:
        few = scans(clean, min(pages, 10), first=500_000)
        ours.read(write_pdf(folder / "first.pdf", few))
        many = write_pdf(folder / "again.pdf", [few[n % len(few)] for n in range(pages)])
        tiff = write_tiff(folder / "again.tif", many)
        return [
            _cached(ours, "another container", tiff, "again", pages),
            _cached(ours, "the same file", tiff, "once more", pages),
            _cached(ours, "another container, PDF", many, "as a PDF", pages),
            _cached(ours, "the same file, PDF", many, "as a PDF again", pages),
        ]
    finally:
        ours.close()


def _cached(ours: Docintel, what: str, path: Path, collection: str, pages: int) -> Speed:
    document, seconds = ours.read(path, collection=collection)
    if document.pages_cached != pages:
        raise DocintelError(f"only {document.pages_cached} of {pages} pages came from the cache")
    return Speed(f"docintel, cached ({what})", 1, pages, seconds)


def measure_memory(folder: Path, clean: Sequence[Pixels], pages: int, jobs: int) -> list[Memory]:
    ours = Docintel(folder / "memory", jobs=jobs)
    samples: list[Memory] = []
    ended = threading.Event()
    began = time.monotonic()

    def watch() -> None:
        while not ended.wait(1.0):
            processes = [psutil.Process(pid) for pid in ours.supervisor.pids]
            processes += [child for process in processes for child in process.children(recursive=True)]
            read = sum(document.pages_read for document in ours.library.documents())
            samples.append(Memory(read, round(time.monotonic() - began, 1), pss_mb(processes), len(processes)))

    try:
        path = write_pdf(folder / "memory.pdf", scans(clean, pages, first=700_000))
        thread = threading.Thread(target=watch)
        thread.start()
        try:
            ours.read(path)
        finally:
            ended.set()
            thread.join()
    finally:
        ours.close()
    return samples


def pss_mb(processes: Sequence[psutil.Process]) -> float:
    """Proportional set size: what is shared is counted once."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += process.memory_full_info().pss
    return round(total / 1e6, 1)


def largest(samples: Sequence[Memory], first: int, last: int) -> float:
    return max((each.pss_mb for each in samples if first <= each.pages_read <= last), default=0.0)


def say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


def report(speeds: Sequence[Speed], samples: Sequence[Memory]) -> None:
    readers = list(dict.fromkeys(each.reader for each in speeds))
    means = {
        reader: 60
        * sum(each.pages for each in speeds if each.reader == reader)
        / sum(each.seconds for each in speeds if each.reader == reader)
        for reader in readers
    }
    say("", "| | pages | seconds | pages a minute | pages a second |", "|---|---:|---:|---:|---:|")
    for each in speeds:
        rate = each.pages_per_minute
        say(f"| {each.reader}, round {each.round} | {each.pages} | {each.seconds:.1f} | {rate:.1f} | {rate / 60:.2f} |")
    if {"docintel", "pymupdf4llm"} <= means.keys():
        say("", f"docintel reads {means['docintel'] / means['pymupdf4llm']:.2f} times as many pages a minute")
    if samples:
        last = samples[-1].pages_read
        quarters = [(n * last // 4, (n + 1) * last // 4) for n in range(4)]
        say("", "| pages read | most memory of all processes together (PSS, MB) |", "|---|---:|")
        for low, high in quarters:
            say(f"| {low}–{high} | {largest(samples, low, high):,.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12, help="pages of a round of reading")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cached", type=int, default=100, help="pages read from the cache")
    parser.add_argument("--memory", type=int, default=200, help="pages read while memory is watched")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="pages side by side")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    clean = clean_pages(wanted.languages)
    speeds: list[Speed] = []
    samples: list[Memory] = []
    with tempfile.TemporaryDirectory(prefix="docintel-throughput-") as name:
        folder = Path(name)
        if wanted.pages and wanted.rounds:
            speeds += measure_reading(folder, clean, wanted.pages, wanted.rounds, wanted.jobs)
        if wanted.cached:
            speeds += measure_cached(folder, clean, wanted.cached, wanted.jobs)
        if wanted.memory:
            samples = measure_memory(folder, clean, wanted.memory, wanted.jobs)
    report(speeds, samples)
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        results = {"speeds": [asdict(each) for each in speeds], "memory": [asdict(each) for each in samples]}
        wanted.json.write_text(json.dumps({**machine, **results}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
