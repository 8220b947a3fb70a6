"""Batches drawn by worker processes into shared memory, in a fixed order: batch i comes from worker i mod n.

What a batch holds depends on the seed, the rank, its number and the training's progress when it was drawn.
"""

from __future__ import annotations

import ctypes
import mmap
import multiprocessing as mp
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.drawing.pagetypes import KINDS, Page
from training.learning.curriculum import MAX_BLOCKS, Bucket, Recipe, recipe
from training.writing.answers import Answer, overgrown, page_answer, region_answer
from training.writing.vocabulary import END_OF_TEXT, ids


@dataclass(slots=True)
class Batch:
    """One batch; `places` are pixels (−1 for none), `blocks` x0 y0 x1 y1 in pixels and a kind (−1 for none)."""

    family: str
    is_page: bool
    images: np.ndarray
    """uint8 (batch, height, width)"""
    answers: np.ndarray
    """int16 (batch, tokens), padded with <|endoftext|>"""
    shown: np.ndarray
    """int16 (batch, tokens): the answers as the decoder is given them, with some rows of marks that are too long"""
    lengths: np.ndarray
    """int16 (batch,)"""
    places: np.ndarray
    """int16 (batch, tokens, 2)"""
    blocks: np.ndarray
    """int16 (batch, MAX_BLOCKS, 5)"""


class Studio:
    """Draws samples; one for each worker."""

    def __init__(self, data: Path, seed: int, *, heldout: bool = False) -> None:
        import cv2

        from training.drawing.layout import Composer
        from training.drawing.photographed import Photographer
        from training.drawing.scan import Scanner
        from training.drawing.typeface import Cabinet
        from training.text.passages import load_libraries

        cv2.setNumThreads(1)
        self.composer = Composer(Cabinet(data, heldout=heldout), load_libraries(data, heldout=heldout))
        self.scanner = Scanner(seed)
        self.photographer = Photographer(seed)

    def sample(self, plan: Recipe, rng: random.Random) -> tuple[Page, Answer]:
        """One page or region with its answer, drawn again when the answer is too long."""
        while True:
            page = self._page(plan, rng) if plan.bucket.is_page else self._region(plan, rng)
            answer = page_answer(page) if plan.bucket.is_page else region_answer(page.blocks[0].lines)
            if 1 < len(answer.ids) <= plan.bucket.max_tokens and len(page.blocks) <= MAX_BLOCKS:
                return page, answer

    def _page(self, plan: Recipe, rng: random.Random) -> Page:
        is_worn, is_written = rng.random() < plan.worn, rng.random() < plan.written
        page = self.composer.page(
            rng, plan.bucket.width, plan.bucket.height, plan.wording,
            num_chars=rng.randint(plan.min_chars, plan.max_chars),
            least_size=9.0 if plan.bucket.family == "dense" else 12.0, is_worn=is_worn, is_written=is_written,
            num_columns=plan.num_columns,
        )  # fmt: skip
        if page.blocks and rng.random() < plan.photographed:
            page = self.photographer.photograph(page, rng, strength=rng.random())
        elif rng.random() < max(plan.scanned, 0.8 * is_worn):
            page = self.scanner.scan(page, rng, strength=rng.random(), is_worn=is_worn)
        return page

    def _region(self, plan: Recipe, rng: random.Random) -> Page:
        import cv2

        from training.drawing.regions import draw_crop, draw_region

        height, width = plan.bucket.height, plan.bucket.width
        squeeze = rng.choice((1.0, 1.0, rng.uniform(0.75, 1.4))) if plan.wording.randomness else 1.0
        stretch = rng.choice((1.0, 1.0, rng.uniform(0.9, 1.1))) if plan.wording.randomness else 1.0
        size = (round(width * stretch), round(height * squeeze))
        is_worn, is_written = rng.random() < plan.worn, rng.random() < plan.written
        if plan.bucket.family == "crop":
            page = draw_crop(self.composer, rng, *size, plan.wording, is_written=is_written)
        else:
            page = draw_region(
                self.composer, rng, *size, plan.wording, sizes=plan.sizes, is_worn=is_worn, is_written=is_written
            )
        if rng.random() < plan.photographed:
            page = self.photographer.photograph(page, rng, strength=rng.random(), is_whole=False)
        elif rng.random() < max(plan.scanned, 0.8 * is_worn):
            page = self.scanner.scan(page, rng, strength=rng.random(), turn=False, is_worn=is_worn)
        if page.image.shape != (height, width):
            image = cv2.resize(page.image, (width, height), interpolation=cv2.INTER_AREA)
            scale_y, scale_x = height / page.image.shape[0], width / page.image.shape[1]
            for line in page.blocks[0].lines:
                line.xs, line.y = [x * scale_x for x in line.xs], line.y * scale_y
                line.ys = [y * scale_y for y in line.ys]
            page = Page(image, page.blocks, page.language)
        return page


def draw_batch(studio: Studio, plan: Recipe, rng: random.Random, size: int) -> Batch:
    """`size` samples of one recipe."""
    bucket = plan.bucket
    drawn = [(page, *_shown(answer, bucket, rng)) for page, answer in (studio.sample(plan, rng) for _ in range(size))]
    length = bucket.padded(max(len(shown) for _, shown, _ in drawn))
    padding = ids()[END_OF_TEXT]
    batch = Batch(
        bucket.family, bucket.is_page,
        np.empty((size, bucket.height, bucket.width), np.uint8),
        np.full((size, length), padding, np.int16), np.full((size, length), padding, np.int16),
        np.zeros(size, np.int16), np.full((size, length, 2), -1, np.int16),
        np.full((size, MAX_BLOCKS, 5), -1, np.int16),
    )  # fmt: skip
    for row, (page, shown, answer) in enumerate(drawn):
        count = len(shown)
        batch.images[row], batch.lengths[row] = page.image, count
        batch.answers[row, :count], batch.shown[row, :count] = answer.ids, shown
        batch.places[row, :count] = np.clip(np.asarray(answer.places), -1, 4000)
        for number, block in enumerate(page.blocks if bucket.is_page else ()):
            batch.blocks[row, number] = (*np.clip(block.box, -1000, 4000), KINDS.index(block.kind))
    return batch


def _shown(answer: Answer, bucket: Bucket, rng: random.Random) -> tuple[list[int], Answer]:
    """The answer with some rows too long, where there is room for that."""
    shown, wanted = overgrown(answer, rng)
    return (shown, wanted) if len(shown) <= bucket.max_tokens else (answer.ids, answer)


_ARRAYS = ("images", "answers", "shown", "lengths", "places", "blocks")
_TYPES = (np.uint8, np.int16, np.int16, np.int16, np.int16, np.int16)


class _Slot:
    """One batch's place in shared memory, with a semaphore for each direction."""

    def __init__(self, context: mp.context.BaseContext, num_bytes: int) -> None:
        self.memory = mmap.mmap(-1, num_bytes)
        self.header = context.RawArray(ctypes.c_int64, 24)
        self.ready = context.Semaphore(0)
        self.free = context.Semaphore(1)

    def write(self, batch: Batch, family: int) -> None:
        offset = 0
        header: list[ctypes.c_int64 | int] = [family, int(batch.is_page)]
        for name in _ARRAYS:
            array: np.ndarray = getattr(batch, name)
            target = np.frombuffer(self.memory, array.dtype, array.size, offset).reshape(array.shape)
            target[...] = array
            header += [*array.shape, *[0] * (3 - array.ndim)]
            offset += -(-array.nbytes // 64) * 64
        self.header[: len(header)] = header

    def read(self, families: list[str]) -> Batch:
        """Views into the slot: copy them before the slot is freed."""
        header, offset, arrays = list(self.header), 0, []
        for number, kind in enumerate(_TYPES):
            shape = [side for side in header[2 + 3 * number : 5 + 3 * number] if side]
            count = int(np.prod(shape))
            arrays.append(np.frombuffer(self.memory, kind, count, offset).reshape(shape))
            offset += -(-arrays[-1].nbytes // 64) * 64
        return Batch(families[header[0]], bool(header[1]), *arrays)


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What the workers need to know; `start`…`end` is the part of the whole training that this run covers."""

    data: Path
    seed: int
    rank: int
    num_workers: int
    patch_budget: int
    start: float = 0.0
    end: float = 1.0
    only: str = ""
    """Draw this family alone (to measure speed)."""


class Feed:
    """The workers and their slots; `begin` sets the clock that the curriculum follows."""

    FAMILIES = ("strip", "crop", "region", "block", "small", "middle", "full", "dense")

    def __init__(self, plan: FeedPlan, slots_per_worker: int = 2) -> None:
        context = mp.get_context("fork")
        self.plan = plan
        self.clock = context.RawArray(ctypes.c_double, [0.0, 1.0])
        num_bytes = plan.patch_budget * 256 + 4_000_000 + plan.patch_budget * 60
        self.slots = [[_Slot(context, num_bytes) for _ in range(slots_per_worker)] for _ in range(plan.num_workers)]
        self.workers = [
            context.Process(target=self._work, args=(number,), daemon=True) for number in range(plan.num_workers)
        ]
        for worker in self.workers:
            worker.start()

    def begin(self, seconds: float) -> None:
        """Progress runs from now on, over `seconds`."""
        self.clock[0], self.clock[1] = time.time(), seconds

    def progress(self) -> float:
        """Where the whole training is, 0…1."""
        share = (time.time() - self.clock[0]) / self.clock[1] if self.clock[0] else 0.0
        return self.plan.start + (self.plan.end - self.plan.start) * min(max(share, 0.0), 1.0)

    def __iter__(self) -> Iterator[Batch]:
        number = 0
        while True:
            worker = number % len(self.slots)
            slot = self.slots[worker][number // len(self.slots) % len(self.slots[worker])]
            while not slot.ready.acquire(timeout=1):
                if not self.workers[worker].is_alive():
                    raise RuntimeError("a drawing worker has stopped: see its traceback above")
            yield slot.read(list(self.FAMILIES))
            slot.free.release()
            number += 1

    def _work(self, worker: int) -> None:
        plan, number = self.plan, worker
        studio = Studio(plan.data, seed=plan.seed)
        while True:
            slots = self.slots[worker]
            slot = slots[number // plan.num_workers % len(slots)]
            slot.free.acquire()
            choice = recipe(self.progress(), random.Random(f"{plan.seed} {number}"))
            while plan.only and choice.bucket.family != plan.only:
                choice = recipe(random.random(), random.Random(f"{plan.seed} {number} {random.random()}"))
            rng = random.Random(f"{plan.seed} {plan.rank} {number}")
            batch = draw_batch(studio, choice, rng, choice.bucket.batch(plan.patch_budget))
            slot.write(batch, self.FAMILIES.index(batch.family))
            slot.ready.release()
            number += plan.num_workers

    def close(self) -> None:
        """Stop the workers."""
        for worker in self.workers:
            worker.terminate()
