"""Grey lines (n, 1, 40, width) → log-probabilities (n, width / 4, symbols + 1) of CTC, and log-odds (n, 1) of a hand.

Convolutions alone, so that a line may be as long as it likes.
"""

import torch
from torch import Tensor, nn

DIMS = (48, 96, 192, 320)
DEPTHS = (2, 3, 8)
KERNEL = 15
"""Columns of four pixels that a block of the last stage sees."""


class Block(nn.Module):
    """A ConvNeXt block (Liu et al. 2022) with batch normalisation, which costs nothing once trained."""

    def __init__(self, size: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.body = nn.Sequential(
            nn.Conv2d(size, size, kernel, padding=padding, groups=size, bias=False),
            nn.BatchNorm2d(size),
            nn.Conv2d(size, 3 * size, 1),
            nn.GELU(approximate="tanh"),
            nn.Conv2d(3 * size, size, 1),
        )
        self.scale = nn.Parameter(torch.full((1, size, 1, 1), 0.1))

    def forward(self, seen: Tensor) -> Tensor:
        out: Tensor = seen + self.scale * self.body(seen)
        return out


def _step(
    inside: int, outside: int, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int] = (1, 1)
) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, kernel, stride, padding, bias=False), nn.BatchNorm2d(outside))


class Recogniser(nn.Module):
    def __init__(self, num_symbols: int) -> None:
        super().__init__()
        a, b, c, d = DIMS
        self.body = nn.Sequential(
            _step(1, a, (3, 3), (2, 2)),
            nn.GELU(approximate="tanh"),
            _step(a, b, (3, 3), (2, 2)),
            *(Block(b, (5, 5)) for _ in range(DEPTHS[0])),
            _step(b, c, (3, 3), (2, 1)),
            *(Block(c, (5, 7)) for _ in range(DEPTHS[1])),
            _step(c, d, (5, 1), (1, 1), padding=(0, 0)),
            *(Block(d, (1, KERNEL)) for _ in range(DEPTHS[2])),
        )
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(d, num_symbols + 1)
        self.hand = nn.Linear(d, 1)

    def forward(self, grey: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.body(grey * 2 - 1).squeeze(2).transpose(1, 2)
        letters: Tensor = self.head(self.drop(seen)).float().log_softmax(-1)
        by_hand: Tensor = self.hand(seen.mean(1)).float()
        return letters, by_hand
