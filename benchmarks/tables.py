"""Tables: docintel and pymupdf4llm on the same scanned pages, in one run.

    python -m benchmarks.tables [--dpi 150 200 300] [--pages NAME …] [--digital] [--json FILE]

The pages in benchmarks/table_pages are printed by Chromium and scanned by samples/scan.py, 1° askew to either side
(--digital: not scanned, the PDF with its text layer). Their own HTML is the truth: its tables, compared by TEDS and
TEDS-structure (benchmarks/teds.py), and its description lists, whose labels and values have to stand together, in
this order, in one line, table row or list of what was read. A table that was not found counts 0; `extra` counts
tables that are none.
"""

import argparse
import contextlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import mean

os.environ.setdefault("OMP_THREAD_LIMIT", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pymupdf

from benchmarks.teds import Node, pairs_in_html, plain, structure, table_of, tables_in_html, tables_in_markdown, teds
from docintel import intake
from docintel.engines import Engine, open_engine
from docintel.model import Cell, Page, Table
from docintel.settings import Settings
from samples.scan import Pixels, pages_from_pdf, pdf_from_html, scanned

PAGES = Path(__file__).parent / "table_pages"
SCANS = Path(tempfile.gettempdir()) / "table-scans"
SKEW = 1.0


@dataclass(frozen=True)
class Reading:
    """What a reader found on a page: tables, and lines in which a label and its value may stand."""

    tables: list[Node]
    lines: list[str]


@dataclass(frozen=True)
class Result:
    page: str
    dpi: int
    reader: str
    tables: int
    teds: float
    """Mean over the page's tables; likewise structure."""
    structure: float
    extra: int
    pairs: int
    pairs_found: int
    seconds: float


@cache
def _engine() -> Engine:
    return open_engine("local", Settings())


def docintel_reader(path: Path) -> Reading:
    page = _engine().read([intake.render(path, 1, settings=Settings())])[0]
    if not isinstance(page, Page):
        raise page
    lines = []
    for block in page.blocks:
        if block.table is None:
            lines += block.text.splitlines()
        else:
            lines += [" ".join(cell.text for cell in row) for row in _rows(block.table)]
    return Reading(tables_of_page(page), lines)


def tables_of_page(page: Page) -> list[Node]:
    return [
        table_of([[(cell.text, cell.row_span, cell.column_span) for cell in row] for row in _rows(block.table)])
        for block in page.blocks
        if block.table
    ]


def _rows(table: Table) -> list[list[Cell]]:
    return [[cell for cell in table.cells if cell.row == row] for row in range(table.num_rows)]


def pymupdf4llm_reader(path: Path) -> Reading:
    import pymupdf4llm

    with contextlib.redirect_stdout(io.StringIO()):
        text: str = pymupdf4llm.to_markdown(str(path))
    lines = [line.replace("|", " ") for line in text.splitlines()]
    return Reading(tables_in_markdown(text), lines)


READERS: dict[str, Callable[[Path], Reading]] = {"docintel": docintel_reader, "pymupdf4llm": pymupdf4llm_reader}


def measured(name: str, html: str, path: Path, dpi: int, reader: str) -> Result:
    started = time.monotonic()
    reading = READERS[reader](path)
    seconds = time.monotonic() - started
    truths, pairs = tables_in_html(html), pairs_in_html(html)
    matches = matched(truths, reading.tables)
    return Result(
        page=name,
        dpi=dpi,
        reader=reader,
        tables=len(truths),
        teds=mean(teds(truth, found) if found else 0.0 for truth, found in matches) if truths else 0.0,
        structure=mean(teds(structure(t), structure(f)) if f else 0.0 for t, f in matches) if truths else 0.0,
        extra=len(reading.tables) - sum(found is not None for _, found in matches),
        pairs=len(pairs),
        pairs_found=sum(any(_says(line, pair) for line in reading.lines) for pair in pairs),
        seconds=round(seconds, 2),
    )


def matched(truths: Sequence[Node], found: Sequence[Node]) -> list[tuple[Node, Node | None]]:
    """Each true table with the most similar one that no other is more similar to, or None."""
    scores = sorted(
        ((teds(t, f), i, j) for i, t in enumerate(truths) for j, f in enumerate(found)), key=lambda s: -s[0]
    )
    taken: dict[int, int] = {}
    for score, i, j in scores:
        if score > 0 and i not in taken and j not in taken.values():
            taken[i] = j
    return [(truth, found[taken[i]] if i in taken else None) for i, truth in enumerate(truths)]


def _says(line: str, pair: tuple[str, str]) -> bool:
    """Whether the line says the label and then the value, whatever stands between them that is no letter or digit."""
    letters, label, value = ("".join(filter(str.isalnum, plain(text))).casefold() for text in (line, pair[0], pair[1]))
    return label + value in letters


def write_scan(image: Pixels, path: Path, dpi: int) -> None:
    height, width = image.shape[:2]
    with pymupdf.open() as document:
        page = document.new_page(width=width * 72 / dpi, height=height * 72 / dpi)
        picture = pymupdf.Pixmap(pymupdf.csRGB, width, height, np.ascontiguousarray(image).tobytes(), False)
        page.insert_image(page.rect, stream=picture.tobytes("jpeg", jpg_quality=85))
        document.save(path)


def table(results: Sequence[Result]) -> str:
    readers = list(dict.fromkeys(result.reader for result in results))
    heads = [f"{reader} {what}" for reader in readers for what in ("TEDS", "structure", "extra", "pairs")]
    lines = ["| page | dpi | " + " | ".join(heads) + " |", "|---|---:" + "|---:" * len(heads) + "|"]
    for page, dpi in dict.fromkeys((result.page, result.dpi) for result in results):
        mine = [result for result in results if (result.page, result.dpi) == (page, dpi)]
        lines.append(f"| {page} | {dpi or 'digital'} | " + " | ".join(map(_cells, mine)) + " |")
    means = [_mean([result for result in results if result.reader == reader]) for reader in readers]
    return "\n".join([*lines, "| **all tables** | | " + " | ".join(means) + " |"])


def _cells(result: Result) -> str:
    pairs = f"{result.pairs_found}/{result.pairs}" if result.pairs else ""
    if not result.tables:
        return f" | | {result.extra or ''} | {pairs}"
    return f"{result.teds:.3f} | {result.structure:.3f} | {result.extra or ''} | {pairs}"


def _mean(results: Sequence[Result]) -> str:
    tables = sum(result.tables for result in results)
    similarity = sum(result.teds * result.tables for result in results) / max(tables, 1)
    shape = sum(result.structure * result.tables for result in results) / max(tables, 1)
    pairs = f"{sum(r.pairs_found for r in results)}/{sum(r.pairs for r in results)}"
    return f"{similarity:.3f} | {shape:.3f} | {sum(r.extra for r in results)} | {pairs}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    names = sorted(path.stem for path in PAGES.glob("*.html"))
    parser.add_argument("--dpi", nargs="+", type=int, default=[200])
    parser.add_argument("--digital", action="store_true", help="the PDF with its text layer instead of a scan")
    parser.add_argument("--pages", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=list(READERS))
    parser.add_argument("--keep", type=Path, default=SCANS, help="folder for the scans")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    results = []
    for seed, name in enumerate(options.pages):
        html = (PAGES / f"{name}.html").read_text(encoding="utf-8")
        printed = pdf_from_html(html)
        for dpi in [0] if options.digital else options.dpi:
            path = options.keep / f"{name}-{dpi or 'digital'}.pdf"
            if dpi:
                image = pages_from_pdf(printed, dpi=dpi)[0]
                write_scan(scanned(image, seed=seed, dpi=dpi, skew_degrees=SKEW * (-1) ** seed), path, dpi)
            else:
                path.write_bytes(printed)
            results += [measured(name, html, path, dpi, reader) for reader in options.readers]
            seconds = ", ".join(f"{r.reader} {r.teds:.3f} in {r.seconds} s" for r in results[-len(options.readers) :])
            print(f"{name} {dpi}: {seconds}", flush=True)
    print(table(results))
    if options.json:
        report = {"engine": _engine().fingerprint, "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
