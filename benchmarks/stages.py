"""Where the engine `local` spends its time on a page: seconds by stage, of photographs and of the sheets as printed.

    python -m benchmarks.stages [--languages de ru …] [--damages curl fold …] [--seed 1] [--folder DIR]

One page at a time on one thread. A stage is a function's time with all that it calls, but not what another stage takes
inside it; cProfile's own cost, some 5 %, is in it.
"""

import argparse
import cProfile
import pstats
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.photographed.camera import DAMAGES
from benchmarks.photos import REAL, drawn_photos, folder_photos, printed_sheets
from benchmarks.reading import DPI, MODELS, Sample, machine
from docintel.engines.local.engine import LocalEngine
from docintel.intake.page_image import PageImage

STAGES = {
    "finding lines": ("lines/rapid.py", "look"),
    "small and faint type": ("local/closer.py", "look"),
    "which way up, script of lines": ("lines/line_classifier.py", "look"),
    "flattening": ("local/dewarping.py", "flattened"),
    "reading by RapidOCR": ("lines/rapid.py", "recognise"),
    "reading by Tesseract": ("lines/tesseract.py", "recognise"),
    "reading by letters": ("lines/letters.py", "recognise"),
    "check boxes": ("checkboxes/marks.py", "marks_on"),
    "layout": ("layout/regions.py", "regions"),
    "rules and tables' lines": ("layout/grids.py", "ruling"),
    "blocks and their order": ("layout/blocks.py", "build_blocks"),
}
"""By name, the end of the file's path and the function."""
WITHIN = {"small and faint type": ("finding lines",)}
"""Stages that are called in another, whose time is taken from it."""
REST = "all else"


def measured(engine: LocalEngine, samples: Iterable[Sample]) -> dict[str, float]:
    """Mean seconds a page of each stage, and of all together."""
    profile, count = cProfile.Profile(), 0
    for sample in samples:
        height, width = sample.pixels.shape[:2]
        image = PageImage(1, sample.pixels, width * 72 / DPI, height * 72 / DPI)
        profile.enable()
        engine.read([image])
        profile.disable()
        count += 1
    if not count:
        raise SystemExit("No page to read.")
    return {name: seconds / count for name, seconds in _by_stage(pstats.Stats(profile)).items()}


def _by_stage(stats: pstats.Stats) -> dict[str, float]:
    known = stats.stats  # type: ignore[attr-defined]
    taken = {
        name: sum(each[3] for (file, _, called), each in known.items() if file.endswith(end) and called == function)
        for name, (end, function) in STAGES.items()
    }
    taken |= {name: taken[name] - sum(taken[each] for each in inner) for name, inner in WITHIN.items()}
    total = sum(each[3] for (file, _, called), each in known.items() if file.endswith("engine.py") and called == "read")
    return {**taken, REST: total - sum(taken.values()), "total": total}


def report(columns: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(columns.values())))
    rows = [
        ["seconds a page", *columns],
        *([name, *(f"{each[name]:.2f}" for each in columns.values())] for name in names),
    ]
    rows.insert(1, ["---", *("---:" for _ in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", nargs="+", choices=list(MODELS), default=["de", "ru", "ja", "ar"], metavar="L")
    parser.add_argument("--damages", nargs="+", choices=list(DAMAGES), default=list(DAMAGES), metavar="D")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="read NAME.jpg with NAME.txt beside it instead")
    options = parser.parse_args(arguments)
    engine = LocalEngine()
    if options.folder:
        columns = {REAL: measured(engine, (photo.sample for photo in folder_photos(options.folder, None)))}
    else:
        photos = drawn_photos(options.languages, options.damages, count=1, seed=options.seed)
        columns = {"photographed": measured(engine, (photo.sample for photo in photos))}
        columns["as printed"] = measured(engine, printed_sheets(options.languages))
    print(machine(), report(columns), sep="\n\n")


if __name__ == "__main__":
    main()
