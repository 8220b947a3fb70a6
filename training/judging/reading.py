"""Held-out samples and real scans, read greedily."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from training.judging.metrics import parts
from training.judging.records import Record, compare
from training.judging.samples import KINDS, Sample
from training.judging.scans import load_scans, said
from training.model import checkpoint
from training.model.decode import greedy
from training.model.network import Reader, whiten
from training.writing.vocabulary import decode

_PATCHES = 210_000
"""As many go through the model at once: 64 pages, 270 regions."""


def load_reader(weights: Path, device: torch.device, dtype: torch.dtype) -> Reader:
    """The model in `weights`, ready to read."""
    reader = Reader(checkpoint.geometry_of(weights)).eval()
    checkpoint.load(reader, weights)
    return reader.to(device, dtype)


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
