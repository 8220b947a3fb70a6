"""Fits the finder to parts that processes draw without end."""

import json
import math
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.checkboxes.network import STRIDE, Finder
from training.checkboxes.parts import Part, parts
from training.checkboxes.sheet import LINE, SIDE
from training.learning.averages import average_of, follow, load, save

BATCH = 48
RATE, WEIGHT_DECAY, WARM_UP = 3e-3, 0.01, 200
AVERAGED = 0.998
MIDDLE = 0.12
"""Standard deviation of a middle, as part of a box's side."""
SURE = 0.5
JUDGED = 384

Batch = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""Parts (n, 448, 448) and their maps (n, 11, 112, 112): middles, where to learn the rest, marked, eight distances."""


class Parts(IterableDataset[Batch]):
    def __init__(self, data: Path, seed: int) -> None:
        self._data, self._seed = data, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        drawn = parts(self._data, 1000 * self._seed + (worker.id if worker else 0))
        while some := list(islice(drawn, BATCH)):
            yield np.stack([part.grey for part in some]), np.stack([maps_of(part) for part in some])


def maps_of(part: Part) -> NDArray[np.float32]:
    side = SIDE // STRIDE
    maps = np.zeros((11, side, side), np.float32)
    ys, xs = (np.mgrid[:side, :side] * STRIDE + STRIDE / 2 - 0.5).astype(np.float32)
    for target in part.targets:
        x0, y0, x1, y1 = target.frame
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        spread = max(MIDDLE * min(x1 - x0, y1 - y0), 0.55 * STRIDE)
        middle = np.exp(-((xs - cx) ** 2 + (ys - cy) ** 2) / (2 * spread**2))
        column, row = (min(max(int(v / STRIDE), 0), side - 1) for v in (cx, cy))
        middle[row, column] = 1
        near = middle > np.maximum(maps[0], 0.4)
        maps[0] = np.maximum(maps[0], middle)
        maps[1][near] = 1
        maps[2][near] = target.is_checked
        for n, (a0, b0, a1, b1) in enumerate((target.frame, target.extent)):
            for m, distance in enumerate((xs - a0, ys - b0, a1 - xs, b1 - ys)):
                maps[3 + 4 * n + m][near] = distance[near] / LINE
    return maps


def hardest(net: Finder, images: Tensor, maps: Tensor, share: float) -> Tensor:
    """Which parts of a batch the network errs on most, so much of it."""
    net.eval()
    with torch.no_grad():
        found = net(images)
        losses = [loss_of(found[n : n + 1], maps[n : n + 1]) for n in range(len(images))]
    return torch.stack(losses).topk(max(1, round(share * len(images)))).indices


def loss_of(found: Tensor, maps: Tensor) -> Tensor:
    """Focal for middles (Zhou et al. 2019, "Objects as Points"), cross entropy for marks, absolute for distances."""
    middle, sure = maps[:, 0], found[:, 0].clamp(1e-4, 1 - 1e-4)
    is_middle = middle == 1
    count = is_middle.sum().clamp(min=1)
    hit = ((1 - sure) ** 2 * sure.log())[is_middle].sum()
    miss = ((1 - middle) ** 4 * sure**2 * (1 - sure).log())[~is_middle].sum()
    here = maps[:, 1]
    marked = F.binary_cross_entropy(found[:, 1].clamp(1e-5, 1 - 1e-5), maps[:, 2], reduction="none")
    away = (found[:, 2:] - maps[:, 3:]).abs().sum(1)
    learned = here.sum().clamp(min=1)
    return -(hit + miss) / count + (marked * here).sum() / learned + (away * here).sum() / learned


def fit(
    data: Path,
    output: Path,
    *,
    seconds: float,
    workers: int,
    seed: int,
    resume: Path | None,
    rate: float = RATE,
    share: float = 1.0,
) -> None:
    """`share`: how much of each batch is learned from, the hardest parts; below 1 the statistics of the layers stay."""
    began = time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(seed)
    net = Finder().to(device)
    if resume:
        net.load_state_dict(load(resume))
    average = average_of(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    held = list(islice(parts(data, 77_777), JUDGED))
    loader = DataLoader(Parts(data, seed), batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None)
    log: list[dict[str, float]] = []
    step, next_judged = 0, 60.0
    output.mkdir(parents=True, exist_ok=True)
    for grey, maps in loader:
        passed = (time.monotonic() - began) / seconds
        if passed >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * passed))
        images = torch.as_tensor(grey).to(device, non_blocking=True)[:, None].float() / 255
        targets = torch.as_tensor(maps).to(device, non_blocking=True)
        if share < 1:
            chosen = hardest(net, images, targets, share)
            images, targets = images[chosen], targets[chosen]
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            found = net(images.to(memory_format=torch.channels_last))
        loss = loss_of(found.float(), targets)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        follow(average, net, min(AVERAGED, (step + 1) / (step + 20)))
        if step % 100 == 0:
            print(f"{time.monotonic() - began:.0f} s step {step} loss {loss.item():.3f}", flush=True)
        if time.monotonic() - began > next_judged:
            next_judged += 100
            _note(log, judged(average, held, device), began, step, average, output)
    _note(log, judged(average, held, device), began, step, average, output)


def _note(
    log: list[dict[str, float]],
    found: dict[str, float],
    began: float,
    step: int,
    average: dict[str, Tensor],
    output: Path,
) -> None:
    log.append({"seconds": time.monotonic() - began, "parts": step * BATCH} | found)
    print(json.dumps(log[-1]), flush=True)
    save(average, output)
    (output / "log.json").write_text(json.dumps(log, indent=1), encoding="utf-8")


@torch.no_grad()
def judged(weights: dict[str, Tensor], held: list[Part], device: torch.device) -> dict[str, float]:
    """Of held-out parts: share of boxes found, with their state, and how many were found where none is, per part."""
    net = Finder().to(device)
    net.load_state_dict({name: value.to(net.state_dict()[name].dtype) for name, value in weights.items()})
    net.eval()
    there = hit = right = wrong = 0
    for start in range(0, len(held), 64):
        some = held[start : start + 64]
        grey = torch.as_tensor(np.stack([part.grey for part in some])).to(device)[:, None].float() / 255
        found = net(grey)
        peaks = (found[:, 0] == F.max_pool2d(found[:, :1], 5, 1, 2)[:, 0]) & (found[:, 0] > SURE)
        for part, middles, maps in zip(some, peaks, found, strict=True):
            left = [
                (x * STRIDE + 1.5, y * STRIDE + 1.5, float(maps[1, y, x]) > 0.5) for y, x in middles.nonzero().tolist()
            ]
            for target in part.targets:
                x0, y0, x1, y1 = target.frame
                there += 1
                mine = next((each for each in left if x0 < each[0] < x1 and y0 < each[1] < y1), None)
                if mine:
                    left.remove(mine)
                    hit += 1
                    right += mine[2] == target.is_checked
            wrong += sum(8 < x < SIDE - 8 and 8 < y < SIDE - 8 for x, y, _ in left)
    return {"found": hit / max(there, 1), "right": right / max(there, 1), "invented": wrong / len(held)}
