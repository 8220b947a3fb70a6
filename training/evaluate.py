"""Held-out reading: text, fonts and seeds that training never sees; greedy; what each kind of sample gives.

python -m training.evaluate WEIGHTS [--count 16] [--device cpu] [--kinds region-clean page-clean]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import numpy as np
import torch

from training import checkpoint
from training.curriculum import Bucket, Recipe
from training.decode import greedy
from training.feed import Studio
from training.metrics import edit_distance, matched_boxes, parts, table_structure
from training.network import Reader, whiten
from training.vocabulary import decode

Record = dict[str, object]
"""One sample: kind, language, truth and read (text), errors and characters, boxes, tables, unfinished."""

_DPI_150 = (20, 25)
"""9.6 to 12 points at 150 dpi, in pixels."""

KINDS: dict[str, tuple[Recipe, int]] = {
    f"{name}-{state}": (Recipe(bucket, 0.0, scanned=scanned, min_chars=low, max_chars=high, sizes=sizes), limit)
    for name, bucket, low, high, sizes, limit in (
        ("page", Bucket("full", 1088, 768), 200, 1200, None, 1600),
        ("letter", Bucket("full", 1024, 800), 200, 1200, None, 1600),
        ("block-150dpi", Bucket("region", 192, 1024), 0, 0, _DPI_150, 800),
        ("line-150dpi", Bucket("region", 32, 1024), 0, 0, _DPI_150, 400),
        ("block-mixed", Bucket("region", 160, 640), 0, 0, None, 800),
    )
    for state, scanned in (("clean", 0.0), ("scan", 1.0))
}
"""What is read; 200 pages in all when 50 of each kind are asked for."""


def evaluate(
    reader: Reader, data: Path, device: torch.device, dtype: torch.dtype, *, count: int, shard: int = 0,
    num_shards: int = 1, budget: float = 60.0, kinds: Iterable[str] = tuple(KINDS),
) -> list[Record]:  # fmt: skip
    """Read `count` samples of each kind, as many kinds as `budget` seconds allow; a shard takes every n-th kind."""
    studio = Studio(data, seed=7, heldout=True)
    began, records = time.time(), []
    for kind in list(kinds)[shard::num_shards]:
        if time.time() - began > budget:
            break
        plan, limit = KINDS[kind]
        drawn = [studio.sample(plan, random.Random(f"held out {kind} {n}")) for n in range(count)]
        started = time.time()
        answers = []
        for first in range(0, count, 64):
            grey = torch.from_numpy(np.stack([page.image for page, _ in drawn[first : first + 64]])).to(device)
            tint = torch.tensor([1.0, 0.0], device=device).expand(len(grey), 3, 2)
            answers += greedy(reader, whiten(grey, tint, dtype), is_page=plan.bucket.is_page, limit=limit)
        seconds = (time.time() - started) / count
        for (page, truth), answer in zip(drawn, answers, strict=True):
            record = compare(decode(truth.ids), decode(answer), is_page=plan.bucket.is_page)
            records.append(record | {"kind": kind, "language": page.language, "seconds": round(seconds, 3),
                                     "unfinished": len(answer) >= limit})  # fmt: skip
    return records


def compare(truth: str, read: str, *, is_page: bool) -> Record:
    """Count errors; a page's characters are its blocks' texts in the answer's order."""
    record: Record = {"truth": truth, "read": read}
    if is_page:
        wanted, found = parts(truth), parts(read)
        tables = [part.table for part in found if part.table]
        scores = [
            max((table_structure(part.table, table) for table in tables), default=0.0) for part in wanted if part.table
        ]
        record |= {"boxes": len(wanted), "matched": matched_boxes(wanted, found), "tables": scores}
        truth, read = (" ".join(part.text for part in group) for group in (wanted, found))
    return record | {"characters": len(truth), "errors": edit_distance(truth, read)}


def summary(records: list[Record]) -> dict[str, dict[str, object]]:
    """By kind: CER over all characters, the middle sample's CER, boxes, tables, unfinished; and CER by language."""
    by_kind: dict[str, list[Record]] = defaultdict(list)
    by_language: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_kind[str(record["kind"])].append(record)
        if "boxes" not in record:
            by_language[str(record["language"])].append(record)
    report = {kind: _kind_summary(group) for kind, group in by_kind.items()}
    report["region cer by language"] = {language: _cer(group) for language, group in sorted(by_language.items())}
    return report


def _kind_summary(group: list[Record]) -> dict[str, object]:
    rates = sorted(_number(r, "errors") / max(1, _number(r, "characters")) for r in group)
    line: dict[str, object] = {
        "samples": len(group),
        "cer": _cer(group),
        "median_cer": round(rates[len(rates) // 2], 4),
        "unfinished": sum(bool(r["unfinished"]) for r in group),
        "seconds": group[0]["seconds"],
    }
    if "boxes" in group[0]:
        matched, boxes = (sum(_number(r, name) for r in group) for name in ("matched", "boxes"))
        scores = [score for r in group for score in cast(list[float], r["tables"])]
        line |= {"boxes_iou_70": round(matched / max(1, boxes), 4), "tables": len(scores)}
        line |= {"table_structure": round(sum(scores) / max(1, len(scores)), 4)}
    return line


def _number(record: Record, name: str) -> int:
    return cast(int, record[name])


def _cer(group: list[Record]) -> float:
    errors, characters = (sum(_number(r, name) for r in group) for name in ("errors", "characters"))
    return round(errors / max(1, characters), 4)


def main() -> None:
    """Evaluate a folder of weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    reader = Reader().eval()
    checkpoint.load(reader, arguments.weights)
    device = torch.device(arguments.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    reader = reader.to(device, dtype)
    records = evaluate(reader, arguments.data, device, dtype, count=arguments.count, budget=1e9, kinds=arguments.kinds)
    report = summary(records)
    print(json.dumps(report, indent=1, ensure_ascii=False))
    if arguments.out:
        arguments.out.write_text(
            json.dumps({"summary": report, "records": records}, ensure_ascii=False), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
