"""Fits the recogniser on lines that processes draw without end, in runs that may follow one another."""

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.learning.averages import average_of, follow, load, save
from training.recogniser.alphabet import symbols
from training.recogniser.lines import HEIGHT, MAX_WIDTH, DrawnLine, lines, writers
from training.recogniser.network import Recogniser
from training.recogniser.wear import worn

AREA = 256 * 448
"""Columns of a batch."""
STEP = 64
"""Lines of a batch differ in width by less."""
RATE, WEIGHT_DECAY, WARM_UP = 2e-3, 0.02, 300
AVERAGED = 0.999
LEVELS = (0.0, 0.6, 1.0)
"""Wear at which held-out lines are read."""
JUDGED = 800

Batch = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]
"""Strips (n, 40, width), their widths, labels one after the other, their lengths, scripts."""


class Lines(IterableDataset[Batch]):
    def __init__(self, data: Path, seed: int) -> None:
        self._data, self._seed = data, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        every = writers(self._data / "texts", self._data / "fonts", held_out=False)
        waiting: dict[int, list[DrawnLine]] = defaultdict(list)
        for line in lines(every, 1000 * self._seed + number):
            width = -(-line.strip.shape[1] // STEP) * STEP
            waiting[width].append(line)
            if len(waiting[width]) * width >= AREA:
                yield batch_of(waiting.pop(width), width)


def batch_of(some: list[DrawnLine], width: int) -> Batch:
    strips = np.full((len(some), HEIGHT, width), 255, np.uint8)
    for strip, line in zip(strips, some, strict=True):
        strip[:, : line.strip.shape[1]] = line.strip
    widths = np.array([line.strip.shape[1] for line in some])
    labels = np.array([symbol for line in some for symbol in line.label])
    return strips, widths, labels, np.array([len(line.label) for line in some]), [line.script for line in some]


def fit(
    data: Path, output: Path, *, seconds: float, start: float, end: float, resume: Path | None, workers: int, seed: int
) -> None:
    """`start` and `end`: parts of the whole schedule that this run goes through."""
    began = time.monotonic()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(seed)
    net = Recogniser(len(symbols())).to(device)
    if resume:
        net.load_state_dict(load(resume))
    average = average_of(net)
    optimiser = torch.optim.AdamW(_groups(net), lr=RATE, betas=(0.9, 0.98))
    loader = DataLoader(Lines(data, seed), batch_size=None, num_workers=workers, prefetch_factor=8 if workers else None)
    held = _held_out(data)
    log: list[dict[str, object]] = []
    step, seen, next_judged = 0, 0, 90.0
    output.mkdir(parents=True, exist_ok=True)
    for strips, widths, labels, lengths, _ in loader:
        passed = (time.monotonic() - began) / seconds
        if passed >= 1:
            break
        rate = RATE * min(1, (step + 1) / WARM_UP) * _share(start + (end - start) * passed)
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss = _loss(
            net, *(torch.as_tensor(each).to(device, non_blocking=True) for each in (strips, widths, labels, lengths))
        )
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        step, seen = step + 1, seen + len(strips)
        follow(average, net, min(AVERAGED, (step + 1) / (step + 20)))
        if step % 200 == 0:
            print(
                f"{time.monotonic() - began:.0f} s step {step} lines {seen} loss {loss.item():.3f} rate {rate:.5f}",
                flush=True,
            )
        if time.monotonic() - began > next_judged:
            next_judged += 120
            log.append({"seconds": time.monotonic() - began, "lines": seen} | judged(net, average, held, device))
            print(json.dumps(log[-1]), flush=True)
            save(average, output)
    log.append({"seconds": time.monotonic() - began, "lines": seen} | judged(net, average, held, device))
    print(json.dumps(log[-1]), flush=True)
    save(average, output)
    (output / "log.json").write_text(json.dumps(log, indent=1), encoding="utf-8")


def _share(progress: float) -> float:
    """Of the highest rate: all of it, and from a third on down to nothing along a cosine."""
    return 1.0 if progress < 0.33 else 0.5 + 0.5 * math.cos(math.pi * (progress - 0.33) / 0.67)


def _groups(net: nn.Module) -> list[dict[str, object]]:
    heavy = [p for p in net.parameters() if p.ndim > 1 and p.numel() > 1000]
    light = [p for p in net.parameters() if p.ndim <= 1 or p.numel() <= 1000]
    return [{"params": heavy, "weight_decay": WEIGHT_DECAY}, {"params": light, "weight_decay": 0.0}]


def _loss(net: Recogniser, strips: Tensor, widths: Tensor, labels: Tensor, lengths: Tensor) -> Tensor:
    with torch.no_grad():
        grey = worn(1 - strips[:, None].float() / 255, widths.float())
    with torch.autocast(strips.device.type, torch.bfloat16):
        found = net(grey.to(memory_format=torch.channels_last))
    outputs = ((widths + 3) // 4 + 2).clamp(max=found.shape[1])
    return F.ctc_loss(found.transpose(0, 1), labels, outputs, lengths, zero_infinity=True)


def _held_out(data: Path) -> list[Batch]:
    every = writers(data / "texts", data / "fonts", held_out=True)
    drawn = lines(every, 7)
    some = sorted((next(drawn) for _ in range(JUDGED)), key=lambda line: line.strip.shape[1])
    return [
        batch_of(part, min(MAX_WIDTH, -(-part[-1].strip.shape[1] // STEP) * STEP))
        for part in (some[n : n + 100] for n in range(0, JUDGED, 100))
    ]


@torch.no_grad()
def judged(net: Recogniser, average: dict[str, Tensor], held: list[Batch], device: torch.device) -> dict[str, object]:
    """Character error rates in percent by level of wear and script, of lines in faces and of texts held out."""
    own = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict({name: value.to(own[name].dtype) for name, value in average.items()})
    net.eval()
    rates: dict[str, object] = {}
    for level in LEVELS:
        wrong: dict[str, int] = defaultdict(int)
        length: dict[str, int] = defaultdict(int)
        torch.manual_seed(5)
        for strips, widths, labels, lengths, scripts in held:
            ink = 1 - torch.as_tensor(strips)[:, None].to(device).float() / 255
            grey = worn(ink, torch.as_tensor(widths).to(device).float(), level) if level else 1 - ink
            best = net(grey).argmax(-1).cpu().numpy()
            ends = np.cumsum(lengths)
            for row, width, label, script in zip(best, widths, np.split(labels, ends[:-1]), scripts, strict=True):
                path = [int(n) for n in row[: width // 4 + 2]]
                said = [n for before, n in zip([0, *path], path, strict=False) if n and n != before]
                wrong[script] += distance(said, list(label))
                length[script] += len(label)
        rates[str(level)] = {s: round(100 * wrong[s] / length[s], 2) for s in sorted(length)} | {
            "all": round(100 * sum(wrong.values()) / sum(length.values()), 2)
        }
    net.load_state_dict(own)
    net.train()
    return rates


def distance(one: Sequence[object], other: Sequence[object]) -> int:
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
