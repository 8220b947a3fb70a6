"""Makes the recogniser of lines in scripts that RapidOCR doesn't know: line_letters.onnx of the engine `local`.

    python -m training.recogniser collect --packages DIR --fonts NPM --prose DIR --output DATA
    python -m training.recogniser cut --repositories DIR --output DATA                         real lines
    python -m training.recogniser start --model line_letters.onnx --data DATA --output START
    python -m training.recogniser fit --data DATA --seconds 535 --end 0.5 --resume START --output RUN    on a GPU
    python -m training.recogniser fit --data DATA --seconds 535 --start 0.5 --resume RUN --seed 2 --output RUN2
    python -m training.recogniser export --weights RUN2 --output line_letters.onnx            needs onnxscript
    python -m training.recogniser judge --lines DIR                     real lines, beside Tesseract

`collect` needs fonttools with brotli; Debian packages and npm's of fontsource, unpacked; drawing needs fonttools,
python-bidi 0.4.2 and Pillow with raqm.
"""

import argparse
import os
from pathlib import Path


def main() -> None:
    """The command line; each step imports what its own machine has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    collect, cut, start, fit, export, judge = (
        steps.add_parser(name) for name in ("collect", "cut", "start", "fit", "export", "judge")
    )
    for name in ("--packages", "--fonts", "--prose"):
        collect.add_argument(name, type=Path, required=True)
    cut.add_argument("--repositories", type=Path, required=True)
    start.add_argument("--model", type=Path, required=True)
    start.add_argument("--data", type=Path, required=True)
    fit.add_argument("--data", type=Path, required=True)
    fit.add_argument("--seconds", type=float, required=True)
    fit.add_argument("--start", type=float, default=0.0, help="part of the schedule that was run through before")
    fit.add_argument("--end", type=float, default=1.0)
    fit.add_argument("--resume", type=Path)
    fit.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    fit.add_argument("--seed", type=int, default=1)
    export.add_argument("--weights", type=Path, required=True)
    judge.add_argument("--lines", type=Path, required=True)
    for step in (collect, cut, start, fit, export):
        step.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    if given.step == "collect":
        from training.recogniser.fonts import assemble, gather
        from training.recogniser.texts import collect as collect_texts
        from training.recogniser.texts import syllables

        collect_texts(given.packages, given.output / "texts", given.prose)
        folders = [given.packages / "usr/share/fonts", Path("/usr/share/fonts")]
        known = syllables(given.output / "texts")
        gather(folders, given.output / "fonts", known)
        assemble(given.fonts, given.output / "fonts", known)
    elif given.step == "cut":
        from training.recogniser.cutting import cut as cut_lines

        cut_lines(given.repositories, given.output)
    elif given.step == "start":
        from training.recogniser.starting import start as start_from

        start_from(given.model, given.data, given.output)
    elif given.step == "fit":
        from training.recogniser.fitting import fit as fit_lines

        names = ("seconds", "start", "end", "resume", "workers", "seed")
        fit_lines(given.data, given.output, **{name: getattr(given, name) for name in names})
    elif given.step == "export":
        from training.recogniser.exporting import export as export_model

        export_model(given.weights, given.output)
    else:
        from training.recogniser.judging import judge as judge_lines

        judge_lines(given.lines)


if __name__ == "__main__":
    main()
