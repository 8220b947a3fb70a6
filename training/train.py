"""Trains the small model for a number of seconds, on one process or on several GPUs.

    python -m training.train --seconds 500 --out runs/a [--resume runs/before]        # one GPU, or --device cpu --tiny
    torchrun --nproc-per-node 4 -m training.train --seconds 500 --out runs/a          # four

Writes weights every two minutes and before anything that could fail, and `log.jsonl`: settings, then one line for every
hundred steps.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from training.judging.reading import evaluate
from training.judging.records import Record, summary
from training.judging.samples import KINDS, draw_kind
from training.learning.feed import Feed, FeedPlan
from training.learning.optim import FlatOptimiser, schedule
from training.learning.step import NAMES, Stepper
from training.model import checkpoint
from training.model.geometry import SMALL, TINY
from training.model.network import Reader, vision_block


class Trainer:
    """One process's part: its feed, the model, the optimiser, the log."""

    def __init__(self, arguments: argparse.Namespace, rank: int, world: int) -> None:
        self.arguments, self.rank, self.world = arguments, rank, world
        on_gpu = arguments.device == "cuda"
        workers = arguments.workers or max(1, (os.cpu_count() or 2) // world - 1)
        plan = FeedPlan(arguments.data, arguments.seed, rank, workers, arguments.patch_budget, arguments.from_progress,
                        arguments.to_progress, arguments.only)  # fmt: skip
        self.feed = Feed(plan)
        self.device = torch.device(f"cuda:{rank}" if on_gpu else "cpu")
        self.dtype = torch.bfloat16 if on_gpu else torch.float32
        if on_gpu:
            torch.cuda.set_device(self.device)
            torch.backends.cuda.enable_cudnn_sdp(arguments.cudnn)
            torch.backends.cuda.enable_flash_sdp(not arguments.cudnn)
        if world > 1:
            dist.init_process_group("nccl" if on_gpu else "gloo")
        torch.manual_seed(arguments.seed)
        self.reader = Reader(TINY if arguments.tiny else SMALL, compiled=arguments.compile).to(self.device)
        if arguments.resume:
            checkpoint.load(self.reader, arguments.resume)
        self.optimiser = FlatOptimiser(
            self.reader, dtype=self.dtype, lr=arguments.lr, muon=not arguments.adam, adam_factor=arguments.adam_factor,
            weight_decay=arguments.weight_decay,
        )  # fmt: skip
        torch.manual_seed(arguments.seed * 1000 + rank)
        self.stepper = Stepper(self.reader, self.optimiser, dtype=self.dtype, graphs=on_gpu and arguments.graphs)
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = defaultdict(int)
        self.waited = 0.0
        arguments.out.mkdir(parents=True, exist_ok=True)
        self.log = (arguments.out / "log.jsonl").open("a", encoding="utf-8") if rank == 0 else None
        self.say(
            {
                "settings": {name: str(value) for name, value in vars(arguments).items()},
                "gpus": world,
                "workers": workers,
                "torch": torch.__version__,
                "parameters": sum(p.numel() for p in self.reader.model.parameters()),
            }
        )

    def say(self, record: dict[str, object]) -> None:
        """One line to the log and to the terminal, from the first process only."""
        if self.log:
            self.log.write(json.dumps(record, ensure_ascii=False) + "\n")
            self.log.flush()
            print(json.dumps(record, ensure_ascii=False)[:600], flush=True)

    def train(self) -> None:
        """Steps until the time is up; the clock starts with the first step that all processes are ready for."""
        arguments = self.arguments
        batches = iter(self.feed)
        began = time.time()
        step, last_save, last_log = 0, began, began
        while True:
            waiting = time.time()
            batch = next(batches)
            self.waited += time.time() - waiting
            if step == arguments.prepare:
                self._meet()
                self.feed.begin(arguments.seconds)
                began = last_log = time.time()
            share = (time.time() - began) / arguments.seconds if step >= arguments.prepare else 0.0
            factor = schedule(step, share, warmup=arguments.warmup, hold=arguments.hold, final=arguments.final)
            losses = self.stepper.step(batch, factor)
            self.sums[batch.family] = losses + self.sums.get(batch.family, 0.0)
            self.counts[batch.family] += 1
            step += 1
            if step % arguments.log_every == 0:
                self._log(step, share, factor, time.time() - last_log)
                last_log = time.time()
            if self.rank == 0 and time.time() - last_save > 120:
                checkpoint.save(self.reader, arguments.out)
                last_save = time.time()
            if step % 10 == 0 and step > arguments.prepare and self._is_over(time.time() - began):
                break
        self._log(step, 1.0, factor, time.time() - last_log)
        if self.rank == 0:
            checkpoint.save(self.reader, arguments.out)
            self.say({"done": step, "seconds": time.time() - began})

    def _is_over(self, elapsed: float) -> bool:
        """The same answer in every process: the first one's clock decides."""
        over = torch.tensor([elapsed >= self.arguments.seconds], device=self.device, dtype=torch.int32)
        if self.world > 1:
            dist.broadcast(over, 0)
        return bool(over.item())

    def _meet(self) -> None:
        if self.world > 1:
            dist.barrier()

    def _log(self, step: int, share: float, factor: float, seconds: float) -> None:
        means = {
            family: dict(zip(NAMES, [round(value / self.counts[family], 4) for value in sums.tolist()], strict=True))
            for family, sums in self.sums.items()
        }
        self.say(
            {
                "step": step,
                "share": round(share, 4),
                "progress": round(self.feed.progress(), 4),
                "lr": round(factor, 4),
                "norm": round(float(self.optimiser.norm), 3),
                "seconds": round(seconds, 2),
                "waited": round(self.waited, 2),
                "counts": dict(self.counts),
                "losses": means,
            }
        )
        if any(not math.isfinite(loss["total"]) for loss in means.values()):
            raise FloatingPointError("the loss is no longer a number: go on from the last weights with other settings")
        self.sums.clear()
        self.counts.clear()
        self.waited = 0.0

    def evaluate(self, count: int, budget: float) -> None:
        """Held-out reading, a share in each process; merged into `eval.json` by the first."""
        self.feed.close()
        self.reader.vision_block = vision_block
        kinds = [kind for kind in KINDS if not kind.startswith("languages")][self.rank :: self.world]
        samples = {kind: draw_kind(self.arguments.data, count, kind) for kind in kinds}
        part = evaluate(self.reader, samples, budget=budget)
        parts: list[list[Record]] = [part]
        if self.world > 1:
            parts = [[] for _ in range(self.world)]
            dist.all_gather_object(parts, part)
        if self.rank == 0:
            records = [record for found in parts for record in found]
            report = summary(records)
            (self.arguments.out / "eval.json").write_text(
                json.dumps({"summary": report, "records": records}, ensure_ascii=False)
            )
            self.say({"evaluation": report})


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, default=Path("training/data"))
    add("--out", type=Path, required=True)
    add("--resume", type=Path, help="a folder with weights to go on from")
    add("--seconds", type=float, required=True, help="time for steps, without start and evaluation")
    add("--from-progress", type=float, default=0.0, help="where in the curriculum this run starts, 0…1")
    add("--to-progress", type=float, default=1.0)
    add("--only", default="", help="draw one family alone, to measure its speed")
    add("--seed", type=int, default=1)
    add("--lr", type=float, default=1e-3)
    add("--adam", action="store_true", help="AdamW for every weight instead of Muon for the matrices")
    add("--adam-factor", type=float, default=1.0)
    add("--weight-decay", type=float, default=0.05)
    add("--warmup", type=int, default=100, help="steps")
    add("--hold", type=float, default=0.7, help="share of the time at full learning rate")
    add("--final", type=float, default=0.0, help="learning-rate factor at the end")
    add("--prepare", type=int, default=12, help="steps before the clock starts (compilation)")
    add("--patch-budget", type=int, default=104_448, help="patches a batch and process")
    add(
        "--workers",
        type=int,
        default=0,
        help="drawing processes for each training process; 0: as many as there are cores",
    )
    add("--log-every", type=int, default=100)
    add("--device", default="cuda", choices=("cuda", "cpu"))
    add("--tiny", action="store_true", help="a tiny model, to try the loop")
    add("--compile", action=argparse.BooleanOptionalAction, default=True)
    add("--graphs", action=argparse.BooleanOptionalAction, default=True, help="launch steps as CUDA graphs")
    add("--cudnn", action=argparse.BooleanOptionalAction, default=True, help="let attention use cuDNN")
    add("--evaluate", type=int, default=0, help="held-out samples of each kind to read afterwards")
    add("--evaluate-seconds", type=float, default=60.0)
    return parser.parse_args()


def main() -> None:
    """Train, save, evaluate."""
    arguments = parse()
    trainer = Trainer(arguments, int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
    trainer.train()
    if arguments.evaluate:
        trainer.evaluate(arguments.evaluate, arguments.evaluate_seconds)
    trainer.feed.close()
    if trainer.world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
