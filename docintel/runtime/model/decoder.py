"""A loaded Qwen3-VL answers requests batch by batch, through transformers' own modules: the reference path."""

import logging
from collections.abc import Sequence

import torch

from docintel.errors import DocintelError, OutOfDeviceMemory
from docintel.runtime import Generated, ProgressCallback, Request, ignore_progress
from docintel.runtime.model.batch import PaddedBatch
from docintel.runtime.model.encoder import Encoder
from docintel.runtime.model.generation import Generation
from docintel.runtime.model.sampling import Sampler, sample
from docintel.runtime.model.vision import VisionCache
from docintel.runtime.model.weights import LoadedModel

log = logging.getLogger(__name__)

DEFAULT_CONTEXT = 16_384


class Decoder:
    """A Generator. One thread at a time: whoever shares one sees to that (docintel.runtime.process.request_queue)."""

    def __init__(
        self, loaded: LoadedModel, *, vision_cache: VisionCache | None = None, context: int = DEFAULT_CONTEXT
    ) -> None:
        self._loaded = loaded
        self._encoder = Encoder(loaded, vision_cache or VisionCache(), context=context)

    @property
    def name(self) -> str:
        return self._loaded.name

    @torch.inference_mode()
    def generate(
        self, requests: Sequence[Request], on_progress: ProgressCallback = ignore_progress
    ) -> list[Generated | DocintelError]:
        """All requests as one batch; smaller ones where the GPU's memory asks for it."""
        return self._generate(list(enumerate(requests)), on_progress)

    def _generate(
        self, numbered: list[tuple[int, Request]], on_progress: ProgressCallback
    ) -> list[Generated | DocintelError]:
        try:
            return self._generate_batch(numbered, on_progress)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
        if len(numbered) == 1:
            return [
                OutOfDeviceMemory("The page needs more GPU memory than is free. A smaller pixel budget needs less.")
            ]
        log.warning("out of GPU memory with a batch of %d; trying halves", len(numbered))
        half = len(numbered) // 2
        return self._generate(numbered[:half], on_progress) + self._generate(numbered[half:], on_progress)

    def _generate_batch(
        self, numbered: list[tuple[int, Request]], on_progress: ProgressCallback
    ) -> list[Generated | DocintelError]:
        answers: dict[int, Generated | DocintelError] = {}
        rows: list[Generation] = []
        for index, request in numbered:
            try:
                rows.append(self._encoder.encode(index, request))
            except DocintelError as error:
                answers[index] = error
        for row in rows:
            row.features = self._encoder.look(row)
        if rows:
            self._run(rows, on_progress)
        answers |= {row.index: row.result() for row in rows}
        return [answers[index] for index, _ in numbered]

    def _run(self, rows: list[Generation], on_progress: ProgressCallback) -> None:
        """Until every row has ended."""
        batch = PaddedBatch(self._loaded, rows, image_id=self._encoder.image_id)
        samplers = {row.index: Sampler.of(row.request, self._loaded.device) for row in rows}
        logits = batch.prefill()
        while True:
            tokens = sample(logits, [samplers[row.index] for row in batch.rows], [row.banned for row in batch.rows])
            for row, token in zip(batch.rows, tokens.tolist(), strict=True):
                row.append(token, on_progress)
            alive = [number for number, row in enumerate(batch.rows) if not row.end]
            if not alive:
                return
            batch.keep(alive)
            logits = batch.step([row.tokens[-1] for row in batch.rows])
