"""Cross entropy over a large vocabulary, a part of the rows at a time: the scores never lie in memory as a whole."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.model.network import ROWS

_Context = torch.autograd.function.FunctionCtx


class _Entropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Context, x: Tensor, table: Tensor, bias: Tensor, wanted: Tensor, shares: Tensor) -> Tensor:
        ctx.save_for_backward(x, table, bias, wanted, shares)
        found = []
        for part, ids, share in zip(
            torch.split(x, ROWS), torch.split(wanted, ROWS), torch.split(shares, ROWS), strict=True
        ):
            scores = F.linear(part, table, bias).float()
            found.append(scores.logsumexp(-1) - (scores.gather(-1, ids) * share).sum(-1))
        return torch.cat(found)

    @staticmethod
    def backward(ctx: _Context, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        x, table, bias, wanted, shares = ctx.saved_tensors  # type: ignore[attr-defined]
        x_gradients = []
        table_gradient, bias_gradient = (torch.zeros_like(value, dtype=torch.float32) for value in (table, bias))
        parts = (torch.split(each, ROWS) for each in (x, wanted, shares, gradients[0]))
        for part, ids, share, gradient in zip(*parts, strict=True):
            chance = F.linear(part, table, bias).float().softmax(-1) * gradient[:, None]
            slope = chance.scatter_add_(-1, ids, -share * gradient[:, None]).to(x.dtype)
            x_gradients.append(slope @ table)
            table_gradient += slope.T @ part
            bias_gradient += slope.sum(0)
        return torch.cat(x_gradients), table_gradient.to(x.dtype), bias_gradient.to(x.dtype), None, None


def entropy(x: Tensor, table: Tensor, bias: Tensor, wanted: Tensor, shares: Tensor) -> Tensor:
    """Each row's loss (rows,) in float32.

    x (rows, width), table (classes, width), bias (classes,); `wanted` (rows, n) are classes whose `shares` add up to 1.
    """
    found: Tensor = _Entropy.apply(x, table, bias, wanted, shares)  # type: ignore[no-untyped-call]
    return found
