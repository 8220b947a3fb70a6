"""Makes the model that tells the script and orientation of a line of text: line_scripts.onnx of the engine `local`.

    python -m training.line_scripts draw --texts DIR --lines 30000 --output lines.npz    needs fonts, no accelerator
    python -m training.line_scripts fit --lines lines.npz --output line_scripts.pt       minutes on a GPU
    python -m training.line_scripts export --weights line_scripts.pt --output line_scripts.onnx    needs onnxscript
    python -m training.line_scripts tell --texts DIR --lines 2500     weights of look and reading, for line_script.py

DIR holds one UTF-8 text a script, named by its ISO 15924 code (Latn.txt, Cyrl.txt, …). The shipped model saw the
Universal Declaration of Human Rights in 57 languages (its first articles, which the benchmark prints, left out) and
Debian's Noto, DejaVu and Liberation fonts.
"""

import argparse
from pathlib import Path


def main() -> None:
    """The command line; each step imports what its own machine has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    draw, fit, export, tell = (steps.add_parser(name) for name in ("draw", "fit", "export", "tell"))
    draw.add_argument("--texts", type=Path, required=True)
    draw.add_argument("--lines", type=int, default=30_000)
    tell.add_argument("--texts", type=Path, required=True)
    tell.add_argument("--lines", type=int, default=2500)
    fit.add_argument("--lines", type=Path, required=True)
    export.add_argument("--weights", type=Path, required=True)
    for step in (draw, fit, export):
        step.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.step == "draw":
        from training.line_scripts.strips import draw_lines

        draw_lines(arguments.texts, arguments.lines, arguments.output)
    elif arguments.step == "tell":
        from training.line_scripts.telling import fit as fit_telling

        fit_telling(arguments.texts, arguments.lines)
    else:
        from training.line_scripts import fitting

        if arguments.step == "fit":
            fitting.fit(arguments.lines, arguments.output)
        else:
            fitting.export(arguments.weights, arguments.output)


if __name__ == "__main__":
    main()
