"""Newspaper pages and book spreads: whether articles stay together and columns are read in order, before and after OCR.

    python -m benchmarks.newsprint [--languages de ar …] [--kinds news spread paper] [--count 12] [--seed 5000]
        [--readers docintel tesseract rapidocr] [--text-layer] [--json FILE]

Layouts are sampled (`benchmarks/news_pages`), each page another; the texts are words of benchmarks/texts in any order.
Pages are scanned at 200 dpi; with `--text-layer` docintel gets the PDF's own words, so that only layout is judged.
Seeds from 10,000 on are what the order was learned from: other pages are drawn for judging.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from time import monotonic

import pymupdf

from benchmarks.news_pages.sampling import KINDS, Kind, NewsPage, sampled_to_fit
from benchmarks.pages import Scan, scanned
from benchmarks.photographed.measures import bigram_f1, kept_together, order_similarity, sequence_similarity
from benchmarks.photos import READERS
from benchmarks.reading import DPI, MODELS, engine
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Word
from samples.scan import pages_from_pdf, printed, printer


@dataclass(frozen=True)
class Result:
    name: str
    kind: str
    language: str
    reader: str
    kept: float | None
    sequence: float | None
    order: float
    bigram_f1: float
    seconds: float


def pages(
    languages: Sequence[str], kinds: Sequence[Kind], *, count: int, seed: int
) -> Iterator[tuple[NewsPage, bytes]]:
    """Samples and their PDFs of one page."""
    with printer() as browser:
        for number in range(seed, seed + count):
            language, kind = languages[number % len(languages)], kinds[number % len(kinds)]
            for page in sampled_to_fit(language, kind, number):
                pdf = printed(browser, page.html)
                with pymupdf.open(stream=pdf, filetype="pdf") as document:
                    fits = len(document) == 1
                if fits:
                    yield page, pdf
                    break


def layer_text(pdf: bytes) -> str:
    """What docintel makes of the page when its words are known."""
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        width, height = document[0].rect.width, document[0].rect.height
        words = [
            Word(text=text, bbox=BBox.from_corners(x0, y0, x1, y1, width=width, height=height))
            for x0, y0, x1, y1, text, *_ in document[0].get_text("words")
        ]
    image = PageImage(1, pages_from_pdf(pdf, dpi=150)[0], width, height, words=tuple(words))
    page = engine().read([image])[0]
    if isinstance(page, Exception):
        raise page
    return page.text


def measured(page: NewsPage, pdf: bytes, reader: str, *, has_layer: bool) -> Result:
    started = monotonic()
    if has_layer:
        text = layer_text(pdf)
    else:
        pixels = scanned(pages_from_pdf(pdf, dpi=DPI)[0], Scan(seed=len(page.html)))
        started = monotonic()
        text = READERS[reader](pixels, page.language)
    seconds = round(monotonic() - started, 2)
    truth = "\n".join(page.articles)
    kept, sequence = kept_together(text, page.articles), sequence_similarity(text, truth)
    figures = order_similarity(text, truth), bigram_f1(text, truth)
    return Result(page.name, page.kind, page.language, reader, kept, sequence, *figures, seconds)


def table(results: Sequence[Result]) -> str:
    lines = [f"{'':<24}{'n':>4}{'kept together':>15}{'sequence':>10}{'order':>8}{'bigram F1':>11}{'s a page':>10}"]
    for kind, reader in dict.fromkeys((result.kind, result.reader) for result in results):
        some = [result for result in results if (result.kind, result.reader) == (kind, reader)]
        kept, sequence = (_mean([getattr(result, name) for result in some]) for name in ("kept", "sequence"))
        order, f1, seconds = (_mean([getattr(r, name) for r in some]) for name in ("order", "bigram_f1", "seconds"))
        name = f"{kind}, {reader}"
        lines.append(f"{name:<24}{len(some):>4}{kept:>15.3f}{sequence:>10.3f}{order:>8.3f}{f1:>11.3f}{seconds:>10.1f}")
    return "\n".join(lines)


def _mean(figures: Sequence[float | None]) -> float:
    return mean([figure for figure in figures if figure is not None] or [0.0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="L")
    parser.add_argument("--kinds", nargs="+", choices=sorted(set(KINDS)), default=list(KINDS), metavar="K")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=["docintel"], metavar="R")
    parser.add_argument("--text-layer", action="store_true", help="docintel only, on the PDF's own words")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    readers = ["docintel"] if options.text_layer else options.readers
    results = []
    for page, pdf in pages(options.languages, options.kinds, count=options.count, seed=options.seed):
        results += [measured(page, pdf, reader, has_layer=options.text_layer) for reader in readers]
        print(page.name, *(f"{r.reader} {r.kept} {r.sequence} {r.order:.3f}" for r in results[-len(readers) :]))
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
