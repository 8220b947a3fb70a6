"""Character error rates: docintel, pymupdf4llm and plain Tesseract on the same scanned pages, in one run.

    python -m benchmarks.reading [--languages de ru …] [--pages 2] [--json FILE]
    python -m benchmarks.reading --folder DIR [--language fr]      your own pages: NAME.png with NAME.txt beside it

Without --folder, the texts in benchmarks/texts are printed by Chromium with Debian's Noto fonts and "scanned" at 200
dpi: 1° askew, softened, noisy. docintel and pymupdf4llm are not told the language; Tesseract is given the right model.

An error rate is the edit distance between what was read and what the page says, as a part of the latter's length,
after: Unicode NFKC, words broken over lines made whole, runs of white space made one space, control and format
characters (bidirectional marks, joiners) removed. Order counts: columns read across are errors.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_THREAD_LIMIT", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pymupdf
import tesserocr
from PIL import Image, ImageOps
from rapidfuzz.distance import Levenshtein

from benchmarks.pages import Scan, read_text, scanned, text_html
from docintel.engines import Engine, open_engine
from docintel.intake.page_image import PageImage
from docintel.model import Page
from docintel.settings import Settings
from samples.scan import Pixels, pages_from_pdf, printed, printer

TEXTS = Path(__file__).parent / "texts"
MODELS = {
    "en": "eng",
    "de": "deu",
    "fr": "fra",
    "es": "spa",
    "pl": "pol",
    "tr": "tur",
    "vi": "vie",
    "ru": "rus",
    "uk": "ukr",
    "el": "ell",
    "zh-Hans": "chi_sim",
    "zh-Hant": "chi_tra",
    "ja": "jpn",
    "ko": "kor",
    "ar": "ara",
    "he": "heb",
    "fa": "fas",
    "hi": "hin",
    "th": "tha",
}
OTHER_MODELS = {"cs": "ces", "da": "dan", "it": "ita", "sk": "slk", "pt": "por", "nl": "nld"}
KINDS = {"declaration": ("sans-serif", 11.0), "notice": ("serif", 10.5)}
"""Each language's texts, and the type they are set in."""
DPI = 200
IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp"}

Reader = Callable[[Pixels, str], str]


@dataclass(frozen=True)
class Sample:
    name: str
    language: str
    pixels: Pixels
    truth: str


@dataclass(frozen=True)
class Result:
    """One page as one reader read it. Seconds are wall clock, one page at a time."""

    name: str
    language: str
    reader: str
    errors: int
    length: int
    seconds: float


def normalised(text: str) -> str:
    whole = re.sub(r"(?<=\w)[-\u00ad¬]\s*\n\s*(?=\w)", "", text)
    plain = unicodedata.normalize("NFKC", whole)
    return " ".join("".join(c for c in plain if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace()).split())


def printed_samples(languages: Sequence[str], pages: int) -> Iterator[Sample]:
    """The project's own texts, printed and scanned; always the same pixels on the same machine."""
    with printer() as browser:
        for seed, language in enumerate(languages):
            for kind, (family, size_pt) in list(KINDS.items())[:pages]:
                path = TEXTS / f"{language}-{kind}.txt"
                html = text_html(path.read_text(encoding="utf-8"), language=language, size_pt=size_pt, family=family)
                sheets = pages_from_pdf(printed(browser, html), dpi=DPI)
                if len(sheets) != 1:
                    raise ValueError(f"{path.name} must fit on one page, it takes {len(sheets)}")
                yield Sample(f"{language}-{kind}", language, scanned(sheets[0], Scan(seed=seed)), read_text(path))


def folder_samples(folder: Path, language: str | None) -> Iterator[Sample]:
    """Every image with a .txt of the same name beside it."""
    for path in sorted(folder.iterdir()):
        truth = path.with_suffix(".txt")
        if path.suffix.lower() in IMAGES and truth.exists():
            pixels = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
            yield Sample(path.stem, language or language_in(path.stem), pixels, truth.read_text(encoding="utf-8"))


def language_in(name: str) -> str:
    """The language that a file's name says, by its code at the beginning or by its name; English where it says none."""
    names = {
        "german": "de",
        "french": "fr",
        "spanish": "es",
        "italian": "it",
        "czech": "cs",
        "danish": "da",
        "slovak": "sk",
    }
    codes = (code for code in (*MODELS, *OTHER_MODELS) if re.match(rf"{code}[-_.]", name))
    return next(codes, None) or next((code for word, code in names.items() if word in name), "en")


@cache
def engine() -> Engine:
    return open_engine("local", Settings())


def docintel_reader(pixels: Pixels, _language: str) -> str:
    return docintel_page(pixels).text


def docintel_page(pixels: Pixels) -> Page:
    height, width = pixels.shape[:2]
    page = engine().read([PageImage(number=1, pixels=pixels, width=width * 72 / DPI, height=height * 72 / DPI)])[0]
    if isinstance(page, Exception):
        raise page
    return page


def pymupdf4llm_reader(pixels: Pixels, _language: str, *, force_ocr: bool = False) -> str:
    """As it comes, or made to recognise a page whose picture it would pass by."""
    import pymupdf4llm

    height, width = pixels.shape[:2]
    with pymupdf.open() as document:
        page = document.new_page(width=width * 72 / DPI, height=height * 72 / DPI)
        picture = pymupdf.Pixmap(pymupdf.csRGB, width, height, np.ascontiguousarray(pixels).tobytes(), False)
        page.insert_image(page.rect, pixmap=picture)
        pdf = document.tobytes(deflate=True)
    pymupdf.set_messages(stream=io.StringIO())
    with pymupdf.open(stream=pdf, filetype="pdf") as scan, contextlib.redirect_stdout(io.StringIO()):
        text: str = pymupdf4llm.to_text(scan, force_ocr=force_ocr)
    return re.sub(r"\**==> picture .*?<==\**|-{5} (Start|End) of picture text -{5}", "", text)


def tesseract_reader(pixels: Pixels, language: str) -> str:
    model = MODELS.get(language) or OTHER_MODELS[language]
    with tesserocr.PyTessBaseAPI(path=_tessdata(), lang=model, psm=tesserocr.PSM.AUTO) as api:
        api.SetVariable("debug_file", os.devnull)
        api.SetImage(Image.fromarray(pixels))
        return str(api.GetUTF8Text())


@cache
def _tessdata() -> str:
    from docintel.engines.local.lines.tesseract import Tesseract

    return str(Tesseract().folder)


READERS: dict[str, Reader] = {
    "docintel": docintel_reader,
    "pymupdf4llm": pymupdf4llm_reader,
    "tesseract": tesseract_reader,
}


def measured(sample: Sample, reader: str) -> Result:
    started = time.monotonic()
    read = READERS[reader](sample.pixels, sample.language)
    seconds = time.monotonic() - started
    truth = normalised(sample.truth)
    errors = Levenshtein.distance(normalised(read), truth)
    return Result(sample.name, sample.language, reader, errors, len(truth), round(seconds, 2))


def rate(results: Sequence[Result]) -> float:
    """Errors a hundred characters, over all of them together."""
    return 100 * sum(result.errors for result in results) / max(sum(result.length for result in results), 1)


def table(results: Sequence[Result], readers: Sequence[str], *, by: str) -> str:
    keys = list(dict.fromkeys(getattr(result, by) for result in results))
    lines = ["| | " + " | ".join(readers) + " |", "|---" + "|---:" * len(readers) + "|"]
    for key in [*keys, "all"]:
        mine = [result for result in results if key in (getattr(result, by), "all")]
        cells = (f"{rate([r for r in mine if r.reader == reader]):.2f} %" for reader in readers)
        lines.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> dict[str, object]:
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "engine": engine().fingerprint}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--languages", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="L")
    parser.add_argument("--pages", type=int, choices=(1, 2), default=2, help="pages of each language")
    parser.add_argument("--readers", nargs="+", choices=list(READERS), default=list(READERS))
    parser.add_argument("--folder", type=Path, help="read NAME.png with NAME.txt beside it instead")
    parser.add_argument("--language", help="language of the folder's pages, for Tesseract")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    if options.folder:
        samples = folder_samples(options.folder, options.language)
    else:
        samples = printed_samples(options.languages, options.pages)
    results = []
    for sample in samples:
        results += [measured(sample, reader) for reader in options.readers]
        print(
            "  ".join(f"{r.reader} {rate([r]):.2f} % {r.seconds:.1f} s" for r in results[-len(options.readers) :]),
            sample.name,
        )
    print(table(results, options.readers, by="name" if options.folder else "language"))
    if options.json:
        report = {"machine": machine(), "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
