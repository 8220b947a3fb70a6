"""Photographs of pages: docintel, pymupdf4llm, plain RapidOCR and Tesseract on the same pixels, in one run.

    python -m benchmarks.photos [--languages de ru …] [--damages curl fold …] [--count 2] [--seed 1] [--json FILE]
    python -m benchmarks.photos --readers small     by the small checkpoint alone: only on demand
    python -m benchmarks.photos --folder DIR        real photographs: NAME.jpg with NAME.txt, what it says, beside it

Without --folder, the texts in benchmarks/texts are printed by Chromium in one column or two and photographed by
`benchmarks/photographed/camera.py`: `--count` times for each language and kind of damage, each time another way. Only
Tesseract is told the language (in a folder: by the code that the name begins with, `de-…`). What the figures are says
`benchmarks/photographed/measures.py`. A page that a reader fails on counts as one of which it read nothing.
"""

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import groupby, product
from pathlib import Path
from statistics import mean
from time import monotonic
from typing import Any

from scipy.stats import spearmanr

from benchmarks import reading
from benchmarks.pages import read_text, text_html
from benchmarks.photographed.camera import DAMAGES, photograph
from benchmarks.photographed.measures import bigram_f1, order_similarity, sequence_similarity
from benchmarks.reading import DPI, KINDS, MODELS, TEXTS, Sample, docintel_page, folder_samples, machine
from docintel.engines import Engine
from docintel.engines.generative import GenerativeEngine, PromptOptions
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage
from docintel.runtime.checkpoints import SMALL
from samples.scan import Pixels, pages_from_pdf, printed, printer

FACES = {1: ("serif", 9.5), 2: ("sans-serif", 10.5)}
"""By the number of columns, the type that a sheet is set in."""
REAL = "photograph"
"""The damage that a folder's pictures are listed under."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photo:
    sample: Sample
    damage: str


@dataclass(frozen=True)
class Result:
    """One photograph as one reader read it. Seconds are wall clock, one page at a time."""

    name: str
    language: str
    damage: str
    reader: str
    bigram_f1: float
    order: float
    sequence: float | None
    seconds: float
    confidence: float | None = None
    """What docintel says of the page itself."""
    error: str = ""


@cache
def _rapidocr() -> Any:
    from rapidocr import RapidOCR

    threads = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    engine = {f"EngineConfig.onnxruntime.{name}": value for name, value in threads.items()}
    return RapidOCR(params={"Global.log_level": "error", **engine})


def rapidocr_reader(pixels: Pixels, _language: str) -> str:
    found = _rapidocr()(pixels[:, :, ::-1])
    return "\n".join(found.txts or ())


@cache
def _small_checkpoint() -> Engine:
    from benchmarks.small_checkpoint import KnownLayout, opened

    _, decoder = opened(SMALL, "auto")
    return GenerativeEngine("small", decoder, lambda: KnownLayout({}), PromptOptions())


def small_checkpoint_reader(pixels: Pixels, _language: str) -> str:
    """The shipped weights read the whole picture by themselves."""
    height, width = pixels.shape[:2]
    [page] = _small_checkpoint().read([PageImage(1, pixels, 72 * width / DPI, 72 * height / DPI)])
    if isinstance(page, DocintelError):
        raise page
    return page.text


READERS: dict[str, reading.Reader] = {
    **reading.READERS,
    "pymupdf4llm": partial(reading.pymupdf4llm_reader, force_ocr=True),
    "rapidocr": rapidocr_reader,
    "small": small_checkpoint_reader,
}
"""pymupdf4llm takes most photographs for pictures without text, and has to be told to recognise it."""


def printed_sheets(languages: Sequence[str]) -> Iterator[Sample]:
    """Each language's texts below each other on one sheet, in one column and in two."""
    with printer() as browser:
        for language in languages:
            paths = [TEXTS / f"{language}-{kind}.txt" for kind in KINDS]
            text = "\n\n".join(path.read_text(encoding="utf-8").strip() for path in paths)
            truth = "\n".join(map(read_text, paths))
            for columns, (family, size_pt) in FACES.items():
                html = text_html(text, language=language, size_pt=size_pt, family=family, columns=columns)
                sheets = pages_from_pdf(printed(browser, html), dpi=DPI)
                if len(sheets) != 1:
                    raise ValueError(f"{language} in {columns} columns must fit on one page, it takes {len(sheets)}")
                yield Sample(f"{language}-{columns}", language, sheets[0], truth)


def drawn_photos(languages: Sequence[str], damages: Sequence[str], *, count: int, seed: int) -> Iterator[Photo]:
    """By language, damage and number; the sheets in turn."""
    for language, some in groupby(printed_sheets(languages), key=lambda sheet: sheet.language):
        sheets = list(some)
        for damage, number in product(damages, range(count)):
            sheet = sheets[(seed + number + list(DAMAGES).index(damage)) % len(sheets)]
            name = f"{sheet.name}-{damage}-{number}"
            pixels = photograph(sheet.pixels, damage, seed=1000 * seed + 10 * list(MODELS).index(language) + number)
            yield Photo(replace(sheet, pixels=pixels, name=name), damage)


def folder_photos(folder: Path, language: str | None) -> Iterator[Photo]:
    return (Photo(sample, REAL) for sample in folder_samples(folder, language))


def _read(sample: Sample, reader: str) -> tuple[str, float | None]:
    if reader == "docintel":
        page = docintel_page(sample.pixels)
        return page.text, page.confidence
    return READERS[reader](sample.pixels, sample.language), None


def measured(photo: Photo, reader: str) -> Result:
    sample = photo.sample
    started = monotonic()
    text, confidence, error = "", None, ""
    try:
        text, confidence = _read(sample, reader)
    except Exception as problem:
        log.exception("%s failed on %s", reader, sample.name)
        error = f"{type(problem).__name__}: {problem}"
    seconds = round(monotonic() - started, 2)
    figures = [measure(text, sample.truth) for measure in (bigram_f1, order_similarity, sequence_similarity)]
    f1, order, sequence = (None if figure is None else round(figure, 4) for figure in figures)
    return Result(
        sample.name,
        sample.language,
        photo.damage,
        reader,
        f1 or 0.0,
        order or 0.0,
        sequence,
        seconds,
        confidence,
        error,
    )


def table(results: Sequence[Result], readers: Sequence[str], *, by: str) -> str:
    """Bigram F1 / order similarity / sequence, means over pages."""
    keys = list(dict.fromkeys(getattr(result, by) for result in results))
    lines = [f"| {by} | n | " + " | ".join(readers) + " |", "|---|---:" + "|---:" * len(readers) + "|"]
    for key in [*keys, "all"]:
        some = [result for result in results if key in (getattr(result, by), "all")]
        cells = [_cell([result for result in some if result.reader == reader]) for reader in readers]
        lines.append(f"| {key} | {len(some) // len(readers)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(some: Sequence[Result]) -> str:
    sequences = [result.sequence for result in some if result.sequence is not None]
    figures = [mean(r.bigram_f1 for r in some), mean(r.order for r in some), *([mean(sequences)] if sequences else [])]
    return " / ".join(f"{figure:.3f}" for figure in figures)


def seconds_a_page(results: Sequence[Result], readers: Sequence[str]) -> str:
    means = {reader: mean(r.seconds for r in results if r.reader == reader) for reader in readers}
    return "seconds a page: " + ", ".join(f"{reader} {seconds:.1f}" for reader, seconds in means.items())


def confidence_tells(results: Sequence[Result]) -> str:
    """Whether docintel's confidence is lower where it read worse: Spearman's rank correlation with bigram F1."""
    known = [(r.confidence, r.bigram_f1) for r in results if r.confidence is not None]
    if len({confidence for confidence, _ in known}) < 3 or len({f1 for _, f1 in known}) < 3:
        return ""
    return f"docintel's confidence against bigram F1: Spearman {spearmanr(known).statistic:.2f}, n = {len(known)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="L")
    parser.add_argument("--damages", nargs="+", choices=list(DAMAGES), default=list(DAMAGES), metavar="D")
    parser.add_argument("--count", type=int, default=1, help="photographs for each language and damage")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--readers",
        nargs="+",
        choices=list(READERS),
        default=[name for name in READERS if name != "small"],
        metavar="R",
    )
    parser.add_argument("--folder", type=Path, help="read NAME.jpg with NAME.txt beside it instead")
    parser.add_argument("--language", help="language of the folder's pages, for Tesseract")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    if options.folder:
        photos = folder_photos(options.folder, options.language)
    else:
        photos = drawn_photos(options.languages, options.damages, count=options.count, seed=options.seed)
    results: list[Result] = []
    for photo in photos:
        results += [measured(photo, reader) for reader in options.readers]
        last = results[-len(options.readers) :]
        print(photo.sample.name, *(f"{r.reader} {_cell([r])} {r.seconds:.1f} s {r.error}" for r in last), sep="  ")
    if not results:
        parser.error("there is nothing to read: no NAME.jpg with NAME.txt beside it")
    for by in ("language", "damage"):
        print(table(results, options.readers, by=by), end="\n\n")
    print(seconds_a_page(results, options.readers))
    print(confidence_tells(results))
    if options.json:
        report = {"machine": machine(), "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
