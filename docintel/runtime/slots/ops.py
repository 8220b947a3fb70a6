"""What a decode step does beside multiplying by weights: in plain torch, for any device, and what kernels are held to.

Rows are slots: `hidden` (rows, width), `tables` (rows, blocks), `lengths` (rows,) with the token of this step.
"""

from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from docintel.runtime.slots.cache import BLOCK


class Heads(NamedTuple):
    """How a fused product of queries, keys and values is divided."""

    queries: int
    keys: int
    dim: int


class Rotation(NamedTuple):
    """Of this step's tokens: (rows, head_dim), in the model's dtype."""

    cos: Tensor
    sin: Tensor


class StepOps(Protocol):
    def add_norm(self, hidden: Tensor, update: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        """RMS-normed `hidden + update`, and the sum."""
        ...

    def attend(
        self,
        qkv: Tensor,
        norms: tuple[Tensor, Tensor],
        rotation: Rotation,
        cache: tuple[Tensor, Tensor],
        tables: Tensor,
        lengths: Tensor,
        heads: Heads,
        eps: float,
    ) -> Tensor:
        """Norms and turns queries and keys, writes this token's keys and values, attends: (rows, queries · dim)."""
        ...

    def gate(self, gate_up: Tensor) -> Tensor:
        """silu(gate) · up, of (rows, 2 · width)."""
        ...


class TorchOps:
    def add_norm(self, hidden: Tensor, update: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        total = hidden if update is None else hidden + update
        return _rms_norm(total, weight, eps), total

    def attend(
        self,
        qkv: Tensor,
        norms: tuple[Tensor, Tensor],
        rotation: Rotation,
        cache: tuple[Tensor, Tensor],
        tables: Tensor,
        lengths: Tensor,
        heads: Heads,
        eps: float,
    ) -> Tensor:
        rows = len(qkv)
        asked, keys, values = torch.split(qkv.view(rows, -1, heads.dim), [heads.queries, heads.keys, heads.keys], dim=1)
        queries = _rotate(_rms_norm(asked, norms[0], eps), rotation)
        blocks = tables.gather(1, ((lengths - 1) // BLOCK).long()[:, None]).squeeze(1).long()
        offsets = ((lengths - 1) % BLOCK).long()
        cache[0][blocks, :, offsets] = _rotate(_rms_norm(keys, norms[1], eps), rotation)
        cache[1][blocks, :, offsets] = values
        num_used = -(-int(lengths.max()) // BLOCK)
        keys, values = (_gather(each, tables[:, :num_used]) for each in cache)
        mask = torch.arange(keys.shape[2], device=qkv.device) < lengths[:, None]
        attended = F.scaled_dot_product_attention(
            queries[:, :, None], keys, values, attn_mask=mask[:, None, None], enable_gqa=True
        )
        return attended.reshape(rows, -1)

    def gate(self, gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, dim=-1)
        return F.silu(gate) * up


def _rms_norm(hidden: Tensor, weight: Tensor, eps: float) -> Tensor:
    """As transformers computes it, roundings included."""
    wide = hidden.float()
    normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * normed.to(hidden.dtype)


def _rotate(heads: Tensor, rotation: Rotation) -> Tensor:
    """(rows, heads, dim)."""
    first, second = heads.chunk(2, dim=-1)
    turned = torch.cat((-second, first), dim=-1)
    return heads * rotation.cos[:, None] + turned * rotation.sin[:, None]


def _gather(cache: Tensor, tables: Tensor) -> Tensor:
    """(rows, heads, tokens, dim)."""
    rows, count = tables.shape
    found = cache[tables.long()].transpose(1, 2)
    return found.reshape(rows, cache.shape[1], count * BLOCK, cache.shape[3])
