"""Weights in four bits: blocks of 32 numbers along a row, each with a scale in half precision; 8 stands for zero."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 32


class Blocks(NamedTuple):
    """`codes`: (rows, columns / 32, 16) bytes, each of two numbers, those of the first half low; `scales`: (rows,
    columns / 32)."""

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def numbers(self) -> NDArray[np.uint8]:
        """(rows, columns): 0 … 15"""
        return np.concatenate([self.codes & 15, self.codes >> 4], axis=-1).reshape(len(self.codes), -1)

    def widened(self) -> NDArray[np.float32]:
        """(rows, columns)"""
        numbers = self.numbers().reshape(*self.scales.shape, BLOCK).astype(np.float32) - 8
        return (numbers * self.scales.astype(np.float32)[..., None]).reshape(len(numbers), -1)

    def of(self, rows: Sequence[int]) -> "Blocks":
        return Blocks(self.codes[rows], self.scales[rows])


def four_bits(weight: Tensor) -> tuple[Tensor, Tensor]:
    """(rows, columns) → numbers 0 … 15 of the same shape, and (rows, columns / 32) scales."""
    with torch.no_grad():
        blocks = weight.float().view(len(weight), -1, BLOCK)
        at = blocks.abs().argmax(-1, keepdim=True)
        scales = (blocks.gather(-1, at) / -8).half().float()
        inverse = torch.where(scales == 0, torch.zeros_like(scales), 1 / scales)
        numbers = (blocks * inverse + 8).round().clamp(0, 15)
        return numbers.flatten(1), scales[..., 0]


def blocks_of(weight: NDArray[np.floating]) -> Blocks:
    numbers, scales = (each.numpy() for each in four_bits(torch.from_numpy(weight.astype(np.float32))))
    halves = numbers.astype(np.uint8).reshape(len(numbers), -1, 2, BLOCK // 2)
    codes = np.asarray(halves[..., 0, :] | halves[..., 1, :] << 4, dtype=np.uint8)
    return Blocks(codes, scales.astype(np.float16))


def widened(path: Path) -> dict[str, Tensor]:
    """What an .npz keeps, those in blocks widened; all in single precision."""
    with np.load(path) as arrays:
        plain = [name for name in arrays.files if not name.endswith((".codes", ".scales"))]
        found = {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in plain}
        for name in (each.removesuffix(".codes") for each in arrays.files if each.endswith(".codes")):
            found[name] = torch.from_numpy(Blocks(arrays[f"{name}.codes"], arrays[f"{name}.scales"]).widened())
    return found
