"""One training step, launched as CUDA graphs: the host is slow at launching thousands of small operations.

Each batch shape runs once as it is (a real step, which also compiles), is captured the second time it comes, and
replayed from then on. The optimiser's update is captured once. Without CUDA everything runs as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
import torch.distributed as dist
from torch import Tensor

from training.learning.constants import constant
from training.learning.feed import Batch
from training.learning.losses import Target, all_losses, corrupted
from training.learning.optim import FlatOptimiser
from training.model.decode import split_prompt
from training.model.network import Reader, whiten

NAMES = ("total", "text", "box", "dense", "pointer", "region")
"""The losses in the order of the vector that a step returns."""


@dataclass(slots=True)
class Inputs:
    """One batch on the device, in buffers that a graph may keep reading."""

    images: Tensor
    answers: Tensor
    shown: Tensor
    lengths: Tensor
    places: Tensor
    blocks: Tensor

    @classmethod
    def of(cls, batch: Batch, device: torch.device) -> Inputs:
        """Copies of the batch's arrays."""
        arrays = (getattr(batch, field.name) for field in fields(cls))
        return cls(*(torch.from_numpy(array.copy()).to(device) for array in arrays))

    def fill(self, batch: Batch) -> None:
        """New contents, same buffers; by way of pinned memory, so that the host does not wait for the step before."""
        for field in fields(self):
            array = torch.from_numpy(getattr(batch, field.name))
            getattr(self, field.name).copy_(array.pin_memory(), non_blocking=True)


class Stepper:
    """Runs steps; `graphs` says whether to capture."""

    def __init__(self, reader: Reader, optimiser: FlatOptimiser, *, dtype: torch.dtype, graphs: bool) -> None:
        self.reader, self.optimiser, self.dtype, self.graphs = reader, optimiser, dtype, graphs
        self.device = optimiser.master.device
        self._captured: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Inputs, Tensor] | None] = {}
        self._update: torch.cuda.CUDAGraph | None = None
        self._pool = torch.cuda.graph_pool_handle() if graphs else None
        self._stream = torch.cuda.Stream() if graphs else None  # type: ignore[no-untyped-call]
        self._num_updates = 0

    def step(self, batch: Batch, factor: float) -> Tensor:
        """Gradients of one batch, averaged over all processes, then the update; returns the losses as in `NAMES`."""
        losses = self._gradients(batch)
        if dist.is_initialized():
            dist.all_reduce(self.optimiser.gradients, op=dist.ReduceOp.AVG)
        self.optimiser.rate.fill_(factor)
        self._apply()
        return losses

    def _gradients(self, batch: Batch) -> Tensor:
        key = (*batch.images.shape, *batch.answers.shape, int(batch.is_page))
        if not self.graphs:
            return self._compute(Inputs.of(batch, self.device), batch.is_page)
        if key not in self._captured:
            self._captured[key] = None
            return self._aside(lambda: self._compute(Inputs.of(batch, self.device), batch.is_page))
        captured = self._captured[key] or self._capture(key, batch)
        graph, inputs, losses = captured
        inputs.fill(batch)
        graph.replay()
        return losses.clone()

    def _capture(self, key: tuple[int, ...], batch: Batch) -> tuple[torch.cuda.CUDAGraph, Inputs, Tensor]:
        inputs = Inputs.of(batch, self.device)
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
            losses = self._compute(inputs, batch.is_page)
        self._captured[key] = (graph, inputs, losses)
        return graph, inputs, losses

    def _apply(self) -> None:
        self._num_updates += 1
        if not self.graphs:
            self.optimiser.update()
        elif self._num_updates < 4:
            self._aside(self.optimiser.update)
        else:
            if self._update is None:
                torch.cuda.synchronize()
                self._update = torch.cuda.CUDAGraph()
                with torch.cuda.graph(
                    self._update, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
                ):
                    self.optimiser.update()
            self._update.replay()

    def _aside(self, work: Callable[[], Tensor]) -> Tensor:
        """Run on the stream that captures, so that a later capture finds everything warm there."""
        assert self._stream is not None
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            result = work()
        torch.cuda.current_stream().wait_stream(self._stream)
        return result

    def _compute(self, inputs: Inputs, is_page: bool) -> Tensor:
        """Forward and backward; leaves the gradients in the optimiser's buffer."""
        count, height, width = inputs.images.shape
        target = Target(
            inputs.answers.long(), inputs.lengths.long(), inputs.places.long(), inputs.blocks.long(), height, width
        )
        images = whiten(inputs.images, _tint(count, self.device), self.dtype)
        before, after = split_prompt(height, width, is_page=is_page)
        shown = corrupted(inputs.shown.long())[:, :-1]
        suffix = constant(tuple(after), self.device).expand(count, -1)
        read = self.reader(images, constant(tuple(before), self.device), torch.cat((suffix, shown), 1))
        read.last, read.middle = read.last[:, len(after) - 1 :], read.middle[:, len(after) - 1 :]
        losses = all_losses(self.reader.heads, read, self.reader.embedding, target, is_page=is_page)
        self.optimiser.differentiate(losses["total"])
        return torch.stack([losses[name].detach().float() for name in NAMES])


def _tint(count: int, device: torch.device) -> Tensor:
    """Half of the images stay grey; the others get a slight cast in each channel."""
    coloured = (torch.rand(count, 1, device=device) < 0.5).float()
    factor = 1.0 - coloured * 0.25 * torch.rand(count, 3, device=device)
    offset = coloured * 0.3 * (torch.rand(count, 3, device=device) - 0.5)
    return torch.stack((factor, offset), -1)
