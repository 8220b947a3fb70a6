"""The held-out samples that models are judged by: text, fonts and seeds that training never sees, kind by kind."""

from __future__ import annotations

import multiprocessing as mp
import random
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from training.drawing.pagetypes import Page
from training.learning.curriculum import Bucket, Recipe
from training.learning.feed import Studio
from training.text.charset import LETTERS
from training.text.passages import Wording
from training.writing.answers import Answer

Sample = tuple[Page, Answer]

_DPI_150 = (20, 25)
"""9.6 to 12 points at 150 dpi, in pixels."""
_REGION = Bucket("region", 192, 1024)


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
    **{
        f"{name}-photo": (replace(_BOTH[name][0], photographed=1.0), _BOTH[name][1])
        for name in ("page", "dense", "crop")
    },
    "block-photo": (replace(_BOTH["block-150dpi"][0], photographed=1.0), 800),
    "columns-clean": (replace(_BOTH["dense"][0], num_columns=3), 3300),
    "narrow-clean": (_kind(Bucket("block", 1024, 320), sizes=(13, 17)), 3136),
    "block-written": (replace(_BOTH["block-150dpi"][0], sizes=(28, 40), written=1.0), 800),
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
