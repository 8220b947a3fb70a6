"""Teaches a trained decoder to leave rows of marks, on a CPU, in half an hour; the ViT stays as it is.

    python -m training.rows training/runs/c2 --seconds 1200 --out training/runs/d

A long row of dots or dashes has no places to count by, and a decoder that was taught to write all of it went on for
ever. Here rows are written shortened (see `training.answers`), and the decoder is also shown rows that have
already grown too long: whatever their length, what follows is what comes after the row on the page.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training import checkpoint
from training.answers import MOST_MARKS, rows_of_marks
from training.curriculum import Bucket, Recipe
from training.decode import split_prompt
from training.feed import Studio
from training.losses import Target, answer_loss, corrupted
from training.network import Reader, whiten
from training.passages import Wording
from training.vocabulary import END_OF_TEXT, ids

_BUCKETS = (
    (Bucket("region", 64, 640), 0.2), (Bucket("region", 96, 640), 0.15), (Bucket("region", 64, 1024), 0.15),
    (Bucket("region", 192, 1024), 0.15), (Bucket("small", 384, 512), 0.25), (Bucket("small", 512, 512), 0.1),
)  # fmt: skip
_CHARS = {"small": (60, 330)}


def overgrown(answer: list[int], rng: random.Random) -> tuple[list[int], list[int]]:
    """What the decoder is shown and what it is to say: some full rows go on, and should have ended each time."""
    shown, wanted, done = [], [], 0
    for start, end, unit in rows_of_marks(answer):
        shown += answer[done:end]
        wanted += answer[done:end]
        done = end
        if end - start > MOST_MARKS - unit and rng.random() < 0.6:
            extra = answer[start : start + unit] * rng.randint(1, max(1, 24 // unit))
            shown += extra
            wanted += [answer[end]] * len(extra)
    return shown + answer[done:], wanted + answer[done:]


def draw_recipe(rng: random.Random, share: float) -> Recipe:
    """Small images, which a CPU can afford; `share` of them have many rows."""
    bucket = rng.choices(*zip(*_BUCKETS, strict=True))[0]
    low, high = _CHARS.get(bucket.family, (0, 0))
    sizes = (16, 26) if not bucket.is_page and rng.random() < 0.5 else None
    wording = Wording(0.25, marks=0.2 if rng.random() < share else 0.0)
    return Recipe(bucket, wording, scanned=0.4, worn=0.2, min_chars=low, max_chars=high, sizes=sizes)


def batch_loss(reader: Reader, studio: Studio, rng: random.Random, share: float, patch_budget: int) -> Tensor:
    """The answers' loss on one freshly drawn batch."""
    plan = draw_recipe(rng, share)
    drawn = [studio.sample(plan, rng) for _ in range(plan.bucket.batch(patch_budget))]
    pairs = [overgrown(answer.ids, rng) for _, answer in drawn]
    length = max(len(shown) for shown, _ in pairs)
    padding = ids()[END_OF_TEXT]
    shown, wanted = (
        torch.tensor([pair[side] + [padding] * (length - len(pair[side])) for pair in pairs]) for side in (0, 1)
    )
    grey = torch.from_numpy(np.stack([page.image for page, _ in drawn]))
    images = whiten(grey, torch.tensor([1.0, 0.0]).expand(len(drawn), 3, 2), torch.float32)
    height, width = plan.bucket.height, plan.bucket.width
    before, after = split_prompt(height, width, is_page=plan.bucket.is_page)
    tail = torch.cat((torch.tensor(after).expand(len(drawn), -1), corrupted(shown)[:, :-1]), 1)
    read = reader(images, torch.tensor(before), tail)
    lengths = torch.tensor([len(pair[0]) for pair in pairs])
    nothing = torch.zeros(0)
    target = Target(wanted, lengths, nothing, nothing, height, width)
    return answer_loss(read.last[:, len(after) - 1 :], reader.embedding, target)[0]


def train(reader: Reader, studio: Studio, arguments: argparse.Namespace) -> None:
    """AdamW on the decoder's layers, the learning rate falling to nothing by the end of the time."""
    reader.requires_grad_(False)
    layers = reader.model.model.language_model.layers.requires_grad_(True)
    optimiser = torch.optim.AdamW(layers.parameters(), betas=(0.9, 0.95), weight_decay=0.0)
    rng, began, step, losses = random.Random(arguments.seed), time.time(), 0, []
    while (passed := (time.time() - began) / arguments.seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = arguments.lr * min(1.0, (step + 1) / 10) * (1 - passed)
        loss = batch_loss(reader, studio, rng, arguments.share, arguments.patch_budget)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        step += 1
        if step % 10 == 0:
            print(f"step {step}, {passed:.0%} of the time, loss {sum(losses[-10:]) / 10:.4f}", flush=True)
            checkpoint.save(reader, arguments.out)
    checkpoint.save(reader, arguments.out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument(
        "--share", type=float, default=0.75, help="of the samples with many rows; the rest are rehearsal"
    )
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--patch-budget", type=int, default=1280)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    reader = Reader()
    checkpoint.load(reader, arguments.weights)
    train(reader, Studio(arguments.data, seed=arguments.seed), arguments)


if __name__ == "__main__":
    main()
