"""What parts of the trained model are worth: each is taken away or made coarser, then held-out samples are read again.

    python -m training.ablate training/runs/d [--kinds block-150dpi-clean] [--count 16] [--device cpu] [--out FILE]

DeepStack's features are zeroed one by one; the slowest rotary frequencies are dropped from queries and keys; keys and
values go through lower precisions; the image is made smaller, so that there are fewer visual tokens.
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

from training import checkpoint
from training.decode import greedy
from training.evaluate import KINDS, compare
from training.feed import Studio
from training.geometry import CELL
from training.network import Reader, whiten
from training.pagetypes import Answer, Page
from training.vocabulary import decode


def without(number: int, stacked: list[Tensor]) -> list[Tensor]:
    """DeepStack's features with one layer's zeroed."""
    return [torch.zeros_like(x) if index == number else x for index, x in enumerate(stacked)]


def without_slowest(share: float, table: Tensor) -> Tensor:
    """A rotary table (length, head_dim) whose slowest pairs take no part in queries and keys."""
    pairs = table.shape[-1] // 2
    kept = torch.ones(pairs, device=table.device, dtype=table.dtype)
    kept[pairs - round(share * pairs) :] = 0
    return table * kept.repeat(2)


def as_half(x: Tensor) -> Tensor:
    """Through bfloat16."""
    return x.bfloat16().to(x.dtype)


def as_int8(x: Tensor) -> Tensor:
    """Through int8 with one scale for each head's vector."""
    scale = x.abs().amax(-1, keepdim=True).clamp(min=1e-8) / 127
    return (x / scale).round() * scale


def as_fp8(x: Tensor) -> Tensor:
    """Through float8 e4m3 without a scale."""
    return x.clamp(-448, 448).to(torch.float8_e4m3fn).to(x.dtype)


Change = Callable[[Reader], None]


def _set(name: str, value: Callable[..., object]) -> Change:
    return lambda reader: setattr(reader, name, value)


CHANGES: dict[str, tuple[Change, float]] = {
    "as trained": (lambda _: None, 1.0),
    "DeepStack 1 zeroed": (_set("stacked", partial(without, 0)), 1.0),
    "DeepStack 2 zeroed": (_set("stacked", partial(without, 1)), 1.0),
    "DeepStack zeroed": (_set("stacked", lambda stacked: [torch.zeros_like(x) for x in stacked]), 1.0),
    **{
        f"{share:.0%} of rotary dropped": (_set("turned", partial(without_slowest, share)), 1.0)
        for share in (0.05, 0.1, 0.15)
    },
    "bf16 cache": (_set("kept_in_cache", as_half), 1.0),
    "int8 cache": (_set("kept_in_cache", as_int8), 1.0),
    "fp8 cache": (_set("kept_in_cache", as_fp8), 1.0),
    "75 % of visual tokens": (lambda _: None, 0.75),
    "50 % of visual tokens": (lambda _: None, 0.5),
}
"""Name → what changes in the model, and the image's share of its area."""


def read(reader: Reader, drawn: list[tuple[Page, Answer]], kind: str, area: float) -> tuple[int, int, int]:
    """Errors, characters and unfinished answers of one setting; images of one size in one batch."""
    plan, limit = KINDS[kind]
    height, width = (
        max(CELL, round(side * area**0.5 / CELL) * CELL) for side in (plan.bucket.height, plan.bucket.width)
    )
    images = [cv2.resize(page.image, (width, height), interpolation=cv2.INTER_AREA) for page, _ in drawn]
    weight = reader.embedding
    grey = torch.from_numpy(np.stack(images)).to(weight.device)
    tint = torch.tensor([1.0, 0.0], device=weight.device).expand(len(grey), 3, 2)
    answers = greedy(reader, whiten(grey, tint, weight.dtype), is_page=plan.bucket.is_page, limit=limit)
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
    torch.set_num_threads(arguments.threads)
    studio, report = Studio(arguments.data, seed=7, heldout=True), []
    for kind in arguments.kinds:
        drawn = [studio.sample(KINDS[kind][0], random.Random(f"held out {kind} {n}")) for n in range(arguments.count)]
        for name, (change, area) in CHANGES.items():
            reader = Reader().eval()
            checkpoint.load(reader, arguments.weights)
            change(reader.to(arguments.device))
            errors, characters, unfinished = read(reader, drawn, kind, area)
            report.append(
                {"kind": kind, "change": name, "cer": round(errors / characters, 4), "unfinished": unfinished}
            )
            print(json.dumps(report[-1]), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
