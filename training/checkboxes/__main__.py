"""Makes the finder of check boxes: check_boxes.onnx of the engine `local`.

python -m training.recogniser collect --packages DIR --output DATA       DIR: Debian packages, unpacked
python -m training.checkboxes collect --packages DIR --output DATA       Chinese, Japanese, faces with signs
python -m training.checkboxes fit --data DATA --seconds 500 --output RUN               minutes on a GPU
python -m training.checkboxes export --weights RUN --output check_boxes.onnx           needs onnxscript
python -m training.checkboxes show --data DATA --output FILE.png                       some of what is drawn
"""

import argparse
import os
from pathlib import Path


def main() -> None:
    """The command line; each step imports what its own machine has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    collect, fit, export, show = (steps.add_parser(name) for name in ("collect", "fit", "export", "show"))
    collect.add_argument("--packages", type=Path, required=True)
    fit.add_argument("--seconds", type=float, required=True)
    fit.add_argument("--resume", type=Path)
    fit.add_argument("--rate", type=float, default=3e-3, help="of learning, at its highest")
    fit.add_argument("--share", type=float, default=1.0, help="of what is drawn that is learned from, the hardest")
    fit.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    export.add_argument("--weights", type=Path, required=True)
    for step in (fit, show):
        step.add_argument("--data", type=Path, required=True)
        step.add_argument("--seed", type=int, default=1)
    for step in (collect, fit, export, show):
        step.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    if given.step == "collect":
        from training.checkboxes.words import collect_han

        collect_han(given.packages, given.output)
    elif given.step == "fit":
        from training.checkboxes.fitting import fit as fit_finder

        names = ("seconds", "workers", "seed", "resume", "rate", "share")
        fit_finder(given.data, given.output, **{name: getattr(given, name) for name in names})
    elif given.step == "export":
        from training.checkboxes.exporting import export as export_finder

        export_finder(given.weights, given.output)
    else:
        from training.checkboxes.showing import show as show_parts

        show_parts(given.data, given.output, given.seed)


if __name__ == "__main__":
    main()
