"""Running averages of a network's weights, and how they are kept: in half precision."""

from pathlib import Path

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


def average_of(net: nn.Module) -> Weights:
    return {name: value.detach().clone().float() for name, value in net.state_dict().items()}


@torch.no_grad()
def follow(average: Weights, net: nn.Module, kept: float) -> None:
    """Moves the average to the network's weights; so much of it is kept. What is counted is copied."""
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            average[name].lerp_(value.float(), 1 - kept)
        else:
            average[name].copy_(value)


def save(average: Weights, folder: Path) -> None:
    torch.save(
        {name: value.half() if value.is_floating_point() else value for name, value in average.items()},
        folder / "weights.pt",
    )


def load(folder: Path) -> Weights:
    state = torch.load(folder / "weights.pt", map_location="cpu", weights_only=True)
    return {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
