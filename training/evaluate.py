"""Held-out reading: text, fonts and seeds that training never sees; greedy; what each kind of sample gives.

    python -m training.evaluate WEIGHTS… [--count 16] [--device cpu] [--kinds region-clean page-clean] [--scans FOLDER]

Several folders of weights read the same samples. `--scans` names real scans: images with a NAME.txt of what each says.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from training.judging.reading import evaluate, load_reader, read_scans
from training.judging.records import summary
from training.judging.samples import KINDS, draw_kinds


def main() -> None:
    """Evaluate folders of weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--scans", type=Path)
    parser.add_argument("--out", type=Path, help="a folder: one NUMBER.json for each of the weights")
    arguments = parser.parse_args()
    samples = draw_kinds(arguments.data, arguments.count, arguments.kinds) if arguments.kinds else {}
    device = torch.device(arguments.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    for number, weights in enumerate(arguments.weights, 1):
        reader = load_reader(weights, device, dtype)
        records = evaluate(reader, samples)
        records += read_scans(reader, arguments.scans) if arguments.scans else []
        report = summary(records)
        print(weights, json.dumps(report, ensure_ascii=False), flush=True)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"weights": str(weights), "summary": report, "records": records}, ensure_ascii=False)
            (arguments.out / f"{number}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
