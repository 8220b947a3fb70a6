"""Weights between two checkpoints of one model: a lesson taken in part.

python -m training.blend training/runs/c2 training/runs/e --share 0.5 --out training/runs/f
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training import checkpoint
from training.network import Reader


def blend(reader: Reader, other: Reader, share: float) -> None:
    """Move `reader` by `share` of the way to `other`; its auxiliary heads stay."""
    with torch.no_grad():
        for mine, theirs in zip(reader.model.parameters(), other.model.parameters(), strict=True):
            mine.lerp_(theirs, share)


def main() -> None:
    """Blend and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    first, second = Reader(), Reader()
    checkpoint.load(first, arguments.first)
    checkpoint.load(second, arguments.second)
    blend(first, second, arguments.share)
    checkpoint.save(first, arguments.out)


if __name__ == "__main__":
    main()
