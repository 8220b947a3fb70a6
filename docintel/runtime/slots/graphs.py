"""Decode steps, replayed as CUDA graphs (one for each of a few numbers of rows) or called one by one."""

from bisect import bisect_left
from collections.abc import Callable

import torch
from torch import Tensor

Step = Callable[[int], Tensor]
"""Rows → logits."""
BUCKETS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)


def buckets_for(num_slots: int) -> list[int]:
    return [*(size for size in BUCKETS if size < num_slots), num_slots]


class EagerSteps:
    """As many rows as are asked for."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def __call__(self, rows: int) -> Tensor:
        return self._step(rows)


class GraphSteps:
    """Captured before anything is decoded: while no slot is active, a step changes nothing."""

    def __init__(self, step: Step, *, num_slots: int, device: torch.device) -> None:
        self._buckets = buckets_for(num_slots)
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        pool = None
        with torch.cuda.device(device):
            for rows in reversed(self._buckets):
                self._warm_up(step, rows)
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph, pool=pool):
                    logits = step(rows)
                pool = pool or graph.pool()
                self._graphs[rows] = (graph, logits)

    def __call__(self, rows: int) -> Tensor:
        """The logits are overwritten by the next step."""
        graph, logits = self._graphs[self._buckets[bisect_left(self._buckets, rows)]]
        graph.replay()
        return logits

    @staticmethod
    def _warm_up(step: Step, rows: int) -> None:
        """Kernels are compiled and handles made before the capture."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            step(rows)
            step(rows)
        torch.cuda.current_stream().wait_stream(stream)
