"""Is what is trained what is saved? Two comparisons, each with a number or a yes; a second or two on a CPU.

    python -m training.check [training/runs/d]

The fast forward against transformers' own, in float32, with an image that is no square; and, where weights are named,
our greedy answer to one held-out line against `generate`.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.judging.samples import KINDS
from training.learning.feed import Studio
from training.model import checkpoint
from training.model.decode import greedy, split_prompt
from training.model.geometry import CELL, MERGE, PATCH
from training.model.network import Reader, whiten
from training.writing.vocabulary import FIRST_CHARACTER, REGION_PROMPT, ids, prompt_ids


def stock_inputs(images: Tensor, token_ids: Tensor) -> dict[str, Tensor]:
    """What the stock model takes: patches in merge order, doubled in time (images: batch, 3, height, width)."""
    batch, _, height, width = images.shape
    rows, columns = height // CELL, width // CELL
    patches = images.view(batch, 3, rows, MERGE, PATCH, columns, MERGE, PATCH).permute(0, 2, 5, 3, 6, 1, 4, 7)
    patches = patches.reshape(-1, 3, 1, PATCH, PATCH).expand(-1, -1, 2, -1, -1).reshape(-1, 6 * PATCH * PATCH)
    return {
        "input_ids": token_ids,
        "attention_mask": torch.ones_like(token_ids),
        "pixel_values": patches,
        "image_grid_thw": torch.tensor([[1, height // PATCH, width // PATCH]] * batch),
        "mm_token_type_ids": (token_ids == ids()["<|image_pad|>"]).int(),
    }


@torch.no_grad()
def forward_difference(reader: Reader, height: int = 96, width: int = 160) -> float:
    """‖ours − stock‖ / ‖stock‖ of the answer's logits, two images, random answers."""
    images = torch.rand(2, 3, height, width) * 2 - 1
    before, after = split_prompt(height, width, is_page=False)
    answers = torch.randint(FIRST_CHARACTER, FIRST_CHARACTER + 500, (2, 20))
    tail = torch.cat((torch.tensor(after).expand(2, -1), answers), 1)
    ours = reader(images, torch.tensor(before), tail).last @ reader.embedding.T
    prompt = torch.tensor(prompt_ids(REGION_PROMPT, (height // CELL) * (width // CELL))).expand(2, -1)
    stock = reader.model(**stock_inputs(images, torch.cat((prompt, answers), 1))).logits[:, -tail.shape[1] :]
    return float((ours - stock).norm() / stock.norm())


@torch.no_grad()
def reads_alike(reader: Reader, data: Path, limit: int = 100) -> bool:
    """Whether our greedy answer to a held-out line is `generate`'s, token by token."""
    plan, _ = KINDS["line-150dpi-clean"]
    page, _ = Studio(data, seed=7, heldout=True).sample(plan, random.Random("check"))
    grey = torch.from_numpy(np.ascontiguousarray(page.image))[None]
    images = whiten(grey, torch.tensor([1.0, 0.0]).expand(1, 3, 2), torch.float32)
    ours = greedy(reader, images, is_page=False, limit=limit)[0]
    height, width = page.image.shape
    prompt = torch.tensor([prompt_ids(REGION_PROMPT, (height // CELL) * (width // CELL))])
    model: Any = reader.model  # its type says nothing of the images
    answer: Tensor = model.generate(**stock_inputs(images, prompt), max_new_tokens=limit, do_sample=False)
    stock: list[int] = answer[0, prompt.shape[1] :].tolist()
    return stock[: len(ours)] == ours


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    arguments = parser.parse_args()
    torch.manual_seed(0)
    reader = Reader().eval()
    print(f"parameters: {sum(p.numel() for p in reader.model.parameters()):,}")
    print(f"forward, relative difference: {forward_difference(reader):.1e}")
    if arguments.weights:
        checkpoint.load(reader, arguments.weights)
        print(f"the same answer as generate: {reads_alike(reader, arguments.data)}")


if __name__ == "__main__":
    main()
