"""One flat buffer for the weights, one for the gradients, and Muon for the matrices with AdamW for the rest.

The model computes in half precision from views of a flat half-precision buffer; the flat float32 buffer is the truth.
So one copy casts all weights, one collective averages all gradients, and nothing waits for the host.
Muon: Keller Jordan's orthogonalised momentum (five Newton-Schulz steps), scaled to AdamW's usual update size as in
"Muon is Scalable for LLM Training" (0.2 · sqrt(larger side)), so that one learning rate serves both.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Newton-Schulz towards the nearest orthogonal matrices; (count, rows, columns), any shape."""
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    nearest: Tensor = x.mT if tall else x
    return nearest.to(matrices.dtype)


@dataclass(slots=True)
class _Group:
    """Matrices of one shape: their float32 views, their gradients' views, and their momentum."""

    weights: list[Tensor]
    gradients: list[Tensor]
    momentum: Tensor


class FlatOptimiser:
    """Owns the buffers. `differentiate` fills the gradients, `update` writes the new weights; both can be captured.

    `rate` is the learning rate's factor, on the device, to be set before each update.
    """

    def __init__(
        self, module: nn.Module, *, dtype: torch.dtype, lr: float, weight_decay: float = 0.05, muon: bool = True,
        adam_factor: float = 1.0,
    ) -> None:  # fmt: skip
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        device = named[0][1].device
        total = sum(p.numel() for _, p in named)
        self.master = torch.zeros(total, device=device)
        self.weights = torch.zeros(total, device=device, dtype=dtype)
        self.gradients = torch.zeros(total, device=device, dtype=dtype)
        self.lr, self.weight_decay, self.adam_factor = lr, weight_decay, adam_factor
        self.rate = torch.zeros((), device=device)
        self.norm = torch.zeros((), device=device)
        self.adam_rate = torch.zeros((), device=device) if device.type == "cuda" else torch.zeros(())
        self.parameters = [p for _, p in named]
        self.views: list[Tensor] = []
        self.groups, self.rest = self._divide(named, muon)
        decayed = [master for master, _ in self.rest if master.ndim >= 2]
        plain = [master for master, _ in self.rest if master.ndim < 2]
        settings = [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
        fused = device.type == "cuda"
        self.adam = torch.optim.AdamW(settings, lr=self.adam_rate, betas=(0.9, 0.95), fused=fused, capturable=fused)

    def _divide(
        self, named: list[tuple[str, nn.Parameter]], muon: bool
    ) -> tuple[list[_Group], list[tuple[Tensor, Tensor]]]:
        """Lay the parameters out in the buffers; matrices inside layers and mergers go to Muon."""
        by_shape: dict[torch.Size, list[tuple[Tensor, Tensor]]] = defaultdict(list)
        rest, start = [], 0
        for name, parameter in named:
            end, shape = start + parameter.numel(), parameter.shape
            master = self.master[start:end].view(shape)
            gradient = self.gradients[start:end].view(shape)
            master.copy_(parameter.data)
            parameter.data = self.weights[start:end].view(shape)
            self.views.append(gradient)
            if muon and parameter.ndim == 2 and ("layers." in name or "blocks." in name or "merger" in name):
                by_shape[shape].append((master, gradient))
            else:
                master.grad = torch.zeros_like(master)
                rest.append((master, gradient))
            start = end
        self.weights.copy_(self.master)
        groups = [
            _Group(
                [w for w, _ in pairs], [g for _, g in pairs], torch.zeros(len(pairs), *shape, device=self.master.device)
            )
            for shape, pairs in by_shape.items()
        ]
        return groups, rest

    def differentiate(self, loss: Tensor) -> None:
        """Write the loss's gradients into the buffer; parameters that it does not depend on get zero."""
        found = torch.autograd.grad(loss, self.parameters, allow_unused=True)
        known = [(view, g) for view, g in zip(self.views, found, strict=True) if g is not None]
        for view, gradient in zip(self.views, found, strict=True):
            if gradient is None:
                view.zero_()
        torch._foreach_copy_([view for view, _ in known], [g for _, g in known])

    @torch.no_grad()
    def update(self, clip: float = 1.0) -> Tensor:
        """One update at `rate` × lr from the gradients in the buffer; returns their norm."""
        torch.nan_to_num_(self.gradients, nan=0.0, posinf=0.0, neginf=0.0)
        norm: Tensor = self.gradients.float().norm()
        scale = (clip / (norm + 1e-6)).clamp(max=1.0)
        for group in self.groups:
            self._muon(group)
        self.adam_rate.copy_(self.rate * (self.lr * self.adam_factor))
        for master, view in self.rest:
            assert master.grad is not None
            master.grad.copy_(view)
            master.grad.mul_(scale)
        self.adam.step()
        self.weights.copy_(self.master)
        self.norm.copy_(norm)
        return norm

    def _muon(self, group: _Group) -> None:
        gradient = torch.stack(group.gradients).float()
        group.momentum.lerp_(gradient, 0.05)
        update = orthogonalised(gradient.lerp_(group.momentum, 0.95))
        size = 0.2 * max(update.shape[1:]) ** 0.5
        torch._foreach_mul_(group.weights, 1 - self.rate * (self.lr * self.weight_decay))
        torch._foreach_add_(group.weights, list((update * (self.rate * (-self.lr * size))).unbind(0)))


def schedule(step: int, share: float, *, warmup: int, hold: float, final: float) -> float:
    """Learning-rate factor: linear warm-up over steps, 1 until `hold` of the time, then linear to `final`."""
    rise = min(1.0, (step + 1) / warmup)
    fall = 1.0 if share <= hold else 1.0 - (1.0 - final) * (share - hold) / max(1e-6, 1.0 - hold)
    return rise * max(fall, 0.0)
