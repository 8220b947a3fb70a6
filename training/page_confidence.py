"""Makes `docintel/engines/local/page_confidence.json`: how sure the engine `local` is of a page as a whole.

    python -m training.page_confidence read FILE [--folder DIR …] [--seed 41 --languages de ja … --count 1]
    python -m training.page_confidence fit FILE …

`read` appends a line of JSON a page to FILE: what the engine knows of it, and its bigram F1. It reads NAME.jpg with
NAME.txt beside it (`benchmarks.photos --folder`), else drawn photographs, those of `benchmarks.photos`; pages that FILE
has already are passed by. `fit` is a matter of a second.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.photographed.camera import DAMAGES
from benchmarks.photographed.measures import bigram_f1
from benchmarks.photos import drawn_photos
from benchmarks.reading import DPI, MODELS, Sample, folder_samples
from docintel.engines.local.engine import LocalEngine
from docintel.engines.local.page_confidence import WEIGHTS, PageConfidence, PageFeatures
from docintel.errors import DocintelError
from docintel.intake.page_image import PageImage

STRENGTH = 0.2
"""Inverse of the weights' penalty: a hundred pages or two are few."""
KNOWN = (1, 99)
"""Percentiles of a feature, beyond which nothing is taken to be known."""

Floats = NDArray[np.float64]


class Recording(PageConfidence):
    """Keeps what it is asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PageFeatures] = []

    def expected(self, known: PageFeatures) -> float:
        self.asked.append(known)
        return super().expected(known)


def read(samples: Iterable[Sample], path: Path) -> None:
    """Pages of several parts, which have a confidence each, are left out."""
    recording = Recording()
    engine = LocalEngine(page_confidence=recording)
    done = {str(row["name"]) for row in _rows([path])} if path.exists() else set[str]()
    for sample in samples:
        if sample.name in done:
            continue
        recording.asked.clear()
        height, width = sample.pixels.shape[:2]
        [page] = engine.read([PageImage(1, sample.pixels, width * 72 / DPI, height * 72 / DPI)])
        if isinstance(page, DocintelError) or len(recording.asked) != 1:
            continue
        row = {"name": sample.name, "bigram_f1": bigram_f1(page.text, sample.truth)}
        with path.open("a", encoding="utf-8") as file:
            print(json.dumps(row | {"features": recording.asked[0]._asdict()}), file=file)


def fit(known: Floats, f1: Floats, *, strength: float = STRENGTH) -> tuple[float, list[dict[str, float]]]:
    """The bias, and each column's weight and the range in which it counts: a logistic regression on shares."""
    low, high = np.percentile(known, KNOWN, axis=0)
    clipped = np.clip(known, low, high)
    mean, spread = clipped.mean(axis=0), clipped.std(axis=0) + 1e-6
    level = (clipped - mean) / spread

    def loss(parameters: Floats) -> float:
        odds = level @ parameters[1:] + parameters[0]
        return float((np.logaddexp(0, odds) - f1 * odds).sum() + (parameters[1:] ** 2).sum() / (2 * strength))

    found = minimize(loss, np.zeros(known.shape[1] + 1)).x
    weights = found[1:] / spread
    columns = zip(weights, low, high, strict=True)
    rounded = [{"weight": round(w, 4), "low": round(a, 4), "high": round(b, 4)} for w, a, b in columns]
    return round(float(found[0] - weights @ mean), 4), rounded


def _samples(folder: Path) -> Iterator[Sample]:
    """Under names that tell the folders apart."""
    return (replace(sample, name=f"{folder.name}/{sample.name}") for sample in folder_samples(folder, None))


def _rows(paths: Iterable[Path]) -> list[dict[str, object]]:
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def _write(paths: Sequence[Path]) -> None:
    rows = _rows(paths)
    known = np.array([PageFeatures(**row["features"]) for row in rows])  # type: ignore[arg-type]
    bias, weights = fit(known, np.array([row["bigram_f1"] for row in rows]))
    model = {"bias": bias, "features": dict(zip(PageFeatures._fields, weights, strict=True))}
    WEIGHTS.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("read")
    reading.add_argument("file", type=Path)
    reading.add_argument("--folder", type=Path, nargs="+", default=[])
    reading.add_argument("--seed", type=int, default=41)
    reading.add_argument("--languages", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="L")
    reading.add_argument("--count", type=int, default=1, help="drawn photographs for each language and damage")
    commands.add_parser("fit").add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    if options.command == "fit":
        _write(options.files)
    elif options.folder:
        read(chain.from_iterable(map(_samples, options.folder)), options.file)
    else:
        photos = drawn_photos(options.languages, list(DAMAGES), count=options.count, seed=options.seed)
        read((photo.sample for photo in photos), options.file)


if __name__ == "__main__":
    main()
