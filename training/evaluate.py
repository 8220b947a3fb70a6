"""Held-out reading: text, fonts and seeds that training never sees; greedy; what each kind of sample gives.

    python -m training.evaluate WEIGHTS… [--count 16] [--device cpu] [--kinds region-clean page-clean] [--scans FOLDER]

Several folders of weights read the same samples. `--scans` names real scans with what they say (see `training.scans`).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch

from training import checkpoint
from training.charset import LETTERS
from training.curriculum import Bucket, Recipe
from training.decode import greedy
from training.feed import Studio
from training.metrics import edit_distance, matched_boxes, parts, table_structure
from training.network import Reader, whiten
from training.pagetypes import Answer, Page
from training.passages import Wording
from training.scans import load_scans, said
from training.vocabulary import decode

Record = dict[str, object]
"""One sample: kind, language, truth and read (text), errors and characters, boxes, tables, unfinished."""
Sample = tuple[Page, Answer]

_DPI_150 = (20, 25)
"""9.6 to 12 points at 150 dpi, in pixels."""
_REGION = Bucket("region", 192, 1024)
_PATCHES = 210_000
"""As many go through the model at once: 64 pages, 270 regions."""


def _kind(bucket: Bucket, **settings: object) -> Recipe:
    defaults: dict[str, object] = {"wording": Wording(0.0), "scanned": 0.0}
    return Recipe(bucket, **(defaults | settings))  # type: ignore[arg-type]


_BOTH: dict[str, tuple[Recipe, int]] = {
    "page": (_kind(Bucket("full", 1056, 768), min_chars=200, max_chars=1200), 1600),
    "letter": (_kind(Bucket("full", 1024, 800), min_chars=200, max_chars=1200), 1600),
    "dense": (_kind(Bucket("dense", 1056, 768), min_chars=1500, max_chars=2900), 3300),
    "block-150dpi": (_kind(_REGION, sizes=_DPI_150), 800),
    "tall-150dpi": (_kind(Bucket("block", 512, 1024), sizes=_DPI_150), 2400),
    "line-150dpi": (_kind(Bucket("region", 32, 1024), sizes=_DPI_150), 400),
    "block-mixed": (_kind(Bucket("region", 160, 640)), 800),
    "crop": (_kind(Bucket("crop", 96, 320)), 128),
    "languages": (_kind(_REGION, sizes=_DPI_150), 800),
    "chinese-page": (_kind(Bucket("full", 1056, 768), min_chars=200, max_chars=2000), 1600),
    "chinese-block": (_kind(_REGION, sizes=_DPI_150), 800),
}
KINDS: dict[str, tuple[Recipe, int]] = {
    **{
        f"{name}-{state}": (replace(plan, scanned=scanned), limit)
        for name, (plan, limit) in _BOTH.items()
        for state, scanned in (("clean", 0.0), ("scan", 1.0))
    },
    "page-worn": (replace(_BOTH["page"][0], scanned=1.0, worn=1.0, max_chars=1800), 2200),
    "block-worn": (replace(_BOTH["block-150dpi"][0], scanned=1.0, worn=1.0), 800),
    "block-marks": (replace(_BOTH["block-150dpi"][0], wording=Wording(0.0, marks=0.5)), 800),
}
"""What is read, and the longest answer; 384 pages in all when 64 of each kind are asked for, and 192 dense or worn."""


def draw_kind(data: Path, count: int, kind: str) -> list[Sample]:
    """The `count` first samples of a kind; of `languages` as many for each language, elsewhere Chinese stays apart."""
    studio, (plan, _) = Studio(data, seed=7, heldout=True), KINDS[kind]
    known = studio.composer.languages
    studio.composer.languages = [name for name in known if name != "zh"]
    languages = {"languages": [name for name in LETTERS if name in known], "chinese": ["zh"]}.get(
        kind.split("-")[0], [""]
    )
    plans = [replace(plan, wording=replace(plan.wording, language=name)) for name in languages]
    return [studio.sample(p, random.Random(f"held out {kind} {n}")) for n in range(count) for p in plans]


def draw_kinds(data: Path, count: int, kinds: Iterable[str]) -> dict[str, list[Sample]]:
    """The samples of several kinds, each kind drawn by a process of its own; before anything is put on a GPU."""
    names = list(kinds)
    with mp.get_context("fork").Pool(min(len(names), mp.cpu_count())) as pool:
        return dict(zip(names, pool.map(partial(draw_kind, data, count), names, chunksize=1), strict=True))


def read(reader: Reader, images: np.ndarray, *, is_page: bool, limit: int) -> list[list[int]]:
    """Greedy answers to grey images (count, height, width), as many at once as fit."""
    weight, found = reader.embedding, []
    size = max(1, _PATCHES * 256 // images[0].size)
    for first in range(0, len(images), size):
        grey = torch.from_numpy(images[first : first + size]).to(weight.device)
        tint = torch.tensor([1.0, 0.0], device=weight.device).expand(len(grey), 3, 2)
        found += greedy(reader, whiten(grey, tint, weight.dtype), is_page=is_page, limit=limit)
    return found


def evaluate(reader: Reader, samples: Mapping[str, list[Sample]], *, budget: float = 1e9) -> list[Record]:
    """Read the samples, as many kinds as `budget` seconds allow."""
    began, records = time.time(), []
    for kind, drawn in samples.items():
        if time.time() - began > budget:
            break
        plan, limit = KINDS[kind]
        is_page, started = plan.bucket.is_page, time.time()
        answers = read(reader, np.stack([page.image for page, _ in drawn]), is_page=is_page, limit=limit)
        seconds = round((time.time() - started) / len(drawn), 3)
        for (page, truth), answer in zip(drawn, answers, strict=True):
            record = compare(decode(truth.ids), decode(answer), is_page=is_page)
            records.append(record | {"kind": kind, "language": page.language, "seconds": seconds,
                                     "unfinished": len(answer) >= limit})  # fmt: skip
    return records


def read_scans(reader: Reader, folder: Path, limit: int = 4000) -> list[Record]:
    """Read real scans as whole pages; `kind` is the file's name."""
    scans = load_scans(folder)
    answers = read(reader, np.stack([image for _, image, _ in scans]), is_page=True, limit=limit)
    return [
        compare(truth, said(" ".join(part.text for part in parts(decode(answer)))), is_page=False)
        | {"kind": name, "language": "", "seconds": 0.0, "unfinished": len(answer) >= limit}
        for (name, _, truth), answer in zip(scans, answers, strict=True)
    ]


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
        kind = str(record["kind"])
        by_kind[kind].append(record)
        if kind.startswith("languages"):
            by_language[f"{record['language']} {kind.removeprefix('languages-')}"].append(record)
    report = {kind: _kind_summary(group) for kind, group in by_kind.items()}
    if by_language:
        report["cer by language"] = {language: _cer(group) for language, group in by_language.items()}
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
    return round(errors / max(1, characters), 5)


def load_reader(weights: Path, device: torch.device, dtype: torch.dtype) -> Reader:
    """The model in `weights`, ready to read."""
    reader = Reader(checkpoint.geometry_of(weights)).eval()
    checkpoint.load(reader, weights)
    return reader.to(device, dtype)


def main() -> None:
    """Evaluate folders of weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=Path("training/data"))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--scans", type=Path)
    parser.add_argument("--out", type=Path, help="a folder: one NUMBER.json for each of the weights")
    arguments = parser.parse_args()
    samples = draw_kinds(arguments.data, arguments.count, arguments.kinds) if arguments.kinds else {}
    device = torch.device(arguments.device)
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    for number, weights in enumerate(arguments.weights, 1):
        reader = load_reader(weights, device, dtype)
        records = evaluate(reader, samples)
        records += read_scans(reader, arguments.scans) if arguments.scans else []
        report = summary(records)
        print(weights, json.dumps(report, ensure_ascii=False), flush=True)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"weights": str(weights), "summary": report, "records": records}, ensure_ascii=False)
            (arguments.out / f"{number}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
