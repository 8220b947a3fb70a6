"""Small tensors that never change, made once for each device: a copy from the host may not be part of a CUDA graph."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor


@lru_cache(maxsize=4096)
def constant(values: tuple[int, ...] | tuple[float, ...], device: torch.device) -> Tensor:
    """`values` as a tensor on `device`; do not change it in place."""
    return torch.tensor(values, device=device)
