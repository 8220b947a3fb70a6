"""What parts of the trained model are worth: each is taken away or made coarser, then held-out samples are read again.

    python -m training.ablate training/runs/d [--kinds block-150dpi-clean] [--count 16] [--device cpu] [--out FILE]

DeepStack's features are zeroed; rotary frequencies are dropped from queries and keys; keys and values go through lower
precisions (made coarser and given back: nothing is saved here, `training.model.costs` counts what would be); the image
is made smaller, so that there are fewer visual tokens. All in float32.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from training.judging.reading import load_reader, read
from training.judging.records import compare
from training.judging.samples import KINDS, Sample, draw_kinds
from training.model.geometry import CELL
from training.model.network import Reader
from training.writing.vocabulary import decode


def slowest(pairs: int, count: int) -> list[int]:
    """The `count` last of `pairs` frequencies."""
    return list(range(pairs - count, pairs))


def fastest(pairs: int, count: int) -> list[int]:
    """The first ones."""
    return list(range(pairs))[:count]


def scattered(pairs: int, count: int) -> list[int]:
    """Any, always the same."""
    return random.Random(4).sample(range(pairs), count)


def without_pairs(choose: Callable[[int, int], list[int]], share: float, table: Tensor) -> Tensor:
    """A rotary table (length, head_dim) some of whose pairs take no part in queries and keys."""
    pairs = table.shape[-1] // 2
    kept = torch.ones(pairs, device=table.device, dtype=table.dtype)
    kept[choose(pairs, round(share * pairs))] = 0
    return table * kept.repeat(2)


def as_half(x: Tensor) -> Tensor:
    """Through bfloat16."""
    return x.bfloat16().to(x.dtype)


def as_int8(x: Tensor) -> Tensor:
    """Through int8 with one scale for each head's vector."""
    scale = x.abs().amax(-1, keepdim=True).clamp(min=1e-8) / 127
    return (x / scale).round() * scale


def as_int4(x: Tensor) -> Tensor:
    """Through four bits with one scale for each head's vector."""
    scale = x.abs().amax(-1, keepdim=True).clamp(min=1e-8) / 7
    return (x / scale).round() * scale


def as_fp8(x: Tensor) -> Tensor:
    """Through float8 e4m3 without a scale."""
    return x.clamp(-448, 448).to(torch.float8_e4m3fn).to(x.dtype)


Change = Callable[[Reader], None]


def _set(name: str, value: Callable[..., object]) -> Change:
    return lambda reader: setattr(reader, name, value)


CHANGES: dict[str, tuple[Change, float]] = {
    "as trained": (lambda _: None, 1.0),
    "DeepStack zeroed": (_set("stacked", lambda stacked: [torch.zeros_like(x) for x in stacked]), 1.0),
    **{
        f"{share:.0%} of rotary dropped, {choose.__name__}": (
            _set("turned", partial(without_pairs, choose, share)),
            1.0,
        )
        for choose in (slowest, fastest, scattered)
        for share in (0.05, 0.1, 0.15)
    },
    "bf16 cache": (_set("kept_in_cache", as_half), 1.0),
    "int8 cache": (_set("kept_in_cache", as_int8), 1.0),
    "fp8 cache": (_set("kept_in_cache", as_fp8), 1.0),
    "4-bit cache": (_set("kept_in_cache", as_int4), 1.0),
    **{f"{area:.0%} of visual tokens": (lambda _: None, area) for area in (0.9, 0.75, 0.5)},
}
"""Name → what changes in the model, and the image's share of its area."""


def read_smaller(reader: Reader, drawn: list[Sample], kind: str, area: float) -> tuple[int, int, int]:
    """Errors, characters and unfinished answers of one setting, the images at `area` of their size."""
    plan, limit = KINDS[kind]
    height, width = (
        max(CELL, round(side * area**0.5 / CELL) * CELL) for side in (plan.bucket.height, plan.bucket.width)
    )
    images = np.stack([cv2.resize(page.image, (width, height), interpolation=cv2.INTER_AREA) for page, _ in drawn])
    answers = read(reader, images, is_page=plan.bucket.is_page, limit=limit)
    records = [
        compare(decode(truth.ids), decode(answer), is_page=plan.bucket.is_page)
        for (_, truth), answer in zip(drawn, answers, strict=True)
    ]
    errors, characters = (sum(int(str(record[name])) for record in records) for name in ("errors", "characters"))
    return errors, characters, sum(len(answer) >= limit for answer in answers)


def main() -> None:
    """Read with each change and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--kinds", nargs="+", default=["block-150dpi-clean"], choices=list(KINDS))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    samples = draw_kinds(arguments.data, arguments.count, arguments.kinds)
    torch.set_num_threads(arguments.threads)
    report = []
    for name, (change, area) in CHANGES.items():
        reader = load_reader(arguments.weights, torch.device(arguments.device), torch.float32)
        change(reader)
        for kind, drawn in samples.items():
            errors, characters, unfinished = read_smaller(reader, drawn, kind, area)
            line = {"change": name, "kind": kind, "cer": round(errors / characters, 5), "unfinished": unfinished}
            report.append(line)
            print(json.dumps(line), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
