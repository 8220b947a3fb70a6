"""Fits the recogniser on lines that processes draw without end, in runs that may follow one another."""

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.learning.averages import average_of, follow, load, save
from training.recogniser.alphabet import symbols
from training.recogniser.lines import lines, writers
from training.recogniser.network import Recogniser
from training.recogniser.real import real_lines
from training.recogniser.strips import HEIGHT, DrawnLine
from training.recogniser.wear import touched, worn

AREA = 256 * 448
"""Columns of a batch."""
STEP = 64
"""Lines of a batch differ in width by less."""
RATE, WEIGHT_DECAY, WARM_UP = 2e-3, 0.02, 300
AVERAGED = 0.999
LEVELS = (0.0, 0.6, 1.0)
"""Wear at which held-out lines are read."""
JUDGED = 800
HAND_WEIGHT = 0.1
"""Of the loss of telling handwriting."""


@dataclass(frozen=True)
class Batch:
    strips: NDArray[np.uint8]
    """(n, 40, width)"""
    widths: NDArray[np.int64]
    labels: NDArray[np.int64]
    """One after the other."""
    lengths: NDArray[np.int64]
    hands: NDArray[np.float32]
    """1 for a line by hand, 0 for a printed one, -1 where nobody is to be asked."""
    is_real: NDArray[np.bool_]
    groups: list[str]
    """What each line is judged with: its script, or a real line's source."""


class Lines(IterableDataset[Batch]):
    def __init__(self, data: Path, seed: int) -> None:
        self._data, self._seed = data, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        every = writers(self._data / "texts", self._data / "fonts", held_out=False)
        waiting: dict[int, list[DrawnLine]] = defaultdict(list)
        real = real_lines(self._data, held_out=False)
        for line in lines(every, 1000 * self._seed + number, real):
            width = _rounded(line.strip.shape[1])
            waiting[width].append(line)
            if len(waiting[width]) * width >= AREA:
                yield batch_of(waiting.pop(width), width)


def _rounded(width: int) -> int:
    return -(-width // STEP) * STEP


def batch_of(some: list[DrawnLine], width: int) -> Batch:
    strips = np.full((len(some), HEIGHT, width), 255, np.uint8)
    for strip, line in zip(strips, some, strict=True):
        strip[:] = np.median(line.strip) if line.source else 255
        strip[:, : line.strip.shape[1]] = line.strip
    return Batch(
        strips=strips,
        widths=np.array([line.strip.shape[1] for line in some]),
        labels=np.array([symbol for line in some for symbol in line.label]),
        lengths=np.array([len(line.label) for line in some]),
        hands=np.array([-1 if line.is_handwritten is None else line.is_handwritten for line in some], np.float32),
        is_real=np.array([bool(line.source) for line in some]),
        groups=[line.source or line.script for line in some],
    )


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
    held, real = _held_out(data), _held_out_real(data)
    log: list[dict[str, object]] = []
    step, seen, next_judged = 0, 0, 90.0
    output.mkdir(parents=True, exist_ok=True)
    for batch in loader:
        passed = (time.monotonic() - began) / seconds
        if passed >= 1:
            break
        rate = RATE * min(1, (step + 1) / WARM_UP) * _share(start + (end - start) * passed)
        for group in optimiser.param_groups:
            group["lr"] = rate
        loss = _loss(net, batch, device)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        step, seen = step + 1, seen + len(batch.strips)
        follow(average, net, min(AVERAGED, (step + 1) / (step + 20)))
        if step % 200 == 0:
            print(
                f"{time.monotonic() - began:.0f} s step {step} lines {seen} loss {loss.item():.3f} rate {rate:.5f}",
                flush=True,
            )
        if time.monotonic() - began > next_judged:
            next_judged += 120
            log.append({"seconds": time.monotonic() - began, "lines": seen} | judged(net, average, held, real, device))
            print(json.dumps(log[-1]), flush=True)
            save(average, output)
    log.append({"seconds": time.monotonic() - began, "lines": seen} | judged(net, average, held, real, device))
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


def _loss(net: Recogniser, batch: Batch, device: torch.device) -> Tensor:
    strips, widths, labels, lengths, hands, is_real = (
        torch.as_tensor(each).to(device, non_blocking=True)
        for each in (batch.strips, batch.widths, batch.labels, batch.lengths, batch.hands, batch.is_real)
    )
    with torch.no_grad():
        grey = seen_as(strips, widths, is_real)
    with torch.autocast(strips.device.type, torch.bfloat16):
        found, by_hand = net(grey.to(memory_format=torch.channels_last))
    outputs = ((widths + 3) // 4 + 2).clamp(max=found.shape[1])
    reading = F.ctc_loss(found.transpose(0, 1), labels, outputs, lengths, zero_infinity=True)
    odds = by_hand[:, 0]
    doubt = F.binary_cross_entropy_with_logits(odds, hands.clamp(min=0), reduction="none")
    asked = (hands >= 0).float()
    return reading + HAND_WEIGHT * (doubt * asked).sum() / asked.sum().clamp(min=1)


def seen_as(strips: Tensor, widths: Tensor, is_real: Tensor, level: float = 1.0) -> Tensor:
    """Drawn lines worn, real ones hardly."""
    grey = strips[:, None].float() / 255
    if not level:
        return grey
    out = worn(1 - grey, widths.float(), level)
    if is_real.any():
        out[is_real] = touched(grey[is_real], widths[is_real].float(), level)
    return out


def _held_out(data: Path) -> list[Batch]:
    every = writers(data / "texts", data / "fonts", held_out=True)
    drawn = lines(every, 7)
    return _batches_of([next(drawn) for _ in range(JUDGED)])


def _held_out_real(data: Path) -> list[Batch]:
    real = real_lines(data, held_out=True)
    return _batches_of(real.every()) if real else []


def _batches_of(every: list[DrawnLine]) -> list[Batch]:
    some = sorted(every, key=lambda line: line.strip.shape[1])
    parts = [some[start : start + 100] for start in range(0, len(some), 100)]
    return [batch_of(part, _rounded(part[-1].strip.shape[1])) for part in parts]


@torch.no_grad()
def judged(
    net: Recogniser, average: dict[str, Tensor], held: list[Batch], real: list[Batch], device: torch.device
) -> dict[str, object]:
    """Character error rates in percent by level of wear and script, of lines in faces and of texts held out, and of
    real lines by source; under `hands` how many in percent are told to be handwritten or printed rightly."""
    own = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict({name: value.to(own[name].dtype) for name, value in average.items()})
    net.eval()
    rates: dict[str, object] = {str(level): _rates(net, held, device, level) for level in LEVELS}
    if real:
        rates["real"] = _rates(net, real, device, 0)
    net.load_state_dict(own)
    net.train()
    return rates


def _rates(net: Recogniser, batches: list[Batch], device: torch.device, level: float) -> dict[str, object]:
    wrong: dict[str, int] = defaultdict(int)
    length: dict[str, int] = defaultdict(int)
    told: dict[str, list[bool]] = defaultdict(list)
    torch.manual_seed(5)
    for batch in batches:
        strips, widths, is_real = (
            torch.as_tensor(each).to(device) for each in (batch.strips, batch.widths, batch.is_real)
        )
        letters, by_hand = net(seen_as(strips, widths, is_real, level))
        best, odds = letters.argmax(-1).cpu().numpy(), by_hand[:, 0].cpu().numpy()
        labels = np.split(batch.labels, np.cumsum(batch.lengths)[:-1])
        for row, width, label, group in zip(best, batch.widths, labels, batch.groups, strict=True):
            path = [int(n) for n in row[: width // 4 + 2]]
            said = [n for before, n in zip([0, *path], path, strict=False) if n and n != before]
            wrong[group] += distance(said, list(label))
            length[group] += len(label)
        for odd, hand in zip(odds, batch.hands, strict=True):
            if hand >= 0:
                told["by hand" if hand else "printed"].append(bool((odd > 0) == (hand > 0)))
    hands = {kind: round(100 * sum(right) / len(right), 1) for kind, right in sorted(told.items())}
    everything = round(100 * sum(wrong.values()) / max(sum(length.values()), 1), 2)
    return {g: round(100 * wrong[g] / length[g], 2) for g in sorted(length)} | {"all": everything, "hands": hands}


def distance(one: Sequence[object], other: Sequence[object]) -> int:
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
