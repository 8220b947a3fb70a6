"""Tables cut out of pages, small type and all: what docintel makes of pictures that hold a table and little else.

    python -m benchmarks.table_crops [--count 40] [--seed 2026] [--readers NAME …] [--keep DIR] [--json FILE]
    python -m benchmarks.table_crops --folder DIR [--json FILE]

Without a folder, tables are drawn here: sampled layouts (benchmarks/table_layouts.py) printed by Chromium, brought to
72–150 dpi, cut out and mostly kept as JPEG. With one, each picture in it (PNG, JPEG) that has a .html of the same name
beside it is read, and the first table in that file is the truth. Compared by TEDS and TEDS-structure
(benchmarks/teds.py); a table that was not found counts 0, of several that were found the most similar one counts.
"""

import argparse
import contextlib
import io
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

import cv2
import numpy as np
import pymupdf
from playwright.sync_api import Browser

from benchmarks.table_layouts import sampled_table
from benchmarks.tables import docintel_reader, matched
from benchmarks.teds import Node, structure, tables_in_html, tables_in_markdown, teds
from samples.scan import Pixels, pages_from_pdf, printed, printer

DPI = (72, 72, 96, 96, 110, 130, 150)
PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Result:
    crop: str
    reader: str
    tables: int
    """Found; one is right."""
    teds: float
    structure: float
    seconds: float


def _docintel(path: Path) -> list[Node]:
    return docintel_reader(path).tables


def _pymupdf4llm(path: Path) -> list[Node]:
    import pymupdf4llm

    with pymupdf.open(path) as picture:
        pdf = picture.convert_to_pdf()
    with contextlib.redirect_stdout(io.StringIO()), pymupdf.open("pdf", pdf) as document:
        text: str = pymupdf4llm.to_markdown(document)
    return tables_in_markdown(text)


READERS: dict[str, Callable[[Path], list[Node]]] = {"docintel": _docintel, "pymupdf4llm": _pymupdf4llm}


def draw_crops(folder: Path, seed: int, count: int) -> list[Path]:
    """Pictures of sampled tables with their truth beside them; the same for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    with printer() as browser:
        return [_draw(browser, folder, random.Random(f"{seed} {number}"), number) for number in range(count)]


def _draw(browser: Browser, folder: Path, rng: random.Random, number: int) -> Path:
    while True:
        layout = sampled_table(rng)
        dpi = rng.choice(DPI)
        pages = pages_from_pdf(printed(browser, layout.page), dpi=dpi)
        if len(pages) == 1:
            break
    pixels = cropped(pages[0], margin=rng.randint(2, 14))
    stem = f"{number:03d}-{layout.rules}-{dpi}"
    (folder / f"{stem}.html").write_text(layout.truth, encoding="utf-8")
    path = folder / f"{stem}{'.png' if rng.random() < 0.3 else '.jpg'}"
    quality = [cv2.IMWRITE_JPEG_QUALITY, rng.randint(55, 95)] if path.suffix == ".jpg" else []
    path.write_bytes(cv2.imencode(path.suffix, pixels[:, :, ::-1], quality)[1].tobytes())
    return path


def cropped(page: Pixels, *, margin: int) -> Pixels:
    """The page's ink with some paper around it."""
    ys, xs = np.nonzero(page.min(axis=2) < 250)
    top, left = max(int(ys.min()) - margin, 0), max(int(xs.min()) - margin, 0)
    return page[top : int(ys.max()) + margin + 1, left : int(xs.max()) + margin + 1]


def crops_in(folder: Path) -> list[Path]:
    pictures = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES)
    return [path for path in pictures if path.with_suffix(".html").exists()]


def measured(path: Path, reader: str) -> Result:
    truth = tables_in_html(path.with_suffix(".html").read_text(encoding="utf-8"))[0]
    started = time.monotonic()
    found = READERS[reader](path)
    seconds = time.monotonic() - started
    ((_, best),) = matched([truth], found)
    alike, alike_in_structure = (teds(truth, best), teds(structure(truth), structure(best))) if best else (0.0, 0.0)
    return Result(path.stem, reader, len(found), round(alike, 4), round(alike_in_structure, 4), round(seconds, 2))


def summary(results: Sequence[Result]) -> str:
    lines = ["| reader | crops | TEDS | structure | none found | torn | s a crop |", "|---|" + "---:|" * 6]
    return "\n".join([*lines, *_rows(results)])


def _rows(results: Sequence[Result]) -> Iterator[str]:
    for reader in dict.fromkeys(result.reader for result in results):
        mine = [result for result in results if result.reader == reader]
        none, torn = sum(not r.tables for r in mine), sum(r.tables > 1 for r in mine)
        alike, shape, seconds = (mean(getattr(r, name) for r in mine) for name in ("teds", "structure", "seconds"))
        yield f"| {reader} | {len(mine)} | {alike:.3f} | {shape:.3f} | {none} | {torn} | {seconds:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", type=Path, help="pictures, each with its .html")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=list(READERS))
    parser.add_argument("--keep", type=Path, help="folder for the crops that are drawn")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        drawn_into = options.keep or Path(scratch)
        paths = crops_in(options.folder) if options.folder else draw_crops(drawn_into, options.seed, options.count)
        results = []
        for path in paths:
            results += [measured(path, reader) for reader in options.readers]
            for result in results[-len(options.readers) :]:
                print(result.crop, result.reader, f"{result.teds:.3f} {result.structure:.3f}", flush=True)
    print(summary(results))
    if options.json:
        report = [asdict(result) for result in results]
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
