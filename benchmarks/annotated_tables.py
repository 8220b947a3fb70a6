"""Tables that others annotated, on their own pages: docintel beside other readers, in one run.

    python -m benchmarks.annotated_tables --folder DIR [--readers NAME …] [--half even|odd] [--scanned DPI] [--show]
        [--json FILE]

Each document in the folder (PDF, PNG, JPEG) has a .json of the same name beside it: `tables`, each with its `page` from
1, `rows`, `cols` and `cells` of `row`, `col`, `rowspan`, `colspan` and `text`; places that no cell claims are empty.
With `text_annotated` false only the structure counts. Compared by TEDS and TEDS-structure (benchmarks/teds.py): a table
that was not found counts 0. `--scanned DPI` prints the pages of PDFs and scans them first (samples/scan.py, up to 1°
askew), so that nothing but the picture is known. `--half` takes every second document: the other half stays unseen.
The reader `img2table` needs `pip install img2table==2.0.0`.
"""

import argparse
import contextlib
import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from random import Random
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pymupdf

from benchmarks.tables import matched, tables_of_page, write_scan
from benchmarks.teds import Node, structure, table_of, tables_in_html, tables_in_markdown, teds
from docintel import intake
from docintel.engines import Engine, open_engine
from docintel.model import Page
from docintel.settings import Settings
from samples.scan import scanned

DOCUMENTS = (".pdf", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Result:
    """One page with tables."""

    document: str
    page: int
    reader: str
    tables: int
    extra: int
    teds: tuple[float, ...]
    """For each table; likewise structure."""
    structure: tuple[float, ...]
    seconds: float
    has_text: bool


@cache
def _engine() -> Engine:
    return open_engine("local", Settings())


def _docintel(path: Path, number: int) -> list[Node]:
    page = _engine().read([intake.render(path, number, settings=Settings())])[0]
    if not isinstance(page, Page):
        raise page
    return tables_of_page(page)


def _pymupdf4llm(path: Path, number: int) -> list[Node]:
    import pymupdf4llm

    with contextlib.redirect_stdout(io.StringIO()), pymupdf.open(path) as opened:
        document = opened if opened.is_pdf else pymupdf.open("pdf", opened.convert_to_pdf())
        return tables_in_markdown(str(pymupdf4llm.to_markdown(document, pages=[number - 1])))


def _img2table(path: Path, number: int) -> list[Node]:
    from img2table.document import PDF, Image
    from img2table.ocr import TesseractOCR

    is_pdf = path.suffix.lower() == ".pdf"
    document = PDF(str(path), pages=[number - 1]) if is_pdf else Image(str(path))
    found = document.extract_tables(ocr=TesseractOCR(n_threads=1), implicit_rows=True, borderless_tables=True)
    tables = found.get(number - 1, []) if isinstance(found, dict) else found
    return [table for each in tables for table in tables_in_html(each.html_repr())]


READERS: dict[str, Callable[[Path, int], list[Node]]] = {
    "docintel": _docintel,
    "pymupdf4llm": _pymupdf4llm,
    "img2table": _img2table,
}


def truth_of(table: dict[str, Any]) -> Node:
    cells = {(cell["row"], cell["col"]): cell for cell in table["cells"]}
    covered = {
        (cell["row"] + down, cell["col"] + across)
        for cell in table["cells"]
        for down in range(cell.get("rowspan", 1))
        for across in range(cell.get("colspan", 1))
    }
    rows = []
    for row in range(table["rows"]):
        kept = []
        for column in range(table["cols"]):
            if cell := cells.get((row, column)):
                kept.append((cell["text"], cell.get("rowspan", 1), cell.get("colspan", 1)))
            elif (row, column) not in covered:
                kept.append(("", 1, 1))
        rows.append(kept)
    return table_of(rows)


def measured(path: Path, number: int, truths: Sequence[Node], reader: str, *, has_text: bool) -> Result:
    started = time.monotonic()
    try:
        found = READERS[reader](path, number)
    except Exception as error:  # noqa: BLE001 — a peer may fail in any way: that counts 0
        print(f"{path.stem} {number} {reader}: {type(error).__name__}: {error}"[:200], flush=True)
        found = []
    seconds = time.monotonic() - started
    matches = matched([structure(truth) for truth in truths], [structure(each) for each in found])
    shapes = tuple(round(teds(truth, best), 4) if best else 0.0 for truth, best in matches)
    matches = matched(truths, found)
    scores = tuple(round(teds(truth, best), 4) if best else 0.0 for truth, best in matches)
    extra = max(len(found) - len(truths), 0)
    return Result(path.stem, number, reader, len(found), extra, scores, shapes, round(seconds, 2), has_text)


def documents_in(folder: Path, half: str | None) -> list[Path]:
    every = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in DOCUMENTS]
    every = [path for path in every if path.with_suffix(".json").exists()]
    return every[{"even": 0, "odd": 1}[half] :: 2] if half else every


def scanned_page(path: Path, number: int, dpi: int, folder: Path) -> Path:
    """The page as one picture in a PDF of its own."""
    with pymupdf.open(path) as document:
        pixmap = document[number - 1].get_pixmap(dpi=dpi, alpha=False)
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    random = Random(f"{path.stem} {number}")
    target = folder / f"{path.stem}-{number}.pdf"
    write_scan(scanned(pixels, seed=number, dpi=dpi, skew_degrees=random.uniform(-1, 1)), target, dpi)
    return target


def results_of(path: Path, readers: Sequence[str], *, dpi: int | None = None) -> list[Result]:
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    has_text = told.get("text_annotated", True)
    numbers = sorted({table["page"] for table in told["tables"]})
    results = []
    with TemporaryDirectory() as folder:
        for number in numbers:
            truths = [truth_of(table) for table in told["tables"] if table["page"] == number]
            source, page = path, number
            if dpi and path.suffix.lower() == ".pdf":
                source, page = scanned_page(path, number, dpi, Path(folder)), 1
            results += [measured(source, page, truths, reader, has_text=has_text) for reader in readers]
    return results


def summary(results: Sequence[Result]) -> str:
    lines = ["| reader | tables | TEDS | structure | not found | extra | s a page |", "|---|" + "---:|" * 6]
    for reader in dict.fromkeys(result.reader for result in results):
        mine = [result for result in results if result.reader == reader]
        scores = [score for result in mine if result.has_text for score in result.teds]
        shapes = [score for result in mine for score in result.structure]
        text = f"{mean(scores):.3f}" if scores else ""
        lost, extra = sum(score == 0 for score in shapes), sum(result.extra for result in mine)
        seconds = mean(result.seconds for result in mine)
        lines.append(f"| {reader} | {len(shapes)} | {text} | {mean(shapes):.3f} | {lost} | {extra} | {seconds:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=["docintel", "pymupdf4llm"])
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--scanned", type=int, metavar="DPI")
    parser.add_argument("--show", action="store_true", help="print each page's figures")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    results: list[Result] = []
    for path in documents_in(options.folder, options.half):
        some = results_of(path, options.readers, dpi=options.scanned)
        results += some
        for each in some if options.show else ():
            print(each.document, each.page, each.reader, each.teds, each.structure, each.extra, flush=True)
    print(summary(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
