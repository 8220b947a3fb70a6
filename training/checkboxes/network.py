"""Grey parts of pages (n, 1, h, w), 0 for ink → (n, 10, h / 4, w / 4): is a box's middle here, is the box marked, and
how far its sides and those of it with its mark are, in lines.

Small enough to look at a page in a fifth of a second on two cores.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4
OUTPUTS = 10
DIMS = (16, 32, 64)
DEPTHS = (2, 5)


class Block(nn.Module):
    """Depthwise, then two layers at each place; added to what was there."""

    def __init__(self, size: int, kernel: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(size, size, kernel, padding=kernel // 2, groups=size, bias=False),
            nn.BatchNorm2d(size),
            nn.Conv2d(size, 2 * size, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(2 * size, size, 1),
        )

    def forward(self, seen: Tensor) -> Tensor:
        out: Tensor = seen + self.body(seen)
        return out


def _step(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Finder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        a, b, c = DIMS
        self.stem = nn.Sequential(_step(1, a, 2), _step(a, b, 2))
        self.near = nn.Sequential(*(Block(b, 5) for _ in range(DEPTHS[0])))
        self.wide = nn.Sequential(_step(b, c, 2), *(Block(c, 7) for _ in range(DEPTHS[1])), nn.Conv2d(c, b, 1))
        self.head = nn.Sequential(Block(b, 5), nn.Conv2d(b, 48, 1), nn.ReLU(inplace=True), nn.Conv2d(48, OUTPUTS, 1))
        nn.init.constant_(self.head[-1].bias[:1], -4.0)  # type: ignore[index]

    def forward(self, grey: Tensor) -> Tensor:
        near = self.near(self.stem(1 - grey))
        wide = F.interpolate(self.wide(near), scale_factor=2.0, mode="nearest")
        out: Tensor = self.head(near + wide)
        return torch.cat([out[:, :2].sigmoid(), out[:, 2:]], dim=1)
